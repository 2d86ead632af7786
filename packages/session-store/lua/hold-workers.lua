-- Prolongs or ends reservations of workers; one that a crash or a failover has lost comes back.
-- KEYS  1 workers (zset)  2 waiting (zset)  3 asked (zset), all as in take-requests
-- ARGV  1 which (any | expired: only reservations that are over)  then attempt, ms … (0 ms = it has no worker any more)
-- Replies  held {workers: reservations there are now}
-- Keeps  who has a worker, or needs none, does not wait for one
--- @include clock

local workers, waiting, asked = unpack(KEYS)
local which = ARGV[1]
for i = 2, #ARGV, 2 do
  local attempt, forMs = ARGV[i], tonumber(ARGV[i + 1])
  local untilMs = tonumber(redis.call('ZSCORE', workers, attempt))
  if which == 'any' or (untilMs and untilMs <= nowMs) then
    if forMs > 0 then
      redis.call('ZADD', workers, decimal(nowMs + forMs), attempt)
    else
      redis.call('ZREM', workers, attempt)
    end
    redis.call('ZREM', waiting, attempt)
    redis.call('ZREM', asked, attempt)
  end
end
return { 'reply', 'held', 'workers', decimal(redis.call('ZCARD', workers)) }
