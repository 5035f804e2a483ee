"""How links are now: up, degraded, down or unknown, by the live twin; with the newest measurement behind that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, When
from django.utils.translation import gettext_lazy as _

from network.actions.topology.live import Live
from network.kernels.topology.condition import Condition
from network.models import Link, counters_stale_after

CHOICES = [
    (Condition.UP.value, _("up")),
    (Condition.DEGRADED.value, _("degraded")),
    (Condition.DOWN.value, _("down")),
    (Condition.UNKNOWN.value, _("unknown")),
]
"""What a link can be, the best first; it is never asleep."""


@dataclass(frozen=True)
class LinkState:
    """How a link is, since when where that is known, and the newest measurement that it rests on."""

    state: str
    state_since: datetime | None
    measured_at: datetime | None


def of_ends() -> dict[str, Case | F]:
    """Return what a row has of its ends, `a` and `b`: `a_measured_at` (by probes), `a_told_at` (by its ports)."""
    told = {
        f"{end}_told_at": Case(
            When(Q((f"{end}__counters__told__ports__0__isnull", False)), then=F(f"{end}__counters__to_at"))
        )
        for end in ("a", "b")
    }
    return {**{f"{end}_measured_at": F(f"{end}__health__measured_at") for end in ("a", "b")}, **told}


def is_of_now(link: Link) -> bool:
    """Whether a row has its measurements; one as of another time has none."""
    return hasattr(link, "a_measured_at")


def state_of(link: Link, live: Live) -> LinkState:
    """Return how a link is now.

    Args:
        link: with what `of_ends` adds.
        live: the live twin.
    """
    condition, since = live.of_link(link.pk)
    return LinkState(condition.value, since, _measured_at(link, condition, live.at))


def _measured_at(link: Link, condition: Condition, now: datetime) -> datetime | None:
    """Return when it was measured last. That both ends answer is no sign that a link is down: ports told that."""
    probes = [getattr(link, f"{end}_measured_at") for end in ("a", "b")]
    probed = [] if None in probes else [min(probes)]
    told: list[datetime] = [at for end in ("a", "b") if (at := getattr(link, f"{end}_told_at")) is not None]
    if condition in PORTS_TELL and (fresh := [at for at in told if now - at <= counters_stale_after()]):
        return max(fresh)
    return max([*probed, *told], default=None)


PORTS_TELL = (Condition.DOWN, Condition.DEGRADED)
WORST_FIRST = (Condition.DOWN, Condition.DEGRADED, Condition.UNKNOWN)


def rank(live: Live) -> Case:
    """Return what orders links by how they are now, the worst first; those that are up come last."""
    pks = {
        condition: [pk for pk, standing in live.links.items() if standing.condition is condition]
        for condition in WORST_FIRST
    }
    cases = [When(pk__in=keys, then=number) for number, keys in enumerate(pks.values()) if keys]
    return Case(*cases, default=len(WORST_FIRST), output_field=IntegerField())


def in_states(live: Live, states: Collection[str]) -> Q:
    """Return what finds the links that are in one of these states now."""
    not_up = live.links
    found = Q(pk__in=[pk for pk, standing in not_up.items() if standing.condition.value in states])
    return found | ~Q(pk__in=list(not_up)) if Condition.UP.value in states else found
