"""`POST /api/v1/reports`, bare ASGI: authenticate, judge the batch, append it to the stream, answer.

Reports of another organisation's drones are refused here as far as this process knows, and for certain by the engine.

It bypasses Django's request handling, whose cost per request would be several times that of a whole batch here.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from airspace import feeds, newcomers
from airspace.actions.tracking.drone import owned_by, owners_of, retired
from airspace.serializers import report
from airspace.views.owners import Owners
from airspace.views.reports_openapi import OPENAPI
from airspace.views.turns import Turns
from console.access.keys import Key, ring
from console.actions.access import security
from console.actions.access.apikey import find_key_from_loop
from console.door import body as bodies
from console.door import intake
from console.door.address import identified
from console.errors import Unavailable
from console.live import live
from console.quota.counters import OverQuota
from console.quota.kinds import POSITIONS, ROWS
from console.quota.leases import Lender
from console.rest import limits
from console.rest.problem import Message, Receive, Refusal, Send

__all__ = ["OPENAPI", "application"]
SCOPE = "reports:write"
DURABLE_WITHIN_S = 10.0
TYPES = ("application/json", "application/x-ndjson")
FOREIGN = "a serial of your organisation; this one belongs to another"
UNKNOWN = "a registered serial"
BYTES_PER_POSITION = 200
REFUSED_AFTER_S = 0.1
_lender = Lender([POSITIONS, ROWS])
_turns = Turns()
IN_SERVICE = "the serial of a drone that is not retired"
TOO_MANY_NEW = "a registered serial, or one of {} new ones that a key, {} that a customer, may register in an hour"


@dataclass(frozen=True)
class Call:
    """What a request says before its body."""

    method: str
    headers: dict[bytes, bytes]
    query: dict[str, list[str]]

    @classmethod
    def of(cls, scope: Message) -> "Call":
        """Return what the connection's scope says."""
        return cls(scope["method"], dict(scope["headers"]), parse_qs(scope["query_string"].decode("latin-1")))

    @property
    def is_durable(self) -> bool:
        """Whether the caller wants to wait for the database."""
        return self.query.get("durable", [""])[0].lower() in ("1", "true")

    @property
    def content_type(self) -> str:
        """The media type of the body, without its parameters."""
        return (
            self.headers.get(b"content-type", b"application/json").decode("latin-1").partition(";")[0].strip().lower()
        )


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one request."""
    try:
        await _answer(send, *await _post(scope, receive))
    except OverQuota as reason:
        await asyncio.sleep(reason.hold_s)  # who does not wait by itself must not keep the loop busy
        await Refusal.of(reason).answer(scope, send)
    except Unavailable as away:
        await asyncio.sleep(REFUSED_AFTER_S)
        await Refusal.of(away).answer(scope, send)
    except bodies.Gone:
        return
    except Refusal as refusal:
        route = f"{scope['method']} {scope['path']}"
        security.note_refusal(refusal.problem.status, route, _address_of(scope), datetime.now(UTC))
        await refusal.answer(scope, send)


async def _post(scope: Message, receive: Receive) -> tuple[int, dict[str, Any]]:
    call = Call.of(scope)
    if call.method != "POST":
        raise Refusal(405, "Method not allowed", f"{call.method} given; expected POST", headers={"allow": "POST"})
    now = datetime.now(UTC)
    key = await _authenticated(call, now, _address_of(scope))
    intake.admit(intake.Work.STREAM)  # before the body is read
    _lender.check(key.organisation, key.pk)
    _check_headers(call)
    with bodies.budget().hold() as held:
        body = await bodies.read(scope, receive, limits.most_bytes(call.method, scope["path"]), held)
    now_ms = int(now.timestamp() * 1000)
    async with _turns.turn(key.organisation):
        batch = await _paid(body, call.content_type, now_ms, key)
    batch = await _owned(batch, key)
    entry = feeds.Entry(batch.body, batch.form, key.pk, now_ms, organisation=key.organisation)
    if not call.is_durable:
        await feeds.inlet().append(entry, settings.LOFT_REPORT_STREAM_LIMIT)
        return 202, _taken(batch)
    return 200, _taken(_some(_without(batch, dict.fromkeys(await _append_durably(entry), FOREIGN))))


async def _authenticated(call: Call, now: datetime, address: str) -> Key:
    word, _, token = call.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    known, key = ring.cached(token.strip(), now) if word.lower() == "bearer" else (True, None)
    if not known:
        try:
            key = await asyncio.to_thread(find_key_from_loop, token.strip(), now, address)
        except DatabaseError as reason:
            raise Unavailable("the database does not answer, so the key cannot be checked") from reason
    if key is None:
        detail = "expected Authorization: Bearer with an API key that is neither expired nor revoked"
        raise Refusal(401, "Unauthorized", detail, headers={"www-authenticate": 'Bearer realm="loft"'})
    security.note_use(key, address)
    if not key.may(SCOPE):
        raise Refusal(403, "Forbidden", f"This API key lacks the scope {SCOPE}.")
    return key


def _address_of(scope: Message) -> str:
    return str((identified(scope).get("client") or [""])[0])


def _check_headers(call: Call) -> None:
    if call.content_type not in TYPES:
        raise Refusal(415, "Unsupported media type", f"{call.content_type} given; expected one of {', '.join(TYPES)}")
    encoding = call.headers.get(b"content-encoding", b"identity").decode("latin-1").lower()
    if encoding != "identity":
        raise Refusal(415, "Unsupported media type", f"Content-Encoding: {encoding} given; expected identity")


async def _paid(body: bytes, content_type: str, now_ms: int, key: Key) -> report.Batch:
    """Judge a batch and count all its reports, for one that is refused takes more time than one that is taken.

    What cannot be read costs time as well, so it counts as what it might have held.
    """
    try:
        batch = await _judge(body, content_type, now_ms)
    except Refusal:
        await _lender.take(key.organisation, key.pk, 1 + len(body) // BYTES_PER_POSITION)
        raise
    await _lender.take(key.organisation, key.pk, max(1, len(batch.reports) + len(batch.refused)))
    return _some(batch)


async def _judge(body: bytes, content_type: str, now_ms: int) -> report.Batch:
    try:
        return report.read(body, report.form_of(body, content_type), now_ms)
    except report.Unreadable as reason:
        detail = f"byte {reason.byte}: {reason}; expected {_EXPECTED[content_type]}"
        raise Refusal(400, "Not readable", detail) from reason
    except report.Overfull as reason:
        raise Refusal(413, "Batch too large", f"expected at most {report.MAX_ITEMS} reports") from reason


def _some(batch: report.Batch) -> report.Batch:
    if not batch.reports:
        detail = "no report was accepted" if batch.refused else "expected at least one report"
        raise Refusal(400, "Invalid input", detail, members=_taken(batch))
    return batch


def _taken(batch: report.Batch) -> dict[str, Any]:
    return {"accepted": len(batch.reports), "refused": batch.refused}


_EXPECTED = {TYPES[0]: "a JSON array of reports", TYPES[1]: "one report as JSON per line"}


async def _owned(batch: report.Batch, key: Key) -> report.Batch:
    """Refuse reports of others' drones, of retired ones, and of serials that this key may not register."""
    others = _owners.others({row.serial for row in batch.reports}, key.organisation)
    if not others:
        return batch
    known = await _find(others, key.organisation)
    drones = {serial: drone for serial, (drone, owner) in known.items() if owner != key.organisation}
    if drones:
        counted = (drones[row.serial] for row in batch.reports if row.serial in drones)
        feeds.inlet().count_refused(feeds.Refusals((drone, key.pk) for drone in counted))
    refused = await _strangers(_owners.new(others - known.keys(), key.organisation), key)
    expected = dict.fromkeys(drones, FOREIGN) | refused
    places = enumerate(row.serial for row in batch.reports)
    return _some(_without(batch, {place: expected[serial] for place, serial in places if serial in expected}))


