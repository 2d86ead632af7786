-- Gives one request of an account its place: a sliding window over the times at which requests may leave. An acquire needs a
-- worker as well: without one it gets no place.
-- KEYS  1 sent: times of the last requests (list of µs, newest first, autorec:qps:{account}): another hash tag than any channel's
--       2 classes (hash, autorec:qps:{account}:classes): `<class>.last` left, `<class>.back` when the last one sent away comes (µs)
--       3 cut (hash, autorec:qps:{account}:cut): `percent` that a 429 has left, `at` which time (µs)
--       Who needs a worker: 4 workers (zset attempt → end of its reservation, ms, autorec:workers:{account})  5 waiting (zset
--       attempt → rank)  6 asked (zset attempt → when it last asked, ms)  7 cut (hash: `workers` that a 406 has left, `at`, ms)
-- ARGV  1 class  2 requests per second  3 window (µs)  4 how far ahead this class may book (windows)  5 percent of a window
--       that it leaves free  6 percent of all requests that it is owed (0 = none)  7 longest time away (µs)
--       8 shortest time away (µs)  9 step of recovery (µs)  10 percent regained per step
--       Who needs a worker: 11 attempt  12 length of the reservation (ms)  13 most workers  14 how many of them are not for this
--       attempt  15 rank (the smallest goes first)  16 a waiter that is silent for so long is forgotten (ms)  17 most waiters
--       18 step of recovery (ms)  19 workers regained per step
-- Replies  granted {waitMs: send then, not sooner} | refused {retryInMs: no place was taken, a worker is kept}
--          | no_worker {used, limit, ahead: waiters that go first}
-- Keeps  never more than the limit in any window, by all processes together · who may book farther ahead never waits longer than
--        what others may book · a class that is owed a place gets the next one, whatever fills the account · those sent away
--        come back one after the other · workers: include/reserve.lua
--- @include clock budget workers reserve

if KEYS[4] then
  local refusal = reserveWorker({ workers = KEYS[4], waiting = KEYS[5], asked = KEYS[6], cut = KEYS[7] }, {
    attempt = ARGV[11], reserveMs = tonumber(ARGV[12]), workers = tonumber(ARGV[13]), spare = tonumber(ARGV[14]), rank = ARGV[15],
    forgetMs = tonumber(ARGV[16]), waitersMost = tonumber(ARGV[17]),
    recovery = { stepMs = tonumber(ARGV[18]), workers = tonumber(ARGV[19]) },
  })
  if refusal then
    return refusal
  end
end

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
-- Who waits leaves evenly: a burst after a pause would otherwise come back once in every window. A fifth faster than the
-- window lets through, so that a place that nobody asked for in time is made up for.
local queueUs = lastUs > nowUs and lastUs + math.ceil(spacingUs * 0.8) or nowUs
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
