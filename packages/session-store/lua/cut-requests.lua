-- Agora has answered 429: halves what the account may ask for, for a while.
-- KEYS  1 cut (hash, autorec:qps:{account}:cut)
-- ARGV  1 window (µs)  2 least percent  3 step of recovery (µs)  4 percent regained per step
-- Replies  cut {percent} | known {percent: one of the same burst has cut it already}
-- Keeps  a burst of refusals counts once
--- @include clock budget

local cut = KEYS[1]
local windowUs, leastPercent = tonumber(ARGV[1]), tonumber(ARGV[2])
local recovery = { stepUs = tonumber(ARGV[3]), percent = tonumber(ARGV[4]) }

local percent = percentLeft(cut, recovery)
local lastUs = tonumber(redis.call('HGET', cut, 'at')) or 0
if nowUs - lastUs < windowUs then
  return { 'reply', 'known', 'percent', decimal(percent) }
end
percent = math.max(leastPercent, math.floor(percent / 2))
redis.call('HSET', cut, 'percent', percent, 'at', decimal(nowUs))
redis.call('PEXPIRE', cut, decimal(math.ceil(recovery.stepUs * (1 + 100 / recovery.percent) / 1000)))
return { 'reply', 'cut', 'percent', decimal(percent) }
