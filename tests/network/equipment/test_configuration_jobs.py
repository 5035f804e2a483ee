"""Settings pushed to base stations: once whoever dies, built upon, refused or lost with a reason."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.models import AuditEntry
from network.actions.equipment import configuration
from network.emulator.equipment.configuration import APPLY_AFTER_S
from network.models import (
    ConfigurationJob,
    Link,
    Sector,
)
from network.probes.stations import Away, Stations
from tests.conftest import NOON
from tests.network.equipment.conftest import TOKEN, read_all
from tests.retention import deleted

pytestmark = pytest.mark.django_db


def ask(site, **wanted) -> ConfigurationJob:
    wished = configuration.request_of(site, wanted or {"tilt_deg": 4.0})
    return configuration.ask(SYSTEM, site, wished, NOON, [].append)


def push(world, made: ConfigurationJob) -> ConfigurationJob:
    configuration.push(made.uuid, world.clock)
    made.refresh_from_db()
    return made


def test_a_push_is_acknowledged_with_its_version_and_later_told_to_be_in_force(world, site, heard):
    made = push(world, ask(site, tilt_deg=4.0, power_dbm=46.0))
    assert (made.state, made.version, made.attempts, made.applied_at) == ("acknowledged", 1, 1, None)
    world.wait(seconds=APPLY_AFTER_S + 10)
    read_all(world)
    made.refresh_from_db()
    assert made.applied_at == world.now
    cells = world.equipment.setting("bs-000").cells.values()
    assert {(cell.tilt_deg, cell.power_dbm, cell.is_asleep) for cell in cells} == {(4.0, 46.0, False)}
    assert [event.push["state"] for event in heard if hasattr(event, "push")] == [
        "pending",
        "acknowledged",
        "acknowledged",
    ]


def test_the_inventory_follows_what_was_acknowledged_and_the_audit_trail_says_who(world, site):
    push(world, ask(site, tilt_deg=4.0, sleep=True, sectors=["bs-000-2"]))
    assert list(Sector.objects.order_by("slug").values_list("tilt_deg", "is_active")) == [
        (8.0, True),
        (4.0, False),
        (8.0, True),
    ]
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"pushed settings", "settings acknowledged"} <= verbs


def test_a_worker_killed_after_it_pushed_leaves_nothing_that_happens_twice(
    world, site, monkeypatch, django_capture_on_commit_callbacks
):
    made = ask(site)
    monkeypatch.setattr(configuration, "_settle", lambda *_: None)  # the worker dies before it writes the answer down
    configuration.push(made.uuid, world.clock)
    monkeypatch.undo()
    monkeypatch.setattr(configuration, "stations", world.stations)
    assert (world.version(), ConfigurationJob.objects.get().state) == (1, "pending")
    configuration.push(made.uuid, world.clock)  # delivered again at once: the dead worker's lease still holds
    assert ConfigurationJob.objects.get().attempts == 1
    world.wait(seconds=31)
    sent: list[str] = []
    with django_capture_on_commit_callbacks(execute=True):
        assert configuration.requeue_lost(world.now, sent.append) == 1
    made = push(world, made)
    assert (sent, made.state, made.version, world.version()) == ([str(made.uuid)], "acknowledged", 1, 1)


def test_two_workers_with_the_same_push_push_once(world, site):
    made = ask(site)
    first = ConfigurationJob.objects.take(made.uuid, NOON)
    assert first is not None
    assert ConfigurationJob.objects.take(made.uuid, NOON) is None
    assert push(world, made).state == "pending"
    assert world.asked == []


def test_a_site_that_is_down_is_tried_again_and_given_up_after_ten_minutes(world, site):
    world.fail("down")
    made = push(world, ask(site))
    assert (made.state, made.problem) == ("pending", "bs-000 does not answer")
    assert made.look_again_at == NOON + timedelta(seconds=10)
    assert configuration.requeue_lost(NOON + timedelta(seconds=9), print) == 0
    world.wait(seconds=11)
    world.faults.clear("bs-000")
    assert push(world, made).state == "acknowledged"


def test_what_never_answers_is_lost_in_the_end_and_says_so(world, site):
    world.is_away = True
    made = ask(site)
    while made.state == "pending":
        made = push(world, made)
        world.wait(seconds=61)
    assert (made.state, world.now - NOON > timedelta(minutes=10)) == ("lost", True)
    assert "nobody listens" in made.problem
    assert made.attempts == 11
    assert Sector.objects.filter(tilt_deg=8.0).count() == 3  # nothing was acknowledged, so nothing is recorded


def test_a_push_of_somebody_else_in_between_is_built_upon(world, site):
    world.equipment._act("PUT", ["sites", "bs-000", "configuration"], {"request": "theirs", "version": 0})
    made = push(world, ask(site))
    assert (made.state, made.version) == ("acknowledged", 2)


def test_what_the_site_refuses_is_refused_with_its_words(world, site):
    made = ask(site)
    ConfigurationJob.objects.update(request={"cells": {"bs-000-9": {"tilt_deg": 1.0}}})
    made = push(world, made)
    assert made.state == "refused"
    assert "cells.bs-000-9" in made.problem


def test_only_one_push_to_a_site_is_under_way(world, site):
    ask(site)
    with pytest.raises(Refused, match="under way"):
        ask(site)
    assert ConfigurationJob.objects.count() == 1


def test_a_route_is_a_way_of_links_to_the_site(world, site, make_site):
    core, other = make_site("core", kind="core"), make_site("bs-001")
    for a, b in ((core, other), (other, site)):
        Link.objects.create(a=a, b=b, length_km=1, rate_gbps=100, changed_at=NOON)
    made = push(world, ask(site, route=["core", "bs-001", "bs-000"]))
    assert (made.state, made.request) == ("acknowledged", {"route": ["core", "bs-001", "bs-000"]})
    for route in (["core", "bs-000"], ["core", "bs-001"], ["core", "bs-001", "core", "bs-000"]):
        with pytest.raises(ValueError, match="route: "):
            configuration.request_of(site, {"route": route})
    assert configuration.request_of(site, {"route": None}) == {"route": None, "reason": ""}


def test_a_push_whose_site_is_unknown_there_is_refused(world, make_site, make_sector):
    stranger = make_site("bs-009")
    make_sector(stranger)
    assert push(world, ask(stranger)).state == "refused"


def test_unknown_pushes_and_old_ones_are_nobodys_business(world, site):
    configuration.push(uuid4(), world.clock)
    push(world, ask(site))
    assert deleted("pushes of settings", NOON + timedelta(days=400)) == 0
    assert deleted("pushes of settings", NOON + timedelta(days=401)) == 1


async def test_an_answer_that_is_no_json_or_too_long_is_an_interface_that_is_away():
    for body in (b"<html>", b"[1]", b"1" * 5_000_000):

        async def app(scope, receive, send, body=body):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})

        async with Stations("http://stations", TOKEN, httpx.ASGITransport(app)) as line:
            with pytest.raises(Away):
                await line.configuration("bs-000")
