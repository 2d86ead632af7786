-- Declares a shard complete, for the process that has rebuilt it: from now on its channels may be claimed.
-- KEYS  1 rebuild (string with PX)  2 ready (string)  3 lost since (string, ms)
-- ARGV  1 token
-- Replies  ready: also when it was already | lost: another process rebuilds, or Redis was emptied again
-- Keeps  a process that was paused beyond its right declares nothing · finishing twice changes nothing

local rebuild, ready, since = unpack(KEYS)
if redis.call('EXISTS', ready) == 1 then
  return { 'reply', 'ready' }
end
if redis.call('GET', rebuild) ~= ARGV[1] then
  return { 'reply', 'lost' }
end
redis.call('SET', ready, redis.call('GET', since) or '0')
redis.call('DEL', rebuild, since)
return { 'reply', 'ready' }
