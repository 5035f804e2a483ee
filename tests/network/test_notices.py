"""Notices of alarms: written with what they tell of, sent at least once under one id, given up and sent again."""

import json
import re
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import transaction
from django.utils import timezone

from console.actions.audit import SYSTEM
from console.errors import Refused
from console.models import AuditEntry
from network.actions import alarm_deeds, alarm_hold, notice, notice_channel, notice_send
from network.actions.alarm import Trouble, clear_alarms, raise_alarms
from network.actions.alarm_hold import Wish
from network.kernels.notice import signature
from network.models import Alarm, AlarmEntry, AlarmType, HoldKind, Notice, NoticeChannel, Severity
from tests.conftest import NOON
from tests.receivers import receiving, relaying
from tests.test_docs import ROOT

pytestmark = pytest.mark.django_db
PROBLEM = "Availability below its objective"
API = "/api/v1/alarms"


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings):
    monkeypatch.setattr("console.hub.publish", lambda _: None)
    settings.LOFT_NOTICE_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def channel(receiver):
    return add(receiver.url)


def add(target, name="umbrella", **values) -> NoticeChannel:
    given = {"name": name, "kind": "webhook", "target": target, **values}
    return notice_channel.add_channel(SYSTEM, given, NOON)[0]


def raised(subject="BS-000", now=NOON, severity=Severity.MAJOR, **more) -> Alarm:
    trouble = Trouble(subject, PROBLEM, severity, AlarmType.COMMUNICATIONS, "lossOfSignal", **more)
    return raise_alarms([trouble], now)[0]


def after(seconds: float):
    return NOON + timedelta(seconds=seconds)


def send(seconds: float = 10.0) -> int:
    return notice_send.send_due(lambda: after(seconds))


def kinds(receiver) -> list[str]:
    return [json.loads(call.body)["kind"] for call in receiver.calls]


def test_the_life_of_an_alarm_is_told_in_order_each_step_once(receiver, channel, person):
    alarm = raised()
    raise_alarms([Trouble("BS-000", PROBLEM, Severity.CRITICAL, AlarmType.COMMUNICATIONS, "lossOfSignal")], after(1))
    alarm_deeds.acknowledge(SYSTEM, [alarm.pk], "seen", after(2))
    alarm_deeds.comment(SYSTEM, [alarm.pk], "not told", after(3))
    clear_alarms([("BS-000", PROBLEM)], after(4))
    assert send(20) == 4
    assert kinds(receiver) == ["raised", "severity", "acknowledged", "cleared"]
    assert len(set(receiver.ids())) == 4
    assert send(3600) == 0
    first, second, third, last = (json.loads(call.body) for call in receiver.calls)
    assert (first["alarm"]["severity"], second["alarm"]["severity"], second["text"]) == (
        "major",
        "critical",
        "major → critical",
    )
    assert (third["text"], last["alarm"]["state"], last["alarm"]["id"]) == ("seen", "normal", alarm.pk)
    assert first["at"] == "2026-06-01T12:00:00Z"


def test_each_attempt_is_signed_over_id_time_and_body(receiver, channel):
    raised()
    send(10)
    call, secret = receiver.calls[0], notice_send.secrets_of(channel, NOON)[0]
    at_s = int(call.headers["webhook-timestamp"])
    assert at_s == int(after(10).timestamp())
    assert call.headers["webhook-signature"] == signature(secret, call.headers["webhook-id"], at_s, call.body)
    assert json.loads(call.body)["id"] == call.headers["webhook-id"]


def test_nothing_is_told_of_a_change_that_was_taken_back(channel):
    with transaction.atomic():
        raised()
        assert Notice.objects.count() == 1
        transaction.set_rollback(True)
    assert Notice.objects.count() == AlarmEntry.objects.count() == 0


def test_a_notice_waits_a_little_so_that_its_root_cause_can_be_found(receiver, channel):
    root, child = raised("OA-001"), raised("BS-001")
    assert send(4.9) == 0
    Alarm.objects.filter(pk=child.pk).update(root=root)
    assert send(5.0) == 1
    assert json.loads(receiver.calls[0].body)["alarm"]["subject"] == "OA-001"
    assert Notice.objects.get(alarm=child).state == "skipped"
    clear_alarms([("BS-001", PROBLEM), ("OA-001", PROBLEM)], after(20))
    send(30)
    assert [json.loads(call.body)["alarm"]["subject"] for call in receiver.calls] == ["OA-001", "OA-001"]


