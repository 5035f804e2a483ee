"""How many drones that nobody knew may be brought in: counted in Redis, for all web processes together."""

from django.conf import settings
from redis.exceptions import ResponseError

from console.actor import HOME_PK
from console.errors import Unavailable
from console.redis_clients import GONE, client

NEW_KEY = "loft.drones.new.%s"  # the number of a key, or `person:` or `organisation:` and a number
HOUR_S = 3_600


def claim_new(who: int | str, organisation: int, count: int) -> int:
    """Return how many of so many new drones a key or person may register now for its organisation.

    Each has as many as the settings say within an hour of the first, and so has a customer as a whole.

    Raises:
        Unavailable: Redis is away or full.
    """
    of_one, of_all = settings.LOFT_NEW_DRONES_PER_KEY_PER_H, settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H
    try:
        room = _claim(NEW_KEY % who, count, of_one)
        if organisation == HOME_PK:
            return room
        if short := room - _claim(NEW_KEY % f"organisation:{organisation}", room, of_all):
            client().decrby(NEW_KEY % who, short)
    except (*GONE, ResponseError) as reason:
        raise Unavailable(f"Redis does not answer: {reason}") from reason
    return room - short


def _claim(name: str, count: int, most: int) -> int:
    if not count:
        return 0
    claimed = client().incrby(name, count)
    if claimed == count:
        client().expire(name, HOUR_S)
    over = min(count, max(0, claimed - most))
    if over:
        client().decrby(name, over)
    return count - over
