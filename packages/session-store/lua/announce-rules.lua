-- Keeps the hash of a living process's rules; a hash that is new to the shard makes all its channels due.
-- KEYS  1 rules (zset hash → ms of its last announcement)  2 due (zset)  3 index (set)  4 rules changed at (string, ms)
-- ARGV  1 hash  2 life of an announcement (ms): each process repeats its own after a third of it
-- Replies  announced {fresh, nowMs}
-- Keeps  a leased channel is looked at again too: its commit compares "changed at" with the beginning of its lease · a hash
--        ends only here, by an announcement that comes a life after its own: while nobody can announce, none ends
--- @include clock due

local rules, due, index, changedAt = unpack(KEYS)
local hash, lifeMs = ARGV[1], tonumber(ARGV[2])

-- Silence for so long means that Redis was away, or everybody: those that live must be heard before they are taken for dead.
local newest = redis.call('ZRANGE', rules, -1, -1, 'WITHSCORES')
if newest[2] and nowMs - tonumber(newest[2]) > lifeMs / 2 then
  for _, known in ipairs(redis.call('ZRANGE', rules, 0, -1)) do
    redis.call('ZADD', rules, decimal(nowMs), known)
  end
end
local fresh = redis.call('ZADD', rules, decimal(nowMs), hash) == 1
redis.call('ZREMRANGEBYSCORE', rules, '-inf', decimal(nowMs - lifeMs))
if fresh then
  redis.call('SET', changedAt, decimal(nowMs))
  for _, member in ipairs(redis.call('SMEMBERS', index)) do
    makeDueNow(due, member)
  end
end
return { 'reply', 'announced', 'fresh', fresh and '1' or '0', 'nowMs', decimal(nowMs) }
