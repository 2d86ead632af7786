-- Presence is a set: one entry per uid, '<clientSeq, 20 digits> <online 0|1> <role h|a> <kind p|b> <sender's ms> <applied ms>'.
-- The counters follow the change of one stored entry, in the script that changes it; a second copy of an event changes none.
local function readEntry(text)
  if not text then
    return nil
  end
  local seq, online, role, kind, atMs, appliedAtMs = string.match(text, '^(%d+) ([01]) ([ha]) ([pb]) (%d+) (%d+)$')
  return { seq = seq, online = online == '1', role = role, kind = kind, atMs = tonumber(atMs), appliedAtMs = tonumber(appliedAtMs) }
end

local function writeEntry(presence, uid, entry)
  local online = entry.online and '1' or '0'
  local text = table.concat({ entry.seq, online, entry.role, entry.kind, decimal(entry.atMs), decimal(entry.appliedAtMs) }, ' ')
  redis.call('HSET', presence, uid, text)
end

local function readSummary(channel)
  local counts = redis.call('HMGET', channel, 'p.count', 'p.hosts')
  return { count = tonumber(counts[1]) or 0, hosts = tonumber(counts[2]) or 0, moved = false, filled = false, flipped = false, fields = {} }
end

local function flip(summary, options)
  local since, graceReason = options.since, options.graceReason
  if options.before == 0 and options.after > 0 then
    summary.filled, summary.flipped = true, true
    summary.fields[since], summary.fields[graceReason] = '', ''
  elseif options.before > 0 and options.after == 0 then
    summary.flipped = true
    summary.fields[since], summary.fields[graceReason] = decimal(nowMs), options.reason
  end
end

-- Moves the counters from what the uid was (nil: unknown) to what it is; reason '' = nobody named one.
local function recount(summary, before, after, reason)
  local function counted(entry, role)
    return entry and entry.online and entry.kind == 'p' and (not role or entry.role == role) and 1 or 0
  end
  local count, hosts = summary.count, summary.hosts
  summary.count = count + counted(after) - counted(before)
  summary.hosts = hosts + counted(after, 'h') - counted(before, 'h')
  summary.moved = summary.moved or summary.count ~= count or summary.hosts ~= hosts
  flip(summary, { before = count, after = summary.count, since = 'p.emptySince', graceReason = 'p.graceReason', reason = reason })
  flip(summary, { before = hosts, after = summary.hosts, since = 'p.hostsEmptySince', graceReason = 'p.hostsGraceReason', reason = reason })
end

local function writeSummary(channel, summary)
  redis.call('HSET', channel, 'p.count', decimal(summary.count), 'p.hosts', decimal(summary.hosts))
  for field, value in pairs(summary.fields) do
    if value == '' then
      redis.call('HDEL', channel, field)
    else
      redis.call('HSET', channel, field, value)
    end
  end
end

-- Names a uid as a recorder of ours; one that was taken for a participant until now stops counting.
local function ownUid(summary, keys, uid, attempt)
  redis.call('HSET', keys.uids, uid, 'own:' .. attempt)
  local entry = readEntry(redis.call('HGET', keys.presence, uid))
  if entry and entry.kind == 'p' then
    local recorder = { seq = entry.seq, online = entry.online, role = entry.role, kind = 'b', atMs = entry.atMs, appliedAtMs = entry.appliedAtMs }
    writeEntry(keys.presence, uid, recorder)
    recount(summary, entry, recorder, '')
  end
end