async def _find(serials: set[str], organisation: int) -> dict[str, tuple[int, int]]:
    """Return drone and organisation of those of the serials that are registered."""
    known = _owners.known(serials)
    if len(known) < len(serials):
        async with _owners.lock(organisation):
            return await _find_here(serials, organisation)
    return known


async def _find_here(serials: set[str], organisation: int) -> dict[str, tuple[int, int]]:
    known, turn, now = _owners.known(serials), _owners.turn, datetime.now(UTC)
    if unsure := serials - known.keys():
        try:
            asked = await asyncio.to_thread(_ask, unsure, organisation, _owners.asked_at(organisation))
        except DatabaseError as reason:
            if settings.LOFT_UNKNOWN_SERIALS == "refuse":
                raise Unavailable("the database does not answer, so serials cannot be checked") from reason
            return known  # the engine will know
        _owners.keep(asked, organisation, now, turn)
        known |= asked
    return known


async def _strangers(serials: set[str], key: Key) -> dict[str, str]:
    """Return which of the serials that are not in service are refused, and what was expected instead.

    Those that are let in are counted, and remembered until the engine has registered them.
    """
    if not serials:
        return {}
    try:
        refused = await asyncio.to_thread(_refused, sorted(serials), key)
    except DatabaseError:
        return {}  # the engine looks again, once the database is back
    _owners.admit(serials - refused.keys(), key.organisation)
    return refused


