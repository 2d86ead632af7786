-- Ends the hold of one channel whose partition has been read far enough, and makes it due.
-- KEYS  1 channel (hash)  2 due (zset)  3 holds of the partition (zset channel → offset)
-- ARGV  1 member  2 partition  3 applied offset (20 digits)
-- Replies  released | kept {nowMs}
-- Keeps  the channel's own field decides; an entry that it contradicts (other partition, no hold) is dropped
--- @include clock due

local channel, due, holds = unpack(KEYS)
local member, partition, appliedOffset = unpack(ARGV)
local heldPartition, heldOffset = string.match(redis.call('HGET', channel, 'p.held') or '', '^(%d+) (%d+)$')
if heldPartition ~= partition then
  redis.call('ZREM', holds, member)
  return { 'reply', 'kept', 'nowMs', decimal(nowMs) }
end
if appliedOffset < heldOffset then
  return { 'reply', 'kept', 'nowMs', decimal(nowMs) }
end
raiseRevision(channel)
redis.call('HDEL', channel, 'p.held')
redis.call('ZREM', holds, member)
makeDueNow(due, member)
return { 'reply', 'released', 'nowMs', decimal(nowMs) }
