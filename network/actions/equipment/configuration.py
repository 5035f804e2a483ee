"""Pushing settings to a base station: asked for once, tried until it answers, in force there once at most.

A push names itself by its uuid, and a site that was told the same before answers alike: a worker that was killed after
it had pushed leaves nothing that could happen twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from console.access.secret import secret
from console.actions import leased
from console.actions.audit.audit import SYSTEM, Actor, record
from console.after_commit import after_commit
from console.errors import Invalid, Refused
from console.live import hub
from network.actions import inventory
from network.events import PushChanged
from network.models import ConfigurationJob, ConfigurationState, Link, PmCounters, Sector, Site
from network.models.equipment.equipment import LEASE
from network.probes.stations import Answer, Away, Stations

Clock = Callable[[], datetime]
Send = Callable[[str], object]
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 60
ACCEPTED, CONFLICT, WRONG, UNKNOWN_THERE = 202, 409, 400, 404
RECORDED = {"tilt_deg": "tilt_deg", "power_dbm": "power_dbm", "is_asleep": "is_active"}


@dataclass(frozen=True)
class Outcome:
    """What a try came to: an end, or None to try again."""

    state: ConfigurationState | None
    problem: str = ""
    version: int | None = None


def request_of(site: Site, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request for a site as `ask` takes it: the same change for each of the sectors named, or for all.

    Raises:
        ValueError: the site has no such sector, or the route is no way to it; the message begins with the field.
    """
    request: dict[str, Any] = {"reason": asked.get("reason", "")}
    change = {name: asked[name] for name in ("tilt_deg", "power_dbm") if name in asked}
    if "sleep" in asked:
        change["is_asleep"] = asked["sleep"]
    if change:
        request["cells"] = dict.fromkeys(_sectors(site, asked.get("sectors")), change)
    if "route" in asked:
        request["route"] = _route(site, asked["route"])
    return request


def _sectors(site: Site, wanted: Sequence[str] | None) -> list[str]:
    known = list(Sector.objects.filter(site=site).order_by("slug").values_list("slug", flat=True))
    if not known:
        raise ValueError(f"sectors: {site.slug} has none")
    if strange := set(wanted or ()) - set(known):
        raise ValueError(f"sectors: {min(strange)} is none of {site.slug}; expected {', '.join(known[:10])}")
    return [slug for slug in known if wanted is None or slug in wanted]


def _route(site: Site, route: list[str] | None) -> list[str] | None:
    """Return a route whose every step is a link; None asks for the shortest one."""
    if route is None:
        return None
    if route[-1] != site.slug:
        raise ValueError(f"route: it ends at {route[-1]}; expected it to end at {site.slug}")
    if len(set(route)) < len(route):
        raise ValueError("route: it passes a site twice; expected each once")
    ends = Link.objects.filter(a__slug__in=route, b__slug__in=route).values_list("a__slug", "b__slug")
    links = {frozenset(pair) for pair in ends}
    for step in pairwise(route):
        if frozenset(step) not in links:
            raise ValueError(f"route: no link joins {step[0]} and {step[1]}; expected sites that links join")
    return route


def ask(actor: Actor, site: Site, request: Mapping[str, Any], now: datetime, send: Send) -> ConfigurationJob:
    """Take a push in; it goes out after the commit.

    Args:
        actor: who asks.
        site: whose settings change.
        request: `cells` by sector, `route` where it changes, and `reason`.
        now: the present.
        send: hands its uuid to a worker.

    Raises:
        Refused: another push to this site is under way.
    """
    settings_json = {name: request[name] for name in ("cells", "route") if name in request}
    try:
        with transaction.atomic():
            made = ConfigurationJob.objects.create(
                site=site, request=settings_json, actor=actor.name, person=actor.person,
                reason=request.get("reason", ""),
                organisation_id=actor.organisation, asked_at=now, look_again_at=now + LEASE,
            )  # fmt: skip
            record(
                actor,
                "pushed settings",
                f"site {site.slug}",
                now,
                push=str(made.uuid),
                reason=made.reason,
                **settings_json,
            )
            after_commit(send, str(made.uuid))
            _tell(made, now)
    except IntegrityError as reason:
        raise Refused(f"a push to {site.slug} is under way; wait for its end") from reason
    return made


def push(uuid: UUID, clock: Clock) -> None:
    """Try a push once, unless another worker has it or it ended. Only the claim's holder ends it."""
    order = ConfigurationJob.objects.select_related("site").take(uuid, clock())
    if order is None:
        return
    try:
        outcome = asyncio.run(_try(order))
    except Away as reason:
        outcome = Outcome(None, str(reason)[:300])
    _settle(order, outcome, clock())


