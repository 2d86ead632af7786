-- Redis's clock is the only one that leases, due times and revisions know. Numbers stay exact below 2^53 (µs: year 2255);
-- '%.0f' writes all their digits, while tostring() would keep 14.
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local nowUs = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function decimal(number)
  return string.format('%.0f', number)
end

-- The next value of a counter that never repeats and never goes back, even after a failover that lost writes.
local function nextCount(channel, field)
  return decimal(math.max((tonumber(redis.call('HGET', channel, field)) or 0) + 1, nowUs))
end

-- Raises the revision. Called as the first write of every script that may grow: Redis refuses it when memory is out,
-- and then nothing at all has been written.
local function raiseRevision(channel)
  local rev = nextCount(channel, 'rev')
  redis.call('HSET', channel, 'rev', rev)
  return rev
end
