-- S6 fact: stores what is true whoever says it, for the next decision; needs no lease and no row.
-- KEYS  1 channel (hash)  2 presence (hash)  3 recorder uids (hash)  4 due (zset)  5 index (set)
-- ARGV  1 member  2 field (fact.<n>.<kind>.<what it names>)  3 JSON  4 attempt number  5 look (1 | 0)
--       6 within which it is to be decided (ms), then the uids it proves ours
-- Replies  applied | known | upserted (there is no attempts.<n>) {nowMs}
-- Keeps  a fact is stored once until a commit consumes it · each telling makes the channel due, never later than it was
--- @include clock due fields presence

local channel, presence, uids, due, index = unpack(KEYS)
local member, field, json, attempt, look, withinMs = unpack(ARGV, 1, 6)
makeDueWithin(due, member, tonumber(withinMs))
if redis.call('HEXISTS', channel, field) == 1 then
  return { 'reply', 'known', 'nowMs', decimal(nowMs) }
end
raiseRevision(channel)
redis.call('HSETNX', channel, field, json)
local summary = readSummary(channel)
for i = 7, #ARGV do
  ownUid(summary, { uids = uids, presence = presence }, ARGV[i], attempt)
end
if look == '1' then
  summary.fields.lookAt = decimal(nowMs)
end
writeSummary(channel, summary)
redis.call('SADD', index, member)
local isRowThere = redis.call('HEXISTS', channel, 'attempts.' .. attempt) == 1
return { 'reply', isRowThere and 'applied' or 'upserted', 'nowMs', decimal(nowMs) }
