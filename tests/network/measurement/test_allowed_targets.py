"""What the installation does not allow is neither stored as a target nor asked, and nobody learns what listens there."""

import asyncio
import socket
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.utils import timezone

from console.actions.audit.audit import SYSTEM
from network.actions.inventory import imports
from network.actions.sla import probing
from network.models import Agreement, Alarm, Breach, StampSample
from network.probes.stamp import Prober, Target
from network.probes.stations import Away, Stations
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("no_networks")


@pytest.fixture
def no_networks(settings):
    settings.LOFT_PROBE_NETWORKS = ()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as line:
        line.settimeout(0.2)
        yield line


def port_of(line):
    return line.getsockname()[1]


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as line:
        return port_of(line)


@pytest.mark.parametrize("method", ["tcp", "http", "https"])
def test_an_open_port_and_a_closed_one_of_this_machine_give_the_same_answer_and_are_not_called(
    make_site, make_agreement, listener, method, heard
):
    answers = []
    for number, port in enumerate((port_of(listener), closed_port())):
        site = make_site(f"bs-00{number}", probe_method=method, probe_port=port)
        make_agreement(site)
        for second in range(4):
            probing.measure_otherwise([site.pk], timezone.now() + timedelta(seconds=second))
        alarm = Alarm.objects.get(site=site)
        answers.append((Agreement.objects.get(site=site).state, alarm.specific_problem, alarm.detail["reason"]))
    assert answers[0] == answers[1]
    assert answers[0][:2] == ("unknown", probing.UNUSABLE.text)
    assert "LOFT_PROBE_NETWORKS" in answers[0][2]
    assert StampSample.objects.count() == Breach.objects.count() == 0
    with pytest.raises(TimeoutError):  # nobody ever knocked
        listener.accept()


def test_a_name_that_leads_inside_is_unknown_and_not_called(make_site, listener, monkeypatch, heard):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port_of(listener)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    for slug, method in (("bs-000", "tcp"), ("bs-001", "http")):
        site = make_site(slug, probe_method=method, probe_host="inside.example.org", probe_port=port_of(listener))
        probing.measure_otherwise([site.pk], NOON)
        assert "leads to 127.0.0.1" in Alarm.objects.get(site=site, ended_at=None).detail["reason"]
    assert StampSample.objects.count() == 0
    with pytest.raises(TimeoutError):
        listener.accept()


def test_the_alarm_stays_one_while_it_is_not_allowed_and_ends_when_it_is(make_site, listener, settings, heard):
    site = make_site(probe_method="tcp", probe_port=port_of(listener))
    for second in range(3):
        probing.measure_otherwise([site.pk], NOON + timedelta(seconds=second))
    assert list(Alarm.objects.values_list("specific_problem", flat=True)) == [probing.UNUSABLE.text]
    settings.LOFT_PROBE_NETWORKS = (ip_network("127.0.0.0/8"),)
    probing.measure_otherwise([site.pk], NOON + timedelta(seconds=3))
    assert StampSample.objects.count() == 1
    assert not Alarm.objects.active().filter(specific_problem=probing.UNUSABLE.text).exists()


def test_a_stamp_packet_leaves_only_for_where_the_installation_allows(make_site, heard):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(0.2)
        site = make_site(probe_port=port_of(door))
        probing.measure([site.pk], NOON)
        with pytest.raises(TimeoutError):
            door.recv(100)
    assert "LOFT_PROBE_NETWORKS" in Alarm.objects.get().detail["reason"]
    assert StampSample.objects.count() == 0


