-- Puts back switches that Redis has lost, once per loss; switches thrown since the loss stay as they are. A Redis that went back
-- in time has all of them as they were: what was lifted since goes again.
-- KEYS  1 switches (hash, as in set-control)  2 audit (stream)
-- ARGV  1 birth of the switches that were lost ('' = from the journal: only where there is nothing at all)
--       2 revision that they had reached (greater than what stands here under the same birth: Redis went back in time)
--       3 audit entry (JSON)  4 most audit entries, then scope, JSON per switch
-- Replies  restored {nowMs} | known {nowMs}
-- Keeps  a switch is never lost silently with Redis · one that was lifted after the loss does not come back
--- @include clock

local switches, audit = unpack(KEYS)
local born, revision, entry, most = unpack(ARGV, 1, 4)

local present = redis.call('HMGET', switches, 'born', 'restored', 'rev')
local isBack = present[1] == born and tonumber(present[3] or '0') < tonumber(revision)
local isKnown = present[1] == born or present[2] == born
if (born == '' and present[1]) or (born ~= '' and isKnown and not isBack) then
  return { 'reply', 'known', 'nowMs', decimal(nowMs) }
end
redis.call('XADD', audit, 'MAXLEN', '~', most, '*', 'entry', entry)
if isBack then
  redis.call('DEL', switches)
  redis.call('HSET', switches, 'born', born)
end
for i = 5, #ARGV, 2 do
  redis.call('HSETNX', switches, 's:' .. ARGV[i], ARGV[i + 1])
end
redis.call('HSETNX', switches, 'born', decimal(nowUs))
redis.call('HSET', switches, 'restored', isBack and (present[2] or '') or born,
  'rev', decimal(math.max(tonumber(present[3] or '0') + 1, tonumber(revision) + 1, nowMs)))
return { 'reply', 'restored', 'nowMs', decimal(nowMs) }
