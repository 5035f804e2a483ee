"""What the web process answers without a thread, and that each limit is said once."""

import gzip
import subprocess
import sys
from ipaddress import ip_network
from types import SimpleNamespace

import httpx
import pytest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from console.asgi import application
from console.door import statics
from console.door.statics import StaticFiles
from console.rest import limits
from console.run import web
from console.run.web import config
from network.actions.inventory import imports
from tests.stack import ROOT

STYLE = "a { color: var(--ink) }\n" * 100


@pytest.fixture
def files(tmp_path, settings):
    """A static root with a large file, and a small one that was compressed too."""
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "large.js").write_bytes(b"0123456789" * 20_000)
    (tmp_path / "small.css").write_text(STYLE)
    (tmp_path / "small.css.gz").write_bytes(gzip.compress(STYLE.encode()))
    statics._security_headers.cache_clear()
    static_files = StaticFiles()

    async def serve(scope, receive, send):
        file = static_files.find(scope)
        assert file is not None, "left to Django"
        await static_files.serve(file, scope, send)

    yield httpx.AsyncClient(transport=httpx.ASGITransport(serve), base_url="http://test")
    statics._security_headers.cache_clear()


async def test_a_file_is_sent_whole_in_part_or_not_again(files):
    whole = await files.get("/static/large.js")
    assert (whole.status_code, len(whole.content), whole.headers["content-length"]) == (200, 200_000, "200000")
    assert whole.headers["content-type"].startswith("text/javascript")
    part = await files.get("/static/large.js", headers={"Range": "bytes=100003-100005"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (
        206,
        b"345",
        "bytes 100003-100005/200000",
    )
    again = await files.get("/static/large.js", headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await files.head("/static/large.js")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "200000")
    assert (await files.post("/static/large.js")).status_code == 405


async def test_a_compressed_file_goes_to_who_takes_it(files):
    packed = await files.get("/static/small.css", headers={"Accept-Encoding": "gzip"})
    assert packed.text == STYLE
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    plain = await files.get("/static/small.css", headers={"Accept-Encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == (STYLE, False)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_file_has_the_security_headers_of_a_page(files, settings, scheme):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    answer = await files.get(f"{scheme}://test/static/small.css")
    request = RequestFactory().get("/", secure=scheme == "https")
    wanted = SecurityMiddleware(lambda _: HttpResponse())(request)
    names = [name for name in wanted.headers if name != "Content-Type"]
    assert {name: answer.headers.get(name) for name in names} == {name: wanted[name] for name in names}
    assert ("strict-transport-security" in answer.headers) == (scheme == "https")


def test_what_is_no_file_is_left_to_django_and_so_is_plain_http_where_https_is_wanted(files, settings):
    static_files, scope = StaticFiles(), {"type": "http", "scheme": "http", "headers": []}
    for path in ("/static/none.js", "/static/../settings.py", "/static/", "/map", "/small.css"):
        assert static_files.find({**scope, "path": path}) is None
    assert static_files.find({**scope, "path": "/static/small.css"}) is not None
    settings.SECURE_SSL_REDIRECT = True
    assert static_files.find({**scope, "path": "/static/small.css"}) is None
    assert static_files.find({**scope, "path": "/static/small.css", "scheme": "https"}) is not None
    fields = {**scope, "path": "/static/small.css", "headers": [(b"x-forwarded-proto", b"https")]}
    settings.LOFT_TRUSTED_PROXIES = (ip_network("10.9.0.4"),)
    assert static_files.find({**fields, "client": ("10.9.0.4", 5_000)}) is not None
    assert static_files.find({**fields, "client": ("203.0.113.7", 5_000)}) is None, "a stranger's word for https"


async def test_healthz_is_public_and_needs_no_thread(monkeypatch):
    monkeypatch.setattr("console.asgi._shared", None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as caller:
        answer = await caller.get("/healthz")
        assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {"live": True}, "no-store")
        assert (await caller.post("/healthz")).status_code == 405


def test_an_import_of_the_largest_file_fits_its_route():
    assert limits.most_bytes("POST", "/api/v1/inventory/imports") == imports.MOST_BYTES + 65_536
    assert limits.most_bytes("GET", "/api/v1/inventory/imports") == 16_384


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "MADE-UP"])
def test_every_route_has_a_limit(method):
    from django.urls import get_resolver

    paths = ["/" + str(pattern.pattern) for pattern in get_resolver().url_patterns]
    assert all(0 < limits.most_bytes(method, path) <= 10_065_536 for path in [*paths, "", "*", "//login"])


def test_the_web_process_runs_our_protocols():
    how = config()
    how.load()
    assert how.http_protocol_class.__module__ == how.ws_protocol_class.__module__ == "console.door.connections"
    assert (how.ws_max_size, how.ws_per_message_deflate, how.server_header) == (8_192, False, False)


def test_what_the_server_says_goes_the_way_of_our_lines_so_that_it_is_cut_and_counted():
    words = "import logging; from console import asgi; from console.run import web; web.config(); lines = logging.getLogger('uvicorn.error')\n"
    words += "lines.warning('x' * 5_000 + '\\n'); [lines.warning('Invalid HTTP request received.') for _ in range(500)]"
    ran = subprocess.run([sys.executable, "-c", words], check=False, cwd=ROOT, capture_output=True, text=True)
    lines = [line for line in ran.stderr.splitlines() if "uvicorn.error" in line or "Invalid" in line]
    assert (ran.returncode, len(lines) < 30, max(map(len, lines)) < 2_500) == (0, True, True), ran.stderr[-2_000:]


@pytest.mark.parametrize("is_fair", [True, False])
def test_threads_take_turns_of_a_millisecond_however_they_are_queued(monkeypatch, settings, is_fair):
    settings.LOFT_FAIR = is_fair
    for name in ("exit_unless_fit", "hurry_writes", "_raise_file_limit"):
        monkeypatch.setattr(web, name, lambda *_: None)
    monkeypatch.setattr(web.uvicorn, "Server", lambda _: SimpleNamespace(run=lambda **_: None, started=True))
    set_to = []
    monkeypatch.setattr(web.sys, "setswitchinterval", set_to.append)
    web.main()
    assert set_to == [web.SWITCH_EVERY_S]


def test_a_web_process_has_imported_what_answers_before_its_first_request_and_collects_none_of_it():
    words = "import gc, sys, django; from console.run import web; django.setup(); web._get_ready(web.config()); "
    words += "print(gc.get_freeze_count() > 100_000, len(gc.get_objects()) < 10_000, 'network.urls' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", words], check=False, cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout.split() == ["True"] * 3, ran.stderr[-2_000:]
