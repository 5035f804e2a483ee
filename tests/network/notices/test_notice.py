"""The signature of notices, the waits between attempts, and where webhooks may go."""

import base64
import hashlib
import hmac
import socket
import threading
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.outbound import Guard, NotAllowed
from network.feeds import NotSent, mail, webhook
from network.kernels.notices.notice import secret_of, signature, wait_s
from tests.receivers import receiving, relaying

HERE = Guard(networks=(ip_network("127.0.0.0/8"),))


def test_the_signature_is_that_of_the_published_example():
    """Standard Webhooks' own test vector."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    text = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert text == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_changed_byte_time_or_id_changes_the_signature():
    secret = secret_of("ring", "channel", 1)
    good = signature(secret, "id", 1000, b"body")
    others = [
        signature(secret, "id", 1000, b"bodY"),
        signature(secret, "id", 1001, b"body"),
        signature(secret, "ie", 1000, b"body"),
    ]
    assert good not in others
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert good == "v1," + base64.b64encode(hmac.new(key, b"id.1000.body", hashlib.sha256).digest()).decode()


def test_every_channel_and_number_has_a_secret_of_its_own():
    secrets = {secret_of(ring, channel, number) for ring in ("a", "b") for channel in ("x", "y") for number in (1, 2)}
    assert len(secrets) == 8
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


def test_waits_double_from_ten_seconds_to_an_hour_and_half_of_each_is_drawn():
    assert [wait_s(attempts, 1.0) for attempts in (1, 2, 3, 8, 9, 10, 99)] == [10, 20, 40, 1280, 2560, 3600, 3600]
    assert wait_s(3, 0.0) == 20
    assert sum(wait_s(attempts, 0.5) for attempts in range(1, 12)) == pytest.approx(0.75 * (10 * (2**9 - 1) + 2 * 3600))
    with pytest.raises(ValueError, match="at least 1"):
        wait_s(0, 0.5)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_between_half_of_it_and_all_of_it(attempts, draw):
    assert 0.5 * wait_s(attempts, 1.0) <= wait_s(attempts, draw) <= wait_s(attempts, 1.0) <= 3600


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.8.8", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
     "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
     "::", "ff02::1", "fec0::1"],
)  # fmt: skip
def test_an_address_inside_is_refused_unless_the_installation_allows_it(host):
    assert "not public" in str(Guard().problem_of_host(host))


@pytest.mark.parametrize("host", ["8.8.8.8", "2001:4860:4860::8888", "example.org"])
def test_a_public_address_and_a_name_are_let_through_to_be_looked_up(host):
    assert Guard().problem_of_host(host) is None


def test_a_list_of_hosts_lets_nobody_else_through():
    guard = Guard(hosts=frozenset({"noc.example.org"}))
    assert guard.problem_of_host("NOC.example.org.") is None
    assert "LOFT_NOTICE_HOSTS" in str(guard.problem_of_host("noc.example.com"))


def test_a_name_that_leads_inside_is_refused_when_it_is_looked_up(monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(NotAllowed, match=r"leads to 10\.0\.0\.1"):
        Guard().addresses("rebinding.example.org", 80)
    assert Guard(networks=(ip_network("10.0.0.0/8"),)).addresses("inside.example.org", 80) == ["10.0.0.1", "8.8.8.8"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/", "https://"),
        ("https://", "https://"),
        ("https://user:pass@example.org/", "without user"),
        ("https://example.org/#here", "without user"),
        ("http://[::1", "not a URL"),
        ("http://example.org:99999/", "not a URL"),
        ("http://localhost.localdomain\x00/", "not a URL"),
        ("http://169.254.169.254/latest", "not public"),
        ("http://[::ffff:10.0.0.1]/", "not public"),
    ],
)
def test_what_is_no_target_is_told_why(url, words):
    assert words in str(webhook.problem_of(url, Guard()))


def test_a_webhook_brings_body_and_headers_to_whoever_answers_well():
    with receiving() as receiver:
        webhook.post(f"{receiver.url}?a=1&b=%20", b'{"x": 1}', {"webhook-id": "one"}, HERE)
    call = receiver.calls[0]
    assert (call.path, call.body) == ("/hook?a=1&b=%20", b'{"x": 1}')
    assert (call.headers["content-type"], call.headers["webhook-id"]) == ("application/json", "one")
    assert call.headers["host"] == receiver.url.split("/")[2]


def test_this_machine_is_not_called_unless_allowed_by_name_or_by_address():
    with receiving() as receiver:
        for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
            with pytest.raises(NotSent, match=r"not public"):
                webhook.post(url, b"{}", {}, Guard())
    assert receiver.calls == []


def test_a_redirect_is_not_followed():
    with receiving() as receiver:
        receiver.says(302, {"Location": receiver.url})
        with pytest.raises(NotSent, match="302; redirects are not followed"):
            webhook.post(receiver.url, b"{}", {}, HERE)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(("status", "is_away"), [(500, True), (503, True), (429, True), (400, False), (404, False)])
def test_a_refusal_says_whether_others_may_try(status, is_away):
    with receiving() as receiver:
        receiver.says(status, {"Retry-After": "120"})
        with pytest.raises(NotSent, match=str(status)) as refused:
            webhook.post(receiver.url, b"{}", {}, HERE)
    assert (refused.value.is_away, refused.value.retry_after_s) == (is_away, 120.0)


def test_nobody_at_the_door_is_told_so():
    with receiving() as receiver:
        gone = receiver.url
    with pytest.raises(NotSent, match="ConnectError") as refused:
        webhook.post(gone, b"{}", {}, HERE)
    assert refused.value.is_away


def test_whoever_drips_is_left_when_the_time_for_the_whole_call_is_over():
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def drip() -> None:
            line, _ = door.accept()
            with line:
                line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not over.wait(0.05):
                    line.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(NotSent, match="Timeout"):
            webhook.post(f"http://127.0.0.1:{door.getsockname()[1]}/", b"{}", {}, HERE, whole_s=0.5)
        # it drips until told to stop: the call ended by itself
        over.set()
        thread.join()


def test_of_an_endless_answer_only_the_beginning_is_read():
    with receiving() as receiver:
        receiver.says(500, {"Content-Length": "1000000000"})
        with pytest.raises(NotSent):
            webhook.post(receiver.url, b"{}", {}, HERE, whole_s=2.0)


def test_a_letter_carries_words_and_the_signed_bytes(settings):
    body = '{"text": "断 \\u00e9"}'.encode()
    with relaying() as relay:
        _use(settings, relay.port)
        mail.send("a@example.org, b@example.org", ("BS-000:\n silent", "line\n.\nend"), body, {"webhook-id": "one"})
    letter = relay.letters[0]
    assert (letter["Subject"], letter["To"]) == ("BS-000: silent", "a@example.org, b@example.org")
    assert letter["webhook-id"] == "one"
    attached = next(letter.iter_attachments())
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("alarm.json", body)
    assert letter.get_body().get_content().replace("\r\n", "\n").rstrip("\n") == "line\n.\nend"


def test_a_relay_that_refuses_or_is_away_or_missing_is_told_of(settings):
    with relaying() as relay:
        relay.refused = {"nobody@example.org"}
        _use(settings, relay.port)
        with pytest.raises(NotSent, match=r"refused nobody@example\.org") as refused:
            mail.send("nobody@example.org", ("s", "t"), b"{}", {})
    assert not refused.value.is_away
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        mail.send("a@example.org", ("s", "t"), b"{}", {})
    settings.EMAIL_HOST = ""
    with pytest.raises(NotSent, match="LOFT_SMTP_HOST"):
        mail.send("a@example.org", ("s", "t"), b"{}", {})


@pytest.mark.parametrize("target", ["", ",", "nobody", "a@b@c.org", ", ".join(["a@example.org"] * 11)])
def test_what_is_no_list_of_addresses_is_told_so(target):
    assert mail.problem_of(target)
    assert mail.problem_of("a@example.org,b@example.org") is None


def _use(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
