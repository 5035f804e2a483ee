"""The one way in for positions: a Redis Stream between the web processes and the engine.

One entry per request: the validated body as it was sent. The engine acknowledges and deletes an entry once its rows are
committed, so the stream's length is what is still to be stored, and the measure of back-pressure.

Beside it goes what concerns the owners of serials: that they changed, and how many reports were refused because their
key is of another organisation than the drone.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4
from weakref import WeakKeyDictionary

import redis
from django.conf import settings
from redis.exceptions import ResponseError

from airspace import scripts
from airspace.waiting import Waiting
from console.access.actor import HOME_PK
from console.errors import Unavailable
from console.health import silent
from console.redis_clients import GONE, async_client, client

log = logging.getLogger(__name__)
STREAM = "loft.reports"
GROUP = "engine"
DEAD = "loft.reports.dead"
"""Where releases before this one put what they could not read."""
COMMITTED_CHANNEL = "loft.reports.committed"
REMOVED_CHANNEL = "loft.drones.removed"
HEARTBEAT = "engine"
MAX_HEARTBEAT_AGE_S = 5.0
MAX_PIPELINE = 256
OWNERS_CHANNEL = "loft.owners"
NOTICE = b"n"
"""Field of an entry that holds no reports: from it on, owners are to be asked for anew."""
WAITING = "loft.reports.waiting"  # by organisation; what went astray is put right whenever the stream is empty
_REFUSED, _REFUSED_TAKEN, _REFUSED_BY_KEY = "loft.refused", "loft.refused.taken", "loft.refused.by_key"
CARRIED = (STREAM, WAITING, DEAD, _REFUSED_TAKEN, _REFUSED, _REFUSED_BY_KEY)
"""What a backup carries along: it is nowhere else."""
MOST_KEY, MOST_MS, MOST_OWNER = 2**31, 2**43, 2**63
"""What the numbers of an entry stay below: what their columns hold, and times until the year 2248."""
MAX_REFUSED_KEPT, TELL_REFUSED_EVERY_S = 10_000, 0.5
Refusals = Counter[tuple[int, int]]
"""How many reports were refused, by drone and key."""
Reply = list[tuple[bytes, dict[bytes, bytes] | None]]


def engine_beats() -> str | None:
    """The engine has been heard within five seconds."""
    return silent(HEARTBEAT, MAX_HEARTBEAT_AGE_S)


def tell_removed() -> None:
    """Tell every web process that drones were retired or deleted: what it remembers of serials holds no more."""
    try:
        client().publish(REMOVED_CHANNEL, b"")
    except GONE as reason:
        log.warning("nobody was told of removed drones: %s", reason)


@dataclass(frozen=True)
class Entry:
    """One request's reports in the stream. `form` is array, lines or object; `token` is set where somebody waits.

    `organisation` is that of the key; 0 where the report was accepted before serials had owners.
    """

    body: bytes
    form: str
    key: int
    received_ms: int
    token: str = ""
    id: bytes = b""
    organisation: int = HOME_PK

    def fields(self) -> dict[Any, Any]:
        """Return the entry as the stream keeps it."""
        fields = {"b": self.body, "f": self.form, "k": self.key, "r": self.received_ms, "t": self.token}
        return {**fields, "o": self.organisation}

    def raw(self) -> dict[bytes, bytes]:
        """Return the fields as the engine reads them."""
        return {
            name.encode(): value if isinstance(value, bytes) else str(value).encode()
            for name, value in self.fields().items()
        }

    @classmethod
    def read(cls, number: bytes, fields: dict[bytes, bytes]) -> "Entry":
        """Return what `fields` made.

        Raises:
            ValueError: it is not an entry of ours.
        """
        try:
            form, token = fields[b"f"].decode(), fields[b"t"].decode()
            key, received_ms, owner = int(fields[b"k"]), int(fields[b"r"]), int(fields.get(b"o", 0))
            body = fields[b"b"]
        except KeyError as missing:
            raise ValueError(f"no field {missing}") from missing
        if not (0 <= key < MOST_KEY and 0 <= received_ms < MOST_MS and 0 <= owner < MOST_OWNER):
            raise ValueError("a number that no column holds")  # met later, that is no error of the database
        return cls(body, form, key, received_ms, token, number, owner)


class Inlet:
    """The web process's end: appends entries, many requests to a round trip, and hears what was committed."""

    def __init__(self) -> None:
        self._client = async_client()
        self._queue: list[tuple[Entry, asyncio.Future[None]]] = []
        self._sender: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._waiters: dict[str, asyncio.Future[list[int]]] = {}
        self._refused = Refusals()
        self._waiting = Waiting()
        self._teller: asyncio.Task[None] | None = None
        self.length = 0

    async def append(self, entry: Entry, limit: int) -> None:
        """Append an entry; when this returns Redis has it on disk.

        Raises:
            Unavailable: more than `limit` entries wait to be stored, or Redis is away or full.
        """
        self._waiting.note(entry.organisation)
        if self._wrong(entry, limit):
            await self._measure()
            if wrong := self._wrong(entry, limit):
                raise Unavailable(wrong, 1)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((entry, done))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        await done

    async def append_durably(self, entry: Entry, limit: int, timeout_s: float) -> list[int]:
        """Append an entry and wait until the engine has committed its rows; return the places of those it refused.

        Raises:
            Unavailable: as `append` does.
            TimeoutError: it is in the stream and will be stored, but was not within `timeout_s`.
        """
        await self._listen()
        done: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._waiters[entry.token] = done
        try:
            await self.append(entry, limit)
            return await asyncio.wait_for(done, timeout_s)
        finally:
            self._waiters.pop(entry.token, None)

    def count_refused(self, refused: Refusals) -> None:
        """Count reports refused at the door; told to Redis within a second, all of them in one go."""
        if len(self._refused) < MAX_REFUSED_KEPT:
            self._refused.update(refused)
        if self._teller is None or self._teller.done():
            self._teller = asyncio.create_task(self._tell_refused())

    async def close(self) -> None:
        """End what runs and leave Redis."""
        for task in (self._sender, self._listener, self._teller):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._client.aclose()

    def _wrong(self, entry: Entry, limit: int) -> str:
        """Return why an entry is not taken now, an empty text when it is."""
        if self.length + len(self._queue) > limit:
            return f"{self.length} batches wait to be stored, more than the {limit} allowed"
        return self._waiting.over_share(entry.organisation, self.length, limit) if settings.LOFT_FAIR else ""

    async def _measure(self) -> None:
        line = self._client.pipeline(transaction=False)
        line.xlen(STREAM)
        line.hgetall(WAITING)
        try:
            self.length, waiting = await line.execute()
        except (*GONE, ResponseError) as reason:
            raise Unavailable(f"Redis does not answer: {reason}") from reason
        self._waiting.learn_all(waiting)

    async def _send(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:MAX_PIPELINE], self._queue[MAX_PIPELINE:]
            line = self._client.pipeline(transaction=False)
            for entry, _ in batch:
                line.xadd(STREAM, entry.fields())
            line.xlen(STREAM)
            counts = Counter(entry.organisation for entry, _ in batch)
            for organisation, count in counts.items():
                line.hincrby(WAITING, str(organisation), count)
            try:
                replies = await line.execute(raise_on_error=False)
            except GONE as reason:
                replies = [reason] * (len(batch) + 1 + len(counts))
            length = replies[len(batch)]
            self.length = self.length if isinstance(length, Exception) else length
            self._waiting.learn(dict(zip(counts, replies[len(batch) + 1 :], strict=True)))
            for (_, done), reply in zip(batch, replies, strict=False):
                _answer(done, reply)

    async def _tell_refused(self) -> None:
        while self._refused:
            await asyncio.sleep(TELL_REFUSED_EVERY_S)
            refusals, self._refused = self._refused, Refusals()
            line = self._client.pipeline(transaction=False)
            for (drone, key), count in refusals.items():
                line.hincrby(_REFUSED, f"{drone}:{key}", count)
            try:
                replies = await line.execute(raise_on_error=False)
            except GONE as reason:
                replies = [reason] * len(refusals)
            self._refused.update(_untold(refusals, replies))

    async def _listen(self) -> None:
        if self._listener is None or self._listener.done():
            self._listening.clear()
            self._listener = asyncio.create_task(self._hear())
        try:
            async with asyncio.timeout(2.0):
                await self._listening.wait()
        except TimeoutError as late:
            raise Unavailable("Redis does not answer") from late

    async def _hear(self) -> None:
        while True:
            with contextlib.suppress(*GONE):
                async with self._client.pubsub(ignore_subscribe_messages=True) as line:
                    await line.subscribe(COMMITTED_CHANNEL)
                    self._listening.set()
                    async for message in line.listen():
                        self._resolve(message["data"].decode().split(","))
            self._listening.clear()
            await asyncio.sleep(0.2)

    def _resolve(self, tokens: Iterable[str]) -> None:
        for text in tokens:
            token, _, places = text.partition(":")
            done = self._waiters.get(token)
            if done and not done.done():
                done.set_result([int(place) for place in places.split(".") if place])