def requeue_lost(now: datetime, send: Send) -> int:
    """Send configuration jobs again whose pause is over, or whose worker or message was lost; return how many."""
    rows = ConfigurationJob.objects.select_related("site")
    return leased.requeue_lost(rows, now, send=lambda job: send(str(job.uuid)), tell=_tell)


def note_applied(versions: Mapping[int, int], now: datetime) -> None:
    """Note which acknowledged jobs are in force, by the versions that the sites' counters tell."""
    rows = ConfigurationJob.objects.filter(state=ConfigurationState.ACKNOWLEDGED, applied_at=None, site__in=versions)
    for job in rows.select_related("site"):
        if job.version is not None and versions[job.site_id] >= job.version:
            job.applied_at = now
            job.save(update_fields=["applied_at"])
            _tell(job, now)


def overview(site: Site) -> dict[str, Any]:
    """Return which version of its settings a site said was in force, when it said so, and the newest jobs."""
    pm_counter = PmCounters.objects.filter(site=site).values("version", "to_at").first()
    pushes = ConfigurationJob.objects.filter(site=site).select_related("site")[:20]
    return {
        "site": site.slug,
        "version": pm_counter and pm_counter["version"],
        "version_at": pm_counter and pm_counter["to_at"],
        "pushes": [plain(job) for job in pushes],
    }


def plain(job: ConfigurationJob) -> dict[str, Any]:
    """Return a configuration job as pages and the REST API show it. Its site must have been selected."""
    return {
        "id": str(job.uuid), "site": job.site.slug, "wish": job.request, "state": str(job.state),
        "version": job.version,
        "attempts": job.attempts, "asked_at": job.asked_at, "ended_at": job.ended_at, "applied_at": job.applied_at,
        "actor": job.actor, "reason": job.reason, "problem": job.problem,
    }  # fmt: skip


def stations() -> Stations:
    """Return a line to the base stations' interface."""
    return Stations(settings.LOFT_STATIONS_URL, secret(settings.SECRETS_DIR, "stations"))


async def _try(order: ConfigurationJob) -> Outcome:
    """Look what the site is set to, and push on top of that.

    Raises:
        Away: it does not answer.
    """
    slug, name = order.site.slug, str(order.uuid)
    async with stations() as line:
        present = await line.configuration(slug)
        if present.status == UNKNOWN_THERE:
            return Outcome(ConfigurationState.REFUSED, present.problem)
        newest = present.body.get("newest")
        if present.status != 200 or not isinstance(newest, dict) or not isinstance(newest.get("version"), int):
            return Outcome(None, present.problem)
        if newest.get("request") == name:
            return Outcome(ConfigurationState.ACKNOWLEDGED, version=newest["version"])
        return _read(await line.push(slug, {"request": name, "version": newest["version"], **order.request}))


def _read(answer: Answer) -> Outcome:
    version = answer.body.get("version")
    if answer.status == ACCEPTED and isinstance(version, int):
        return Outcome(ConfigurationState.ACKNOWLEDGED, version=version)
    if answer.status in (WRONG, UNKNOWN_THERE):
        return Outcome(ConfigurationState.REFUSED, answer.problem)
    return Outcome(None, answer.problem)  # somebody else was quicker, or the site is down


@transaction.atomic
def _settle(order: ConfigurationJob, outcome: Outcome, now: datetime) -> None:
    if outcome.state is None and not order.is_over_due(now):
        pause_s = min(FIRST_PAUSE_S * 2 ** min(order.attempts, 8), LONGEST_PAUSE_S)
        if order.let_go(now + timedelta(seconds=pause_s), problem=outcome.problem):
            _tell(order, now)
        return
    state = outcome.state or ConfigurationState.LOST
    if not order.end(state, now, problem=outcome.problem, version=outcome.version):
        return
    by = Actor(order.actor, order.person)
    if state == ConfigurationState.ACKNOWLEDGED:
        _record(order, by, now)
    record(SYSTEM, f"settings {state.value}", f"site {order.site.slug}", now, push=str(order.uuid),
           version=outcome.version, problem=outcome.problem)  # fmt: skip
    _tell(order, now)


def _record(order: ConfigurationJob, by: Actor, now: datetime) -> None:
    """Let the inventory follow what the site acknowledged, so that models reckon with it."""
    for sector, change in order.request.get("cells", {}).items():
        values = {RECORDED[name]: not value if name == "is_asleep" else value for name, value in change.items()}
        try:
            with transaction.atomic():
                inventory.change(by, "sector", sector, values, now, reason=order.reason or "acknowledged by the site")
        except (Refused, Invalid, inventory.Missing) as reason:
            order.problem = f"the inventory did not follow: {reason}"[:400]
            ConfigurationJob.objects.filter(pk=order.pk).update(problem=order.problem)


def _tell(job: ConfigurationJob, now: datetime) -> None:
    hub.publish(PushChanged(at=now, push=plain(job), organisation=job.organisation_id))
