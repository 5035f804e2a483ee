"""What a page that is open asks for again and again goes on while the database is away: its last answer, with its age.

A person gets only what was answered to their own session, for the very same question, and no longer than `KEPT_FOR_S`
or until their session would end. What was kept is forgotten when a session ends, acts for another organisation or is
refused, and when a person loses a right; nothing is given again while that could go unheard. An answer that was made
for many (`console.door.shared`) is held once, and is the last one of each of them until their own session would end.
Keys get 503.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from console.access.accounts import MADE_FOR
from console.access.session_rules import idle_left_s
from console.database import absences
from console.live.lines import digest_of, lines, listeners

KEPT_FOR_S = 900.0
MOST_BYTES = 16_000_000
MOST_BYTES_EACH = 500_000
BYTES_BESIDES = 1_000
"""What an entry takes besides its question and its answer."""
REFUSALS = (401, 403)
AS_OF = "Loft-As-Of"
"""The header that says when what is answered was so."""
Key = tuple[str, str, str]
"""The session's digest, the address that was asked for, and the language and form of the answer."""


@dataclass(eq=False)
class Kept:
    """An answer, when it was given, and until when it may be given again to whose session lasts so long."""

    content: bytes
    content_type: str
    at: datetime
    until_s: float
    holders: int = 0
    """So many have it as their last one."""


class LastAnswers:
    """The last answers of this process; those unused for longest go first."""

    def __init__(self, clock: Callable[[], float] = monotonic, most_bytes: int = MOST_BYTES) -> None:
        self._clock, self._most_bytes = clock, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, tuple[Kept, float]] = OrderedDict()  # until when for this caller
        self._bytes = self._forgotten = 0

    def begin(self) -> int:
        """Return what `keep` is to be told of when a question was asked."""
        return self._forgotten

    def keep(self, key: Key, answer: HttpResponse, now: datetime, *, for_s: float, begun: int) -> Kept:
        """Keep an answer in place of the one before, unless something was forgotten since its question was asked."""
        kept = Kept(answer.content, answer.headers["Content-Type"], now, self._clock() + KEPT_FOR_S)
        self.hold(key, kept, for_s=for_s, begun=begun)
        return kept

    def hold(self, key: Key, kept: Kept, *, for_s: float, begun: int) -> None:
        """Keep an answer that others may have as well, for no longer than `for_s` for this caller."""
        until_s = min(kept.until_s, self._clock() + for_s)
        with self._lock:
            self._drop(key)
            if _size(key) + len(kept.content) > MOST_BYTES_EACH or begun != self._forgotten:
                return
            self._kept[key] = kept, until_s
            self._bytes += _size(key) + (0 if kept.holders else len(kept.content))
            kept.holders += 1
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def find(self, key: Key) -> Kept | None:
        """Return the last answer to a question; None when there is none, or it is too old."""
        with self._lock:
            kept, until_s = self._kept.get(key, (None, 0.0))
            if kept and self._clock() >= until_s:
                self._drop(key)
                return None
            return kept

    def drop(self, key: Key) -> None:
        """Forget the answer to one question."""
        with self._lock:
            self._drop(key)

    def forget(self, kind: str, value: str) -> None:
        """Forget what was answered to a session; whatever else ended, everything: that is seldom, and safe."""
        with self._lock:
            self._forgotten += 1
            if kind == "session":
                for key in [key for key in self._kept if key[0] == value]:
                    self._drop(key)
            else:
                for key in list(self._kept):
                    self._drop(key)

    def _drop(self, key: Key) -> None:
        if held := self._kept.pop(key, None):
            kept, _ = held
            kept.holders -= 1
            self._bytes -= _size(key) + (0 if kept.holders else len(kept.content))

    def __len__(self) -> int:
        return len(self._kept)


last_answers = LastAnswers()
listeners.append(last_answers.forget)


class Remembering:
    """Middleware: answers to what `LOFT_LAST_ANSWERS` names are kept, and given again while there are no others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, from memory where the database cannot."""
        begun = last_answers.begin()
        answer = self.get_response(request)
        if request.method != "GET" or request.path not in settings.LOFT_LAST_ANSWERS:
            return answer
        caller = caller_of(request)
        if not caller or not isinstance(answer, HttpResponse):
            return answer
        return self._last(request, answer, caller, begun)

    def _last(self, request: HttpRequest, answer: HttpResponse, caller: str, begun: int) -> HttpResponse:
        question, made_for = _question(request), request.META.get(MADE_FOR)
        if answer.status_code == 200:
            now = timezone.now()
            kept = last_answers.keep((caller, *question), answer, now, for_s=left_s(request, now), begun=begun)
            if made_for:
                made_for.keep_for = partial(_keep_for, question, kept, begun)
        elif answer.status_code in REFUSALS:
            last_answers.drop((caller, *question))
        elif answer.status_code == 503 and absences.present():
            if made_for:
                made_for.is_own = True
            if lines.is_hearing and (last := last_answers.find((caller, *question))):
                return again(last)
        return answer


def _question(request: HttpRequest) -> tuple[str, str]:
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) or request.headers.get("Accept-Language", "")
    return request.get_full_path(), f"{language} {request.headers.get('Accept', '')}"


def _keep_for(question: tuple[str, str], kept: Kept, begun: int, caller: str, for_s: float) -> None:
    last_answers.hold((caller, *question), kept, for_s=for_s, begun=begun)


def _size(key: Key) -> int:
    return BYTES_BESIDES + sum(map(len, key))


def again(kept: Kept) -> HttpResponse:
    """Return a kept answer, which says of when it is; `Warning` is for programs that know HTTP only."""
    headers = {AS_OF: kept.at.isoformat(), "Warning": '110 - "Response is Stale"', "Cache-Control": "no-store"}
    return HttpResponse(kept.content, content_type=kept.content_type, headers=headers)


def caller_of(request: HttpRequest) -> str:
    """Return what stands for the session that a request shows; empty for a key, and when it shows none."""
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return digest_of(session) if session and "Authorization" not in request.headers else ""


def left_s(request: HttpRequest, now: datetime) -> float:
    """Return for how long a session lasts if nobody uses it any more."""
    expires_s = float(request.session.get_expiry_age())
    return min(expires_s, idle_left_s(request.session, now)) if settings.LOFT_IDLE_MIN > 0 else expires_s