async def test_the_prober_itself_refuses_a_name_that_leads_inside():
    prober = Prober()
    round_ = await prober.round([Target(1, "127.0.0.1", 9), Target(2, "localhost", 9)])
    prober.close()
    assert (sorted(round_.refused), round_.measured) == ([1, 2], [])


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"probe_method": "tcp", "probe_port": 6379}, "probe_port", "LOFT_PROBE_CLOSED_PORTS"),
        ({"probe_method": "http", "probe_host": "127.0.0.1", "probe_port": 7777}, "probe_host", "LOFT_PROBE_NETWORKS"),
        ({"probe_host": "10.2.3.4"}, "probe_host", "LOFT_PROBE_NETWORKS"),
        ({"probe_host": "0x7f000001"}, "probe_host", "LOFT_PROBE_NETWORKS"),
        ({"probe_host": "localhost"}, "probe_host", "LOFT_PROBE_NETWORKS"),
        (
            {"probe_host": "169.254.169.254", "probe_port": 80, "probe_method": "http"},
            "probe_host",
            "LOFT_PROBE_NETWORKS",
        ),
        ({"probe_host": "::ffff:127.0.0.1"}, "probe_host", "LOFT_PROBE_NETWORKS"),
    ],
)
def test_a_target_inside_is_refused_when_it_is_written_naming_field_and_setting(
    make_site, signed_in, body, field, words
):
    make_site(probe_host="192.0.43.8")
    answer = signed_in("planner").patch("/api/v1/sites/bs-000", body, format="json")
    assert answer.status_code == 400, answer.json()
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert words in error["expected"]


def test_what_is_stored_may_be_edited_otherwise_and_a_private_network_by_setting(make_site, signed_in, settings):
    make_site(probe_host="10.2.3.4", probe_port=862)
    planner = signed_in("planner")
    assert planner.patch("/api/v1/sites/bs-000", {"height_m": 31}, format="json").status_code == 200
    settings.LOFT_PROBE_NETWORKS = (ip_network("10.0.0.0/8"),)
    body = {"probe_host": "10.2.3.5"}
    assert planner.patch("/api/v1/sites/bs-000", body, format="json").status_code == 200


def test_an_import_answers_row_by_row_which_targets_are_not_allowed(make_site):
    region = make_site().region
    head = "slug,kind,name_en,lat_deg,lon_deg,probe_host,probe_port\n"
    rows = [("x-1", "192.0.43.8", 862), ("x-2", "127.0.0.1", 862), ("x-3", "192.0.43.8", 5432)]
    table = head + "".join(f"{slug},macro,{slug},29,123,{host},{port}\n" for slug, host, port in rows)
    contents = imports.read_file(table.encode(), "csv", "site", region.slug)
    report = imports.load(SYSTEM, contents, "sites.csv", NOON, region=region.slug, is_dry_run=False)
    wrong_fields = {row.key: [error.field for error in row.errors] for row in report.rows}
    assert wrong_fields == {"x-1": [], "x-2": ["probe_host"], "x-3": ["probe_port"]}


@pytest.fixture
async def interface():
    """A stations' interface that answers JSON, but sends whoever asks for `away` elsewhere; with what was asked."""
    asked = []

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        is_away = "/sites/away/" in head
        body = b"" if is_away else b'{"newest": 3}'
        first = "302 Found\r\nlocation: /sites/bs-000/configuration" if is_away else "200 OK"
        writer.write(f"HTTP/1.1 {first}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield port_of(server.sockets[0]), asked


async def test_the_stations_are_asked_where_the_setting_says_and_a_redirect_is_not_followed(interface):
    port, asked = interface
    async with Stations(f"http://127.0.0.1:{port}", "token") as line:
        answer = await line.configuration("bs-000")
        assert (answer.status, answer.body) == (200, {"newest": 3})
        assert f"\r\nhost: 127.0.0.1:{port}\r\n" in asked[0].lower()
        with pytest.raises(Away):
            await line.configuration("away")
    assert len(asked) == 2


async def test_a_name_of_the_stations_that_leads_inside_is_not_asked_unless_its_network_is_allowed(
    interface, monkeypatch, settings
):
    port, asked = interface
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: rows if "example" in host else real(host, *a, **k))
    async with Stations(f"http://stations.example:{port}", "token") as line:
        with pytest.raises(Away, match="LOFT_STATIONS_NETWORKS"):
            await line.configuration("bs-000")
    assert asked == []
    settings.LOFT_STATIONS_NETWORKS = (ip_network("127.0.0.0/8"),)
    async with Stations(f"http://stations.example:{port}", "token") as line:
        assert (await line.configuration("bs-000")).status == 200
    assert f"host: stations.example:{port}" in asked[0].lower()
