"""The one way out: which addresses and ports may be called for which purpose."""

import ast
import asyncio
import socket
import time
from ipaddress import ip_network

import pytest

from console.outbound import Endpoint, Guard, Nameless, NotAllowed, purposes
from console.outbound.exchange import NoAnswer, exchange
from console.outbound.guard import MOST_VERDICTS, is_this_machine, literal
from console.outbound.lines import pinned
from tests.sources import ROOT, imports, module_of, sources

INSIDE = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST.", "a.localhost"]
)
def test_this_machine_is_known_in_every_notation_that_the_system_takes_for_it(host):
    assert str(literal(host)) == "127.0.0.1"
    assert "LOFT_PROBE_NETWORKS" in Guard(setting="LOFT_PROBE").problem(host, 80)


@pytest.mark.parametrize("host", ["example.org", "bs-001", "a:b", ""])
def test_a_name_is_no_address(host):
    assert literal(host) is None


def test_a_private_network_is_let_through_by_its_setting_and_closed_ports_stay_closed():
    guard = Guard(networks=INSIDE, setting="LOFT_PROBE", closed_ports=frozenset({6379}))
    assert guard.problem("10.3.0.8", 862, "udp") is None
    assert guard.problem("10.3.0.8", 6379) == guard.problem("8.8.8.8", 6379)
    assert "LOFT_PROBE_CLOSED_PORTS" in guard.problem("10.3.0.8", 6379)
    assert "LOFT_PROBE_NETWORKS" in guard.problem("192.168.0.1", 862, "udp")


def test_lofts_own_ports_are_closed_at_this_machine_and_open_elsewhere():
    guard = Guard(networks=INSIDE, own_ports=frozenset({8000}))
    assert "Loft's own" in guard.problem("127.0.0.1", 8000)
    assert guard.problem("127.0.0.1", 8001) is None
    assert guard.problem("10.255.255.254", 8000) is None
    assert (is_this_machine(literal("127.9.9.9")), is_this_machine(literal("203.0.113.9"))) == (True, False)


def test_the_ports_that_the_installation_names_are_let_through_and_none_beside_them():
    guard = Guard(endpoints=(Endpoint("127.0.0.1", range(10_000, 10_110), "udp"),))
    assert guard.problem("127.0.0.1", 10_109, "udp") is None
    assert guard.problem("127.0.0.1", 10_110, "udp")
    assert guard.problem("127.0.0.1", 10_000, "tcp")
    assert guard.problem("127.0.0.2", 10_000, "udp")


def test_a_name_of_which_one_address_lies_inside_is_refused_whole(monkeypatch):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    guard = Guard(setting="LOFT_PROBE")
    assert guard.problem("rebinding.example.org", 80) is None  # nobody was asked for the name yet
    for look_up in (guard.addresses, lambda *asked: asyncio.run(guard.find(*asked))):
        with pytest.raises(NotAllowed, match=r"leads to 10\.0\.0\.1.*LOFT_PROBE_NETWORKS"):
            look_up("rebinding.example.org", 80)


def test_a_name_that_leads_to_lofts_own_port_is_refused():
    guard = Guard(networks=INSIDE, own_ports=frozenset({8000}))
    with pytest.raises(NotAllowed, match="Loft's own"):
        guard.addresses("127.0.0.1", 8000)
    assert guard.addresses("127.0.0.1", 8001) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b"])
def test_a_name_that_nobody_knows_is_told_apart_from_one_that_is_not_allowed(host):
    with pytest.raises(Nameless):
        Guard().addresses(host, 80)


async def test_a_pinned_request_goes_to_the_address_and_names_the_host():
    guard = Guard(networks=(*INSIDE, ip_network("::1/128")))
    way = (await pinned(guard, "http://127.0.0.1:8080/a?b=%20"))[0]
    assert (str(way.url), way.headers) == ("http://127.0.0.1:8080/a?b=%20", {"Host": "127.0.0.1:8080"})
    way = (await pinned(guard, "https://[::1]/"))[0]
    assert (way.url.host, way.extensions) == ("::1", {"sni_hostname": "::1"})


