"""Alarms of clocks: a packet that came before it was sent shows that one of two clocks is wrong, whatever they say."""

from datetime import datetime

from network.actions.alarm import Trouble, clear_alarms, raise_alarms
from network.kernels.variation import Refusal
from network.models import Alarm, AlarmType, Severity, Site
from network.probes.stamp import Round

WRONG = "The clock is wrong: packets came before they were sent"
LEAST_MANY = 3


def report(found: Round, now: datetime) -> None:
    """Raise an alarm for every site whose clock a round proves wrong, or for the prober's own; clear those of the rest.

    When most of those that answer seem wrong, it is the prober's clock that is; then nothing is said of theirs.
    """
    wrong = {one.key for one in found.measured if one.one_way_refusal is Refusal.IMPOSSIBLE}
    right = {one.key for one in found.measured if one.forward_ms is not None}
    is_ours = len(wrong) >= LEAST_MANY and len(wrong) > len(right)
    open_ones = list(Alarm.objects.active().filter(specific_problem=WRONG).values_list("subject", "site"))
    healed = [subject for subject, site_id in open_ones if site_id in right or (site_id is None and right)]
    if healed and not is_ours:
        clear_alarms([(subject, WRONG) for subject in healed], now)
    if is_ours:
        raise_alarms([_trouble(found.prober, None)], now)
    elif wrong:
        raise_alarms([_trouble(site.name_en, site) for site in Site.objects.filter(pk__in=wrong)], now)


def _trouble(subject: str, site: Site | None) -> Trouble:
    return Trouble(subject, WRONG, Severity.MINOR, AlarmType.EQUIPMENT, "timingProblem", site)
