-- How many workers an account may have now: what a 406 has left of them grows back step by step.
local function workersLimit(cut, limit, recovery)
  local last = redis.call('HMGET', cut, 'workers', 'at')
  if not last[1] then
    return limit
  end
  local steps = math.floor((nowMs - tonumber(last[2])) / recovery.stepMs)
  return math.min(limit, tonumber(last[1]) + steps * recovery.workers)
end
