-- Reserves one worker of an account for an attempt, before its acquire; who finds none waits in order of priority and time.
-- KEYS  1 workers (zset attempt → end of its reservation, ms, autorec:workers:{account})  2 waiting (zset attempt → rank)
--       3 asked (zset attempt → when it last asked, ms)  4 cut (hash: `workers` that a 406 has left, `at` which time, ms)
-- ARGV  1 attempt  2 length of the reservation (ms)  3 most workers  4 how many of them are not for this attempt
--       5 rank (the smallest goes first)  6 a waiter that is silent for so long is forgotten (ms)  7 most waiters
--       8 step of recovery (ms)  9 workers regained per step
-- Replies  reserved | refused {used, limit, ahead: waiters that go first}
-- Keeps  never more reservations than workers · an attempt has one, however often it asks · nobody overtakes a waiter of smaller
--        rank, unless it is silent · the queue is bounded, its last is dropped and asks again
--- @include clock workers

local workers, waiting, asked, cut = unpack(KEYS)
local attempt, rank = ARGV[1], ARGV[5]
local reserveMs, forgetMs, waitersMost = tonumber(ARGV[2]), tonumber(ARGV[6]), tonumber(ARGV[7])
local limit = workersLimit(cut, tonumber(ARGV[3]), { stepMs = tonumber(ARGV[8]), workers = tonumber(ARGV[9]) })

local function forget(waiter)
  redis.call('ZREM', waiting, waiter)
  redis.call('ZREM', asked, waiter)
end

local function reserve()
  redis.call('ZADD', workers, decimal(nowMs + reserveMs), attempt)
  forget(attempt)
  return { 'reply', 'reserved' }
end

if redis.call('ZSCORE', workers, attempt) then
  return reserve()
end
for _, waiter in ipairs(redis.call('ZRANGEBYSCORE', asked, '-inf', decimal(nowMs - forgetMs), 'LIMIT', 0, 100)) do
  forget(waiter)
end
redis.call('ZADD', waiting, rank, attempt)
redis.call('ZADD', asked, decimal(nowMs), attempt)
local used = redis.call('ZCARD', workers)
local ahead = redis.call('ZRANK', waiting, attempt)
if ahead < limit - tonumber(ARGV[4]) - used then
  return reserve()
end
if redis.call('ZCARD', waiting) > waitersMost then
  forget(redis.call('ZRANGE', waiting, -1, -1)[1])
end
return { 'reply', 'refused', 'used', decimal(used), 'limit', decimal(math.max(0, limit)), 'ahead', decimal(ahead) }
