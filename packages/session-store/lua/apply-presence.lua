-- S1 applyPresence: presence, its summary and the due time change together, or not at all.
-- KEYS  1 channel (hash, autorec:ch:{3}:app:room)  2 presence (hash uid → entry)  3 recorder uids (hash uid → own:<n> | seen)
--       4 gone (zset uid → ms of its leave)  5 due (zset)  6 index (set)  7 holds of the partition (zset channel → offset)
--       8 ready (string)  9 rules (zset)
-- ARGV  1 member  2 partition  3 hold until offset ('' = none)  4 applied offset ('' = untold), both 20 digits
--       5 tombstone life (ms)  6 most tombstones  7 their least life (ms)
--       8 token of the claim of a channel that changes ('' = no claim)  9 its owner  10 its lease (ms)
--       then 7 per event: kind (joined | left | role-changed | look), uid, clientSeq (20 digits), sender's time (ms, '' = none),
--       role (h | a), flags (any of b = bot, r = uid of the reserved range, c = recording client, u = reserved, yet says no
--       recording client), leave reason ('' = none)
-- Replies  applied {changed, occupied, leaseHeld, applied, stale, strangers, nowMs; claimed: leaseUntilMs, channel, uids, rules}
-- Keeps  per uid the greatest clientSeq wins · a leave with reason 5 changes nothing at all · due = now exactly when occupied,
--        hosts, perhaps-recorders, lookAt or a hold changed or the last doubtful one went (or: first sight of a channel, looked at once when its tombstones expire)
--        · a claim: include/grant.lua
--- @include clock lease due fields presence tombstones view grant

local channel, presence, uids, gone, due, index, holds, ready, rules = unpack(KEYS)
local member, partition, holdUntil, appliedOffset, keepMs, keepMost, keepLeastMs, token, owner, leaseMs = unpack(ARGV, 1, 10)
local existed = redis.call('EXISTS', channel) == 1
local summary = readSummary(channel)
local stored = redis.call('HMGET', channel, 'p.newestJoinAt', 'p.held', 'recorders', 'p.maybeWindow')
local newestJoinMs, held, recorders = tonumber(stored[1]) or 0, stored[2], tonumber(stored[3]) or 0
local applied, stale, strangers, look, joined, dirty = 0, 0, 0, false, false, false
local windowFromMs, windowToMs, windowUntilMs = string.match(stored[4] or '0 0 0', '^(%d+) (%d+) (%d+)$')

local function put(uid, before, after, reason)
  writeEntry(presence, uid, after)
  if after.online then
    redis.call('ZREM', gone, uid)
  else
    redis.call('ZADD', gone, decimal(nowMs), uid)
  end
  recount(summary, before, after, reason)
  dirty = true
end

-- The channel was destroyed: who joined before that is not in it, unless a recorder may be watching (its word is better).
local function emptyBefore(destroyedAtMs)
  local entries = redis.call('HGETALL', presence)
  for i = 1, #entries, 2 do
    local entry = readEntry(entries[i + 1])
    if entry.online and entry.atMs < destroyedAtMs then
      put(entries[i], entry, { seq = entry.seq, online = false, role = entry.role, kind = entry.kind, atMs = entry.atMs, appliedAtMs = nowMs })
    end
  end
end

-- A uid never heard of before, said to have come while a recorder was out of sight, may be that recorder. Senders tell seconds.
local function kindOf(event, before, isRecorder)
  if isRecorder then
    return 'b'
  end
  local isNew = not before and event.kind == 'joined'
  local inWindow = event.atMs >= tonumber(windowFromMs) - 1000 and event.atMs <= tonumber(windowToMs) and nowMs <= tonumber(windowUntilMs)
  return isNew and (inWindow and 'm' or 'n') or 'p'
end

