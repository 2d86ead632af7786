-- S5 commit: a decision becomes durable, with its lifecycle facts and its due time, or not at all.
-- KEYS  1 channel (hash)  2 presence (hash)  3 recorder uids (hash)  4 due (zset)  5 outbox (stream)  6 rules (zset)
--       7 rules changed at (string, ms)
-- ARGV  1 member  2 token  3 expected rev  4 release (1 | 0)  5 due (ms, '' = nothing to do)  6 outbox entry (JSON, '' = none)
--       then four lists, each led by its length: field, JSON, field, JSON … to set · fields to delete · uid, attempt … to own ·
--       uids to forget · marks, four arguments each (include/marks.lua)
-- Replies  ok {rev, nowMs} | lost {nowMs} | conflict {leaseUntilMs, nowMs, channel, uids, rules}
-- Keeps  token equal, lease not over and revision unchanged, or nothing is written · the caller's JSON is stored as it came ·
--        a due time is moved later or removed only here, with the decision · a uid is known before it can be seen
--- @include clock fields lease due view presence marks

local channel, presence, uids, due, outbox, rules, rulesChangedAt = unpack(KEYS)
local member, token, expectedRev, release, dueAtMs, entry = unpack(ARGV, 1, 6)

local position = 7
local function nextList()
  local list, length = {}, tonumber(ARGV[position])
  for i = 1, length do
    list[i] = ARGV[position + i]
  end
  position = position + 1 + length
  return list
end

local holder, untilMs = liveLease(channel)
if holder ~= token then
  return { 'reply', 'lost', 'nowMs', decimal(nowMs) }
end
if redis.call('HGET', channel, 'rev') ~= expectedRev then
  return withView({ 'reply', 'conflict', 'nowMs', decimal(nowMs), 'leaseUntilMs', decimal(untilMs) }, channel, presence, uids, rules)
end

local rev = raiseRevision(channel)
local sets, removes, owned, forgotten, marks = nextList(), nextList(), nextList(), nextList(), nextList()
setFields(channel, sets)
deleteFields(channel, removes)
local summary = readSummary(channel)
for i = 1, #owned, 2 do
  ownUid(summary, { uids = uids, presence = presence }, owned[i], owned[i + 1])
end
applyMarks(summary, { channel = channel, presence = presence }, marks)
if summary.moved then
  writeSummary(channel, summary)
  -- The holder has not read this presence: its next commit must meet a conflict.
  raiseRevision(channel)
end
for _, uid in ipairs(forgotten) do
  local seen = readEntry(redis.call('HGET', presence, uid))
  if not (seen and seen.online) then
    redis.call('HDEL', uids, uid)
  end
end
if entry ~= '' then
  redis.call('XADD', outbox, '*', 'channel', member, 'rev', rev, 'entry', entry)
end

if release == '0' then
  redis.call('ZADD', due, dueAfterLease(untilMs), member)
else
  -- Rules that were announced during the lease asked for a look that this decision may not have had.
  local outdated = (tonumber(redis.call('GET', rulesChangedAt)) or 0) >= tonumber(redis.call('HGET', channel, 'lease.at'))
  redis.call('HDEL', channel, 'lease.token', 'lease.owner', 'lease.at', 'lease.until')
  if summary.flipped or outdated then
    redis.call('ZADD', due, decimal(nowMs), member)
  elseif dueAtMs ~= '' then
    redis.call('ZADD', due, dueAtMs, member)
  else
    redis.call('ZREM', due, member)
  end
end
return { 'reply', 'ok', 'rev', rev, 'nowMs', decimal(nowMs) }
