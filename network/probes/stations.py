"""The base stations' own interface over HTTP: their counters, and what they are set to (docs/base-stations.md).

What comes in is checked field by field: a site that tells nonsense has told nothing, and it is said what was wrong.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Self

import httpx

from console.door import strict_json
from console.outbound import Nameless, NotAllowed, purposes
from console.outbound.lines import Pinned, pinned
from network.probes import ports
from network.probes.checked import finite, line

TIMEOUT_S = 5.0
WHOLE_S = 20.0
MOST_BODY_BYTES = 4_194_304
MOST_PAGES = 20
MOST_CELLS = 64
MOST_CLASSES = 64
MOST_COUNT = 2_147_483_647
Json = dict[str, Any]


class Away(Exception):  # noqa: N818
    """The interface did not answer, or not in its language. What was asked may have happened nevertheless."""


@dataclass(frozen=True)
class Told:
    """What one site told of one period. None: it has none, or it told nothing of it."""

    site: str
    to_at: datetime
    period_s: float
    version: int
    cells: list[Json]
    power_w: float | None
    temperature_c: float | None
    edge: Json | None
    ports: list[Json] | None = None


@dataclass
class Heard:
    """What the sites told, and what was wrong with those that told nonsense, by slug."""

    told: dict[str, Told] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """An answer about settings."""

    status: int
    body: Json

    @property
    def problem(self) -> str:
        """What the interface says is wrong."""
        return str(self.body.get("error", f"answered {self.status}"))[:300]


class Stations:
    """Speaks to the interface, and to nobody else. Use it as `async with`. With a transport it speaks to that."""

    def __init__(self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._caller = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            timeout=TIMEOUT_S, trust_env=False, transport=transport, follow_redirects=False,
        )  # fmt: skip
        self._guard = purposes.stations(url) if transport is None else None

    async def __aenter__(self) -> Self:
        await self._caller.__aenter__()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._caller.aclose()

    async def counters(self, after: str, last: str) -> Heard:
        """Return what the sites told whose slugs come after one and up to another, in the order of their slugs.

        Raises:
            Away: the interface does not answer.
        """
        heard, start = Heard(), after
        for _ in range(MOST_PAGES):
            page = await self._ask("GET", "/counters", params={"after": start})
            if page.status != httpx.codes.OK:
                raise Away(page.problem)
            _hear(heard, page.body, last)
            following = page.body.get("next")
            if not isinstance(following, str) or not start < following < last:
                break
            start = following
        return heard

    async def configuration(self, slug: str) -> Answer:
        """Return what a site is set to. Raises Away."""
        return await self._ask("GET", f"/sites/{slug}/configuration")

    async def push(self, slug: str, body: Json) -> Answer:
        """Push settings to a site. Raises Away."""
        return await self._ask("PUT", f"/sites/{slug}/configuration", json=body)

    async def _ask(self, method: str, path: str, **fields: Any) -> Answer:
        try:
            async with asyncio.timeout(WHOLE_S):
                way = await self._way(path)
                status, body = await self._heard(method, way, fields)
            document = strict_json.decode(body)
        except (NotAllowed, Nameless) as reason:
            raise Away(str(reason)[:200]) from reason
        except (httpx.HTTPError, ValueError, TimeoutError) as reason:
            raise Away(f"{type(reason).__name__}: {reason}"[:200]) from reason
        if not isinstance(document, dict):
            raise Away("an answer that is no JSON object")
        return Answer(status, document)

    async def _way(self, path: str) -> Pinned:
        """Return the interface's path, at the very address that the guard has looked at."""
        url = self._caller.build_request("GET", path).url
        return (await pinned(self._guard, url))[0] if self._guard else Pinned(url, {}, {})

    async def _heard(self, method: str, way: Pinned, json: Json) -> tuple[int, bytes]:
        request = self._caller.build_request(method, way.url, headers=way.headers, extensions=way.extensions, **json)
        answer = await self._caller.send(request, stream=True)
        try:
            return answer.status_code, await _body(answer)
        finally:
            await answer.aclose()