def test_a_channel_may_hear_of_consequences_too(receiver):
    add(receiver.url, is_with_consequences=True)
    root, child = raised("OA-001"), raised("BS-001")
    Alarm.objects.filter(pk=child.pk).update(root=root)
    assert send() == 2


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, ["BS-000", "BS-001", "gate"]),
        ({"least_severity": "critical"}, ["BS-001"]),
        ({"alarm_type": "communications"}, ["BS-000", "BS-001"]),
        ({"search": "bs-0"}, ["BS-000", "BS-001"]),
        ({"search": "OPENED"}, ["gate"]),
        ({"is_active": False}, []),
        ({"is_for_escalations_only": True}, []),
    ],
)
def test_a_filter_says_what_is_told(values, told):
    channel = add("https://example.org/", **values)
    raised("BS-000")
    raised("BS-001", severity=Severity.CRITICAL)
    raise_alarms([Trouble("gate", "Opened", Severity.MINOR, AlarmType.ENVIRONMENTAL, "doorOpen")], NOON)
    assert sorted(Notice.objects.filter(channel=channel).values_list("alarm__subject", flat=True)) == told


def test_a_region_is_that_of_the_alarms_site(region, make_site):
    channel = add("https://example.org/", region=region)
    raised("BS-000", site=make_site())
    raised("prober")
    assert channel.notices.get().alarm.subject == "BS-000"


def test_whoever_heard_of_an_alarm_hears_that_it_fell_below_the_filter_and_that_it_is_over():
    channel = add("https://example.org/", least_severity="critical")
    raised(severity=Severity.CRITICAL)
    raised("BS-001")
    raise_alarms([Trouble("BS-000", PROBLEM, Severity.MINOR, AlarmType.COMMUNICATIONS, "lossOfSignal")], after(1))
    clear_alarms([("BS-000", PROBLEM), ("BS-001", PROBLEM)], after(2))
    assert list(channel.notices.order_by("number").values_list("kind", flat=True)) == ["raised", "severity", "cleared"]


def test_a_held_alarm_is_nobodys_concern(channel):
    alarm_hold.declare_hold(SYSTEM, "BS-000", "", Wish(HoldKind.OUT_OF_SERVICE, "works"), NOON)
    raised()
    clear_alarms([("BS-000", PROBLEM)], after(1))
    assert not Notice.objects.exists()


def test_what_failed_comes_again_with_the_same_id_and_body_until_it_is_taken(receiver, channel):
    receiver.says(503)
    raised()
    assert send(10) == 0
    row = Notice.objects.get()
    assert (row.state, row.attempts, row.problem) == ("waiting", 1, "answered with 503")
    assert 5 <= (row.due_at - after(10)).total_seconds() <= 10
    channel.refresh_from_db()
    assert (channel.failures, channel.paused_until > after(14), channel.busy_until) == (1, True, None)
    assert send(12) == 0
    assert len(receiver.calls) == 1
    receiver.says(200)
    assert send(30) == 1
    assert len(set(receiver.ids())) == 1
    assert receiver.calls[0].body == receiver.calls[1].body
    assert receiver.calls[0].headers["webhook-signature"] != receiver.calls[1].headers["webhook-signature"]
    channel.refresh_from_db()
    assert (channel.failures, channel.paused_until) == (0, None)


def test_a_channel_that_is_away_is_left_alone_and_keeps_the_order(receiver, channel):
    receiver.says(500)
    raised("BS-000")
    raised("BS-001", after(1))
    send(10)
    assert len(receiver.calls) == 1
    receiver.says(200)
    send(60)
    assert [json.loads(call.body)["alarm"]["subject"] for call in receiver.calls] == ["BS-000", "BS-000", "BS-001"]


def test_a_notice_that_is_refused_does_not_hold_up_the_others(receiver, channel):
    bad = raised("BS-000")
    raised("BS-001")
    receiver.answer = lambda call: (400 if f'"id": {bad.pk}' in call.body.decode() else 200, {})
    assert send(10) == 1
    assert Notice.objects.get(alarm=bad).state == "waiting"


