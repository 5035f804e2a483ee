"""Measuring sites over the wire: whom and how, and a second look at once at whoever has just fallen silent."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

from django.conf import settings

from console.access.secret import kept
from console.outbound import NotAllowed, purposes
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Reason
from network.actions.alarms.alarm_source import AlarmSource, active_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import of_site
from network.actions.alarms.problem import Problem, register
from network.actions.measurement import prober_health
from network.actions.measurement.clocks import Clocks
from network.actions.measurement.settling import Settling
from network.actions.sla.sla import check
from network.models import AlarmType, ProbeMethod, Severity, Site, SiteHealth
from network.models.inventory.inventory import SiteQuerySet
from network.probes.connect import MAX_CHECKS, TIMEOUT_S, Check, check_round
from network.probes.stamp import CHECKER, PROBER, Round, Target, probe, subject_of

Asked = TypeVar("Asked", Target, Check)
Piece = tuple[list[int], int | None]
UNUSABLE = register(Problem(
    "probe_settings_unusable", "The settings of its probe cannot be used", AlarmType.PROCESSING,
    "configurationOrCustomisationError", Severity.MINOR,
))  # fmt: skip
register_source(AlarmSource((UNUSABLE,)))
CHECKED_AT_ONCE = 200
SECOND_LOOK_AFTER_S = 1.0
MOST_LOOKED_AT = 100
"""More sites than that fall silent together for one reason, which one round suffices to name."""
WORST_ROUND_S = 0.9
Ask = Callable[[Sequence[Target], float], Round]
"""Measures targets, so many seconds from now."""
_clocks = Clocks()
_settling = Settling()


def shards() -> list[list[int]]:
    """Return the keys of all sites that are measured by STAMP, in pieces that one task measures."""
    return _pieces(_of_stamp(), settings.LOFT_PROBE_SHARD_SITES)


def check_shards() -> list[list[int]]:
    """Return the keys of all sites that are checked otherwise, in pieces that one task checks."""
    return _pieces(Site.objects.probed().exclude(probe_method=ProbeMethod.STAMP), CHECKED_AT_ONCE)


def numbered(pieces: Sequence[list[int]]) -> list[Piece]:
    """Return the pieces with their numbers from 1, by which alarms tell their probes apart; of a single one None."""
    return [(keys, number if len(pieces) > 1 else None) for number, keys in enumerate(pieces, 1)]


def retire(stamp: Sequence[Piece], other: Sequence[Piece], now: datetime) -> None:
    """Forget the probes of pieces that are no more, with their alarms."""
    names = [subject_of(name, number) for name, pieces in ((PROBER, stamp), (CHECKER, other)) for _, number in pieces]
    prober_health.retire(names, now)


def measure(
    site_ids: Sequence[int],
    now: datetime,
    shard: int | None = None,
    ask: Ask | None = None,
    clock: Callable[[], float] | None = None,
) -> None:
    """Measure these sites by STAMP, keep what was found, and judge their agreements.

    Whoever has just fallen silent is asked again half a period after the first time, at the latest a second: so that
    two rounds have spoken well within two periods. That round helps to judge what is now; minutes, and what is summed
    from them, leave it out, for it came only because the one before it failed.
    """
    ask, clock = ask or probe, clock or time.monotonic
    started_s = clock()
    asked = _usable(_of_stamp().filter(pk__in=site_ids), target_of)
    targets = asked.targets
    round_ = _settled(replace(ask(targets, 0.0), shard=shard))
    check(round_)
    _tell_of_unusable(asked, round_, now)
    _clocks.note(round_, now)
    fallen = set(_just_fallen(round_))
    after_s = second_look_after_s(settings.LOFT_PROBE_PERIOD_S)
    if after_s is not None and 0 < len(fallen) <= MOST_LOOKED_AT:
        again = [target for target in targets if target.key in fallen]
        round_ = ask(again, max(started_s + after_s - clock(), 0.0))
        # that nobody of these answers says nothing of the probe
        check(_settled(replace(round_, is_second_look=True, shard=shard)))


def measure_otherwise(site_ids: Sequence[int], now: datetime, shard: int | None = None) -> None:
    """Check these sites by TCP or HTTP, keep what was found, and judge their agreements."""
    sites = Site.objects.probed().filter(pk__in=site_ids[:MAX_CHECKS]).exclude(probe_method=ProbeMethod.STAMP)
    asked = _usable(sites, check_of)
    round_ = check_round(asked.targets, min(TIMEOUT_S, settings.LOFT_PROBE_PERIOD_S))
    check(_settled(replace(round_, shard=shard)))
    _tell_of_unusable(asked, round_, now)


def second_look_after_s(period_s: float) -> float | None:
    """Return when a site that has just fallen silent is asked again, None where the next round comes as soon. [s]."""
    after_s = min(period_s / 2, SECOND_LOOK_AFTER_S)
    return after_s if after_s + WORST_ROUND_S <= period_s else None


def target_of(site: Site) -> Target:
    """Return whom the prober shall ask, and how.

    Raises:
        ValueError: the settings cannot be used, or the installation does not allow it; the message says why.
    """
    _check_allowed(site, "udp")
    key = kept(settings.SECRETS_DIR / "stamp", site.probe_secret) if site.probe_secret else ""
    if key is None:
        raise ValueError(f"there is no key secrets/stamp/{site.probe_secret}")
    return Target(
        site.pk, site.probe_host, site.probe_port or 0, site.probe_packets, site.probe_rate_hz, site.probe_size_bytes,
        site.probe_dscp, key,
    )  # fmt: skip


def check_of(site: Site) -> Check:
    """Return what shall be reached of a site that speaks no STAMP.

    Raises:
        ValueError: the settings cannot be used, or the installation does not allow it; the message says why.
    """
    _check_allowed(site, "tcp")
    if site.probe_method == ProbeMethod.TCP:
        return Check(site.pk, site.probe_host, site.probe_port or 0)
    host = f"[{site.probe_host}]" if ":" in site.probe_host else site.probe_host
    url = f"{site.probe_method}://{host}:{site.probe_port}{site.probe_path or '/'}"
    return Check(site.pk, url=url, method=str(site.probe_method))


def _of_stamp() -> SiteQuerySet:
    return Site.objects.probed().filter(probe_method=ProbeMethod.STAMP)


def _pieces(sites: SiteQuerySet, size: int) -> list[list[int]]:
    keys = list(sites.order_by("pk").values_list("pk", flat=True))
    return [keys[start : start + size] for start in range(0, len(keys), size)]


def _settled(round_: Round) -> Round:
    """Return a round that knows whether it may say anything; asked after it, for something may have ended within."""
    return replace(round_, is_settling=_settling.is_on(round_, datetime.fromtimestamp(round_.ended_ns / 1e9, UTC)))


@dataclass
class _Usable(Generic[Asked]):
    """Whom to ask; and of whom not, why."""

    targets: list[Asked] = field(default_factory=list)
    sites: dict[int, Site] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)


def _check_allowed(site: Site, transport: str) -> None:
    """Refuse an address or a port that was stored before it was refused; names are looked at when they are resolved."""
    if wrong := purposes.probes().problem(site.probe_host, site.probe_port or 0, transport):
        raise NotAllowed(wrong)


def _usable(sites: SiteQuerySet, make: Callable[[Site], Asked]) -> _Usable[Asked]:
    usable: _Usable[Asked] = _Usable()
    for site in sites:
        usable.sites[site.pk] = site
        try:
            usable.targets.append(make(site))
        except ValueError as reason:
            usable.wrong[site.pk] = str(reason)
    return usable


def _tell_of_unusable(asked: _Usable[Asked], round_: Round, now: datetime) -> None:
    """Raise an alarm for each site of which nothing is known because it cannot or may not be asked; end the others."""
    wrong = {**asked.wrong, **round_.refused}
    well = {asked.sites[target.key].slug for target in asked.targets if target.key not in round_.refused}
    unusable = [AlarmCondition(of_site(asked.sites[key]), UNUSABLE, Reason(reason)) for key, reason in wrong.items()]
    apply(Delta(unusable, {identity for identity in active_of((UNUSABLE,)) if identity.object_key in well}), now)


def _just_fallen(round_: Round) -> list[int]:
    """Return the keys of those that answered the round before and not this one, with those that answered it in part.

    Something may have happened to all of them in the midst of the round.
    """
    silent = [measured.key for measured in round_.measured if measured.rtt_ms is None]
    if not silent or not round_.is_trusted:
        return []
    since = datetime.fromtimestamp(round_.ended_ns / 1e9, UTC)
    fallen = list(SiteHealth.objects.filter(pk__in=silent, silent_since=since).values_list("pk", flat=True))
    return [
        *fallen,
        *(measured.key for measured in round_.measured if fallen and measured.lost and measured.rtt_ms is not None),
    ]
