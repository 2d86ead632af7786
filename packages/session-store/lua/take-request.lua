-- Gives one request of an account its place: a sliding window over the times at which requests may leave.
-- KEYS  1 sent: times of the last requests (list of µs, newest first, autorec:qps:{account}): another hash tag than any channel's
--       2 classes (hash, autorec:qps:{account}:classes): `<class>.last` left, `<class>.back` when the last one sent away comes (µs)
--       3 cut (hash, autorec:qps:{account}:cut): `percent` that a 429 has left, `at` which time (µs)
-- ARGV  1 class  2 requests per second  3 window (µs)  4 how far ahead this class may book (windows)  5 percent of a window
--       that it leaves free  6 percent of all requests that it is owed (0 = none)  7 longest time away (µs)
--       8 shortest time away (µs)  9 step of recovery (µs)  10 percent regained per step
-- Replies  granted {waitMs: send then, not sooner} | refused {retryInMs: nothing was taken}
-- Keeps  never more than the limit in any window, by all processes together · who may book farther ahead never waits longer than
--        what others may book · a class that is owed a place gets the next one, whatever fills the account · those sent away
--        come back one after the other
--- @include clock budget

local sent, classes, cut = unpack(KEYS)
local class, requestsPerSecond, fullWindowUs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local aheadWindows, sparePercent, owedPercent = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local awayMostUs, awayLeastUs = tonumber(ARGV[7]), tonumber(ARGV[8])

local percent = percentLeft(cut, { stepUs = tonumber(ARGV[9]), percent = tonumber(ARGV[10]) })
local limit, windowUs = windowOf(requestsPerSecond * percent / 100, fullWindowUs)
local spacingUs = math.ceil(windowUs / limit)
local aheadUs = aheadWindows * windowUs

local function timeOf(text)
  return tonumber(text) or 0
end

local function remember(field, us)
  redis.call('HSET', classes, class .. field, decimal(us))
  redis.call('PEXPIRE', classes, decimal(math.ceil((awayMostUs + 100 * windowUs) / 1000)))
end

local lastUs = timeOf(redis.call('LINDEX', sent, 0))
-- Who waits leaves evenly: a burst after a pause would otherwise come back once in every window.
local queueUs = lastUs > nowUs and lastUs + spacingUs or nowUs
local function freeUs(most)
  return math.max(queueUs, timeOf(redis.call('LINDEX', sent, most - 1)) + windowUs)
end

local nextUs = freeUs(limit)
local isOwed = owedPercent > 0
  and nextUs - timeOf(redis.call('HGET', classes, class .. '.last')) >= windowUs * 100 / (owedPercent * limit)
local atUs = isOwed and nextUs or freeUs(math.max(1, limit - math.floor(limit * sparePercent / 100)))
if isOwed or atUs - nowUs <= aheadUs then
  redis.call('LPUSH', sent, decimal(atUs))
  redis.call('LTRIM', sent, 0, math.max(1, math.floor(requestsPerSecond)) - 1)
  redis.call('PEXPIRE', sent, decimal(math.ceil((atUs - nowUs + windowUs) / 1000)))
  remember('.last', atUs)
  return { 'reply', 'granted', 'waitMs', decimal(math.ceil((atUs - nowUs) / 1000)) }
end

-- The first comes when half of what it may book is free again, each further one a place later. If they fill the longest time
-- they begin anew, between those that are away already.
local firstUs = nowUs + math.max(awayLeastUs, atUs - nowUs - math.floor(aheadUs / 2))
local backUs = math.max(firstUs, timeOf(redis.call('HGET', classes, class .. '.back')) + spacingUs)
if backUs > firstUs + awayMostUs then
  backUs = firstUs + math.floor(spacingUs / 2)
end
remember('.back', backUs)
return { 'reply', 'refused', 'retryInMs', decimal(math.ceil((backUs - nowUs) / 1000)) }