def test_a_worker_that_is_killed_after_sending_sends_the_same_id_again(receiver, channel, monkeypatch):
    class Killed(BaseException):
        """As SIGKILL: nothing of ours runs after it."""

    def die(*_):
        raise Killed

    raised()
    with monkeypatch.context() as patch:
        patch.setattr(notice_send, "_settle", die)
        with pytest.raises(Killed):
            send(10)
    NoticeChannel.objects.update(busy_until=after(70))  # what the killed worker never took back
    assert (Notice.objects.get().state, len(receiver.calls)) == ("waiting", 1)
    assert send(60) == 0
    assert send(71) == 1
    assert (len(receiver.calls), len(set(receiver.ids()))) == (2, 1)
    assert Notice.objects.get().attempts == 2


def test_two_workers_do_not_send_for_one_channel_at_once(receiver, channel):
    raised()
    receiver.says(200)
    NoticeChannel.objects.update(busy_until=after(30))
    assert send(10) == 0
    assert receiver.calls == []
    assert send(31) == 1


def test_what_cannot_be_delivered_is_given_up_an_alarm_says_so_and_it_can_be_sent_again(receiver, channel, settings):
    settings.LOFT_NOTICE_ATTEMPTS = 3
    receiver.says(500)
    raised()
    for seconds in (10, 100, 1000):
        send(seconds)
    dead = Notice.objects.get(state="dead")
    assert (dead.attempts, dead.problem, len(receiver.calls)) == (3, "answered with 500", 3)
    alarm = Alarm.objects.active().get(specific_problem=notice_send.UNDELIVERED)
    assert (alarm.subject, alarm.severity, alarm.detail["reason"]) == ("umbrella", "minor", "answered with 500")
    receiver.says(200)
    notice.send_again(SYSTEM, dead, after(5000))
    send(5000)
    assert Notice.objects.get(pk=dead.pk).state == "sent"
    assert set(receiver.ids()) >= {str(dead.pk)}
    assert not Alarm.objects.active().filter(specific_problem=notice_send.UNDELIVERED).exists()
    assert AuditEntry.objects.filter(verb="sent notice again").count() == 1


def test_a_notice_whose_workers_are_lost_again_and_again_is_given_up(receiver, channel, settings):
    raised()
    Notice.objects.update(attempts=settings.LOFT_NOTICE_ATTEMPTS)
    send(10)
    assert receiver.calls == []
    assert Notice.objects.get(alarm__subject="BS-000").problem == "every worker that tried was lost"


def test_a_channel_has_room_for_so_many_and_the_rest_is_kept_as_given_up(channel, monkeypatch):
    monkeypatch.setattr(notice, "MOST_WAITING", 3)
    for number in range(5):
        raised(f"BS-00{number}")
    assert Notice.objects.filter(state="waiting").count() == 3
    assert Notice.objects.filter(state="dead").count() == 2


def test_retention_spares_what_waits(channel, settings):
    raised("BS-000")
    raised("BS-001")
    Notice.objects.filter(alarm__subject="BS-000").update(state="sent")
    assert notice.delete_old(after(86_400 * settings.LOFT_NOTICE_RETENTION_D)) == 0
    assert notice.delete_old(after(86_400 * settings.LOFT_NOTICE_RETENTION_D + 1)) == 1
    assert Notice.objects.get().alarm.subject == "BS-001"


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


# --- REST ---------------------------------------------------------------------------------------------------------


def wish(**more) -> dict:
    return {"name": "umbrella", "kind": "webhook", "target": "https://noc.example.org/hook?token=t", **more}


def test_a_planner_adds_changes_and_removes_a_channel_and_sees_its_secret_once(signed_in, region):
    planner = signed_in("planner")
    made = planner.post(f"{API}/channels", wish(region="here"), format="json")
    assert (made.status_code, made.json()["secret"][:6], made.json()["region"]) == (201, "whsec_", "here")
    url = f"{API}/channels/{made.json()['id']}"
    assert planner.post(f"{API}/channels", wish(), format="json").status_code == 409
    changed = planner.patch(url, {"least_severity": "critical", "region": None}, format="json").json()
    assert (changed["least_severity"], changed["region"], "secret" in changed) == ("critical", None, False)
    assert planner.post(f"{url}/secret").json()["secret"] != made.json()["secret"]
    assert planner.delete(url).status_code == 204
    assert planner.get(url).status_code == 404
    verbs = [
        "added notice channel",
        "changed notice channel",
        "renewed secret of notice channel",
        "removed notice channel",
    ]
    assert [AuditEntry.objects.filter(verb=verb).count() for verb in verbs] == [1, 1, 1, 1]


