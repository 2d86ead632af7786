-- Presence is a set: one entry per uid, '<clientSeq, 20 digits> <online 0|1> <role h|a> <kind> <sender's ms> <applied ms>'.
-- Kinds: n = participant heard of once, p = participant, b = bot, d = doubtful participant, m = maybe a recorder that moved.
-- The counters follow the change of one stored entry, in the script that changes it; a second copy of an event changes none.
local function readEntry(text)
  if not text then
    return nil
  end
  local seq, online, role, kind, atMs, appliedAtMs = string.match(text, '^(%d+) ([01]) ([ha]) ([npbdm]) (%d+) (%d+)$')
  return { seq = seq, online = online == '1', role = role, kind = kind, atMs = tonumber(atMs), appliedAtMs = tonumber(appliedAtMs) }
end

local function writeEntry(presence, uid, entry)
  local online = entry.online and '1' or '0'
  local text = table.concat({ entry.seq, online, entry.role, entry.kind, decimal(entry.atMs), decimal(entry.appliedAtMs) }, ' ')
  redis.call('HSET', presence, uid, text)
end

local function readSummary(channel)
  local counts = redis.call('HMGET', channel, 'p.count', 'p.hosts', 'p.doubtful', 'p.doubtfulHosts', 'p.maybe')
  local function at(i)
    return tonumber(counts[i]) or 0
  end
  return { count = at(1), hosts = at(2), doubtful = at(3), doubtfulHosts = at(4), maybe = at(5), isUnsure = at(3) + at(5) > 0, moved = false, filled = false, flipped = false, fields = {} }
end

local peopleKinds, doubtfulKinds, maybeKinds = { n = 1, p = 1 }, { d = 1 }, { m = 1 }

-- How much a uid's change adds to a counter: of its kinds, and of one role if that is named.
local function difference(before, after, kinds, role)
  local function counted(entry)
    return entry and entry.online and kinds[entry.kind] and (not role or entry.role == role) and 1 or 0
  end
  return counted(after) - counted(before)
end

-- What changes when somebody certain comes or the last one goes. When the last doubtful one goes, whoever looks whether they are
-- there has nobody left; if an event says so, they were there: the channel is empty from then on, as after any other leave.
local function flip(summary, people)
  local hasFilled = people.before == 0 and people.after > 0
  local hasEmptied = people.before > 0 and people.after == 0
  local isUndoubted = people.doubtfulBefore > 0 and people.doubtfulAfter == 0 and people.after == 0
  summary.flipped = summary.flipped or hasFilled or hasEmptied or isUndoubted
  if hasFilled then
    summary.filled = true
    summary.fields[people.since], summary.fields[people.graceReason] = '', ''
  elseif hasEmptied or (isUndoubted and people.reason) then
    summary.fields[people.since], summary.fields[people.graceReason] = decimal(nowMs), people.reason or ''
  end
end

-- Moves the counters from what the uid was (nil: unknown) to what it is; reason: of the event that says so ('' = none named),
-- nil where no event of this uid does.
local function recount(summary, before, after, reason)
  local count, hosts, doubtful, doubtfulHosts, maybe = summary.count, summary.hosts, summary.doubtful, summary.doubtfulHosts, summary.maybe
  summary.count = count + difference(before, after, peopleKinds)
  summary.hosts = hosts + difference(before, after, peopleKinds, 'h')
  summary.doubtful = doubtful + difference(before, after, doubtfulKinds)
  summary.doubtfulHosts = doubtfulHosts + difference(before, after, doubtfulKinds, 'h')
  summary.maybe = maybe + difference(before, after, maybeKinds)
  local moved = summary.count ~= count or summary.hosts ~= hosts or summary.maybe ~= maybe
  summary.moved = summary.moved or moved or summary.doubtful ~= doubtful or summary.doubtfulHosts ~= doubtfulHosts
  -- A channel that only perhaps-recorders keep open is decided anew when one of them comes or goes.
  summary.flipped = summary.flipped or summary.maybe ~= maybe
  summary.isUnsure = summary.isUnsure or summary.doubtful + summary.maybe > 0
  if summary.doubtful > doubtful then
    summary.fields['p.doubtfulSince'] = decimal(nowMs)
  end
  flip(summary, {
    before = count, after = summary.count, doubtfulBefore = doubtful, doubtfulAfter = summary.doubtful,
    since = 'p.emptySince', graceReason = 'p.graceReason', reason = reason,
  })
  flip(summary, {
    before = hosts, after = summary.hosts, doubtfulBefore = doubtfulHosts, doubtfulAfter = summary.doubtfulHosts,
    since = 'p.hostsEmptySince', graceReason = 'p.hostsGraceReason', reason = reason,
  })
end

local function writeSummary(channel, summary)
  local sets, removes = { 'p.count', decimal(summary.count), 'p.hosts', decimal(summary.hosts) }, {}
  if summary.isUnsure then
    local fields, isDoubtful = summary.fields, summary.doubtful > 0
    fields['p.maybe'] = summary.maybe > 0 and decimal(summary.maybe) or ''
    fields['p.doubtful'] = isDoubtful and decimal(summary.doubtful) or ''
    fields['p.doubtfulHosts'] = isDoubtful and decimal(summary.doubtfulHosts) or ''
    if not isDoubtful then
      fields['p.doubtfulSince'] = ''
    end
  end
  for field, value in pairs(summary.fields) do
    if value == '' then
      removes[#removes + 1] = field
    else
      sets[#sets + 1] = field
      sets[#sets + 1] = value
    end
  end
  setFields(channel, sets)
  deleteFields(channel, removes)
end

-- Names a uid as a recorder of ours; one that was taken for somebody else until now stops counting.
local function ownUid(summary, keys, uid, attempt)
  redis.call('HSET', keys.uids, uid, 'own:' .. attempt)
  local entry = readEntry(redis.call('HGET', keys.presence, uid))
  if entry and entry.kind ~= 'b' then
    local recorder = { seq = entry.seq, online = entry.online, role = entry.role, kind = 'b', atMs = entry.atMs, appliedAtMs = entry.appliedAtMs }
    writeEntry(keys.presence, uid, recorder)
    recount(summary, entry, recorder)
  end
end