async def _body(answer: httpx.Response) -> bytes:
    """Return the body as it came: what is compressed could grow a thousandfold before its length is known."""
    if (encoding := answer.headers.get("content-encoding", "identity")) != "identity":
        raise Away(f"an answer in the encoding {encoding[:40]}; expected identity")
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > MOST_BODY_BYTES:
            raise Away(f"an answer of more than {MOST_BODY_BYTES} bytes")
    return bytes(body)


def read(raw: Any) -> Told:
    """Return what a site told, checked.

    Raises:
        ValueError: a field is wrong; the message names it.
    """
    cells = raw.get("cells")
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise ValueError(f"cells: expected a list of at most {MOST_CELLS}")
    return Told(
        site=line(raw, "site"),
        to_at=_time(raw, "to"),
        period_s=_number(raw, "period_s", 0.001, 86_400.0),
        version=int(_number(raw, "version", 0, 2**53)),
        cells=[_cell(cell) for cell in cells],
        power_w=_optional(raw, "power_w", 0.0, 1e7),
        temperature_c=_optional(raw, "temperature_c", -100.0, 300.0),
        edge=_edge(raw.get("edge")),
        ports=ports.read(raw.get("ports")),
    )


def _hear(heard: Heard, page: Json, last: str) -> None:
    sites = page.get("sites")
    for raw in sites if isinstance(sites, list) else []:
        slug = raw.get("site") if isinstance(raw, dict) else None
        if not isinstance(slug, str) or slug > last:
            continue
        try:
            heard.told[slug] = read(raw)
        except ValueError as reason:
            heard.wrong[slug] = str(reason)[:200]


def _cell(raw: Any) -> Json:
    if not isinstance(raw, dict):
        raise ValueError("cells: expected objects")  # noqa: TRY004  as all others
    return {
        "sector": line(raw, "sector"),
        "is_active": raw.get("is_active") is True,
        "tilt_deg": _optional(raw, "tilt_deg", -90.0, 90.0),
        "power_dbm": _optional(raw, "power_dbm", -50.0, 100.0),
        "devices": int(_number(raw, "devices", 0, MOST_COUNT)),
        "drones": int(_number(raw, "drones", 0, MOST_COUNT)),
        "prb_use_share": _number(raw, "prb_use_share", 0.0, 1.0),
        "throughput_mbps": _number(raw, "throughput_mbps", 0.0, 1e9),
        "rsrp_dbm": _histogram(raw, "rsrp_dbm"),
        "sinr_db": _histogram(raw, "sinr_db"),
    }


def _edge(raw: Any) -> Json | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise ValueError("edge: expected an object or null")  # noqa: TRY004
    return {
        "cores": int(_number(raw, "cores", 0, MOST_COUNT)),
        "busy_share": _number(raw, "busy_share", 0.0, 1.0),
        "queue": int(_number(raw, "queue", 0, MOST_COUNT)),
    }


def _histogram(raw: Json, name: str) -> Json:
    """Return a histogram: edges that rise, and one more of counts."""
    histogram = raw.get(name)
    edges, counts = (histogram.get("edges"), histogram.get("counts")) if isinstance(histogram, dict) else (None, None)
    if not isinstance(edges, list) or not isinstance(counts, list) or not len(counts) == len(edges) + 1 <= MOST_CLASSES:
        raise ValueError(f"{name}: expected edges, and one more of counts, {MOST_CLASSES} at most")
    numbers = [finite(f"{name}.edges", edge, -1e6, 1e6) for edge in edges]
    if _falls(numbers):
        raise ValueError(f"{name}.edges: expected them to rise")
    return {"edges": numbers, "counts": [int(finite(f"{name}.counts", count, 0, MOST_COUNT)) for count in counts]}


def _falls(numbers: Sequence[float]) -> bool:
    return any(after <= before for before, after in pairwise(numbers))


def _time(raw: Json, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(line(raw, name))
    except ValueError as reason:
        raise ValueError(f"{name}: expected a time with its zone") from reason
    if at.tzinfo is None:
        raise ValueError(f"{name}: expected a time with its zone")
    return at


def _optional(raw: Json, name: str, least: float, most: float) -> float | None:
    return None if raw.get(name) is None else _number(raw, name, least, most)


def _number(raw: Json, name: str, least: float, most: float) -> float:
    return finite(name, raw.get(name), least, most)