def test_others_see_where_a_channel_leads_but_not_its_token_and_change_nothing(signed_in, with_key):
    channel = add("https://noc.example.org/hook?token=t")
    add("a@example.org, b@example.com", name="mail", kind="email")
    for caller in (signed_in("viewer"), signed_in("operator"), with_key("read")):
        rows = caller.get(f"{API}/channels").json()["results"]
        assert [row["target"] for row in rows] == ["…@example.org, …@example.com", "https://noc.example.org/…"]
        assert caller.post(f"{API}/channels", wish(name="x"), format="json").status_code == 403
        assert caller.post(f"{API}/channels/{channel.pk}/test").status_code == 403
    assert signed_in("planner").get(f"{API}/channels/{channel.pk}").json()["target"].endswith("token=t")


@pytest.mark.parametrize(
    "body",
    [
        wish(target="http://127.1.2.3/"), wish(target="http://169.254.169.254/"), wish(target="file:///etc/passwd"),
        wish(kind="email"), wish(kind="email", target=""), wish(kind="pigeon"), wish(name=""), wish(region="nowhere"),
        wish(least_severity="awful"), wish(search="x" * 81), [],
    ],
)  # fmt: skip
def test_what_cannot_be_a_channel_is_told_why(signed_in, settings, body):
    settings.LOFT_NOTICE_NETWORKS = ()
    answer = signed_in("planner").post(f"{API}/channels", body, format="json")
    assert answer.status_code == 400
    assert {"field", "value", "expected"} <= set(answer.json()["errors"][0])


def test_a_channels_kind_does_not_change_without_its_target(signed_in):
    channel = add("https://noc.example.org/")
    assert (
        signed_in("planner").patch(f"{API}/channels/{channel.pk}", {"kind": "email"}, format="json").status_code == 400
    )


def test_a_test_is_sent_and_its_outcome_can_be_asked_for(
    signed_in, receiver, channel, monkeypatch, django_capture_on_commit_callbacks
):
    nudged = []
    monkeypatch.setattr("network.views.notice.send_channel.delay", nudged.append)
    planner = signed_in("planner")
    with django_capture_on_commit_callbacks(execute=True):
        made = planner.post(f"{API}/channels/{channel.pk}/test")
    assert (made.status_code, made.json()["state"], nudged) == (202, "waiting", [channel.pk])
    assert notice_send.send_channel(channel.pk, timezone.now) == 1
    assert planner.get(f"{API}/notices/{made.json()['id']}").json()["state"] == "sent"
    body = json.loads(receiver.calls[0].body)
    assert (body["kind"], body["alarm"], body["id"]) == ("test", None, made.json()["id"])
    planner.patch(f"{API}/channels/{channel.pk}", {"is_active": False}, format="json")
    assert planner.post(f"{API}/channels/{channel.pk}/test").status_code == 409


def test_dead_letters_are_listed_and_sent_again(signed_in, channel):
    raised()
    Notice.objects.update(state="dead", problem="answered with 500")
    planner = signed_in("planner")
    row = planner.get(f"{API}/notices?state=dead&channel={channel.pk}").json()["results"][0]
    assert (row["title"], row["problem"]) == (f"BS-000: {PROBLEM}", "answered with 500")
    assert signed_in("operator").post(f"{API}/notices/{row['id']}/send").status_code == 403
    assert planner.post(f"{API}/notices/{row['id']}/send").json()["state"] == "waiting"
    assert planner.post(f"{API}/notices/{row['id']}/send").status_code == 409
    assert planner.get(f"{API}/notices?channel={10**30}").status_code == 400
    assert planner.get(f"{API}/channels").json()["results"][0]["waiting"] == 1


def test_there_is_an_end_to_channels(monkeypatch):
    monkeypatch.setattr(notice_channel, "MOST_CHANNELS", 1)
    add("https://example.org/")
    with pytest.raises(Refused, match="remove one first"):
        add("https://example.org/", name="other")


def test_metrics_say_how_many_wait_and_how_many_were_given_up(signed_in, channel):
    raised("BS-000")
    raised("BS-001")
    Notice.objects.filter(alarm__subject="BS-001").update(state="dead")
    text = signed_in("viewer").get("/metrics").content.decode()
    assert 'loft_notices{state="waiting"} 1.0' in text
    assert 'loft_notices{state="dead"} 1.0' in text
