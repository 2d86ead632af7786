-- Makes a channel due within so many ms; one that is due sooner keeps its place (LT never moves a due time later).
local function makeDueWithin(due, member, ms)
  redis.call('ZADD', due, 'LT', decimal(nowMs + ms), member)
end

-- Makes a channel due now; one that is overdue already keeps its place.
local function makeDueNow(due, member)
  makeDueWithin(due, member, 0)
end
