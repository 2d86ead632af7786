-- What an account has, uses and lacks now, for metrics and people.
-- KEYS  1 request classes (hash)  2 request cut (hash)  3 workers (zset)  4 waiting (zset)  5 worker cut (hash)
-- ARGV  1 requests per second  2 window (µs)  3 step of recovery (µs)  4 percent regained per step  5 most workers
--       6 workers regained per step  7 span of a priority (rank)
-- Replies  quota {percent, workersLimit, workersUsed, waiting, oldestWaitMs, away: class, requests sent away, …}
--- @include clock budget workers

local classes, requestCut, workers, waiting, workerCut = unpack(KEYS)
local stepUs, span = tonumber(ARGV[3]), tonumber(ARGV[7])
local percent = percentLeft(requestCut, { stepUs = stepUs, percent = tonumber(ARGV[4]) })
local limit, windowUs = windowOf(tonumber(ARGV[1]) * percent / 100, tonumber(ARGV[2]))

local away = {}
local fields = redis.call('HGETALL', classes)
for i = 1, #fields, 2 do
  local class = string.match(fields[i], '^(.+)%.back$')
  if class then
    away[#away + 1] = class
    away[#away + 1] = decimal(math.max(0, math.ceil((tonumber(fields[i + 1]) - nowUs) * limit / windowUs)))
  end
end

local oldestMs = nowMs
local waiters = redis.call('ZRANGE', waiting, 0, -1, 'WITHSCORES')
for i = 2, #waiters, 2 do
  oldestMs = math.min(oldestMs, tonumber(waiters[i]) % span)
end
return {
  'reply', 'quota', 'percent', decimal(percent), 'away', away,
  'workersLimit', decimal(workersLimit(workerCut, tonumber(ARGV[5]), { stepMs = stepUs / 1000, workers = tonumber(ARGV[6]) })),
  'workersUsed', decimal(redis.call('ZCARD', workers)),
  'waiting', decimal(#waiters / 2), 'oldestWaitMs', decimal(math.max(0, nowMs - oldestMs)),
}
