"""Runs the WSGI application (pages, REST) from the event loop, so that no thread ever waits for a peer for long.

The body is read first, then a thread is taken; what it answers is collected, and sent once the thread is free again.
Only what does not fit the buffer is sent meanwhile, and the thread waits for that only so long. Files are sent by the
loop.
"""

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache, partial
from io import BytesIO
from time import monotonic
from typing import Any
from wsgiref.util import FileWrapper

from django.conf import settings

from console.access.accounts import MADE_FOR, Account, account_of
from console.access.callers import may_send_bytes
from console.door import body as bodies
from console.door.answer import Answer, PeerGone
from console.door.fair import LONG_S, FairLine, Turn
from console.door.memory import Budget, NoRoom
from console.quota.counters import OverQuota
from console.quota.kinds import REQUESTS
from console.quota.leases import Lender
from console.rest.problem import Message, Receive, Refusal, Send

PIECE_BYTES = 65_536
LOOK_AFTER_S = 0.25
"""An answer that takes longer, or has to wait for a thread, is looked after: is the peer still there, is there a part
of it to send already?"""
MOST_KNOWN = 64
"""Longer names of headers are a stranger's inventions, and not remembered."""
Environ = dict[str, Any]
Work = tuple[Environ, Answer]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Bridge:
    """A WSGI application as an ASGI one. Threads begin with the first requests, so a process may fork before."""

    def __init__(self, application: Wsgi, threads: int, most_waiting: int) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="wsgi")
        self._threads, self._most_inside = threads, threads + most_waiting
        self._line: FairLine[Work] = FairLine(threads)
        self._lender = Lender([REQUESTS])
        self._running = 0
        self._answers = Budget(settings.LOFT_ANSWERS_BYTES)
        self.inside = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send, *, is_paid: bool = False) -> None:
        """Answer one request."""
        account = account_of(scope)
        try:
            if not is_paid:
                await self.pay(account)
            with bodies.budget().hold() as held:
                content = await bodies.read(scope, receive, await may_send_bytes(scope), held)
                answer = self._begin(scope, content, account.label if settings.LOFT_FAIR else "all")
                await self._carry(answer, scope, receive, send)
        except Refusal as refusal:
            await refusal.answer(scope, send)
        except bodies.Gone:
            return

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def pay(self, account: Account) -> None:
        """Count a request of an organisation. Who has had enough is told so without a thread."""
        if account.organisation is None:
            return
        try:
            await self._lender.take(account.organisation, account.key, 1)
        except OverQuota as reason:
            await asyncio.sleep(reason.hold_s)
            raise Refusal.of(reason) from None

    def _begin(self, scope: Message, content: bytes, label: str) -> Answer:
        if self._is_full_for(label):
            detail = f"{self.inside} requests are waiting or under way; expected to be sent again"
            raise Refusal(503, "Unavailable", detail, retry_after_s=1)
        loop = asyncio.get_running_loop()
        answer = Answer(loop, settings.LOFT_SEND_DEADLINE_S)
        self.inside += 1
        answer.work = Future()
        answer.work.add_done_callback(lambda _: _on_loop(loop, self._leave))
        self._line.put(label, (environ_of(scope, content), answer))
        self._fill(loop)
        return answer

    def _is_full_for(self, label: str) -> bool:
        """Whether no more may wait. Somebody's crowd fills the line for itself: others still find half as much room."""
        if self.inside < self._most_inside:
            return False
        return self.inside >= 2 * self._most_inside or self._line.held_by(label) >= self._most_inside // 2

    def _leave(self) -> None:
        self.inside -= 1

    def _fill(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give free threads to those whose turn it is."""
        while self._running < self._threads and (turn := self._line.next()):
            environ, answer = turn.job
            if not answer.work.set_running_or_notify_cancel():
                self._line.done(turn, 0.0)
                continue
            self._running += 1
            context = contextvars.Context()  # nothing of one request is left to the next on its thread
            work = self._pool.submit(context.run, self._run, environ, answer)
            work.add_done_callback(partial(_on_loop, loop, partial(self._free, loop, turn)))
            loop.call_later(LONG_S, self._fill, loop)  # by then it counts as one that takes long

    def _free(self, loop: asyncio.AbstractEventLoop, turn: Turn[Work]) -> None:
        self._running -= 1
        self._line.done(turn, monotonic() - turn.began_s)
        turn.job[1].work.set_result(None)
        self._fill(loop)

    def _run(self, environ: Environ, answer: Answer) -> None:
        """Let the application answer, in a thread of the pool."""
        try:
            made = self._application(environ, answer.start)
            try:
                if environ["REQUEST_METHOD"] != "HEAD" and not answer.take_file(made):
                    for chunk in made:
                        answer.put(chunk)
            finally:
                getattr(made, "close", lambda: None)()  # Django closes its connections then: those of this thread
        except PeerGone:
            answer.end()
        except BaseException as error:  # noqa: BLE001  whatever it is, the loop has to hear of it
            answer.end(error)
        else:
            answer.end()

    async def _carry(self, answer: Answer, scope: Message, receive: Receive, send: Send) -> None:
        """Bring an answer to the peer, whole if it is ready soon, else as it comes."""
        watching: list[asyncio.Task[None]] = []
        look = asyncio.get_running_loop().call_later(
            LOOK_AFTER_S if self.inside <= self._threads else 0.0,
            lambda: watching.append(asyncio.create_task(_watch(answer, receive))),
        )
        try:
            await answer.ready()
            if not answer.is_gone:
                await self._send_held(answer, scope, send)
        finally:
            look.cancel()
            answer.leave()
            for task in watching:
                task.cancel()

    async def _send_held(self, answer: Answer, scope: Message, send: Send) -> None:
        """Send an answer, counted with all that peers have not taken yet: when much waits, the slowest lose."""
        try:
            async with asyncio.timeout(None) as limit:
                with self._answers.hold() as held:
                    held.grow(answer.size)
                    held.limit = limit
                    await _send(answer, scope["method"] == "HEAD", send)
        except NoRoom:
            detail = "too many long answers are waiting for their readers; expected to be asked again"
            raise Refusal(503, "Unavailable", detail, retry_after_s=2) from None
        except TimeoutError:
            return  # an incomplete answer ends the connection


async def _send(answer: Answer, is_head: bool, send: Send) -> None:  # noqa: FBT001  two kinds of one thing
    if answer.error is not None:
        raise answer.error
    whole = answer.whole()
    headers = answer.headers if is_head else answer.headers_with_length()
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if whole is not None and len(whole) <= PIECE_BYTES:
        await send({"type": "http.response.body", "body": whole})
        return
    async for chunk in answer.parts():
        for piece in pieces(chunk):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            answer.note_sent(len(piece))
    if answer.error is not None:
        raise answer.error
    if not answer.is_gone:
        await send({"type": "http.response.body", "body": b""})


async def _watch(answer: Answer, receive: Receive) -> None:
    """Send what there is as it comes from now on; end the answer when the peer is gone."""
    answer.hurry()
    while (await receive())["type"] != "http.disconnect":
        pass
    answer.leave()


def _on_loop(loop: asyncio.AbstractEventLoop, do: Callable[[], None], *_: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(do)


def pieces(chunk: bytes) -> Iterator[bytes]:
    """Cut what is long, so that no connection's buffer holds much."""
    if len(chunk) <= PIECE_BYTES:
        yield chunk
        return
    view = memoryview(chunk)
    for start in range(0, len(chunk), PIECE_BYTES):
        yield bytes(view[start : start + PIECE_BYTES])


def _key_of(name: bytes) -> str | None:
    """Return where WSGI keeps a header; None for one that would pass for another, and for what the body's end voids."""
    return _known_key(name) if len(name) <= MOST_KNOWN else _known_key.__wrapped__(name)


@lru_cache(maxsize=1_000)
def _known_key(name: bytes) -> str | None:
    if b"_" in name or name in (b"transfer-encoding", b"expect", b"content-length"):
        return None
    word = name.decode("latin-1").upper().replace("-", "_")
    return word if word == "CONTENT_TYPE" else f"HTTP_{word}"


def environ_of(scope: Message, content: bytes) -> Environ:
    """Return a request with its whole body as WSGI describes it."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client")
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "CONTENT_LENGTH": str(len(content)) if content else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if MADE_FOR in scope:
        environ[MADE_FOR] = scope[MADE_FOR]
    if client:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for name, value in scope["headers"]:
        key = _key_of(name)
        if key is not None:
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in environ else text
    return environ