def _refused(serials: list[str], key: Key) -> dict[str, str]:
    try:
        gone = retired(serials)
    finally:
        close_old_connections()
    new = [serial for serial in serials if serial not in gone]
    is_closed = settings.LOFT_UNKNOWN_SERIALS == "refuse"
    customer = None if key.role.acts_on_all else key.organisation
    room = 0 if is_closed or not new else newcomers.claim_new(key.pk, customer, len(new))
    most = settings.LOFT_NEW_DRONES_PER_KEY_PER_H, settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H
    word = UNKNOWN if is_closed else TOO_MANY_NEW.format(*most)
    return dict.fromkeys(gone, IN_SERVICE) | dict.fromkeys(new[room:], word)


def _without(batch: report.Batch, expected: Mapping[int, str]) -> report.Batch:
    """Return a batch without the reports at these places among those taken so far, which are refused."""
    if not expected:
        return batch
    taken = {row["index"] for row in batch.refused}
    indices = (index for index in range(len(batch.reports) + len(taken)) if index not in taken)
    kept, refused = [], list(batch.refused)
    for place, (index, row) in enumerate(zip(indices, batch.reports, strict=True)):
        if word := expected.get(place):
            refused.append({"index": index, "field": "serial", "value": row.serial, "expected": word})
        else:
            kept.append(row)
    refused.sort(key=lambda row: row["index"])
    return report.Batch(msgspec.json.encode(kept), "array", kept, refused)


def _ask(serials: Collection[str], organisation: int, since: datetime | None) -> dict[str, tuple[int, int]]:
    """Ask for these serials, and for what else the organisation has that was not asked for yet."""
    try:
        return owned_by(organisation, since) | owners_of(serials)
    finally:
        close_old_connections()


_owners = Owners()
live.follow(feeds.OWNERS_CHANNEL, lambda _: _owners.begin(), _owners.begin)
live.follow(feeds.REMOVED_CHANNEL, lambda _: _owners.begin(), _owners.begin)


async def _append_durably(entry: feeds.Entry) -> list[int]:
    """Append an entry and wait for its commit; return the places of the reports that the engine refused."""
    limit = settings.LOFT_REPORT_STREAM_LIMIT
    try:
        return await feeds.inlet().append_durably(replace(entry, token=feeds.new_token()), limit, DURABLE_WITHIN_S)
    except TimeoutError as late:
        detail = "the reports were accepted and will be stored, but the database has not committed them yet"
        raise Unavailable(detail) from late


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    content = msgspec.json.encode(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
