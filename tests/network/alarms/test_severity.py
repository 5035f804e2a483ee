"""The table of severities: what is registered, what an organisation makes of it, and what becomes of open alarms."""

import re
from pathlib import Path

import pytest

from console.access.actor import HOME_PK, Actor
from console.models import AuditEntry
from network.actions.alarms.alarm import apply, locked
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.managed_object import ManagedObject, Name, of_site
from network.actions.alarms.problem import Grade, Problem, registered
from network.actions.alarms.severity import rated, table
from network.actions.alarms.severity_edit import rate
from network.actions.sla import sla_breaches
from network.actions.sla.sla_breaches import DATA_CENTRE, KEY_SITE, PROBLEMS
from network.kernels.sla.sla import Metric
from network.models import Alarm, AlarmEntry, AlarmType, EntryKind, Severity, SeverityRule, Site
from tests.conftest import NOON
from tests.network.alarms.conditions import THING
from tests.network.owners.rows import RED, customer

AVAILABILITY = PROBLEMS[Metric.AVAILABILITY]
OF_KEY_SITE = f"{AVAILABILITY.code}.{KEY_SITE}"
THIS = ManagedObject(THING, "x", Name("X", "X"))
OPERATORS = Path("docs/operators.md")


def planner(organisation=HOME_PK) -> Actor:
    return Actor("paula", organisation=organisation)


def line(key: str, organisation=HOME_PK):
    return next(line for line in table(organisation) if line.key == key)


def raised(grade="", organisation=HOME_PK) -> Alarm:
    return apply(Delta([AlarmCondition(THIS, AVAILABILITY, None, grade, organisation)]), NOON).raised[0]


def test_a_grade_decides_how_grave_a_problem_is_and_none_is_the_usual_one():
    problem = Problem(
        "p", "P", AlarmType.EQUIPMENT, "x", Severity.MINOR, grades=(Grade("bad", "Badly", Severity.CRITICAL),)
    )
    assert [problem.severity_of(grade) for grade in ("", "bad", "never heard of")] == ["minor", "critical", "minor"]


@pytest.mark.django_db
def test_the_table_has_a_line_per_problem_and_grade_the_gravest_first():
    lines = table(HOME_PK)
    assert len({row.key for row in lines}) == len(lines) == sum(1 + len(problem.grades) for problem in registered())
    ranks = [list(Severity).index(row.severity) for row in lines]
    assert ranks == sorted(ranks)
    assert (line(OF_KEY_SITE).severity, line(AVAILABILITY.code).severity) == ("critical", "major")
    assert line("drone_emergency").severity == "critical"


@pytest.mark.django_db
def test_an_organisation_rates_a_line_for_its_own_alarms_alone():
    red = customer(RED)
    rate(planner(red.pk), line(AVAILABILITY.code, red.pk), Severity.WARNING, NOON)
    conditions = [AlarmCondition(THIS, AVAILABILITY, organisation=owner) for owner in (HOME_PK, red.pk)]
    assert [condition.perceived_severity for condition in rated(conditions)] == ["major", "warning"]
    graver = AlarmCondition(THIS, AVAILABILITY, None, KEY_SITE, red.pk)
    assert rated([graver])[0].perceived_severity == "critical"


@pytest.mark.django_db
def test_a_round_costs_one_query_for_all_its_conditions(django_assert_num_queries):
    conditions = [AlarmCondition(THIS, problem) for problem in registered()]
    with django_assert_num_queries(1):
        rated(conditions)
    with django_assert_num_queries(0):
        rated([])


