-- Reads one channel for views and checks; grants nothing, writes nothing.
-- KEYS  1 channel (hash)  2 presence (hash)  3 recorder uids (hash)  4 rules (zset)  5 due (zset)
-- ARGV  1 member
-- Replies  absent {nowMs} | found {dueAtMs ('' = not due), nowMs, channel, uids, rules}
--- @include clock view

local channel, presence, uids, rules, due = unpack(KEYS)
if redis.call('EXISTS', channel) == 0 then
  return { 'reply', 'absent', 'nowMs', decimal(nowMs) }
end
local dueMs = redis.call('ZSCORE', due, ARGV[1])
local dueAtMs = dueMs and decimal(tonumber(dueMs)) or ''
return withView({ 'reply', 'found', 'nowMs', decimal(nowMs), 'dueAtMs', dueAtMs }, channel, presence, uids, rules)
