-- Makes a channel due now; one that is overdue already keeps its place (LT never moves a due time later).
local function makeDueNow(due, member)
  redis.call('ZADD', due, 'LT', decimal(nowMs), member)
end
