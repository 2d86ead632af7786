-- S10 confirmPresence: what a list of the channel's users says of people whom presence is not sure of.
-- KEYS  1 channel (hash)  2 presence (hash uid → entry)  3 gone (zset uid → ms of its leave)  4 due (zset)
-- ARGV  1 member  2 asked at (ms): who was heard of since is left alone  then 2 per uid: uid, word (there | gone)
-- Replies  confirmed {trusted, removed, occupied, nowMs}
-- Keeps  a list adds nobody whom no event has named · it removes people, never recorders · their clientSeq stays, so that a
--        newer event of theirs counts · due = now exactly when occupied or hosts changed, or nobody is
--        doubtful any more who was
--- @include clock due fields presence

local channel, presence, gone, due = unpack(KEYS)
local member, askedAtMs = ARGV[1], tonumber(ARGV[2])
local summary = readSummary(channel)
local trusted, removed = 0, 0

local function put(uid, before, after)
  if trusted + removed == 0 then
    raiseRevision(channel)
  end
  writeEntry(presence, uid, after)
  recount(summary, before, after)
end

for i = 3, #ARGV, 2 do
  local uid, word = ARGV[i], ARGV[i + 1]
  local entry = readEntry(redis.call('HGET', presence, uid))
  local isOpen = entry and entry.online and entry.appliedAtMs <= askedAtMs
  if isOpen and word == 'there' and entry.kind == 'd' then
    put(uid, entry, { seq = entry.seq, online = true, role = entry.role, kind = 'p', atMs = entry.atMs, appliedAtMs = nowMs })
    trusted = trusted + 1
  elseif isOpen and word == 'gone' and entry.kind ~= 'b' then
    put(uid, entry, { seq = entry.seq, online = false, role = entry.role, kind = 'p', atMs = entry.atMs, appliedAtMs = nowMs })
    redis.call('ZADD', gone, decimal(nowMs), uid)
    removed = removed + 1
  end
end

if trusted + removed > 0 then
  if summary.filled then
    summary.fields.lookAt = decimal(nowMs)
  end
  writeSummary(channel, summary)
  if summary.flipped then
    makeDueNow(due, member)
  end
end
return {
  'reply', 'confirmed', 'trusted', decimal(trusted), 'removed', decimal(removed),
  'occupied', summary.count > 0 and '1' or '0', 'nowMs', decimal(nowMs),
}
