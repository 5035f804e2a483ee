"""Notices carry a signature that whoever receives them can check; secrets are renewed and kept nowhere."""

import json
import re

import pytest

from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry
from network.actions.notices import notice_channel, notice_send
from network.kernels.notices.notice import signature
from network.models import Notice, NoticeChannel, Severity
from tests.conftest import NOON
from tests.network.notices.conftest import PROBLEM, add, after, raised, send
from tests.receivers import relaying
from tests.test_docs import ROOT

pytestmark = pytest.mark.django_db


def test_each_attempt_is_signed_over_id_time_and_body(receiver, channel):
    raised()
    send(10)
    call, secret = receiver.calls[0], notice_send.secrets_of(channel, NOON)[0]
    at_s = int(call.headers["webhook-timestamp"])
    assert at_s == int(after(10).timestamp())
    assert call.headers["webhook-signature"] == signature(secret, call.headers["webhook-id"], at_s, call.body)
    assert json.loads(call.body)["id"] == call.headers["webhook-id"]


def test_a_new_secret_signs_and_for_a_day_the_old_one_does_as_well(receiver, channel):
    old = notice_send.secrets_of(channel, NOON)
    new = notice_channel.renew_secret(SYSTEM, channel, NOON)
    assert new not in old
    raised()
    send(10)
    assert len(receiver.calls[0].headers["webhook-signature"].split(" ")) == 2
    assert notice_send.secrets_of(channel, after(86_399)) == [new, *old]
    assert notice_send.secrets_of(channel, after(86_400)) == [new]


def test_the_database_holds_no_secret(channel):
    secret = notice_send.secrets_of(channel, NOON)[0]
    row = NoticeChannel.objects.filter(pk=channel.pk).values().get()
    assert secret.removeprefix("whsec_") not in str(row)
    assert "secret" not in str(AuditEntry.objects.get(verb="added notice channel").detail)


def test_the_guides_code_tells_genuine_new_repeated_old_and_forged_ones_apart(receiver, channel, monkeypatch):
    guide = {}
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "integrators.md").read_text(), re.DOTALL).group(1)
    exec(code, guide)  # noqa: S102  what integrators are told to run
    secret, seen = notice_channel.renew_secret(SYSTEM, channel, NOON), set()
    raised()
    send(10)
    call = receiver.calls[0]
    monkeypatch.setattr(guide["time"], "time", lambda: after(20).timestamp())
    assert [guide["verify"](secret, call.headers, call.body, seen) for _ in range(2)] == [True, False]
    with pytest.raises(ValueError, match="not signed"):
        guide["verify"](secret, call.headers, call.body + b" ", set())
    monkeypatch.setattr(guide["time"], "time", lambda: after(1000).timestamp())
    with pytest.raises(ValueError, match="replayed"):
        guide["verify"](secret, call.headers, call.body, set())


def test_a_letter_says_what_happened_and_carries_the_signed_bytes(settings):
    settings.EMAIL_BACKEND, settings.LANGUAGE_CODE = "django.core.mail.backends.smtp.EmailBackend", "en"
    with relaying() as relay:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", relay.port
        channel = add("noc@example.org", kind="email")
        raised(severity=Severity.CRITICAL)
        assert send() == 1
    letter, row = relay.letters[0], Notice.objects.get()
    assert letter["Subject"].strip() == f"[Loft] Raised · Critical · BS-000: {PROBLEM}"
    assert letter["Message-ID"] == f"<{row.pk}@loft>"
    body = next(letter.iter_attachments()).get_payload(decode=True)
    secret = notice_send.secrets_of(channel, NOON)[0]
    assert letter["webhook-signature"] == signature(secret, str(row.pk), int(letter["webhook-timestamp"]), body)
    assert f"/alarms?alarm={row.alarm_id}" in letter.get_body().get_content()
