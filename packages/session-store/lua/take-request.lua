-- Takes one request out of an account's shared budget: a leaky bucket held as one number, the time at which it is full again.
-- KEYS  1 budget (string with PX, µs, autorec:qps:{account}): another hash tag than any channel's
-- ARGV  1 interval between requests (µs)  2 burst (requests)  3 longest wait (ms)
-- Replies  granted {waitMs: send then, not sooner} | refused {retryInMs: nothing was taken}
-- Keeps  never more than burst + elapsed ÷ interval grants, by all processes together
--- @include clock

local intervalUs, burst, maxWaitMs = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local fullAtUs = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, nowUs) + intervalUs
local waitMs = math.ceil(math.max(0, fullAtUs - burst * intervalUs - nowUs) / 1000)
if waitMs > maxWaitMs then
  return { 'reply', 'refused', 'retryInMs', decimal(waitMs - maxWaitMs) }
end
redis.call('SET', KEYS[1], decimal(fullAtUs), 'PX', decimal(math.ceil((fullAtUs - nowUs) / 1000) + 1))
return { 'reply', 'granted', 'waitMs', decimal(waitMs) }
