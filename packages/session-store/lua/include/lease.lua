-- Token and end of the lease if it still holds. Over is over, even if nobody took it.
local function liveLease(channel)
  local lease = redis.call('HMGET', channel, 'lease.token', 'lease.until')
  local untilMs = tonumber(lease[2]) or 0
  if lease[1] and nowMs < untilMs then
    return lease[1], untilMs
  end
  return nil, 0
end

-- A holder that dies leaves a channel that becomes due by itself.
local function dueAfterLease(untilMs)
  return decimal(untilMs + 1000)
end
