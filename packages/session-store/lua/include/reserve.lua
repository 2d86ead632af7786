-- Reserves one worker of an account for an attempt, unless others go first; answers nil, or why there is none for it.
-- Never more reservations than workers · an attempt has one, however often it asks · nobody overtakes a waiter of smaller rank,
-- unless it is silent · the queue is bounded, its last is dropped and asks again.
local function forgetWaiter(keys, attempt)
  redis.call('ZREM', keys.waiting, attempt)
  redis.call('ZREM', keys.asked, attempt)
end

local function reserve(keys, order)
  redis.call('ZADD', keys.workers, decimal(nowMs + order.reserveMs), order.attempt)
  forgetWaiter(keys, order.attempt)
  return nil
end

local function reserveWorker(keys, order)
  if redis.call('ZSCORE', keys.workers, order.attempt) then
    return reserve(keys, order)
  end
  for _, silent in ipairs(redis.call('ZRANGEBYSCORE', keys.asked, '-inf', decimal(nowMs - order.forgetMs), 'LIMIT', 0, 100)) do
    forgetWaiter(keys, silent)
  end
  redis.call('ZADD', keys.waiting, order.rank, order.attempt)
  redis.call('ZADD', keys.asked, decimal(nowMs), order.attempt)
  local limit = workersLimit(keys.cut, order.workers, order.recovery)
  local used = redis.call('ZCARD', keys.workers)
  local ahead = redis.call('ZRANK', keys.waiting, order.attempt)
  if ahead < limit - order.spare - used then
    return reserve(keys, order)
  end
  if redis.call('ZCARD', keys.waiting) > order.waitersMost then
    forgetWaiter(keys, redis.call('ZRANGE', keys.waiting, -1, -1)[1])
  end
  return { 'reply', 'no_worker', 'used', decimal(used), 'limit', decimal(math.max(0, limit)), 'ahead', decimal(ahead) }
end
