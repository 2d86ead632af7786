-- Grants the lease of one due channel that nobody holds: answers its end (ms), or nil and the reason. A claim repeated with the
-- token that holds answers the same. Due moves past the lease and is never removed here; a leased channel that is met moves to
-- its lease's end, so it clogs nothing. `claim`: token (128 random bits), owner (for people), leaseMs.
local function grantLease(keys, member, claim)
  if redis.call('EXISTS', keys.ready) == 0 then
    return nil, 'not_ready'
  end
  local holder, heldUntilMs = liveLease(keys.channel)
  if holder == claim.token then
    return heldUntilMs
  end
  local dueMs = tonumber(redis.call('ZSCORE', keys.due, member))
  local isDue = dueMs ~= nil and dueMs <= nowMs
  if holder then
    if isDue then
      redis.call('ZADD', keys.due, 'XX', dueAfterLease(heldUntilMs), member)
    end
    return nil, 'busy'
  end
  if not isDue then
    return nil, 'not_due'
  end
  if redis.call('EXISTS', keys.channel) == 0 then
    redis.call('ZREM', keys.due, member)
    return nil, 'not_due'
  end
  local untilMs = nowMs + tonumber(claim.leaseMs)
  redis.call('HSET', keys.channel, 'fence', nextCount(keys.channel, 'fence'),
    'lease.token', claim.token, 'lease.owner', claim.owner, 'lease.at', decimal(nowMs), 'lease.until', decimal(untilMs))
  redis.call('ZADD', keys.due, dueAfterLease(untilMs), member)
  return untilMs
end
