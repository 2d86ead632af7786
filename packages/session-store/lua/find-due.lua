-- First half of S2 claimDue: which channels to claim. It writes nothing, so every key of the second half can be declared.
-- KEYS  1 ready (string, autorec:ready:{3})  2 due (zset channel → ms)  3 claims of the token (set)
-- ARGV  1 most channels
-- Replies  not_ready {nowMs} | found {held: claimed by this token before, its reply was lost; due, nowMs}
-- Keeps  no claims before the shard is ready · one token = one set of channels
--- @include clock

local ready, due, claims = unpack(KEYS)
if redis.call('EXISTS', ready) == 0 then
  return { 'reply', 'not_ready', 'nowMs', decimal(nowMs) }
end
return {
  'reply', 'found', 'nowMs', decimal(nowMs),
  'held', redis.call('SMEMBERS', claims),
  'due', redis.call('ZRANGEBYSCORE', due, '-inf', decimal(nowMs), 'LIMIT', 0, ARGV[1]),
}
