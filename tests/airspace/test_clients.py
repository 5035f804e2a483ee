"""Clients of the API: reports kept through an outage and sent in order, and flight logs read as they are."""

import json
import os
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from airspace.clients import flightlog
from airspace.clients.poster import Poster, Rejected
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
LOGS = Path(os.environ.get("LOFT_TEST_DATA", ROOT.parent / "shared" / "data")) / "flightlogs"


class Server(ThreadingHTTPServer):
    """Answers with `status`, and keeps the numbers of reports it accepted, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.asked, self.accepted = 202, 0, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server, status = self.server, self.server.status
        server.asked += 1
        if status == 202:
            server.accepted += [row["number"] for row in rows]
        content = json.dumps({"accepted": len(rows), "refused": [], "detail": "the key"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture
def server():
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def put(poster, *numbers):
    poster.put([{"number": number} for number in numbers])


@pytest.mark.parametrize("status", [429, 503])
def test_reports_are_kept_through_an_outage_and_then_sent_in_order(server, status):
    sent_bodies = []
    server.status = status
    poster = Poster(server.url, "key", sent_bodies.append)
    for number in range(5):
        put(poster, 2 * number, 2 * number + 1)
    wait_until(lambda: server.asked >= 2, "it tries again")
    assert (poster.waiting, server.accepted) == (10, [])
    server.status = 202
    poster.finish(10.0)
    assert server.accepted == list(range(10))
    assert (poster.waiting, poster.accepted, poster.given_up) == (0, 10, 0)
    assert len(sent_bodies) == 1


def test_a_server_that_is_not_there_yet_is_waited_for(server):
    poster = Poster("http://127.0.0.1:1", "key", print)
    put(poster, 1)
    wait_until(lambda: poster._back_off_s > 0, "it noticed")
    assert poster.waiting == 1
    poster._client.base_url = server.url
    poster.finish(10.0)
    assert server.accepted == [1]


def test_of_more_than_can_be_kept_the_oldest_are_given_up(server, monkeypatch):
    monkeypatch.setattr("airspace.clients.poster.MAX_WAITING_REPORTS", 4)
    server.status = 503
    poster = Poster(server.url, "key", print)
    for number in range(8):
        put(poster, number)
    assert (poster.waiting, poster.given_up) == (4, 4)
    server.status = 202
    poster.finish(10.0)
    assert server.accepted == [4, 5, 6, 7]


def test_a_refused_key_ends_the_sending(server):
    server.status = 401
    poster = Poster(server.url, "key", print)
    put(poster, 1)
    wait_until(lambda: poster.rejection, "the answer is heard")
    with pytest.raises(Rejected, match="401: the key"):
        put(poster, 2)


def written(path, samples, topic="sensor_gps", fields=None):
    """Write a PX4 ULog with one topic; a sample is (time in us, lat 1e-7 deg, lon 1e-7 deg, height mm, fix type)."""

    def message(kind, content):
        return struct.pack("<HB", len(content), ord(kind)) + content

    fields = fields or "uint64_t timestamp;int32_t lat;int32_t lon;int32_t alt_ellipsoid;uint8_t fix_type;"
    parts = [b"ULog\x01\x12\x35\x01" + struct.pack("<Q", 0), message("B", bytes(40))]
    parts += [message("F", f"{topic}:{fields}".encode()), message("A", struct.pack("<BH", 0, 0) + topic.encode())]
    parts += [message("D", struct.pack("<HQiiiB", 0, *sample)) for sample in samples]
    path.write_bytes(b"".join(parts))
    return path


def test_a_log_becomes_reports_in_degrees_and_metres_with_its_own_timing(tmp_path):
    samples = [(1_000_000 + 200_000 * step, 290_000_000 + step, 1_235_000_000, 80_500, 3) for step in range(5)]
    flight = flightlog.read(written(tmp_path / "a.ulg", samples))
    assert (flight.topic, flight.skipped) == ("sensor_gps", 0)
    assert flight.after_s == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8])
    assert flight.reports[1] == {"lat_deg": 29.0000001, "lon_deg": 123.5, "altitude_wgs84_m": 80.5}


def test_samples_without_a_fix_or_a_later_time_are_left_out(tmp_path):
    samples = [(1_000, 290_000_000, 0, 0, 2), (2_000, 290_000_000, 0, 0, 3), (2_000, 300_000_000, 0, 0, 3)]
    flight = flightlog.read(written(tmp_path / "a.ulg", samples))
    assert (len(flight.reports), flight.skipped) == (1, 2)


def test_a_log_without_a_fix_a_position_or_any_sense_says_so(tmp_path):
    with pytest.raises(flightlog.BadLog, match="1 samples, none with a three-dimensional fix"):
        flightlog.read(written(tmp_path / "a.ulg", [(1_000, 0, 0, 0, 0)]))
    fields = "uint64_t timestamp;int32_t a;int32_t b;int32_t c;uint8_t d;"
    with pytest.raises(flightlog.BadLog, match="no position topic"):
        flightlog.read(written(tmp_path / "b.ulg", [(1_000, 0, 0, 0, 0)], "battery_status", fields))
    (tmp_path / "c.ulg").write_bytes(b"not a log at all, only some text")
    with pytest.raises(flightlog.BadLog, match="not a readable PX4 ULog file"):
        flightlog.read(tmp_path / "c.ulg")
    with pytest.raises(flightlog.BadLog, match="no such file"):
        flightlog.read(tmp_path / "missing.ulg")


@pytest.mark.skipif(not LOGS.is_dir(), reason="the recorded flight logs are not on this machine")
def test_recorded_logs_are_read_or_refused_in_words():
    flights = 0
    for path in sorted(LOGS.rglob("*.ulg"))[:6]:
        try:
            flight = flightlog.read(path)
        except flightlog.BadLog as reason:
            assert path.name in str(reason)  # noqa: PT017  either outcome is right
            continue
        flights += 1
        assert all(-90 <= row["lat_deg"] <= 90 and -500 <= row["altitude_wgs84_m"] <= 10_000 for row in flight.reports)
        assert all(later > sooner for sooner, later in zip(flight.after_s, flight.after_s[1:], strict=False))
    assert flights
