-- Takes or renews the right to relay a shard's outbox: one relay at a time, else an older snapshot could win.
-- KEYS  1 relay (string with PX, autorec:relay:{3})
-- ARGV  1 token  2 lease (ms)
-- Replies  claimed | busy

local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return { 'reply', 'busy' }
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'reply', 'claimed' }
