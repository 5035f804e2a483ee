"""How many drones that nobody knew may be brought in: counted in Redis, for all web processes together."""

from typing import Any, cast

from django.conf import settings
from redis.exceptions import ResponseError

from console.errors import Unavailable
from console.once import once
from console.redis_clients import GONE, client

NEW_KEY = "loft.drones.new.%s"  # the number of a key, or `person:` or `organisation:` and a number
HOUR_S = 3_600
_SCRIPT = """
local room = tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  room = math.min(room, tonumber(ARGV[2 + i]) - (tonumber(redis.call('GET', key)) or 0))
end
if room <= 0 then return 0 end
for _, key in ipairs(KEYS) do
  redis.call('INCRBY', key, room)
  if redis.call('TTL', key) < 0 then redis.call('EXPIRE', key, ARGV[1]) end
end
return room
"""
# Counted in one step: a caller sees no count that another is about to give back, and no counter is left without an end.


def claim_new(who: int | str, customer: int | None, count: int) -> int:
    """Return how many of so many new drones a key or person may register now.

    Each has as many as the settings say within an hour of the first, and so has a customer as a whole.

    Args:
        who: the number of a key, or `person:` and a number.
        customer: the organisation for which it registers them; None for those who run the network.
        count: of drones.

    Raises:
        Unavailable: Redis is away or full.
    """
    most = {NEW_KEY % who: settings.LOFT_NEW_DRONES_PER_KEY_PER_H}
    if customer is not None:
        most[NEW_KEY % f"organisation:{customer}"] = settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H
    try:
        return int(cast("Any", _script())(keys=list(most), args=[HOUR_S, count, *most.values()]))
    except (*GONE, ResponseError) as reason:
        raise Unavailable(f"Redis does not answer: {reason}") from reason


@once
def _script() -> object:
    return client().register_script(_SCRIPT)
