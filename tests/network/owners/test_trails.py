"""In whose trail it stands what somebody did, what a key sees by its scopes, and what ends with an organisation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.authentication import person_actor
from console.access.scopes import SCOPES, SEEING
from console.actions.access.organisation import change_organisation
from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry, Membership
from network.actions.alarms import alarm_hold, operator_actions
from network.actions.alarms.alarm_hold import HoldRequest
from network.actions.notices import notice_send
from network.actions.sla import sla_breaches
from network.kernels.sla.sla import Metric
from network.models import Breach, HoldKind, NoticeChannel, subject
from tests.network.alarms.conditions import condition
from tests.network.alarms.conditions import raised as raise_all
from tests.network.owners.rows import raised

pytestmark = pytest.mark.django_db


def test_an_operator_action_stands_in_the_trail_of_the_alarms_owner_not_of_whom_its_actor_is(
    red, blue, person, signed_in
):
    both = person("operator", red.pk)
    Membership.objects.create(person=both, organisation=blue, role="planner")
    theirs = raised(blue.pk, "blue-drone", "Lost")
    actor, now = person_actor(both), timezone.now()
    assert actor.organisation == red.pk
    operator_actions.acknowledge(actor, [theirs.pk], "seen", now)
    operator_actions.comment(actor, [theirs.pk], "said", now)
    alarm_hold.hold_alarms(actor, [theirs.pk], HoldRequest(HoldKind.SUPPRESSED, "why", None), now)
    alarm_hold.release_alarms(actor, [theirs.pk], now)
    operator_actions.unacknowledge(actor, [theirs.pk], now)
    operator_actions.clear_by_hand(actor, [theirs.pk], now)
    entries = AuditEntry.objects.filter(person=both).values_list("verb", "organisation")
    assert len({verb for verb, _ in entries}) == 6
    assert {owner for _, owner in entries} == {blue.pk}


def test_an_alarm_is_cleared_by_hand_whatever_is_breached_of_others(red, blue, make_site, make_agreement, signed_in):
    site, now = make_site("bs-1"), timezone.now()
    caller, problem = signed_in("operator", red.pk), sla_breaches.PROBLEMS[Metric.RTT_P99]
    for owner, expected in ((blue, 200), (red, 409)):
        Breach.objects.create(agreement=make_agreement(site, Metric.RTT_P99, organisation_id=owner.pk), started_at=now)
        detail = {"metric": Metric.RTT_P99.value}
        slow = condition(site.name_en, problem, site=site, detail=detail, organisation=red.pk)
        (alarm,) = raise_all([slow], now)
        answer = caller.post("/api/v1/alarms/clear", {"ids": [alarm.pk]}, format="json")
        assert answer.status_code == expected, answer.content


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        (["network:read"], set()),
        (["network:read", "drones:read"], {"flights"}),
        (["network:read", "sla:read", "factories:read"], {"slices", "workloads", "vehicles"}),
        (["network:read", "jobs:read"], {"jobs"}),
        (["read"], {"flights", "workloads", "jobs", "vehicles", "slices"}),
    ],
)
def test_an_impact_shows_a_key_the_services_that_it_has_a_scope_for(make_site, with_key, scopes, seen):
    make_site("bs-1")
    services = with_key(*scopes).get("/api/v1/impact?kind=site&key=bs-1").json()["services"]
    assert {group for group, row in services.items() if row["count"] is not None} == seen


@pytest.mark.parametrize(("kind", "scope"), [("flight", "drones:read"), ("workload", "factories:read")])
def test_subjects_are_found_with_the_scope_of_what_they_are(with_key, kind, scope):
    path = f"/api/v1/agreements/subjects?kind={kind}"
    refused = with_key("sla:read").get(path)
    assert (refused.status_code, scope in refused.json()["detail"]) == (403, True)
    assert with_key("sla:read", scope).get(path).status_code == 200


def test_every_right_that_an_answer_asks_for_beside_its_own_has_a_scope(db):
    rights = {
        this_subject.right for this_subject in subject.registered() if this_subject.is_searched or this_subject.group
    }
    assert rights <= set(SEEING)
    assert set(SEEING.values()) <= set(SCOPES)


def test_nothing_is_sent_for_an_organisation_that_was_ended(world, red):
    due = timezone.now() + timedelta(hours=1)
    own = NoticeChannel.objects.get(organisation=red)
    assert own.pk in notice_send.due_channels(due)
    change_organisation(SYSTEM, red, timezone.now(), is_active=False)
    assert own.pk not in notice_send.due_channels(due)
