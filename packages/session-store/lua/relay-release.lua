-- Gives the right to relay a shard's outbox back before its lease ends, so that the next relay need not wait for that.
-- KEYS  1 relay (string with PX)
-- ARGV  1 token
-- Replies  released | lost
-- Keeps  the lease of another relay is left alone; releasing twice changes nothing

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 'reply', 'lost' }
end
redis.call('DEL', KEYS[1])
return { 'reply', 'released' }
