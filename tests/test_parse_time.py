"""Every parser takes time in proportion to what it is given, whatever the shape, and fails in no way but its own.

CPU time per byte at ten times the size may be three times as much, the best of a few runs each: a quadratic parser
takes ten times as much.
"""

import gc
import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping

import httpx
import msgspec
import pytest
from rest_framework.exceptions import ValidationError

from airspace.serializers import report
from console.door import strict_json
from console.live import consumers
from industry.serializers import reading
from network.actions.inventory.book import Book
from network.actions.inventory.edits import read as read_record
from network.actions.inventory.fields import Path
from network.actions.inventory.imports import Unreadable, read_file
from network.actions.inventory.kinds import KINDS
from network.emulator.control import Control
from network.emulator.faults.faults import Faults
from network.emulator.faults.scenario import Player
from network.emulator.places import Inventory, Place
from network.kernels.measurement import stamp
from network.probes import stations
from tests.conftest import NOON
from tests.yardstick import here_s, uncollected

pytestmark = pytest.mark.slow
MOST_GROWTH = 3.0
NOW_MS = int(NOON.timestamp() * 1_000)
HEAD = "slug,region,kind,name_en,lat_deg,lon_deg\n"
REPORT = b'{"serial":"a","at":1780315200000,"lat_deg":29,"lon_deg":123,"altitude_wgs84_m":9,"status":"%s"}'


def graphml(inside: str) -> bytes:
    return f"<graphml><graph>{inside}</graph></graphml>".encode()


