-- Gives one request of an account its place in the shared queue: a sliding window over the times at which requests may leave.
-- KEYS  1 sent: times of the last requests (list of µs, newest first, autorec:qps:{account}): another hash tag than any channel's
--       2 own: those of this kind of call (as 1, autorec:qps:{account}:start)
-- ARGV  1 most requests in a window  2 window (µs)  3 most requests of this kind that may wait
-- Replies  granted {waitMs: send then, not sooner} | refused {retryInMs: nothing was taken}
-- Keeps  never more than the limit in any window, by all processes together · first come, first served · a kind that fills
--        its own places leaves those of the others free, so none waits longer than for all places together
--- @include clock

local sent, own = unpack(KEYS)
local limit, windowUs, places = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function timeAt(list, index)
  return tonumber(redis.call('LINDEX', list, index)) or 0
end

local function remember(list, atUs, most)
  redis.call('LPUSH', list, decimal(atUs))
  redis.call('LTRIM', list, 0, most - 1)
  redis.call('PEXPIRE', list, decimal(math.ceil((atUs - nowUs + windowUs) / 1000)))
end

local placeFreeUs = timeAt(own, places - 1)
if placeFreeUs > nowUs then
  return { 'reply', 'refused', 'retryInMs', decimal(math.ceil((placeFreeUs - nowUs) / 1000)) }
end

local lastUs = timeAt(sent, 0)
local atUs = math.max(nowUs, timeAt(sent, limit - 1) + windowUs)
if lastUs > nowUs then
  -- Who waits leaves evenly: a burst after a pause would otherwise come back once in every window.
  atUs = math.max(atUs, lastUs + math.ceil(windowUs / limit))
end
remember(sent, atUs, limit)
remember(own, atUs, places)
return { 'reply', 'granted', 'waitMs', decimal(math.ceil((atUs - nowUs) / 1000)) }
