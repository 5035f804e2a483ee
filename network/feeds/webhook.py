"""Webhooks: one POST, to where the guard allows, without redirects, within a time and a size."""

import ssl
from collections.abc import Mapping
from time import monotonic
from urllib.parse import urlsplit

import httpcore
import httpx

from console.outbound import Guard, NotAllowed
from console.outbound.lines import Guarded
from network.feeds import NotSent

WHOLE_S = 10.0
STEP_S = 5.0
LONGEST_RETRY_AFTER_S = 3_600.0
Headers = Mapping[bytes | str, bytes | str]
_AWAY = {408, 425, 429, *range(500, 600)}
_TIMEOUTS = {"connect": STEP_S, "read": STEP_S, "write": STEP_S, "pool": STEP_S}


def problem_of(url: str, guard: Guard) -> str | None:
    """Return why a URL cannot be a target; None where it can."""
    try:
        parts = urlsplit(url)
        host, _ = httpx.URL(url).host, parts.port
    except (ValueError, httpx.InvalidURL) as reason:
        return f"it is not a URL: {reason}"
    if parts.scheme not in ("http", "https") or not host:
        return "expected a URL that begins with https:// or http:// and names a host"
    if parts.username or parts.password or parts.fragment:
        return "expected a URL without user, password and fragment"
    return guard.problem_of_host(host)


def post(url: str, body: bytes, headers: Headers, guard: Guard, *, whole_s: float = WHOLE_S) -> None:
    """Post a body; return only when it was answered with a 2xx.

    Args:
        url: where to.
        body: JSON.
        headers: what to send beside the content type.
        guard: where notices may go.
        whole_s: how long all of it may take. [s]

    Raises:
        NotSent: it is not allowed, nobody answered in time, or the answer was another; a redirect is not followed.
    """
    sent: dict[bytes | str, bytes | str] = {"Content-Type": "application/json", "User-Agent": "Loft", **headers}
    backend = Guarded(guard, monotonic() + whole_s)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream("POST", _parts(url), headers=sent, content=body, extensions={"timeout": _TIMEOUTS}) as answer,
        ):
            _check(answer)
    except NotSent:
        raise
    except NotAllowed as reason:
        raise NotSent(str(reason)) from reason
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as reason:
        raise NotSent(f"{type(reason).__name__}: {reason}") from reason


def _parts(url: str) -> httpcore.URL:
    address = httpx.URL(url)
    return httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)


def _check(answer: httpcore.Response) -> None:
    """Refuse all but a 2xx by its number alone: what else was answered is neither read nor told to anybody."""
    if 200 <= answer.status < 300:
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    words = f"answered with {answer.status}"
    if 300 <= answer.status < 400:
        words += "; redirects are not followed"
    after = headers.get("retry-after", "")
    wait = min(float(after), LONGEST_RETRY_AFTER_S) if after.isdecimal() else 0.0
    raise NotSent(words, is_away=answer.status in _AWAY, retry_after_s=wait)
