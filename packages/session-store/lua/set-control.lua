-- Throws, changes or lifts one of the operators' switches and writes it into the audit, both or neither.
-- KEYS  1 switches (hash: rev, born, s:<scope> → JSON; autorec:control:{control})  2 audit (stream)
-- ARGV  1 revision that the caller has read  2 new revision, greater  3 scope  4 switch (JSON, '' = lifted)
--       5 audit entry (JSON)  6 most audit entries
-- Replies  written {nowMs} | conflict {nowMs}
-- Keeps  nothing changes without an entry of who, why, before and after · a change is made only to what its author has read ·
--        the audit only grows, up to its limit
--- @include clock

local switches, audit = unpack(KEYS)
local read, revision, scope, json, entry, most = unpack(ARGV)

if (redis.call('HGET', switches, 'rev') or '0') ~= read then
  return { 'reply', 'conflict', 'nowMs', decimal(nowMs) }
end
redis.call('XADD', audit, 'MAXLEN', '~', most, '*', 'entry', entry)
redis.call('HSETNX', switches, 'born', decimal(nowUs))
redis.call('HSET', switches, 'rev', revision)
if json == '' then
  redis.call('HDEL', switches, 's:' .. scope)
else
  redis.call('HSET', switches, 's:' .. scope, json)
end
return { 'reply', 'written', 'nowMs', decimal(nowMs) }