def _untold(refused: Refusals, replies: Sequence[object]) -> Refusals:
    """Return the counts that Redis did not take, as many as are kept."""
    untold = [pair for pair, reply in zip(refused.items(), replies, strict=True) if isinstance(reply, Exception)]
    return Refusals(dict(untold[:MAX_REFUSED_KEPT]))


def _answer(done: asyncio.Future[None], reply: object) -> None:
    if done.done():
        return
    if isinstance(reply, Exception):
        done.set_exception(Unavailable(f"Redis could not take the reports: {reply}"))
    else:
        done.set_result(None)


_inlets: WeakKeyDictionary[asyncio.AbstractEventLoop, Inlet] = WeakKeyDictionary()


def inlet() -> Inlet:
    """Return the inlet of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _inlets:
        _inlets[loop] = Inlet()
    return _inlets[loop]


def new_token() -> str:
    """Return a name under which a durable request waits."""
    return uuid4().hex


class Outlet:
    """The engine's end: one consumer of the group. Calls raise what `console.redis_clients.GONE` lists.

    A full Redis refuses none of them: it is reading, acknowledging and deleting that makes room.
    """

    def __init__(self, consumer: str) -> None:
        self.consumer = consumer
        self._client: redis.Redis = client()
        self._refused = Refusals()

    def open(self) -> None:
        """Make the stream and the group unless they are there."""
        try:
            self._client.eval(scripts.OPEN, 1, STREAM, GROUP)
        except ResponseError as reason:
            if "BUSYGROUP" not in str(reason):
                raise

    def read(self, count: int, block_ms: int) -> Reply:
        """Return new entries, waiting up to `block_ms` for the first."""
        return self._read(">", count, block_ms)

    def pending(self, after: bytes, count: int) -> Reply:
        """Return entries that this consumer read before, perhaps in an earlier life, and did not acknowledge."""
        return self._read(after, count, None)

    def claim(self, idle_ms: int, count: int) -> Reply:
        """Take over entries that some consumer has held too long."""
        answer = self._ask(lambda: self._client.xautoclaim(STREAM, GROUP, self.consumer, idle_ms, count=count))
        return cast("Reply", answer[1]) if answer else []

    def settle(self, ids: Sequence[bytes], tokens: Mapping[str, Sequence[int]], owners: Iterable[int] = ()) -> None:
        """Acknowledge and delete entries whose rows are committed, and tell who waits which places were refused.

        Args:
            ids: of the entries.
            tokens: of those who wait, with the places of what was refused.
            owners: the organisation of each entry.
        """
        line = self._client.pipeline(transaction=False)
        if ids:
            less = (word for owner, count in Counter(owners).items() for word in (owner, -count))
            line.eval(scripts.SETTLE, 2, STREAM, WAITING, GROUP, len(ids), *ids, *less)
        if tokens:
            members = (f"{token}:{'.'.join(map(str, places))}" if places else token for token, places in tokens.items())
            line.publish(COMMITTED_CHANNEL, ",".join(members))
        line.execute()

    def count_refused(self, refused: Refusals) -> None:
        """Count reports that the engine refused; what Redis has no room to note is told later, up to a bound."""
        if len(self._refused) < MAX_REFUSED_KEPT:
            self._refused.update(refused)
        self.tell_refused()

    def tell_refused(self) -> None:
        """Tell Redis what it has not noted of them yet."""
        if not self._refused:
            return
        line = self._client.pipeline(transaction=False)
        for (drone, key), count in self._refused.items():
            line.hincrby(_REFUSED, f"{drone}:{key}", count)
        try:
            replies = line.execute(raise_on_error=False)
        except GONE:
            return
        self._refused = _untold(self._refused, replies)

    def _read(self, after: str | bytes, count: int, block_ms: int | None) -> Reply:
        of: dict[Any, Any] = {STREAM: after}
        wait = cast("int", block_ms)
        answer = self._ask(lambda: self._client.xreadgroup(GROUP, self.consumer, of, count=count, block=wait))
        return cast("Reply", answer[0][1]) if answer else []

    def _ask(self, question: Callable[[], Any]) -> Any:
        """Return what Redis says; nothing where it came back empty: the group is made again."""
        try:
            return question()
        except ResponseError as reason:
            if "NOGROUP" not in str(reason):
                raise
            return self.open()


def tell_owners_changed() -> None:
    """Let engine and web processes ask anew whose serials are; the engine before it reads what comes from now on."""
    client().eval(scripts.NOTICE_OWNERS, 1, STREAM, NOTICE)
    client().publish(OWNERS_CHANNEL, "")


def take_refused() -> Refusals:
    """Return what was refused since the last `note_taken`; what was taken and not noted is returned again."""
    line = client()
    if not line.exists(_REFUSED_TAKEN):
        with contextlib.suppress(ResponseError):  # nothing was refused
            line.rename(_REFUSED, _REFUSED_TAKEN)
    counts = cast("dict[bytes, bytes]", line.hgetall(_REFUSED_TAKEN))
    pairs = {tuple(map(int, name.split(b":"))): int(count) for name, count in counts.items()}
    return Refusals(cast("dict[tuple[int, int], int]", pairs))


def note_taken(refused: Refusals) -> None:
    """What was taken is in the database: forget it but for the sums by key."""
    words = (word for (_, key), count in refused.items() for word in (key, count))
    client().eval(scripts.NOTE_TAKEN, 2, _REFUSED_BY_KEY, _REFUSED_TAKEN, *words)


def refused_by_key() -> dict[int, int]:
    """Return how many reports of others' drones each key sent so far."""
    counts = cast("dict[bytes, bytes]", client().hgetall(_REFUSED_BY_KEY))
    return {int(key): int(count) for key, count in counts.items()}
