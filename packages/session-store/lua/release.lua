-- S4 with release: gives the channel up without a decision, so that somebody else looks at it at once.
-- KEYS  1 channel (hash)  2 due (zset)
-- ARGV  1 member  2 token
-- Replies  released | lost {nowMs}
-- Keeps  equality of the token is enough (the lease may be over, but nobody took it); no revision is compared or raised
--- @include clock due

local channel, due = unpack(KEYS)
local member, token = unpack(ARGV)
if redis.call('HGET', channel, 'lease.token') ~= token then
  return { 'reply', 'lost', 'nowMs', decimal(nowMs) }
end
redis.call('HDEL', channel, 'lease.token', 'lease.owner', 'lease.at', 'lease.until')
makeDueNow(due, member)
return { 'reply', 'released', 'nowMs', decimal(nowMs) }
