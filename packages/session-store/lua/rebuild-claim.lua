-- Takes or renews the right to rebuild a shard whose state is lost, and remembers since when it is known to be lost.
-- KEYS  1 rebuild (string with PX, autorec:rebuild:{3})  2 ready (string)  3 lost since (string, ms)
-- ARGV  1 token  2 lease (ms)  3 since when the shard is lost, of a right that is to be lengthened ('' = a new one)
-- Replies  claimed {sinceMs, nowMs} | busy: also when the shard was lost again | ready: nothing is lost {nowMs}
-- Keeps  one process rebuilds a shard at a time · the loss has one beginning, however many processes try
--        · what was brought back before another loss is gone with it: nobody goes on from there
--- @include clock

local rebuild, ready, since = unpack(KEYS)
local token, leaseMs, heldSince = unpack(ARGV)
if redis.call('EXISTS', ready) == 1 then
  return { 'reply', 'ready', 'nowMs', decimal(nowMs) }
end
local holder = redis.call('GET', rebuild)
local isLostAgain = heldSince ~= '' and redis.call('GET', since) ~= heldSince
if isLostAgain or (holder and holder ~= token) then
  return { 'reply', 'busy', 'nowMs', decimal(nowMs) }
end
redis.call('SET', rebuild, token, 'PX', leaseMs)
redis.call('SET', since, decimal(nowMs), 'NX')
return { 'reply', 'claimed', 'sinceMs', redis.call('GET', since), 'nowMs', decimal(nowMs) }
