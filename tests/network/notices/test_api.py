"""Channels and notices over REST: who may do what, what is refused, what metrics tell."""

import json

import pytest
from django.utils import timezone

from console.errors import Refused
from console.models import AuditEntry
from network.actions.notices import notice_channel, notice_send
from network.models import Notice
from tests.network.notices.conftest import PROBLEM, add, raised

pytestmark = pytest.mark.django_db

API = "/api/v1/alarms"


def wanted(**more) -> dict:
    return {"name": "umbrella", "kind": "webhook", "target": "https://noc.example.org/hook?token=t", **more}


def test_a_planner_adds_changes_and_removes_a_channel_and_sees_its_secret_once(signed_in, region):
    planner = signed_in("planner")
    made = planner.post(f"{API}/channels", wanted(region="here"), format="json")
    assert (made.status_code, made.json()["secret"][:6], made.json()["region"]) == (201, "whsec_", "here")
    url = f"{API}/channels/{made.json()['id']}"
    assert planner.post(f"{API}/channels", wanted(), format="json").status_code == 409
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


def test_a_new_target_is_in_the_audit_with_before_and_after_and_without_tokens(signed_in):
    planner, channel = signed_in("planner"), add("https://noc.example.org/hook/T0KEN?token=t")
    url = f"{API}/channels/{channel.pk}"
    assert planner.patch(url, {"target": "https://noc.example.org/hook/0THER"}, format="json").status_code == 200
    assert planner.patch(url, {"least_severity": "critical"}, format="json").status_code == 200
    planner.post(f"{url}/secret")
    target, severity = AuditEntry.objects.filter(verb="changed notice channel").order_by("pk")
    before, after = target.detail["before"]["target"], target.detail["after"]["target"]
    assert before != after
    assert all(row.startswith("https://noc.example.org/… (") for row in (before, after))
    assert severity.detail == {"before": {"least_severity": "warning"}, "after": {"least_severity": "critical"}}
    assert AuditEntry.objects.get(verb="renewed secret of notice channel").detail == {"secret": "changed"}
    assert "T0KEN" not in str(list(AuditEntry.objects.values()))
    assert target.address == "127.0.0.1"


def test_others_see_where_a_channel_leads_but_not_its_token_and_change_nothing(signed_in, with_key):
    channel = add("https://noc.example.org/hook?token=t")
    add("a@example.org, b@example.com", name="mail", kind="email")
    for caller in (signed_in("viewer"), signed_in("operator"), with_key("read")):
        rows = caller.get(f"{API}/channels").json()["results"]
        assert [row["target"] for row in rows] == ["…@example.org, …@example.com", "https://noc.example.org/…"]
        assert caller.post(f"{API}/channels", wanted(name="x"), format="json").status_code == 403
        assert caller.post(f"{API}/channels/{channel.pk}/test").status_code == 403
    assert signed_in("planner").get(f"{API}/channels/{channel.pk}").json()["target"].endswith("token=t")


@pytest.mark.parametrize(
    "body",
    [
        wanted(target="http://127.1.2.3/"), wanted(target="http://169.254.169.254/"), wanted(target="file:///etc/passwd"),
        wanted(kind="email"), wanted(kind="email", target=""), wanted(kind="pigeon"), wanted(name=""), wanted(region="nowhere"),
        wanted(least_severity="awful"), wanted(search="x" * 81), [],
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
    monkeypatch.setattr("network.views.notices.notice.send_channel.delay", nudged.append)
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
