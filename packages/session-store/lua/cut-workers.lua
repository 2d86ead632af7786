-- Agora has answered 406: it has no worker beside those that run, so the account has no more than those, for a while.
-- KEYS  1 workers (zset)  2 cut (hash, autorec:workers:{account}:cut)
-- ARGV  1 attempt that was refused  2 most workers  3 step of recovery (ms)  4 workers regained per step
-- Replies  cut {workers}
--- @include clock workers

local workers, cut = unpack(KEYS)
local most, recovery = tonumber(ARGV[2]), { stepMs = tonumber(ARGV[3]), workers = tonumber(ARGV[4]) }
local running = redis.call('ZCARD', workers) - (redis.call('ZSCORE', workers, ARGV[1]) and 1 or 0)
local left = math.max(1, math.min(workersLimit(cut, most, recovery), running))
redis.call('HSET', cut, 'workers', decimal(left), 'at', decimal(nowMs))
redis.call('PEXPIRE', cut, decimal(recovery.stepMs * (1 + math.ceil(most / recovery.workers))))
return { 'reply', 'cut', 'workers', decimal(left) }
