-- S8 gc: forgets a channel that the caller, having read it at `rev`, found to have no open attempt, session or fact.
-- KEYS  1 channel (hash)  2 presence (hash)  3 recorder uids (hash)  4 gone (zset)  5 due (zset)  6 index (set)  7 outbox (stream)
-- ARGV  1 member  2 expected rev  3 tombstone life (ms)  4 outbox entry naming the attempts that end ('' = none)
-- Replies  collected | kept {nowMs}
-- Keeps  nothing is forgotten that changed since it was read, is leased, occupied, held, or heard of within the tombstone life
--- @include clock lease fields presence

local channel, presence, uids, gone, due, index, outbox = unpack(KEYS)
local member, expectedRev, keepMs, entry = unpack(ARGV)

local function mayGo()
  if redis.call('HGET', channel, 'rev') ~= expectedRev or liveLease(channel) then
    return false
  end
  if readSummary(channel).count > 0 or redis.call('HEXISTS', channel, 'p.held') == 1 then
    return false
  end
  for _, text in ipairs(redis.call('HVALS', presence)) do
    if readEntry(text).appliedAtMs > nowMs - tonumber(keepMs) then
      return false
    end
  end
  return true
end

if not mayGo() then
  return { 'reply', 'kept', 'nowMs', decimal(nowMs) }
end
if entry ~= '' then
  redis.call('XADD', outbox, '*', 'channel', member, 'rev', nextCount(channel, 'rev'), 'entry', entry)
end
redis.call('DEL', channel, presence, uids, gone)
redis.call('ZREM', due, member)
redis.call('SREM', index, member)
return { 'reply', 'collected', 'nowMs', decimal(nowMs) }
