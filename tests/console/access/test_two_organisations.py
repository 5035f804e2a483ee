"""Two organisations: whatever one of them asks, by any address, topic or export, no answer tells of the other's rows."""

import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from console.access.actor import HOME_PK, SYSTEM
from console.access.scopes import RUNS_THE_NETWORK, SCOPES
from console.actions.access.organisation import add_organisation
from console.models import Membership, Organisation, OrganisationKind, Person
from console.redis_clients import client
from industry.models import Job, JobState
from network.kernels.alarms.alarm_health import STALE_S
from network.models import Alarm
from network.models.alarms.alarm import AlarmState
from tests.two_organisations import (
    ALPHA,
    BRAVO,
    GHOST,
    HOME,
    INTERNAL,
    KINDS,
    Rows,
    Shared,
    make_organisation,
    owned_models,
)
from tests.walk import Described, Write, foreign_walk, plain_answers, plain_walk, send, text_of, thorough_walk, writes

pytestmark = pytest.mark.slow
FOREIGN = (*BRAVO.marks(), *HOME.marks(), INTERNAL)
NAMES = (BRAVO.word, HOME.word, INTERNAL)
IN_THE_AIR = "/api/v1/traffic"
"""The stated exception: who flies must be able to see where everyone else does, by number and without names."""


SHARED_PERSON = re.compile(r"/api/v1/people/\d+/sign-ins")
"""The other: of whoever belongs elsewhere, too, an administrator is told that; not where, and nothing of it."""