local function apply(event)
  local owner = redis.call('HGET', uids, event.uid)
  local isRecorder = owner or event.isBot
  if event.kind == 'joined' and not isRecorder and event.atMs > newestJoinMs then
    newestJoinMs, dirty = event.atMs, true
    summary.fields['p.newestJoinAt'] = decimal(newestJoinMs)
  end
  local before = readEntry(redis.call('HGET', presence, event.uid))
  if before and event.seq <= before.seq then
    stale = stale + 1
    -- Heard of before what is known of it, only later told: no newcomer, whatever the order of arrival.
    if event.seq < before.seq and (before.kind == 'n' or before.kind == 'm') then
      local known = { seq = before.seq, online = before.online, role = before.role, kind = 'p', atMs = before.atMs, appliedAtMs = before.appliedAtMs }
      writeEntry(presence, event.uid, known)
      recount(summary, before, known)
      dirty = true
    end
    return
  end
  put(event.uid, before, { seq = event.seq, online = event.kind ~= 'left', role = event.role, kind = kindOf(event, before, isRecorder), atMs = event.atMs, appliedAtMs = nowMs }, event.reason)
  if event.isReserved and redis.call('HSETNX', uids, event.uid, 'seen') == 1 and event.isUntyped and event.kind == 'joined' then
    strangers = strangers + 1
  end
  if event.isRecorderClient and event.kind == 'joined' and not owner then
    summary.fields['p.unknownRecorderAt'] = decimal(nowMs)
  end
  applied, joined = applied + 1, joined or (event.kind == 'joined' and not isRecorder)
  look = look or event.isRecorderClient or (event.kind == 'left' and owner and string.sub(owner, 1, 4) == 'own:')
end

for i = 11, #ARGV, 7 do
  local kind, uid, seq, atMs, role, flags, reason = unpack(ARGV, i, i + 6)
  if kind == 'look' then
    if existed and atMs ~= '' and recorders == 0 then
      emptyBefore(tonumber(atMs))
    end
    look = look or existed
  elseif kind == 'left' and reason == '5' then
    stale = stale + 1
  else
    apply({
      kind = kind, uid = uid, seq = seq, atMs = tonumber(atMs), role = role, reason = reason,
      isBot = string.find(flags, 'b', 1, true), isReserved = string.find(flags, 'r', 1, true), isRecorderClient = string.find(flags, 'c', 1, true) ~= nil,
      isUntyped = string.find(flags, 'u', 1, true),
    })
  end
end
look = look or summary.filled

-- An old join holds the channel back until its partition has been read that far; the stored hold is '<partition> <offset>'.
local heldPartition, heldOffset = string.match(held or '', '^(%d+) (%d+)$')
if joined and holdUntil ~= '' and (heldPartition ~= partition or holdUntil > heldOffset) then
  heldPartition, heldOffset, dirty = partition, holdUntil, true
  summary.fields['p.held'] = partition .. ' ' .. holdUntil
  redis.call('ZADD', holds, holdUntil, member)
end
local released = heldPartition == partition and appliedOffset ~= '' and appliedOffset >= heldOffset
if released then
  summary.fields['p.held'] = ''
  redis.call('ZREM', holds, member)
end

local changed = summary.flipped or look or released
if dirty or changed then
  raiseRevision(channel)
  if look then
    summary.fields.lookAt = decimal(nowMs)
  end
  writeSummary(channel, summary)
  redis.call('SADD', index, member)
  if changed then
    makeDueNow(due, member)
  elseif not existed then
    redis.call('ZADD', due, 'NX', decimal(nowMs + tonumber(keepMs)), member)
  end
end

if applied > 0 then
  trimTombstones({ presence = presence, uids = uids, gone = gone }, tonumber(keepMs), tonumber(keepMost), tonumber(keepLeastMs))
end
local holder = liveLease(channel)
local reply = {
  'reply', 'applied', 'changed', changed and '1' or '0', 'occupied', summary.count > 0 and '1' or '0',
  'leaseHeld', holder and '1' or '0', 'applied', decimal(applied), 'stale', decimal(stale), 'strangers', decimal(strangers), 'nowMs', decimal(nowMs),
}
-- A repeated claim may be the one whose answer was lost.
if token ~= '' and (changed or holder == token) then
  local untilMs = grantLease({ ready = ready, due = due, channel = channel }, member, { token = token, owner = owner, leaseMs = leaseMs })
  if untilMs then
    reply[#reply + 1] = 'leaseUntilMs'
    reply[#reply + 1] = decimal(untilMs)
    return withView(reply, channel, presence, uids, rules)
  end
end
return reply
