-- Makes channels due one after the other, because the operators' switches that concern them have changed.
-- KEYS  1 due (zset)  2 rules changed at (string, ms)  3 revision of the switches up to which this was done (string)
-- ARGV  1 revision  2 first (ms from now)  3 step (ms)  4 last (1 = these are the last members, 0 = more follow), then members
-- Replies  spread {nowMs} | known {nowMs}: done before, up to this revision or a newer one
-- Keeps  no due time moves later · a leased channel is looked at again when its lease is given back · the revision counts as
--        done only with its last members
--- @include clock

local due, changedAt, seen = unpack(KEYS)
local revision, firstMs, stepMs, last = unpack(ARGV, 1, 4)

if tonumber(redis.call('GET', seen) or '0') >= tonumber(revision) then
  return { 'reply', 'known', 'nowMs', decimal(nowMs) }
end
redis.call('SET', changedAt, decimal(nowMs))
for i = 5, #ARGV do
  redis.call('ZADD', due, 'LT', decimal(nowMs + tonumber(firstMs) + (i - 5) * tonumber(stepMs)), ARGV[i])
end
if last == '1' then
  redis.call('SET', seen, revision)
end
return { 'reply', 'spread', 'nowMs', decimal(nowMs) }
