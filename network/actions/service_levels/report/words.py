"""Words of a report in the language that is switched on: what is promised, how it is counted, how it stands."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from network.kernels.sla.sla import Metric
from network.models import Agreement, subject

Words = str | Promise
PER_MS = (Metric.RTT_P99, Metric.JITTER)
STATES: dict[str, Words] = {
    "met": _("met"),
    "at_risk": _("at risk"),
    "breached": _("breached"),
    "unknown": _("unknown"),
}
UNCOUNTED = _("None: nobody counts for this kind of subject any more, so all time is unknown.")
_METRICS: dict[str, Words] = {
    Metric.RTT_P99: _(
        "Answered packets whose round-trip time, less the time spent at the far end, is within the limit."
    ),
    Metric.LOSS_SHARE: _("Packets that were answered, of all that were sent."),
    Metric.AVAILABILITY: _("Probe rounds in which at least one packet was answered, of all rounds."),
    Metric.JITTER: _("Answered packets at most the limit slower than the fastest of their minute."),
}


def definition_of(agreement: Agreement) -> str:
    """Return which events are good."""
    return definition(agreement.kind, agreement.metric)


def definition(kind: str, metric: str) -> str:
    """Return which events are good when a kind of subject is promised a metric; that none are where nobody counts."""
    known = subject.known(kind)
    return str((known.good.get(metric) or _METRICS.get(metric, "")) if known else UNCOUNTED)


def rule_of(agreement: Agreement) -> str:
    """Return how unknown time counts."""
    if agreement.is_unknown_bad:
        return str(_("Unknown time counts as bad, at the rate of events of the known time."))
    words = _("Unknown time is left out; with more than %(share)s of the time unknown so is the verdict.")
    return str(words) % {"share": f"{agreement.most_unknown_share * 100:g} %"}


def objective_of(agreement: Agreement) -> str:
    """Return what is promised: the share that must be good, and for times within which limit."""
    share = f"≥ {agreement.target_share * 100:.6g} %"
    return f"≤ {agreement.objective:g} ms, {share}" if agreement.metric in PER_MS else share


def duration_of(seconds: float) -> str:
    """Return a duration: `3 d 4 h`, `2 h 5 min`, `7 min`, `12 s`."""
    parts, left = [], round(seconds)
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, unit_s)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def share_of(share: float | None, word: Callable[[], str]) -> str:
    """Return a share with as many digits as a budget needs, or the word for what is not known."""
    return word() if share is None else f"{share * 100:.4f} %"
