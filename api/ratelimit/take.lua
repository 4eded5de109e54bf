-- Charges every key or none, by GCRA in microseconds on this server's own clock. gcra.go explains the numbers.
-- KEYS: buckets of one slot. ARGV: for each key its interval, span and cost (0: only look; negative: give back).
-- Returns now, then the time stored for each key before the charge (0 if none); the caller derives the same decision from them.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stored = redis.call('MGET', unpack(KEYS))
local reply, clamped, charged, admitted = {now}, {}, {}, true

for i = 1, #KEYS do
  local interval, span, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  reply[i + 1] = tonumber(stored[i] or 0)
  local tat = math.min(math.max(reply[i + 1], now), now + span)
  if cost >= 0 and tat + interval * math.max(cost, 1) > now + span then
    admitted = false
  end
  clamped[i], charged[i] = tat, math.max(now, tat + interval * cost)
end

for i = 1, #KEYS do
  local tat = admitted and charged[i] or clamped[i]
  if tat ~= math.max(reply[i + 1], now) then
    -- Never through tostring or .. on the way: Lua would make it 1.8e+15, redis.call itself keeps all digits.
    -- 2 ms more because expiry counts whole milliseconds and must not come early.
    redis.call('SET', KEYS[i], tat, 'PX', math.floor((tat - now) / 1000) + 2)
  end
end
return reply