def test_verdicts_are_kept_within_bounds_and_cost_next_to_nothing():
    guard = Guard(networks=INSIDE)
    for number in range(MOST_VERDICTS + 10):
        guard.problem("10.0.0.1", number)
    assert len(guard._verdicts) == 10
    began_s = time.thread_time()
    for _ in range(10_000):
        guard.problem("10.0.0.1", MOST_VERDICTS)
    assert time.thread_time() - began_s < 0.1  # 10 us each; it takes a tenth of that


def test_the_demo_may_probe_its_simulated_sites_and_nothing_else_of_this_machine(settings):
    settings.LOFT_PROBE_NETWORKS = ()
    first, guard = settings.LOFT_EMULATOR_FIRST_UDP_PORT, purposes.probes()
    assert guard.problem("127.0.0.1", first, "udp") is None
    assert guard.problem("127.0.0.1", first - 1, "udp")
    for port in (first, 22, 6379, settings.LOFT_PORT, settings.LOFT_EMULATOR_PORT):
        assert guard.problem("127.0.0.1", port, "tcp"), port
    settings.LOFT_DEMO = False
    assert purposes.probes().problem("127.0.0.1", first, "udp")


def test_the_ports_of_the_stores_are_closed_wherever_they_are(settings):
    settings.REDIS_EMBEDDED, settings.REDIS_URL = False, "redis://10.0.0.5:7777"
    settings.LOFT_PROBE_NETWORKS = INSIDE
    assert "Loft's own" in purposes.probes().problem("10.0.0.5", 7777)


def test_the_stations_interface_is_one_port_of_the_host_that_the_setting_names():
    guard = purposes.stations("http://10.9.9.9:9000")
    assert guard.problem("10.9.9.9", 9000) is None
    assert guard.problem("10.9.9.9", 9001)
    assert guard.problem("10.9.9.8", 9000)
    assert "LOFT_STATIONS_NETWORKS" in str(purposes.stations("http://inside.example").problem("10.9.9.9", 80))


CALLERS = {
    "console.outbound.guard", "console.outbound.lines", "console.outbound.names",  # the way out itself
    "console.outbound.exchange",
    "console.run.web", "console.run.start_bench", "console.management.commands.up", "console.door.connections",  # who listens here
    "console.run.supervisor", "console.run.liveness",  # asks its own children
    "console.run.processes",  # whether our own processes listen, at addresses of the settings
    "console.run.service_manager",  # the service manager's socket on this machine, named by it
    "console.run.fitness",  # the database of the settings
    "airspace.management.commands.track", "console.backup.creating",  # the name of this machine
    "network.probes.connect", "network.probes.stamp", "network.probes.session", "network.probes.datagrams",
    "network.probes.stations", "network.feeds.webhook",  # each through a guard
    "network.management.commands.fault", "industry.management.commands.factory",  # programs for a terminal
}  # fmt: skip
APART = ("network.emulator.", "network.bench.", "airspace.bench.", "airspace.clients.", "console.chaos.")
WAYS_OUT = {"socket", "httpx", "httpcore", "http.client", "urllib.request", "requests", "aiohttp", "websockets"}


def test_nothing_else_in_the_house_opens_a_line_to_others():
    modules = {
        module
        for path in sources()
        if not (module := module_of(path)).startswith(APART) and (set(imports(path)) & WAYS_OUT or _connects(path))
    }
    assert modules == CALLERS


def test_whoever_calls_what_somebody_typed_in_asks_a_guard():
    callers = {"connect", "stamp", "stations"}
    asking = {
        path.stem for path in (ROOT / "network" / "probes").glob("*.py") if "console.outbound" in set(imports(path))
    }
    assert callers <= asking


def _connects(path):
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    return bool(names & {"open_connection", "create_connection", "urlopen"})


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "example.org", "", "http://[", "http://a:b/", "http://\0/", "file:///x"]
)
def test_a_url_that_cannot_be_asked_is_no_answer(url):
    with pytest.raises(NoAnswer):
        exchange("GET", url, Guard())
