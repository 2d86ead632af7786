-- Writes name, value, name, value … of a hash, or deletes names, in few commands; Lua unpacks at most some thousand at a time.
local function inParts(command, key, list, most)
  for i = 1, #list, most do
    redis.call(command, key, unpack(list, i, math.min(i + most - 1, #list)))
  end
end

local function setFields(key, pairsList)
  inParts('HSET', key, pairsList, 1000)
end

local function deleteFields(key, names)
  inParts('HDEL', key, names, 1000)
end
