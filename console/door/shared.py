"""Equal requests of many pages, made one: what every page fetches after its line has opened again.

Only what begins after a request came in may answer it: a page fetches its snapshot once it hears events, and a snapshot
that was begun before would miss what was told in between. So while one answer is made, the requests that come meanwhile
wait for the next. Nothing is kept.

It is the same for all who have an open line and the same roles. Their sessions were looked at when the line opened and
are looked at again as soon as something ends (`console.live.entrance`); everybody else takes the usual way. What is
known of who asked first may be out of date by then, so the answer says itself for which roles it was made (`MadeFor`),
and who waited for it must still have these.
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from operator import itemgetter
from time import monotonic

from django.conf import settings

from console.access.accounts import MADE_FOR, MadeFor, account_of
from console.access.callers import bearer, cookies_of, session_key
from console.door.body import expects_none
from console.door.bridge import Bridge
from console.live.lines import digest_of, lines
from console.live.turns import Turns
from console.rest.problem import Message, Receive, Refusal, Send

MOST_BYTES = 1_048_576
MOST_KINDS = 256
RESTS, MOST_TAKEN_S = 4, 0.25
"""After one that others have waited behind comes a rest of so many times what it took, in which more gather. A thread
that is always busy costs the event loop up to a turn of it at each call into the system."""
DIFFERING_HEADERS = frozenset(
    {b"connection", b"cookie", b"forwarded", b"priority", b"referer", b"user-agent", b"x-forwarded-for", b"x-real-ip"}
)
"""What no answer depends on; of cookies that is true of these only: the session's, and the one against forgery."""
_routes: set[str] = set()
Kind = tuple[Hashable, ...]
"""What equal requests have in common, the roles first."""


def share(*routes: str) -> None:
    """Make equal requests for these one: what they answer depends on nothing but roles, address and headers."""
    _routes.update(routes)


@dataclass
class Making:
    """One answer in the making, for all who asked before it was begun."""

    before: "Making | None"
    roles: Hashable
    made_for: MadeFor = field(default_factory=MadeFor)
    took_s: float = 0.0
    messages: list[Message] = field(default_factory=list)
    is_begun: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_for_all(self) -> bool:
        """Whether others may have it than who asked first."""
        if not self.messages or self.made_for.is_own:
            return False
        status = self.messages[0].get("status")
        if status != 503 and (status != 200 or self.made_for.roles != self.roles):  # 503: the server has no room
            return False
        size = sum(len(message.get("body", b"")) for message in self.messages)
        return size <= MOST_BYTES and all(name.lower() != b"set-cookie" for name, _ in self.messages[0]["headers"])


class Shared:
    """What stands before the bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self.made = 0
        self._bridge, self._turns = bridge, Turns()
        self._newest: dict[Kind, Making] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        kind = _kind_of(scope)
        if kind is None or (kind not in self._newest and len(self._newest) >= MOST_KINDS):
            await self._bridge(scope, receive, send)
            return
        making = self._newest.get(kind)
        if making is None or making.is_begun:
            making = self._newest[kind] = Making(making, kind[0])
            await asyncio.shield(asyncio.create_task(self._make(kind, making, scope)))
        else:
            try:
                await self._bridge.pay(account_of(scope))
            except Refusal as refusal:
                await refusal.answer(scope, send)
                return
            await making.done.wait()
            await self._turns.take()  # hundreds may have waited
            session = session_key(scope)
            if not making.is_for_all or lines.roles_of(session) != making.roles:  # signed out while it waited, say
                await self._bridge(scope, receive, send, is_paid=True)
                return
            if making.made_for.keep_for:
                making.made_for.keep_for(digest_of(session), lines.left_s_of(session))
        for message in making.messages:
            await send(message)

    async def _make(self, kind: Kind, making: Making, scope: Message) -> None:
        """Let the bridge answer, once the one before has; who asks from then on gets the next."""
        if before := making.before:
            making.before = None
            await before.done.wait()
            await asyncio.sleep(before.took_s * RESTS)
        making.is_begun = True
        began_s = monotonic()
        self.made += 1
        try:
            await self._bridge({**scope, MADE_FOR: making.made_for}, _nothing_more(), _into(making.messages))
        finally:
            making.took_s = min(MOST_TAKEN_S, monotonic() - began_s)
            if self._newest.get(kind) is making:
                del self._newest[kind]
            making.done.set()


def _kind_of(scope: Message) -> Kind | None:
    """Return what equal requests have in common; None for those that are not shared."""
    if scope["path"] not in _routes or scope["method"] != "GET" or bearer(scope) or not expects_none(scope):
        return None
    roles = lines.roles_of(session) if (session := session_key(scope)) else None
    if roles is None:
        return None
    own = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return (
        roles,
        scope["path"],
        scope["query_string"],
        frozenset((name, value) for name, value in cookies_of(scope).items() if name not in own),
        tuple(sorted((pair for pair in scope["headers"] if pair[0] not in DIFFERING_HEADERS), key=itemgetter(0))),
    )


def _nothing_more() -> Receive:
    """Return what a request without a body receives; who asked first may go, and the others still wait."""
    told: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if told:
            return told.pop()
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never

    return receive


def _into(messages: list[Message]) -> Send:
    async def send(message: Message) -> None:
        messages.append(message)

    return send