@pytest.fixture
def still(monkeypatch) -> datetime:
    """Time stands still, so that no answer differs by its age alone."""
    now = datetime.now(UTC).replace(microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


@pytest.fixture
def ours(roles, empty_redis, still) -> Rows:
    """The rows of those who ask."""
    return Rows(ALPHA, make_organisation(ALPHA, KINDS, still), Shared(still), still)


@pytest.fixture
def add_theirs(ours, still) -> Callable[[], list[Rows]]:
    """Add the rows of others, and what of them touches ours."""

    def add() -> list[Rows]:
        bravo = Rows(BRAVO, make_organisation(BRAVO, KINDS, still), ours.shared, still)
        home = Rows(HOME, Organisation.objects.get(pk=HOME_PK), ours.shared, still)
        bravo.add_variants()
        Membership.objects.create(person=ours.of[Person], organisation=bravo.of[Organisation], role="viewer")
        return [bravo, home]

    return add


@pytest.fixture
def callers(ours, still, person, signed_in, with_key) -> dict[str, APIClient]:
    """Twelve kinds of caller; the last two see everything by right."""
    own, writing = ALPHA.number, {scope for scope in SCOPES if scope.endswith((":write", ":infer", ":push"))}
    ended = add_organisation(SYSTEM, "ended", "Ended", "已结束", KINDS, still)
    watchdog = add_organisation(SYSTEM, "watchdog", "Authority", "管理局", [OrganisationKind.AUTHORITY], still)
    in_both = person("viewer", own)
    Membership.objects.create(person=in_both, organisation=ended, role="administrator")
    Organisation.objects.filter(pk=ended.pk).update(is_active=False)
    lonely = Person.objects.create_user("lonely", password="x")
    made = {
        "anonymous": APIClient(),
        **{f"our {role}": signed_in(role, own) for role in ("viewer", "operator", "planner", "administrator")},
        "our reading key": with_key(*sorted(SCOPES.keys() - writing), organisation=own),
        "our writing key": with_key(*sorted(writing - RUNS_THE_NETWORK), organisation=own),
        "our key for metrics": with_key("metrics" if "metrics" in SCOPES else "reports:write", organisation=own),
        "our viewer, of an ended organisation, too": _signed_in(in_both),
        "a person without organisation": _signed_in(lonely),
        "the authority's viewer": signed_in("viewer", watchdog.pk),
        "the network's viewer": signed_in("viewer"),
    }
    for row in made.values():
        row.raise_request_exception = False
        row.get("/api/v1/sites")  # so that each key was used, at this time
    return made


def _signed_in(someone: Person) -> APIClient:
    browser = APIClient()
    browser.force_login(someone)
    return browser


ON_POSTGRESQL = connection.vendor == "postgresql"
CONTROLS = ("the authority's viewer", "the network's viewer")
THOROUGH = ("our administrator",) if ON_POSTGRESQL else ("our administrator", "our reading key")
WRITING = ("our administrator",) if ON_POSTGRESQL else ("our administrator", "our writing key")
NARROWED = {*THOROUGH, "our viewer, of an ended organisation, too", "a person without organisation"}
"""Whose rows PostgreSQL itself narrows in different ways; what else a role or a scope decides has been seen on SQLite."""


def test_every_model_that_has_an_owner_has_a_row_of_the_other(ours, add_theirs):
    add_theirs()
    for model in owned_models():
        assert model._base_manager.filter(**{model.owner_path: BRAVO.number}).exists(), model.__name__


def test_rows_of_the_other_are_in_every_state_that_something_may_count(ours, still):
    theirs = Rows(BRAVO, make_organisation(BRAVO, KINDS, still), ours.shared, still)
    made = theirs.add_variants()
    assert {name for name, count in made.items() if not count} == {"Quota", "TotpSecret"}  # one of each owner
    alarms, jobs = (model.objects.filter(organisation=BRAVO.number) for model in (Alarm, Job))
    assert [state for state in AlarmState.values if not alarms.in_states([state]).exists()] == []
    assert set(jobs.values_list("state", flat=True)) == set(JobState.values)
    assert alarms.annunciated().filter(started_at__lt=still - timedelta(seconds=STALE_S)).exists()
    assert alarms.exclude(root=None).exists()


@pytest.mark.timeout(600)  # thousands of requests
def test_no_list_page_export_or_count_changes_when_others_come(callers, add_theirs, still):
    described = Described()
    asking = {
        name: caller
        for name, caller in callers.items()
        if name not in CONTROLS and (name in NARROWED or not ON_POSTGRESQL)
    }
    before = {name: thorough_walk(asking[name], described, still.isoformat()) for name in THOROUGH}
    add_theirs()
    texts = []
    for name, caller in asking.items():
        walk = (
            thorough_walk(caller, described, still.isoformat()) if name in THOROUGH else plain_walk(caller, described)
        )
        for address, answer in walk.items():
            if answer.startswith("500"):
                texts.append(f"{name}: {address} fails")
            is_exempt = address.startswith(IN_THE_AIR) or bool(SHARED_PERSON.match(address))
            texts += [
                _around(name, address, answer, mark) for mark in (NAMES if is_exempt else FOREIGN) if mark in answer
            ]
            if name in THOROUGH and not is_exempt and answer != before[name][address]:
                texts.append(f"{name}: {address}: {_difference(before[name][address], answer)}")
    assert not texts, "\n".join(texts)


def test_who_sees_everything_by_right_does_see_it(callers, add_theirs):
    add_theirs()
    for control in CONTROLS:
        seen = (address for address, answer in plain_answers(callers[control], Described()) if BRAVO.word in answer)
        assert len(list(itertools.islice(seen, 21))) == 21, control


def test_what_names_a_row_of_the_other_is_answered_as_if_there_were_none(callers, add_theirs):
    add_theirs()
    texts = [
        f"{name}: {address}: {_difference(nothing, BRAVO.as_of(GHOST, answer))}"
        for name in THOROUGH
        for address, answer, nothing in foreign_walk(callers[name], Described())
        if BRAVO.as_of(GHOST, answer) != nothing and not address.startswith(IN_THE_AIR)
    ]
    assert not texts, "\n".join(texts)


def test_who_runs_the_network_does_change_rows_of_the_other_by_the_same_writes(callers, add_theirs, signed_in):
    (theirs, _), caller = add_theirs(), signed_in("administrator")
    caller.raise_request_exception = False
    before, changed = theirs.fingerprint(), set()
    for write in writes(Described(), BRAVO):
        if write.is_foreign:
            _, after = send(caller, write, lambda done: theirs.fingerprint() if done else before)
            changed |= {write.address} if after != before else set()
    assert len(changed) > 10, changed


def _difference(before: str, after: str) -> str:
    at = next((at for at, (text, other) in enumerate(zip(before, after, strict=False)) if text != other), 0)
    return f"{before[max(0, at - 60) : at + 80]!r} became {after[max(0, at - 60) : at + 80]!r}"


def _around(name: str, address: str, answer: str, mark: str) -> str:
    at = answer.index(mark)
    return f"{name}: {address} tells {mark}: {answer[max(0, at - 80) : at + 60]!r}"


@pytest.mark.timeout(600)  # thousands of requests
def test_nothing_of_the_other_can_be_changed_and_no_refusal_tells_that_it_is_there(callers, add_theirs):
    (theirs, _), described, texts = add_theirs(), Described(), []
    before = theirs.fingerprint()  # those who run the network hear of our alarms, and get what we give up
    for name in WRITING:
        for write, nowhere in zip(writes(described, BRAVO), writes(described, GHOST), strict=True):
            texts += _told_by_a_write(callers[name], write, nowhere, theirs, before)
        assert theirs.fingerprint() == before, name
    assert not texts, "\n".join(texts)


def _told_by_a_write(caller: APIClient, write: Write, nowhere: Write, theirs: Rows, before: str) -> list[str]:
    client().flushall()  # nobody has asked too often
    answer, after = send(caller, write, lambda done: theirs.fingerprint() if done else before)
    client().flushall()
    other, _ = send(caller, nowhere, lambda _: None)
    what, texts = f"{write.method} {write.address} {write.query}: {answer.status_code}", []
    if answer.status_code == 500 or (write.is_foreign and answer.status_code < 300):
        texts.append(what)
    if after != before:
        texts.append(f"{what} changed a row")
    text, unsaid = BRAVO.as_of(GHOST, text_of(answer)), text_of(other)
    if answer.status_code != other.status_code or (answer.status_code >= 400 and text != unsaid):
        texts.append(f"{what}: {_difference(unsaid, text)}")
    return texts
