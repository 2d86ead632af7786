-- Forgets leaves that no replay can contradict any more, and the oldest of too many, but never one younger than `leastMs`.
-- A bounded number per call: the rest goes with the next event.
local function trimTombstones(keys, lifeMs, most, leastMs)
  local old = redis.call('ZRANGEBYSCORE', keys.gone, '-inf', decimal(nowMs - lifeMs), 'LIMIT', 0, 1000)
  local surplus = redis.call('ZCARD', keys.gone) - #old - most
  if surplus > 0 then
    old = redis.call('ZRANGEBYSCORE', keys.gone, '-inf', decimal(nowMs - leastMs), 'LIMIT', 0, math.min(#old + surplus, 1000))
  end
  for _, uid in ipairs(old) do
    redis.call('HDEL', keys.presence, uid)
    redis.call('ZREM', keys.gone, uid)
    if redis.call('HGET', keys.uids, uid) == 'seen' then
      redis.call('HDEL', keys.uids, uid)
    end
  end
end