@pytest.mark.django_db
def test_open_alarms_follow_and_wait_again_when_that_makes_them_graver():
    alarm = raised()
    Alarm.objects.update(acknowledged_at=NOON, acknowledged_name="olga")
    rate(planner(), line(AVAILABILITY.code), Severity.CRITICAL, NOON)
    alarm.refresh_from_db()
    assert (alarm.severity, alarm.acknowledged_at) == ("critical", None)
    assert AlarmEntry.objects.filter(alarm=alarm, kind=EntryKind.SEVERITY, severity_after="critical").count() == 1
    rate(planner(), line(AVAILABILITY.code), None, NOON)
    alarm.refresh_from_db()
    assert (alarm.severity, SeverityRule.objects.count()) == ("major", 0)
    trail = AuditEntry.objects.filter(verb="rated problem").order_by("pk")
    assert [(row.subject, row.detail["before"], row.detail["after"]) for row in trail] == [
        (AVAILABILITY.code, "major", "critical"), (AVAILABILITY.code, "critical", "major"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_rating_a_line_costs_the_same_for_many_open_alarms(django_assert_max_num_queries):
    things = [ManagedObject(THING, f"x{number}", Name("X", "X")) for number in range(100)]
    apply(Delta([AlarmCondition(thing, AVAILABILITY) for thing in things]), NOON)
    Alarm.objects.update(acknowledged_at=NOON, acknowledged_name="olga")
    with django_assert_max_num_queries(30):
        rate(planner(), line(AVAILABILITY.code), Severity.CRITICAL, NOON)
    assert Alarm.objects.filter(severity="critical", acknowledged_at=None).count() == 100
    facts = AlarmEntry.objects.filter(kind=EntryKind.SEVERITY).values_list("severity_before", "severity_after")
    assert list(facts) == [("major", "critical")] * 100
    assert AlarmEntry.objects.filter(kind=EntryKind.UNACKNOWLEDGED).count() == 100


@pytest.mark.django_db
def test_alarms_of_another_circumstance_stay_as_they_are():
    alarm = raised(KEY_SITE)
    rate(planner(), line(AVAILABILITY.code), Severity.WARNING, NOON)
    alarm.refresh_from_db()
    assert (alarm.severity, alarm.grade) == ("critical", KEY_SITE)


@pytest.mark.django_db
def test_what_a_round_finds_again_stays_as_its_organisation_rated_it():
    alarm = raised()
    rate(planner(), line(AVAILABILITY.code), Severity.MINOR, NOON)
    apply(Delta([AlarmCondition(THIS, AVAILABILITY)]), NOON)
    alarm.refresh_from_db()
    assert alarm.severity == "minor"
    apply(Delta([AlarmCondition(THIS, AVAILABILITY, None, DATA_CENTRE)]), NOON)
    alarm.refresh_from_db()
    assert (alarm.severity, alarm.grade) == ("critical", DATA_CENTRE)


@pytest.mark.django_db
def test_a_key_site_that_is_lost_is_critical(make_site, make_agreement):
    grades = {}
    for slug, more in (("bs-1", {}), ("bs-2", {"is_key_site": True}), ("dc-1", {"kind": "data_centre"})):
        site = make_site(slug)
        Site.objects.filter(pk=site.pk).update(**more)
        site.refresh_from_db()
        agreement = make_agreement(site, Metric.AVAILABILITY)
        condition = sla_breaches._condition(agreement, 0.0)  # what a round makes of a breach
        assert condition.about == of_site(site)
        grades[slug] = condition.perceived_severity
    assert grades == {"bs-1": "major", "bs-2": "critical", "dc-1": "critical"}


def open_at(site: Site, grade="", severity="major", **fields) -> Alarm:
    """An alarm as a version without grades left it, or from before the site became what it is."""
    row = apply(
        Delta([AlarmCondition(of_site(site), AVAILABILITY, sla_breaches.Broken("availability", 0.1, 0.9))]), NOON
    )
    Alarm.objects.filter(pk=row.raised[0].pk).update(grade=grade, severity=severity, **fields)
    return Alarm.objects.get(pk=row.raised[0].pk)


@pytest.mark.django_db
def test_an_open_alarm_without_a_grade_gets_that_of_its_site(make_site, django_assert_num_queries):
    key, centre, plain = make_site("bs-1"), make_site("dc-1"), make_site("bs-2")
    Site.objects.filter(pk=key.pk).update(is_key_site=True)
    Site.objects.filter(pk=centre.pk).update(kind="data_centre")
    alarms = [open_at(site) for site in (key, centre, plain)]
    assert sla_breaches.follow_grades(NOON) == 2
    for alarm in alarms:
        alarm.refresh_from_db()
    assert [(alarm.grade, alarm.severity) for alarm in alarms] == [
        (KEY_SITE, "critical"), (DATA_CENTRE, "critical"), ("", "major"),
    ]  # fmt: skip
    assert alarms[0].detail == {"metric": "availability", "value": 0.1, "objective": 0.9}
    with django_assert_num_queries(1):
        assert sla_breaches.follow_grades(NOON) == 0


@pytest.mark.django_db
def test_a_site_that_is_a_key_site_no_more_has_its_alarm_grow_milder(make_site):
    alarm = open_at(make_site("bs-1"), KEY_SITE, "critical")
    sla_breaches.follow_grades(NOON)
    alarm.refresh_from_db()
    assert (alarm.grade, alarm.severity) == ("", "major")


@pytest.mark.django_db
def test_an_alarm_that_ends_while_grades_are_looked_at_is_not_raised_anew(make_site, monkeypatch):
    alarm = open_at(make_site("bs-1"), KEY_SITE, "critical")

    def ended_first(alarms):
        Alarm.objects.filter(pk=alarm.pk).update(ended_at=NOON)
        return locked(alarms)

    monkeypatch.setattr(sla_breaches, "locked", ended_first)
    assert sla_breaches.follow_grades(NOON) == 0
    assert not Alarm.objects.active().exists()


@pytest.mark.django_db
def test_what_is_about_to_end_is_left_to_end(make_site):
    alarm = open_at(make_site("bs-1"), KEY_SITE, "critical", clears_at=NOON)
    assert sla_breaches.follow_grades(NOON) == 0
    alarm.refresh_from_db()
    assert alarm.clears_at == NOON


def test_rest_shows_the_table_and_takes_a_severity_with_the_right_alone(signed_in):
    row = next(row for row in signed_in("viewer").get("/api/v1/alarms/severities").json() if row["key"] == OF_KEY_SITE)
    assert (row["severity"], row["standard_severity"], row["circumstance"]) == ("critical", "critical", "At a key site")
    assert row["changed_at"] is None
    address = f"/api/v1/alarms/severities/{OF_KEY_SITE}"
    assert signed_in("operator").patch(address, {"severity": "minor"}, format="json").status_code == 403
    planner_client = signed_in("planner")
    changed = planner_client.patch(address, {"severity": "minor"}, format="json").json()
    assert (changed["severity"], changed["standard_severity"]) == ("minor", "critical")
    assert planner_client.patch(address, {"severity": None}, format="json").json()["changed_at"] is None


def test_rest_names_what_is_wrong(signed_in):
    planner_client = signed_in("planner")
    assert (
        planner_client.patch("/api/v1/alarms/severities/nothing", {"severity": "minor"}, format="json").status_code
        == 404
    )
    answer = planner_client.patch(f"/api/v1/alarms/severities/{OF_KEY_SITE}", {"severity": "grave"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "severity"


def test_a_customers_administrator_rates_what_is_theirs_and_nobody_elses(signed_in):
    red = customer(RED)
    client = signed_in("administrator", red.pk)
    answer = client.patch(f"/api/v1/alarms/severities/{OF_KEY_SITE}", {"severity": "minor"}, format="json")
    assert answer.json()["severity"] == "minor"
    rows = signed_in("viewer").get("/api/v1/alarms/severities").json()
    assert next(row for row in rows if row["key"] == OF_KEY_SITE)["severity"] == "critical"


def test_the_page_is_there(signed_in):
    assert b'id="severities"' in signed_in("viewer").get("/alarms/severities").content


def documented() -> set[tuple[str, str, str]]:
    text = OPERATORS.read_text().partition("### Severities")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| (.+?) \| (.*?) ?\| (critical|major|minor|warning) \|$", text, re.MULTILINE))


@pytest.mark.django_db
def test_the_documented_table_says_what_is_registered():
    stands = {(row.problem.text, row.grade.text if row.grade else "", row.standard.value) for row in table(HOME_PK)}
    assert documented() - stands == set(), "docs/operators.md, Severities: nothing is registered so"
    assert stands - documented() == set(), "docs/operators.md, Severities: these lines are missing"
