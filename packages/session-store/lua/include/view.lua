-- Adds to a reply everything that a decision reads, in one atomic step: the channel's fields, each known recorder uid with the
-- time of its join (ms, as its sender says; '' = not in the channel), and the hashes of the rules of living processes.
local function withView(reply, channel, presence, uids, rules)
  local recorders = redis.call('HKEYS', uids)
  local online = {}
  for i, uid in ipairs(recorders) do
    local entry = redis.call('HGET', presence, uid)
    online[2 * i - 1] = uid
    online[2 * i] = entry and string.match(entry, '^%d+ 1 %a %a (%d+)') or ''
  end
  local view = { 'channel', redis.call('HGETALL', channel), 'uids', online, 'rules', redis.call('ZRANGE', rules, 0, -1) }
  for _, part in ipairs(view) do
    reply[#reply + 1] = part
  end
  return reply
end
