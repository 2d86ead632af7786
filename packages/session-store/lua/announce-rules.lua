-- Keeps the hash of a living process's rules; a hash that is new to the shard makes all its channels due.
-- KEYS  1 rules (zset hash → ms of its end)  2 due (zset)  3 index (set)  4 rules changed at (string, ms)
-- ARGV  1 hash  2 life of the entry (ms)
-- Replies  announced {fresh, nowMs}
-- Keeps  a leased channel is looked at again too: its commit compares "changed at" with the beginning of its lease
--- @include clock due

local rules, due, index, changedAt = unpack(KEYS)
local hash, lifeMs = unpack(ARGV)
local endsAtMs = tonumber(redis.call('ZSCORE', rules, hash))
local fresh = endsAtMs == nil or endsAtMs <= nowMs
redis.call('ZADD', rules, decimal(nowMs + tonumber(lifeMs)), hash)
redis.call('ZREMRANGEBYSCORE', rules, '-inf', decimal(nowMs))
if fresh then
  redis.call('SET', changedAt, decimal(nowMs))
  for _, member in ipairs(redis.call('SMEMBERS', index)) do
    makeDueNow(due, member)
  end
end
return { 'reply', 'announced', 'fresh', fresh and '1' or '0', 'nowMs', decimal(nowMs) }
