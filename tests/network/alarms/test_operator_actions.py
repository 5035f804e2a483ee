"""What happens to alarms, and what people do with them, over REST."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from console.models import AuditEntry
from network.actions.alarms import alarm_hold
from network.actions.alarms.alarm import settle_alarms, summary
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_root import CUT
from network.kernels.sla.sla import Metric
from network.models import Alarm, AlarmEntry, AlarmHold, AlarmType, Breach, ComplianceStatus, Severity, SiteHealth
from tests.network.alarms.conditions import cleared, condition
from tests.network.alarms.conditions import raised as raise_all
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]
PROBLEM = "Availability below its objective"
API = "/api/v1/alarms"


@pytest.fixture
def now():
    return timezone.now()


def fault(subject="BS-000", severity=Severity.MAJOR, **more) -> AlarmCondition:
    return condition(subject, PROBLEM, severity, AlarmType.COMMUNICATIONS, "lossOfSignal", **more)


def raised(now, subject="BS-000", **more) -> Alarm:
    return raise_all([fault(subject, **more)], now)[0]


def history(alarm) -> list[str]:
    return list(AlarmEntry.objects.filter(alarm=alarm).values_list("kind", flat=True))


def post(caller, action, **body):
    return caller.post(f"{API}/{action}", body, format="json")


def in_an_hour(now) -> str:
    return (now + timedelta(hours=1)).isoformat()


def test_every_transition_is_a_row_of_the_history(signed_in, now):
    alarm, operator = raised(now), signed_in("operator")
    post(operator, "comment", ids=[alarm.pk], comment="called the site")
    post(operator, "acknowledge", ids=[alarm.pk], comment="on my way")
    cleared([("BS-000", PROBLEM)], timezone.now())
    rows = operator.get(f"{API}/{alarm.pk}/entries").json()["results"]
    assert [row["kind"] for row in rows] == ["raised", "commented", "acknowledged", "cleared"]
    assert [row["actor"] for row in rows][::3] == ["system", "system"]
    assert (rows[1]["text"], rows[1]["actor"].startswith("operator")) == ("called the site", True)
    body = operator.get(f"{API}/{alarm.pk}").json()
    assert (body["state"], body["comment"]) == ("normal", "on my way")
    assert operator.get(f"{API}/999999").status_code == 404


def test_an_alarm_is_assigned_to_somebody_who_may_acknowledge_and_taken_away_again(signed_in, person, now):
    alarm, mate, guest = raised(now), person("operator"), person("viewer")
    operator = signed_in("operator")
    names = [row["username"] for row in operator.get(f"{API}/assign").json()]
    assert mate.username in names
    assert guest.username not in names
    assert post(operator, "assign", ids=[alarm.pk], person=mate.username).json()[0]["assigned_to"] == mate.username
    assert operator.get(f"{API}?assigned_to={mate.username}").json()["count"] == 1
    assert post(operator, "assign", ids=[alarm.pk], person=guest.username).status_code == 409
    assert post(operator, "assign", ids=[alarm.pk], person="").json()[0]["assigned_to"] == ""
    assert history(alarm) == ["raised", "assigned", "assigned"]


def test_acknowledgements_are_taken_back_and_the_history_says_by_whom(signed_in, now):
    first, second, operator = raised(now, "BS-001"), raised(now, "BS-002"), signed_in("operator")
    post(operator, "acknowledge", ids=[first.pk], comment="seen")
    refused = post(operator, "unacknowledge", ids=[second.pk])
    assert (refused.status_code, refused.json()["detail"]) == (409, f"alarm {second.pk} was not acknowledged")
    [back] = post(operator, "unacknowledge", ids=[first.pk]).json()
    assert (back["state"], back["acknowledged_by"], back["comment"]) == ("unacknowledged", "", "seen")
    assert history(first) == ["raised", "acknowledged", "unacknowledged"]
    assert post(signed_in("viewer"), "unacknowledge", ids=[first.pk]).status_code == 403


def test_a_shelved_alarm_leaves_the_strip_and_comes_back_when_its_time_is_over(signed_in, now):
    alarm, operator = raised(now), signed_in("operator")
    answer = post(operator, "shelve", ids=[alarm.pk], reason="crane in the beam", until_at=in_an_hour(now))
    assert (answer.json()[0]["state"], answer.json()[0]["held_reason"]) == ("shelved", "crane in the beam")
    assert (summary(now)["counts"]["major"], summary(now)["held"]) == (0, 1)
    assert (
        operator.get(f"{API}?state=shelved").json()["count"] == operator.get(f"{API}?is_held=true").json()["count"] == 1
    )
    assert alarm_hold.end_due_holds(now + timedelta(minutes=59)) == 0
    assert alarm_hold.end_due_holds(now + timedelta(minutes=61)) == 1
    assert Alarm.objects.get().state == "unacknowledged"
    assert summary(now)["counts"]["major"] == 1
    assert history(alarm) == ["raised", "held", "released"]
    assert AuditEntry.objects.get(verb="held alarm").detail["reason"] == "crane in the beam"


def test_what_comes_back_while_shelved_is_shelved(signed_in, now):
    alarm = raised(now)
    post(signed_in("operator"), "shelve", ids=[alarm.pk], reason="works", until_at=in_an_hour(now))
    cleared([("BS-000", PROBLEM)], now + timedelta(seconds=1))
    again = raised(now + timedelta(seconds=2))
    assert again.pk != alarm.pk
    assert again.state == "shelved"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": "", "until_at": "2040-01-01T00:00:00Z"}, 400),
        ({"reason": "works"}, 400),
        ({"reason": "works", "until_at": "2020-01-01T00:00:00Z"}, 409),
        ({"reason": "works", "until_at": "2040-01-01T00:00:00Z"}, 409),
    ],
)
def test_shelving_wants_a_reason_and_an_end_within_a_week(signed_in, now, body, status):
    assert post(signed_in("operator"), "shelve", ids=[raised(now).pk], **body).status_code == status
    assert Alarm.objects.get().state == "unacknowledged"


def test_shelving_is_not_done_twice_and_the_other_one_is_shelved(signed_in, now):
    first, second = raised(now), raised(now, "BS-001")
    operator, body = signed_in("operator"), {"reason": "works", "until_at": in_an_hour(now)}
    assert post(operator, "shelve", ids=[first.pk], **body).status_code == 200
    answer = post(operator, "shelve", ids=[first.pk, second.pk], **body).json()
    assert [row["id"] for row in answer["done"]] == [second.pk]
    assert "release it first" in answer["refused"][0]["reason"]
    assert AlarmHold.objects.count() == 2
    assert post(operator, "release", ids=[first.pk]).json()[0]["state"] == "unacknowledged"
    assert post(operator, "release", ids=[first.pk]).status_code == 409


def test_suppressing_by_design_and_taking_out_of_service_are_for_planners(signed_in, now):
    first, second = raised(now), raised(now, "BS-001")
    assert post(signed_in("operator"), "suppress", ids=[first.pk], reason="night").status_code == 403
    planner = signed_in("planner")
    assert post(planner, "suppress", ids=[first.pk], reason="off at night").json()[0]["state"] == "suppressed"
    assert post(planner, "out-of-service", ids=[second.pk], reason="new mast").json()[0]["state"] == "out_of_service"
    assert summary(now)["counts"]["major"] == 0


def test_a_whole_site_is_held_before_it_has_any_alarm(signed_in, now):
    planner = signed_in("planner")
    body = {"kind": "out_of_service", "subject": "BS-000", "reason": "new mast"}
    made = post(planner, "holds", **body)
    assert (made.status_code, made.json()["specific_problem"]) == (201, "")
    assert post(planner, "holds", **body).status_code == 409
    assert raised(now).state == "out_of_service"
    assert raised(now, "BS-001").state == "unacknowledged"
    assert planner.get(f"{API}/holds?ended_at__isnull=true").json()["count"] == 1
    assert planner.delete(f"{API}/holds/{made.json()['id']}").status_code == 204
    assert planner.delete(f"{API}/holds/{made.json()['id']}").status_code == 409
    assert Alarm.objects.in_states(["unacknowledged"]).count() == 2


def test_an_alarm_that_came_three_times_flaps_and_stays_until_it_is_quiet(now):
    for second in (0, 60):
        raised(now + timedelta(seconds=second))
        cleared([("BS-000", PROBLEM)], now + timedelta(seconds=second + 5))
    flapping = raised(now + timedelta(seconds=120))
    assert flapping.is_flapping
    assert cleared([("BS-000", PROBLEM)], now + timedelta(seconds=125)) == []
    assert raise_all([fault()], now + timedelta(seconds=140)) == []
    flapping.refresh_from_db()
    assert (flapping.occurrences, flapping.clears_at, flapping.ended_at) == (2, None, None)
    cleared([("BS-000", PROBLEM)], now + timedelta(seconds=150))
    assert settle_alarms(now + timedelta(seconds=269)) == []
    assert settle_alarms(now + timedelta(seconds=270)) == [flapping]
    assert history(flapping) == ["raised", "clearing", "repeated", "clearing", "cleared"]
    assert Alarm.objects.count() == 3


def test_reporting_the_same_fault_every_round_writes_nothing(now, heard):
    raised(now)
    number = len(heard)
    for second in range(1, 5):
        assert raise_all([fault()], now + timedelta(seconds=second)) == []
    assert len(heard) == number
    assert AlarmEntry.objects.count() == 1


def test_a_severity_that_changes_is_followed(now):
    alarm = raised(now)
    raise_all([fault(severity=Severity.CRITICAL)], now)
    alarm.refresh_from_db()
    assert (alarm.severity, history(alarm)) == ("critical", ["raised", "severity"])
    assert AlarmEntry.objects.last().words == "major → critical"


def test_what_grows_graver_waits_for_a_person_again_and_what_grows_milder_does_not(signed_in, now):
    alarm, operator = raised(now), signed_in("operator")
    post(operator, "acknowledge", ids=[alarm.pk])
    raise_all([fault(severity=Severity.MINOR)], now + timedelta(seconds=1))
    assert Alarm.objects.get().state == "acknowledged"
    raise_all([fault(severity=Severity.CRITICAL)], now + timedelta(seconds=2))
    row = Alarm.objects.get()
    assert (row.state, row.acknowledged_name) == ("unacknowledged", "")
    assert history(alarm)[-2:] == ["severity", "unacknowledged"]
    assert summary(now)["unacknowledged"]["critical"] == 1


def test_what_is_over_stays_open_and_is_counted_until_somebody_acknowledges(signed_in, now):
    alarm, operator = raised(now), signed_in("operator")
    cleared([("BS-000", PROBLEM)], now + timedelta(seconds=1))
    assert (summary(now)["returned"], operator.get(f"{API}/summary").json()["returned"]) == (1, 1)
    shown = [operator.get(f"{API}?is_{word}=true").json()["count"] for word in ("open", "active")]
    assert shown == [1, 0]
    post(operator, "acknowledge", ids=[alarm.pk])
    assert (summary(now)["returned"], operator.get(f"{API}?is_open=true").json()["count"]) == (0, 0)
    assert operator.get(f"{API}?is_open=false").json()["count"] == 1


def test_who_may_only_shelve_lets_back_only_what_is_shelved(signed_in, now):
    alarm = raised(now)
    post(signed_in("planner"), "suppress", ids=[alarm.pk], reason="off at night")
    assert post(signed_in("operator"), "release", ids=[alarm.pk]).status_code == 403
    assert Alarm.objects.get().state == "suppressed"
    shelved = raised(now, "BS-001")
    post(signed_in("operator"), "shelve", ids=[shelved.pk], reason="r", until_at=in_an_hour(now))
    both = post(signed_in("operator"), "release", ids=[alarm.pk, shelved.pk]).json()
    assert ([row["id"] for row in both["done"]], [row["id"] for row in both["refused"]]) == ([shelved.pk], [alarm.pk])
    assert "network.add_alarmhold" in both["refused"][0]["reason"]
    assert post(signed_in("planner"), "release", ids=[alarm.pk]).status_code == 200


def test_two_operators_who_acknowledge_overlapping_selections_both_get_what_was_left(signed_in, now, heard):
    first, second, third = (raised(now, f"BS-00{number}") for number in range(3))
    ann, bob = signed_in("operator"), signed_in("operator")
    assert len(post(ann, "acknowledge", ids=[first.pk, second.pk]).json()["done"]) == 2
    heard.clear()
    answer = post(bob, "acknowledge", ids=[second.pk, third.pk, 999_999], comment="both")
    assert (answer.status_code, [row["id"] for row in answer.json()["done"]]) == (200, [third.pk])
    [twice, unknown] = answer.json()["refused"]
    assert (twice["id"], twice["reason"].startswith(f"alarm {second.pk} was acknowledged before, by ")) == (
        second.pk,
        True,
    )
    assert unknown == {"id": 999_999, "reason": "no alarm with id 999999"}
    assert AuditEntry.objects.filter(verb="acknowledged alarm").count() == 3
    assert [event.alarm["id"] for event in heard] == [third.pk]
    nothing = post(bob, "acknowledge", ids=[first.pk, second.pk])
    assert (nothing.status_code, nothing.json()["detail"].count("was acknowledged before")) == (409, 2)


@pytest.mark.parametrize(
    ("action", "body"),
    [("comment", {"comment": "x"}), ("assign", {"person": ""}), ("suppress", {"reason": "x"}), ("clear", {}),
     ("out-of-service", {"reason": "x"}), ("acknowledge", {}), ("shelve", {"reason": "x", "until_at": None})],
)  # fmt: skip
def test_every_operator_action_does_what_it_can_and_names_the_rest(signed_in, now, action, body):
    alarm, body = raised(now), body | ({"until_at": in_an_hour(now)} if action == "shelve" else {})
    answer = post(signed_in("planner"), action, ids=[alarm.pk, 999_999], **body)
    assert (answer.status_code, answer.json()["done"][0]["id"]) == (200, alarm.pk)
    assert answer.json()["refused"] == [{"id": 999_999, "reason": "no alarm with id 999999"}]


def test_acknowledging_a_root_cause_acknowledges_its_consequences(signed_in, now):
    root, child = raised(now, "OA-001"), raised(now, "BS-001")
    Alarm.objects.filter(pk=child.pk).update(root=root)
    post(signed_in("operator"), "acknowledge", ids=[root.pk])
    assert not Alarm.objects.filter(acknowledged_at=None).exists()
    assert history(child) == ["raised", "acknowledged"]


def test_consequences_are_not_counted_beside_their_root_cause(signed_in, now):
    root = raised(now, "OA-001")
    for number in range(3):
        Alarm.objects.filter(pk=raised(now, f"BS-00{number}").pk).update(root=root)
    strip = summary(now)
    assert (strip["counts"]["major"], strip["consequences"], strip["newest"]["id"]) == (1, 3, root.pk)
    viewer = signed_in("viewer")
    assert viewer.get(f"{API}?is_consequence=false").json()["count"] == 1
    assert viewer.get(f"{API}?root={root.pk}").json()["count"] == 3


def test_a_person_clears_what_nothing_measures_but_not_what_is_measured(signed_in, make_site, make_agreement, now):
    site = make_site()
    Breach.objects.create(agreement=make_agreement(site), started_at=now)
    measured = raised(now, site=site, detail={"metric": "availability"})
    alarm = raised(now, "gate")
    operator = signed_in("operator")
    body = post(operator, "clear", ids=[measured.pk, alarm.pk]).json()
    assert [(row["id"], row["state"]) for row in body["done"]] == [(alarm.pk, "returned")]
    assert body["refused"][0]["reason"] == f"alarm {measured.pk} cannot be cleared: its cause is still measured"
    assert post(operator, "clear", ids=[alarm.pk]).status_code == 409
    assert Alarm.objects.active().get() == measured


def test_a_root_cause_and_a_burning_budget_are_cleared_only_once_they_are_over(
    signed_in, make_site, make_agreement, now
):
    site = make_site()
    health = SiteHealth.objects.create(site=site, state="breached", silent_packets=9, silent_since=now)
    members = {"members": [site.slug], "sites": 1}
    root = raise_all([condition("A – B", CUT, Severity.CRITICAL, AlarmType.COMMUNICATIONS, "x", detail=members)], now)
    agreement = make_agreement(site, metric=Metric.LOSS_SHARE)
    times = {"began_at": now, "period_started_at": now, "counted_until": now, "judged_at": now}
    compliance_status = ComplianceStatus.objects.create(agreement=agreement, burn_alert="page", **times)
    figures = {"agreement": agreement.pk, "metric": "loss_share", "burn_alert": "page"}
    (burn,) = raise_all([condition("budget", "Error budget burns: packet loss", detail=figures)], now)
    operator = signed_in("operator")
    assert [post(operator, "clear", ids=[alarm.pk]).status_code for alarm in (*root, burn)] == [409, 409]
    SiteHealth.objects.filter(pk=health.pk).update(silent_packets=0)
    ComplianceStatus.objects.filter(pk=compliance_status.pk).update(burn_alert="")
    assert [post(operator, "clear", ids=[alarm.pk]).status_code for alarm in (*root, burn)] == [200, 200]


def test_views_of_the_list_are_kept_shared_and_forgotten(signed_in):
    row, other = signed_in("viewer"), signed_in("viewer")
    made = post(row, "views", name="Grave", query="severity=critical")
    assert made.status_code == 201
    assert post(row, "views", name="Grave", query="severity=major").json()["id"] == made.json()["id"]
    assert other.get(f"{API}/views").json()["count"] == 0
    post(row, "views", name="Grave", query="severity=major", is_shared=True)
    assert other.get(f"{API}/views").json()["results"][0]["query"] == "severity=major"
    assert other.delete(f"{API}/views/{made.json()['id']}").status_code == 404
    assert row.delete(f"{API}/views/{made.json()['id']}").status_code == 204


def test_a_key_with_the_scope_acknowledges_and_one_without_does_not(with_key, now):
    alarm = raised(now)
    assert post(with_key("read"), "acknowledge", ids=[alarm.pk]).status_code == 403
    assert post(with_key("alarms:write"), "acknowledge", ids=[alarm.pk]).status_code == 200


@pytest.mark.parametrize("action", ["comment", "assign", "shelve", "suppress", "out-of-service", "release", "clear"])
def test_a_wrong_body_is_told_what_was_expected(signed_in, action):
    planner = signed_in("planner")
    assert post(planner, action, ids=[]).status_code == 400
    assert planner.post(f"{API}/{action}", [1], format="json").status_code == 400
    good = {"comment": "x", "person": "", "reason": "x", "until_at": in_an_hour(timezone.now())}
    assert post(planner, action, ids=[999_999], **good).status_code == 409


def test_numbers_beyond_all_measure_are_no_alarms(signed_in):
    planner, huge = signed_in("planner"), 10**30
    for path in (f"{API}/{huge}", f"{API}/holds/{huge}", f"{API}/views/{huge}"):
        assert planner.get(path).status_code in (403, 404, 405)
        assert planner.delete(path).status_code in (403, 404, 405)
    assert planner.get(f"{API}/{huge}/entries").json()["count"] == 0
    assert planner.get(f"{API}?root={huge}").status_code == 400
    assert planner.get(f"/tmf-api/alarmManagement/v4/alarm/{huge}").status_code == 404
    assert post(planner, "clear", ids=[huge]).status_code == 400
    assert post(planner, f"{huge}/acknowledge").status_code == 409


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_clear_an_alarm_at_once_end_it_once(now):
    alarm = raised(now)
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    def clear() -> None:
        cleared([("BS-000", PROBLEM)], now)
        connection.close()

    def waiting() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw at first
            return cursor.execute(waits).fetchone()[0]

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            cleared([("BS-000", PROBLEM)], now)
            second = other.submit(clear)
            wait_until(waiting, "the other one waits for us", every_s=0.02)
        second.result()
    assert history(alarm) == ["raised", "cleared"]
