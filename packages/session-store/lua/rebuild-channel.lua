-- S7 rebuild: gives a channel that no decision has been stored for the record that Kafka remembers.
-- KEYS  1 channel (hash)  2 presence (hash)  3 recorder uids (hash)  4 due (zset)  5 index (set)  6 rebuild (string with PX)
--       7 ready (string)
-- ARGV  1 member  2 token of the rebuild  3 greatest revision of the snapshots
--       then two lists, each led by its length: field, JSON, field, JSON … to set · uid, attempt … to own
-- Replies  rebuilt | exists: a record is there, it is newer | lost: the shard is another's, or ready {nowMs}
-- Keeps  a record is never replaced · presence and facts that came since the loss stay · revisions grow beyond those of the
--        snapshots, whatever the clock says · only before the shard is ready, so no decision was made without this record
--- @include clock due fields presence

local channel, presence, uids, due, index, rebuild, ready = unpack(KEYS)
local member, token, leastRev = unpack(ARGV, 1, 3)

if redis.call('GET', rebuild) ~= token or redis.call('EXISTS', ready) == 1 then
  return { 'reply', 'lost', 'nowMs', decimal(nowMs) }
end
-- Presence and facts need no record, so a revision proves nothing: every commit writes the version.
if redis.call('HEXISTS', channel, 'schemaVersion') == 1 then
  return { 'reply', 'exists', 'nowMs', decimal(nowMs) }
end

local rev = decimal(math.max(tonumber(nextCount(channel, 'rev')), tonumber(leastRev) + 1))
redis.call('HSET', channel, 'rev', rev)
local sets = tonumber(ARGV[4])
for i = 5, 4 + sets, 2 do
  redis.call('HSET', channel, ARGV[i], ARGV[i + 1])
end
local summary = readSummary(channel)
for i = 6 + sets, #ARGV, 2 do
  ownUid(summary, { uids = uids, presence = presence }, ARGV[i], ARGV[i + 1])
end
writeSummary(channel, summary)
redis.call('SADD', index, member)
makeDueNow(due, member)
return { 'reply', 'rebuilt', 'nowMs', decimal(nowMs) }
