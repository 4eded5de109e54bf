-- Charges every bucket or none, by GCRA in microseconds on this server's own clock. gcra.go explains the numbers.
-- KEYS, all of one slot: a bucket for each take, then the marks of the takes that count distinct items or show a pass.
-- ARGV, for each take: interval, span, cost (0: only look; negative: give back), window if it is a quota else 0, place of its mark in KEYS or 0, and how long
-- the mark then stands: from now, or where negative from the beginning of the window; 0 leaves it alone.
-- Returns now, then the number stored for each key before the charge (0 if none); the caller derives the same decision from them.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stored = redis.call('MGET', unpack(KEYS))
local reply, admitted, takes = {now}, true, #ARGV / 6
local base, clamped, charged, fresh = {}, {}, {}, {}

for i = 1, #KEYS do
  reply[i + 1] = tonumber(stored[i] or 0)
end

for i = 1, takes do
  local interval, span, cost = tonumber(ARGV[6 * i - 5]), tonumber(ARGV[6 * i - 4]), tonumber(ARGV[6 * i - 3])
  local window, mark, hold = tonumber(ARGV[6 * i - 2]), tonumber(ARGV[6 * i - 1]), tonumber(ARGV[6 * i])
  base[i] = now
  if window > 0 then
    base[i] = now - (now + 12600000000) % window
  end
  local tat = math.min(math.max(reply[i + 1], base[i]), base[i] + span)
  clamped[i], charged[i] = tat, tat
  local known = mark > 0 and reply[mark + 1] > now
  if hold ~= 0 and (not known or cost < 0) then
    fresh[mark] = hold > 0 and now + hold or base[i] - hold
  end
  if not known then
    if cost >= 0 and tat + interval * math.max(cost, 1) > base[i] + span then
      admitted = false
    end
    charged[i] = math.max(base[i], tat + interval * cost)
  end
end

-- Never through tostring or .. on the way: Lua would make it 1.8e+15, redis.call itself keeps all digits.
-- 2 ms more because expiry counts whole milliseconds and must not come early.
local function store(key, number, ends)
  redis.call('SET', key, number, 'PX', math.floor((ends - now) / 1000) + 2)
end

for i = 1, takes do
  local tat, window = admitted and charged[i] or clamped[i], tonumber(ARGV[6 * i - 2])
  if tat ~= math.max(reply[i + 1], base[i]) then
    store(KEYS[i], tat, window > 0 and base[i] + window or tat)
  end
end
if admitted then
  for mark, ends in pairs(fresh) do
    store(KEYS[mark], ends, ends)
  end
end
return reply
