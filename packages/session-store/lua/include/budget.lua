-- What 429 has left of an account's requests per second, in percent; it grows back step by step.
local function percentLeft(cut, recovery)
  local last = redis.call('HMGET', cut, 'percent', 'at')
  if not last[1] then
    return 100
  end
  local steps = math.floor((nowUs - tonumber(last[2])) / recovery.stepUs)
  return math.min(100, tonumber(last[1]) + steps * recovery.percent)
end

-- A window and how many requests may leave in it. Below one per second the window grows; fractions above one are dropped.
local function windowOf(requestsPerSecond, windowUs)
  return math.max(1, math.floor(requestsPerSecond)), math.ceil(windowUs / math.min(1, requestsPerSecond))
end
