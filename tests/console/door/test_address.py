"""Who a request comes from: the peer, unless the peer is a proxy that the settings name."""

import os
import subprocess
import sys
from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request

from console.access.authentication import actor_of
from console.actions.audit.audit import record
from console.door.address import TrueAddress, client_address, identified, neighbourhood, parsed
from console.models import AuditEntry
from tests.conftest import NOON
from tests.stack import ROOT

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:4711 ", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_read_as_peers_and_proxies_write_it(text, address):
    assert str(parsed(text)) == address


@pytest.mark.parametrize(
    "text", ["", "unknown", "192.0.2.256", "1.2.3", "' OR 1=1", "::1::", "[", "example.org:80", "127.1"]
)
def test_what_is_no_address_is_none(text):
    assert parsed(text) is None


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.9", "198.51.100.7", "192.0.2.9"),  # a stranger says anything
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),  # the left one is the client's own invention
        ("10.0.0.1", "203.0.113.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),  # two proxies
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.7:5000", "198.51.100.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "garbage", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, garbage", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_client_is_the_nearest_hop_that_is_no_trusted_proxy(peer, forwarded_for, client):
    assert client_address(peer, forwarded_for, PROXIES) == client
    assert client_address(client, forwarded_for, PROXIES) == client, "looking twice changes the answer"


def test_without_trusted_proxies_nothing_that_is_said_counts():
    assert client_address("127.0.0.1", "198.51.100.7", ()) == "127.0.0.1"


@given(peer=st.ip_addresses().map(str), headers=st.text())
def test_whatever_is_said_the_answer_is_an_address(peer, headers):
    assert parsed(client_address(peer, headers, PROXIES)) is not None


def test_a_neighbourhood_is_one_address_of_ipv4_and_the_64_of_ipv6():
    assert neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")
    assert neighbourhood("2001:db8:0:1::5") == neighbourhood("2001:db8:0:1:ffff::6") != neighbourhood("2001:db8:0:2::5")


def seen_by_pages(**meta):
    seen = []

    def page(request):
        seen.append((request.META["REMOTE_ADDR"], request.scheme))
        return HttpResponse()

    TrueAddress(page)(RequestFactory().get("/", **meta))
    return seen[0]


def seen_by_sockets(peer, *headers, scheme="ws"):
    scope = identified({"type": "websocket", "client": (peer, 5), "scheme": scheme, "headers": list(headers)})
    return scope["client"][0], scope["scheme"]


def test_pages_and_sockets_believe_a_trusted_proxy(settings):
    settings.LOFT_TRUSTED_PROXIES = PROXIES
    fields = {"HTTP_X_FORWARDED_FOR": "203.0.113.1, 198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https"}
    assert seen_by_pages(REMOTE_ADDR="10.0.0.1", **fields) == ("198.51.100.7", "https")
    headers = (
        (b"x-forwarded-for", b"203.0.113.1"),
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"x-forwarded-proto", b"https"),
    )
    assert seen_by_sockets("10.0.0.1", *headers) == ("198.51.100.7", "wss")


def test_pages_and_sockets_believe_nobody_else(settings):
    settings.LOFT_TRUSTED_PROXIES = PROXIES
    fields = {"HTTP_X_FORWARDED_FOR": "198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https"}
    assert seen_by_pages(REMOTE_ADDR="192.0.2.9", **fields) == ("192.0.2.9", "http")
    headers = (b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-proto", b"https")
    assert seen_by_sockets("192.0.2.9", *headers) == ("192.0.2.9", "ws")


def test_a_client_cannot_say_before_its_proxy_that_it_came_over_tls(settings):
    settings.LOFT_TRUSTED_PROXIES = PROXIES
    assert seen_by_pages(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="https, http")[1] == "http"


def test_the_audit_records_the_true_address_and_no_text_that_a_client_chose(signed_in, db):
    answer = signed_in("administrator").post(
        "/api/v1/people",
        {"username": "li.na", "role": "operator"},
        format="json",
        REMOTE_ADDR="192.0.2.9",
        HTTP_X_FORWARDED_FOR="<script>",
    )
    assert answer.status_code == 201
    assert AuditEntry.objects.get(verb="added person").address == "192.0.2.9"


def test_a_peer_without_an_address_leaves_none_in_the_audit(person, db):
    def page(asked):
        request = Request(asked)
        request.auth, request.user = None, person("operator")
        record(actor_of(request), "looked", "nothing", NOON)
        return HttpResponse()

    TrueAddress(page)(RequestFactory().get("/", REMOTE_ADDR="unix:"))
    assert AuditEntry.objects.get(verb="looked").address is None


@pytest.mark.parametrize(
    "given_",
    [{"LOFT_BEHIND_PROXY": "true"}, {"LOFT_TRUSTED_PROXIES": "10.0.0.1/8"}, {"LOFT_TRUSTED_PROXIES": "my-proxy"}],
)
def test_a_proxy_that_is_not_named_by_its_address_stops_the_start(tmp_path, given_):
    done = subprocess.run(
        [sys.executable, "-c", "import console.settings"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "LOFT_HOME": str(tmp_path), **given_},
    )  # fmt: skip
    assert done.returncode != 0
    assert "LOFT_TRUSTED_PROXIES" in done.stderr
