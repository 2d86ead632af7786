-- S3 claimOne, and the second half of S2 claimDue: grants the lease of one due channel.
-- KEYS  1 ready (string)  2 due (zset)  3 channel (hash)  4 presence (hash)  5 recorder uids (hash)  6 rules (zset)
--       7 claims of the token (set; claimDue only)
-- ARGV  1 member  2 token (128 random bits)  3 owner (for people)  4 lease (ms)
-- Replies  not_ready | not_due | busy {nowMs} · claimed {fence, leaseUntilMs, nowMs, channel, uids, rules}
-- Keeps  at most one living lease · due moves past the lease in the same script and is never removed · a claim repeated with
--        the token that holds answers the same · a leased channel that is met moves to its lease's end, so it clogs nothing
--- @include clock lease view

local ready, due, channel, presence, uids, rules, claims = unpack(KEYS)
local member, token, owner, leaseMs = unpack(ARGV)

local function claimed(untilMs)
  local reply = readView(channel, presence, uids, rules)
  local head = { 'reply', 'claimed', 'nowMs', decimal(nowMs), 'leaseUntilMs', decimal(untilMs) }
  for i = 1, #head do
    reply[#reply + 1] = head[i]
  end
  return reply
end

local function refused(word)
  return { 'reply', word, 'nowMs', decimal(nowMs) }
end

if redis.call('EXISTS', ready) == 0 then
  return refused('not_ready')
end
local holder, heldUntilMs = liveLease(channel)
if holder == token then
  return claimed(heldUntilMs)
end
local dueMs = tonumber(redis.call('ZSCORE', due, member))
local isDue = dueMs ~= nil and dueMs <= nowMs
if holder then
  if isDue then
    redis.call('ZADD', due, 'XX', dueAfterLease(heldUntilMs), member)
  end
  return refused('busy')
end
if not isDue then
  return refused('not_due')
end
if redis.call('EXISTS', channel) == 0 then
  redis.call('ZREM', due, member)
  return refused('not_due')
end

local untilMs = nowMs + tonumber(leaseMs)
redis.call('HSET', channel, 'fence', nextCount(channel, 'fence'),
  'lease.token', token, 'lease.owner', owner, 'lease.at', decimal(nowMs), 'lease.until', decimal(untilMs))
redis.call('ZADD', due, dueAfterLease(untilMs), member)
if claims then
  redis.call('SADD', claims, member)
  redis.call('PEXPIRE', claims, leaseMs)
end
return claimed(untilMs)
