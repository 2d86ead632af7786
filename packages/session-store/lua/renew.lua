-- S4 renew: lengthens a lease that still holds.
-- KEYS  1 channel (hash)  2 due (zset)
-- ARGV  1 member  2 token  3 lease (ms)
-- Replies  ok {rev: unchanged, so the holder sees whether somebody wrote; leaseUntilMs, nowMs} | lost {nowMs}
-- Keeps  a lease that is over cannot be brought back, whoever holds its token
--- @include clock lease

local channel, due = unpack(KEYS)
local member, token, leaseMs = unpack(ARGV)
if liveLease(channel) ~= token then
  return { 'reply', 'lost', 'nowMs', decimal(nowMs) }
end
local untilMs = nowMs + tonumber(leaseMs)
redis.call('HSET', channel, 'lease.until', decimal(untilMs))
redis.call('ZADD', due, dueAfterLease(untilMs), member)
return {
  'reply', 'ok', 'nowMs', decimal(nowMs), 'leaseUntilMs', decimal(untilMs), 'rev', redis.call('HGET', channel, 'rev') or '0',
}
