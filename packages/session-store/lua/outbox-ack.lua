-- Removes relayed entries from a shard's outbox, for the relay that holds it.
-- KEYS  1 relay (string with PX)  2 outbox (stream)
-- ARGV  1 token, then ids
-- Replies  acked | lost
-- Keeps  a relay that was paused beyond its lease removes nothing; acknowledging twice changes nothing

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 'reply', 'lost' }
end
for i = 2, #ARGV do
  redis.call('XDEL', KEYS[2], ARGV[i])
end
return { 'reply', 'acked' }
