-- S3 claimOne, and the second half of S2 claimDue: grants the lease of one due channel.
-- KEYS  1 ready (string)  2 due (zset)  3 channel (hash)  4 presence (hash)  5 recorder uids (hash)  6 rules (zset)
--       7 claims of the token (set; claimDue only)
-- ARGV  1 member  2 token (128 random bits)  3 owner (for people)  4 lease (ms)
-- Replies  not_ready | not_due | busy {nowMs} · claimed {fence, leaseUntilMs, nowMs, channel, uids, rules}
-- Keeps  at most one living lease · due moves past the lease in the same script and is never removed · a claim repeated with
--        the token that holds answers the same · a leased channel that is met moves to its lease's end, so it clogs nothing
--- @include clock lease view grant

local ready, due, channel, presence, uids, rules, claims = unpack(KEYS)
local member, token, owner, leaseMs = unpack(ARGV)

local untilMs, refusal = grantLease({ ready = ready, due = due, channel = channel }, member, { token = token, owner = owner, leaseMs = leaseMs })
if not untilMs then
  return { 'reply', refusal, 'nowMs', decimal(nowMs) }
end
if claims then
  redis.call('SADD', claims, member)
  redis.call('PEXPIRE', claims, leaseMs)
end
return withView({ 'reply', 'claimed', 'nowMs', decimal(nowMs), 'leaseUntilMs', decimal(untilMs) }, channel, presence, uids, rules)
