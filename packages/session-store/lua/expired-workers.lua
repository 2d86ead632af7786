-- Names reservations of workers that are over: whoever made them has crashed, or has not told their end.
-- KEYS  1 workers (zset attempt → end of its reservation, ms)
-- ARGV  1 most
-- Replies  expired {attempts}
--- @include clock

return { 'reply', 'expired', 'attempts', redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', decimal(nowMs), 'LIMIT', 0, tonumber(ARGV[1])) }
