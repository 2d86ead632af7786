-- Reserves one worker of an account for an attempt, unless others go first; answers nil, or why there is none for it.
-- Never more reservations than workers · an attempt has one, however often it asks · nobody overtakes a waiter of smaller rank,
-- unless it is silent · the queue is bounded, its last is dropped and asks again.
local function forgetWaiter(keys, attempt)
  redis.call('ZREM', keys.waiting, attempt)
  redis.call('ZREM', keys.asked, attempt)
end

local function reserve(keys, terms, attempt)
  redis.call('ZADD', keys.workers, decimal(nowMs + terms.reserveMs), attempt)
  forgetWaiter(keys, attempt)
  return nil
end

-- `terms`: what the account's attempts have in common; `order`: attempt, how many workers are not for it (`spare`), rank.
local function reserveWorker(keys, terms, order)
  if redis.call('ZSCORE', keys.workers, order.attempt) then
    return reserve(keys, terms, order.attempt)
  end
  for _, silent in ipairs(redis.call('ZRANGEBYSCORE', keys.asked, '-inf', decimal(nowMs - terms.forgetMs), 'LIMIT', 0, 100)) do
    forgetWaiter(keys, silent)
  end
  redis.call('ZADD', keys.waiting, order.rank, order.attempt)
  redis.call('ZADD', keys.asked, decimal(nowMs), order.attempt)
  local limit = workersLimit(keys.cut, terms.workers, terms.recovery)
  local used = redis.call('ZCARD', keys.workers)
  local ahead = redis.call('ZRANK', keys.waiting, order.attempt)
  if ahead < limit - order.spare - used then
    return reserve(keys, terms, order.attempt)
  end
  if redis.call('ZCARD', keys.waiting) > terms.waitersMost then
    forgetWaiter(keys, redis.call('ZRANGE', keys.waiting, -1, -1)[1])
  end
  return { 'reply', 'no_worker', 'used', decimal(used), 'limit', decimal(math.max(0, limit)), 'ahead', decimal(ahead) }
end
