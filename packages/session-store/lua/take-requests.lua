-- Gives requests of an account their places, one after the other, as if each had come alone: a sliding window over the times at
-- which requests may leave. An acquire needs a worker as well: without one it gets no place.
-- KEYS  1 sent: times of the last requests (list of µs, newest first, autorec:qps:{account}): another hash tag than any channel's
--       2 classes (hash, autorec:qps:{account}:classes): `<class>.last` left, `<class>.back` when the last one sent away comes (µs)
--       3 cut (hash, autorec:qps:{account}:cut): `percent` that a 429 has left, `at` which time (µs)
--       4 workers (zset attempt → end of its reservation, ms, autorec:workers:{account})  5 waiting (zset attempt → rank)
--       6 asked (zset attempt → when it last asked, ms)  7 cut (hash: `workers` that a 406 has left, `at`, ms)
-- ARGV  1 requests per second  2 window (µs)  3 longest time away (µs)  4 step of recovery (µs)  5 percent regained per step
--       6 most workers  7 length of a reservation (ms)  8 a waiter that is silent for so long is forgotten (ms)  9 most waiters
--       10 step of recovery (ms)  11 workers regained per step
--       then 8 per request: class, how far ahead it may book (windows), percent of a window that it leaves free, percent of all
--       requests that its class is owed (0 = none), shortest time away (µs), attempt ('' = needs no worker), how many workers are
--       not for it, rank (the smallest goes first)
-- Replies  taken {answers, one each: granted {waitMs: send then, not sooner} | refused {retryInMs: no place was taken, a worker is
--          kept} | no_worker {used, limit, ahead: waiters that go first}}
-- Keeps  never more than the limit in any window, by all processes together · who may book farther ahead never waits longer than
--        what others may book · a class that is owed a place gets the next one, whatever fills the account · those sent away
--        come back one after the other · workers: include/reserve.lua
--- @include clock budget workers reserve

local sent, classes, cut, workers, waiting, asked, workersCut = unpack(KEYS)
local requestsPerSecond, fullWindowUs, awayMostUs = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ledger = { workers = workers, waiting = waiting, asked = asked, cut = workersCut }
local terms = {
  workers = tonumber(ARGV[6]), reserveMs = tonumber(ARGV[7]), forgetMs = tonumber(ARGV[8]), waitersMost = tonumber(ARGV[9]),
  recovery = { stepMs = tonumber(ARGV[10]), workers = tonumber(ARGV[11]) },
}

local percent = percentLeft(cut, { stepUs = tonumber(ARGV[4]), percent = tonumber(ARGV[5]) })
local limit, windowUs = windowOf(requestsPerSecond * percent / 100, fullWindowUs)
local spacingUs = math.ceil(windowUs / limit)
local newestUs = 0

local function timeOf(text)
  return tonumber(text) or 0
end

local function take(request)
  local class, aheadUs = request.class, request.aheadWindows * windowUs
  local lastUs = timeOf(redis.call('LINDEX', sent, 0))
  -- Who waits leaves evenly: a burst after a pause would otherwise come back once in every window. A fifth faster than the
  -- window lets through, so that a place that nobody asked for in time is made up for.
  local queueUs = lastUs > nowUs and lastUs + math.ceil(spacingUs * 0.8) or nowUs
  local function freeUs(most)
    return math.max(queueUs, timeOf(redis.call('LINDEX', sent, most - 1)) + windowUs)
  end

  local nextUs = freeUs(limit)
  local isOwed = request.owedPercent > 0
    and nextUs - timeOf(redis.call('HGET', classes, class .. '.last')) >= windowUs * 100 / (request.owedPercent * limit)
  local spare = math.floor(limit * request.sparePercent / 100)
  local atUs = (isOwed or spare == 0) and nextUs or freeUs(math.max(1, limit - spare))
  if isOwed or atUs - nowUs <= aheadUs then
    redis.call('LPUSH', sent, decimal(atUs))
    redis.call('HSET', classes, class .. '.last', decimal(atUs))
    newestUs = atUs
    return { 'reply', 'granted', 'waitMs', decimal(math.ceil((atUs - nowUs) / 1000)) }
  end

  -- The first comes when half of what it may book is free again, each further one a place later. If they fill the longest time
  -- they begin anew, between those that are away already.
  local firstUs = nowUs + math.max(request.awayLeastUs, atUs - nowUs - math.floor(aheadUs / 2))
  local backUs = math.max(firstUs, timeOf(redis.call('HGET', classes, class .. '.back')) + spacingUs)
  if backUs > firstUs + awayMostUs then
    backUs = firstUs + math.floor(spacingUs / 2)
  end
  redis.call('HSET', classes, class .. '.back', decimal(backUs))
  return { 'reply', 'refused', 'retryInMs', decimal(math.ceil((backUs - nowUs) / 1000)) }
end

local answers = {}
for i = 12, #ARGV, 8 do
  local class, ahead, spare, owed, awayLeast, attempt, spareWorkers, rank = unpack(ARGV, i, i + 7)
  local order = { attempt = attempt, spare = tonumber(spareWorkers), rank = rank }
  answers[#answers + 1] = attempt ~= '' and reserveWorker(ledger, terms, order) or take({
    class = class, aheadWindows = tonumber(ahead), sparePercent = tonumber(spare), owedPercent = tonumber(owed), awayLeastUs = tonumber(awayLeast),
  })
end
if newestUs > 0 then
  redis.call('LTRIM', sent, 0, math.max(1, math.floor(requestsPerSecond)) - 1)
  redis.call('PEXPIRE', sent, decimal(math.ceil((newestUs - nowUs + windowUs) / 1000)))
end
redis.call('PEXPIRE', classes, decimal(math.ceil((awayMostUs + 100 * windowUs) / 1000)))
return { 'reply', 'taken', 'answers', answers }
