-- What a decision has learned of those who are said to be in the channel. A mark is four arguments: word, from (ms), to (ms), more.
--   doubtful  participants last heard of until `to`; more = 'h': hosts alone
--   maybe     participants heard of once, within from … to: one may be a recorder that has moved; more = until when (ms) a
--             join that was said within that span may still come
--   identified  nobody may be that recorder any more: it is known by its uid
--   trusted   nobody is doubtful any more
local function kindAfter(mark, entry)
  local isPerson = entry.kind == 'n' or entry.kind == 'p'
  if mark.word == 'doubtful' and isPerson and entry.appliedAtMs <= mark.toMs and (mark.more == '' or entry.role == mark.more) then
    return 'd'
  elseif mark.word == 'maybe' and entry.kind == 'n' and entry.appliedAtMs >= mark.fromMs and entry.appliedAtMs <= mark.toMs then
    return 'm'
  elseif mark.word == 'trusted' and entry.kind == 'd' or mark.word == 'identified' and entry.kind == 'm' then
    return 'p'
  end
  return nil
end

local function applyMark(summary, keys, mark)
  if mark.word == 'maybe' then
    redis.call('HSET', keys.channel, 'p.maybeWindow', table.concat({ decimal(mark.fromMs), decimal(mark.toMs), mark.more }, ' '))
  elseif mark.word == 'identified' then
    redis.call('HDEL', keys.channel, 'p.maybeWindow')
  end
  local entries = redis.call('HGETALL', keys.presence)
  for i = 1, #entries, 2 do
    local entry = readEntry(entries[i + 1])
    local kind = entry.online and kindAfter(mark, entry)
    if kind then
      local marked = { seq = entry.seq, online = true, role = entry.role, kind = kind, atMs = entry.atMs, appliedAtMs = entry.appliedAtMs }
      writeEntry(keys.presence, entries[i], marked)
      recount(summary, entry, marked)
    end
  end
end

local function applyMarks(summary, keys, marks)
  for i = 1, #marks, 4 do
    applyMark(summary, keys, { word = marks[i], fromMs = tonumber(marks[i + 1]), toMs = tonumber(marks[i + 2]), more = marks[i + 3] })
  end
end