def times(text: str, size: int) -> str:
    return text * (size // len(text))


JSON_SHAPES: dict[str, Callable[[int], bytes]] = {
    "open lists": lambda n: b"[" * n,
    "pairs": lambda n: b"[" + times("[],", n).encode() + b"0]",
    "quotes": lambda n: b'"' * n,
    "escaped quotes": lambda n: b'"' + b'\\"' * (n // 2),
    "backslashes": lambda n: b"\\" * n,
    "one text": lambda n: b'"' + b"a" * n + b'"',
    "escapes": lambda n: b'"' + b"\\u00e9" * (n // 6) + b'"',
    "halves": lambda n: b'"' + b"\\ud800" * (n // 6) + b'"',
    "one number": lambda n: b"9" * n,
    "long numbers": lambda n: b"[" + (b"9" * 299 + b",") * (n // 300) + b"1]",
    "many names": lambda n: json.dumps(dict.fromkeys(map(str, range(n // 12)))).encode(),
    "lines": lambda n: b"[" + b"\n1," * (n // 3) + b"}",
    "bytes that are not UTF-8": lambda n: b'"' + b"\xc3\xa9" * (n // 2) + b'\xff"',
}
GRAPH_SHAPES: dict[str, Callable[[int], bytes]] = {
    "empty elements": lambda n: graphml(times("<x/>", n)),
    "text between empty elements": lambda n: graphml(
        f"<node id='1'><data key='k'>{times('a<b/>', min(n, 400_000))}</data></node>"
    ),
    "empty data": lambda n: graphml("<node id='1'>" + times("<data key='k'/>", n) + "</node>"),
    "attributes": lambda n: graphml("<node id='1' " + " ".join(f"a{i}='1'" for i in range(n // 9)) + "/>"),
    "one attribute": lambda n: graphml(f"<node id='{'a' * n}'/>"),
    "entities": lambda n: graphml(f"<node id='{times('&amp;', n)}'/>"),
    "namespaces": lambda n: graphml(" ".join(["<x", *(f"xmlns:a{i}='u{i}'" for i in range(n // 20)), "/>"])),
    "a long namespace": lambda n: f"<graphml xmlns='{'u' * (n // 2)}'>{times('<x/>', n // 2)}</graphml>".encode(),
    "keys": lambda n: b"<graphml>" + b"".join(b"<key id='%d'/>" % i for i in range(n // 18)) + b"</graphml>",
    "one text": lambda n: graphml("a" * n),
    "lines": lambda n: graphml("\n" * n),
    "a comment": lambda n: graphml(f"<!--{'-a' * (n // 2)}-->"),
    "nodes": lambda n: graphml("".join(f"<node id='{i}'/>" for i in range(min(n // 17, 20_000)))),
    "a tag that never ends": lambda n: b"<graphml " + b"a" * n,
}
CSV_SHAPES: dict[str, Callable[[int], str]] = {
    "columns": lambda n: "," * n,
    "columns of a row": lambda n: HEAD + "," * n,
    "cells of a row": lambda n: HEAD + "x," * (n // 2),
    "a cell": lambda n: HEAD + "a" * n,
    "an open quote": lambda n: HEAD + '"' + "a\n" * (n // 2),
    "quotes": lambda n: HEAD + '"' * n,
    "empty lines": lambda n: HEAD + "\n" * min(n, 19_000),
    "a head": lambda n: "slug;" + "a" * n,
    "rows": lambda n: HEAD + "".join(f"s{i},here,macro,n{i},29,123\n" for i in range(min(n // 27, 20_000))),
    "guards": lambda n: HEAD + "x,y,z," + "'" * min(n, 100_000) + "\n",
    "carriage returns": lambda n: "\r" * n,
}
NODE_SHAPES: dict[str, Callable[[int], str]] = {
    "nodes": lambda n: json.dumps({"nodes": [{"id": i} for i in range(min(n // 12, 20_000))], "edges": []}),
    "a long id": lambda n: json.dumps({"nodes": [{"id": "-+" * (n // 2)}], "edges": []}),
    "namesakes": lambda n: json.dumps({"nodes": [{"id": i, "name": "x"} for i in range(min(n // 24, 20_000))], "edges": []}),
    "strange names": lambda n: json.dumps({"nodes": [{"id": 1, **dict.fromkeys(map(str, range(n // 12)))}], "edges": []}),
    "edges": lambda n: json.dumps({"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 1}] * min(n // 30, 20_000)}),
}  # fmt: skip
GEO = '{"type": "FeatureCollection", "features": [%s]}'
GEO_SHAPES: dict[str, Callable[[int], str]] = {
    "features": lambda n: GEO % ",".join(['{"properties": {"record": "site"}}'] * min(n // 35, 20_000)),
    "coordinates": lambda n: GEO % ('{"properties": {"record": "corridor"}, "geometry": {"type": "LineString", "coordinates": [%s]}}' % times("[1,2],", n)[:-1]),  # noqa: UP031
    "properties": lambda n: GEO % json.dumps({"properties": {"record": "site", **dict.fromkeys(map(str, range(n // 12)))}}),
}  # fmt: skip
REPORT_SHAPES: dict[str, Callable[[int], bytes]] = {
    "numbers": lambda n: b"[" + b"1," * (n // 2) + b"1]",
    "empty objects": lambda n: b"[" + b"{}," * min(n // 3, 9_000) + b"{}]",
    "a status that quotes the reason": lambda n: b"[" + REPORT % (b" - at `$" * (n // 8)) + b"]",
    "an unknown field": lambda n: b'[{"' + b"`" * n + b'": 1}]',
    "many fields": lambda n: b"[" + json.dumps(dict.fromkeys(map(str, range(n // 12)))).encode() + b"]",
    "reports": lambda n: b"[" + b",".join([REPORT % b"airborne"] * (n // 95)) + b"]",
    **JSON_SHAPES,
}
LINE_SHAPES = {
    "empty lines": lambda n: b"\n" * n,
    "lines of nothing": lambda n: b"1\n" * min(n // 2, 9_000),
    **JSON_SHAPES,
}


def tried(do: Callable[[], object], foreseen: type[Exception]) -> Callable[[], object]:
    def run() -> object:
        try:
            return do()
        except foreseen as reason:
            return reason

    return run


def octets(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data


def file_reader(file_format: str) -> Callable[[bytes], object]:
    return lambda data: read_file(data, file_format, "site", "here")


def a_path(data: bytes) -> object:
    return Path(name="path").read(data.decode("latin-1"))


def a_record(data: bytes) -> object:
    return read_record(KINDS["site"], dict.fromkeys(map(str, range(len(data) // 12)), 1), None, Book())


NOTHING = {"zeros": bytes}
PARSERS: list[tuple[str, Callable[[bytes], object], Mapping[str, Callable[[int], bytes | str]], type[Exception]]] = [
    ("json", strict_json.decode, JSON_SHAPES, strict_json.NotJson),
    ("graphml", file_reader("graphml"), GRAPH_SHAPES, Unreadable),
    ("csv", file_reader("csv"), CSV_SHAPES, Unreadable),
    ("node-link", file_reader("node-link"), {**NODE_SHAPES, **JSON_SHAPES}, Unreadable),
    ("geojson", file_reader("geojson"), {**GEO_SHAPES, **JSON_SHAPES}, Unreadable),
    ("reports", lambda body: report.read(body, report.form_of(body, ""), NOW_MS), REPORT_SHAPES, ValueError),
    ("report lines", lambda body: report.read(body, "lines", NOW_MS), LINE_SHAPES, ValueError),
    ("readings", lambda body: reading.decode(body, NOON, is_ndjson=False), JSON_SHAPES, ValidationError),
    ("reading lines", lambda body: reading.decode(body, NOON, is_ndjson=True), LINE_SHAPES, ValidationError),
    ("a path", a_path, JSON_SHAPES, ValueError),
    ("a record", a_record, NOTHING, ValueError),
    ("stamp extensions", stamp.reflect_extensions, NOTHING, ValueError),
    ("a stamp query", lambda packet: stamp.unpack_query(packet, 0), NOTHING, ValueError),
]
CASES = [
    pytest.param(read, make, foreseen, id=f"{parser}, {shape}")
    for parser, read, shapes, foreseen in PARSERS
    for shape, make in shapes.items()
]


@pytest.fixture(autouse=True, scope="module")
def frozen() -> Iterator[None]:
    """What other tests hold is no garbage, and need not be walked through before every measurement."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def best_s(run: Callable[[], object]) -> float:
    spent = []
    gc.collect()
    with uncollected():
        for _ in range(3):
            began_s = time.process_time()
            run()
            spent.append(time.process_time() - began_s)
    return min(spent)


@pytest.mark.parametrize(("read", "make", "foreseen"), CASES)
def test_the_time_per_byte_stays_flat(read, make, foreseen):
    small, large = octets(make(20_000)), octets(make(200_000))
    few_s = best_s(tried(lambda: read(small), foreseen))
    many_s = best_s(tried(lambda: read(large), foreseen))
    assert many_s < max(MOST_GROWTH * 10 * few_s, here_s(0.02)), f"{few_s * 1e3:.2f} ms, then {many_s * 1e3:.2f} ms"


def test_a_graph_of_100_kb_with_20_000_empty_elements_takes_a_moment():
    """It took five seconds: each piece of text between elements was added up anew."""
    graph = graphml("<node id='1'><data key='k'>" + "a<b/>" * 20_000 + "</data></node>")
    assert best_s(tried(lambda: read_file(graph, "graphml"), Unreadable)) < here_s(0.5)


def test_a_graph_with_a_namespace_as_long_as_half_the_file_takes_a_moment():
    """The parser used to write the namespace out at each of 250,000 elements, 600 GB in all."""
    graph = f"<graphml xmlns='{'u' * 1_000_000}'>{'<x/>' * 250_000}</graphml>".encode()
    assert best_s(tried(lambda: read_file(graph, "graphml"), Unreadable)) < here_s(5.0)


def test_a_batch_of_too_many_reports_is_refused_before_any_is_judged():
    """128,000 refusals took a second of the web process's only loop."""
    with pytest.raises(report.Overfull):
        report.read(b"[" + b"1," * 127_000 + b"1]", "array", NOW_MS)
    many = b"[" + b"1," * 127_000 + b"1]"
    assert best_s(tried(lambda: report.read(many, "array", NOW_MS), report.Overfull)) < here_s(0.3)


def test_a_refused_report_repeats_no_number_that_its_answer_cannot_hold():
    body = (REPORT % b"airborne").replace(b'"lat_deg":29', b'"lat_deg":' + b"9" * 200)
    refused = report.read(b"[" + body + b"]", "array", NOW_MS).refused
    assert refused[0]["field"] == "lat_deg"
    assert b"999" in msgspec.json.encode(refused)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 4_000,
        '{"view": [1' + "0" * 400 + ", 0, 1, 1]}",
        '{"view": [NaN, 0, 1, 1]}',
        '{"view": 3}',
        "3",
        '{"view": ["x", {}, [], null]}',
        "\ud800",
        '{"view": [[[[1]]]]}',
    ],
)
def test_a_browsers_message_that_is_no_view_is_none(text):
    assert consumers._view(text) is None


@pytest.mark.parametrize("name", JSON_SHAPES)
@pytest.mark.parametrize("packing", ["identity", "gzip"])
async def test_a_stations_answer_of_any_shape_is_away_or_nothing(name, packing):
    body = JSON_SHAPES[name](100_000)
    content = body if packing == "identity" else gzip.compress(body)

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200,
            stream=httpx.ByteStream(content),
            headers={"Content-Encoding": packing} if packing != "identity" else {},
        )

    async with stations.Stations("http://station", "token", httpx.MockTransport(answer)) as caller:
        if name == "many names" and packing == "identity":
            assert (await caller.counters("", "z")).told == {}
            return
        with pytest.raises(stations.Away) as caught:
            await caller.counters("", "z")
        assert packing == "identity" or "expected identity" in str(caught.value)


async def test_what_unpacks_to_a_thousand_times_its_size_is_not_unpacked():
    bomb = gzip.compress(b" " * 50_000_000)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "gzip"})

    async with stations.Stations("http://station", "token", httpx.MockTransport(answer)) as caller:
        with pytest.raises(stations.Away, match="in the encoding gzip; expected identity"):
            await caller.configuration("x")


BODIES = [*(shape(50_000) for shape in JSON_SHAPES.values()), b"[" * 900 + b"]" * 900, b'{"kind": ' * 900 + b"1" + b"}" * 900, b"[]", b"3", b"null",
          b'{"kind": "down", "site": []}', b'{"kind": "cut", "link": {"a": 1}}', b'{"kind": "delay", "site": "bs-000", "amount": 1e999}', b'{"event": [1, [], {"at_s": NaN}]}']  # fmt: skip


@pytest.mark.parametrize("path", ["/faults", "/scenarios"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_the_emulator_answers_every_body(path, method):
    faults = Faults(lambda: 0.0)
    inventory = Inventory(
        [Place("bs-000", "127.0.0.1", 0, fixed_ms=1.0, jitter_mean_ms=1e-6, jitter_sd_ms=1e-6, loss_share=0.0)]
    )
    control = Control(faults, inventory, Player(faults, lambda: 0.0, lambda *_: None), "token")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(control), base_url="http://x", headers={"Authorization": "Bearer token"}
    ) as caller:
        for body in BODIES:
            answer = await caller.request(method, path, content=body)
            assert answer.status_code in (200, 201, 400, 404), (body[:40], answer.text[:200])
