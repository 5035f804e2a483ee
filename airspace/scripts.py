"""What the engine and those who account for reports write in Redis even at its limit of memory: it makes room.

Each is of a fixed size, or frees more than it takes. They run as a whole, as a transaction would.
"""

from console.redis_clients import PAST_LIMIT

OPEN = PAST_LIMIT + "redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')"
"""Keys: the stream. Arguments: the group."""
NOTICE_OWNERS = PAST_LIMIT + "redis.call('XADD', KEYS[1], '*', ARGV[1], 'owners')"
"""Keys: the stream. Arguments: the field of a notice."""
SETTLE = (
    PAST_LIMIT
    + """
local last = tonumber(ARGV[2]) + 2
for first = 3, last, 1000 do  -- Lua's stack holds eight thousand
  local upto = math.min(first + 999, last)
  redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, first, upto))
  redis.call('XDEL', KEYS[1], unpack(ARGV, first, upto))
end
for at = last + 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[at], ARGV[at + 1]) end
if redis.call('XLEN', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
"""
)
"""Keys: the stream; how many entries wait, by organisation. Arguments: the group, how many ids, these; and for each
organisation its key and what is to be added to its count."""
NOTE_TAKEN = (
    PAST_LIMIT
    + """
for at = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('DEL', KEYS[2])
"""
)
"""Keys: refused reports by key; what was taken of them. Arguments: for each key its number and how many more."""
