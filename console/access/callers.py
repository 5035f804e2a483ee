"""Who calls, as far as it can be told before the body: how much of it is read depends on that."""

import asyncio
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, close_old_connections
from django.http import parse_cookie

from console.access.sessions import SessionStore
from console.actions.access.apikey import find_key
from console.door.body import expects_none, header
from console.rest.limits import STRANGER_BYTES, most_bytes
from console.rest.problem import Message


async def may_send_bytes(scope: Message) -> int:
    """Return how long this request's body may be.

    Whoever shows no session and no key sends little; what is longer than any JSON of ours is read of nobody whose
    session or key is not good.
    """
    most = most_bytes(scope["method"], scope["path"])
    if most <= STRANGER_BYTES or expects_none(scope):
        return most
    token, session = bearer(scope), session_key(scope)
    if not token and not session:
        return STRANGER_BYTES
    if most > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not await asyncio.to_thread(_is_known, token, session):
        return STRANGER_BYTES
    return most


def bearer(scope: Message) -> str:
    """Return the token that a request shows, an empty text when it shows none."""
    word, _, token = (header(scope, b"authorization") or b"").decode("latin-1").partition(" ")
    return token.strip() if word.lower() == "bearer" else ""


def session_key(scope: Message) -> str:
    """Return the session that a request's cookies name, as Django reads them; an empty text when they name none."""
    return cookies_of(scope).get(settings.SESSION_COOKIE_NAME, "")


def cookies_of(scope: Message) -> dict[str, str]:
    """Return a request's cookies exactly as Django reads them: who is taken for whom must be the same everywhere."""
    cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(cookies.decode(errors="replace"))


def _is_known(token: str, session: str) -> bool:
    try:
        if token and find_key(token, datetime.now(UTC)):
            return True
        return bool(session) and SESSION_KEY in SessionStore(session)
    except DatabaseError:
        return True  # the view finds out, and says so
    finally:
        close_old_connections()
