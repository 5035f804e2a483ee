"""What was measured: one row per site and round, and how each site is now."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from network.kernels.measurement.probe_check import Failure
from network.kernels.measurement.variation import Refusal
from network.kernels.sla.sla import State
from network.models.inventory.inventory import ProbeMethod

LEAST_STALE_S, STALE_ROUNDS = 15.0, 3


def stale_after_s() -> float:
    """Return for how long a measurement counts: without a newer one a site is unknown, whatever it was. [s]."""
    return max(LEAST_STALE_S, STALE_ROUNDS * settings.LOFT_PROBE_PERIOD_S)


REFUSALS = [
    (Refusal.NO_ANSWER.value, _("No answer")),
    (Refusal.UNSYNCHRONISED.value, _("A clock is not synchronised")),
    (Refusal.ERROR_TOO_LARGE.value, _("The clocks may be too far apart")),
    (Refusal.IMPOSSIBLE.value, _("A clock is wrong")),
]
FAILURES = [
    (Failure.TIMEOUT.value, _("Time-out")),
    (Failure.REFUSED.value, _("Refused")),
    (Failure.NAME.value, _("Name unknown")),
    (Failure.UNREACHABLE.value, _("Unreachable")),
    (Failure.STATUS.value, _("Wrong status")),
    (Failure.PROTOCOL.value, _("No HTTP answer")),
]


class StampSample(models.Model):
    """One round of packets to a site. `rtts_ms` holds one value per packet, null for a lost one.

    Of a check that is not STAMP's, the one value is the time of the whole connect or answer, and what only STAMP tells
    is null. On PostgreSQL the table is partitioned by day of `sent_at`: see `models.partition`.
    """

    shared_because: ClassVar[str] = "it is of a site, which all stand on"

    site = models.ForeignKey("network.Site", models.CASCADE, related_name="samples")
    sent_at = models.DateTimeField()
    method = models.CharField(max_length=5, choices=ProbeMethod.choices, default=ProbeMethod.STAMP)
    rtt_ms = models.FloatField(null=True, blank=True)  # median of the answered packets; null when all were lost
    rtts_ms = models.JSONField(default=list)
    packets = models.PositiveSmallIntegerField()
    lost = models.PositiveSmallIntegerField()
    lost_forward = models.PositiveSmallIntegerField(null=True, blank=True)  # null where it cannot be told
    lost_backward = models.PositiveSmallIntegerField(null=True, blank=True)
    residence_ms = models.FloatField(null=True, blank=True)
    forward_ms = models.FloatField(null=True, blank=True)  # one-way; null: not known, and `one_way_refusal` says why
    backward_ms = models.FloatField(null=True, blank=True)
    one_way_error_ms = models.FloatField(null=True, blank=True)  # by how much both are wrong at most
    one_way_refusal = models.CharField(max_length=21, choices=REFUSALS, blank=True, default="")
    jitter_ms = models.FloatField(null=True, blank=True)  # RFC 3550, of the round trip; lasts from round to round
    jitter_forward_ms = models.FloatField(null=True, blank=True)
    jitter_backward_ms = models.FloatField(null=True, blank=True)
    spread_ms = models.FloatField(null=True, blank=True)  # RFC 5481: p95 less the least of the last hundred
    reordered = models.PositiveSmallIntegerField(null=True, blank=True)
    duplicates = models.PositiveSmallIntegerField(null=True, blank=True)
    held = models.PositiveSmallIntegerField(null=True, blank=True)  # left out: the probe itself held them up
    probe_delay_ms = models.FloatField()
    is_trusted = models.BooleanField(default=True)  # false: the probe itself was unwell, so nothing is concluded
    # a round beside the timetable, of whoever had just fallen silent: it speeds a verdict, and no share counts it
    is_second_look = models.BooleanField(default=False)
    failure = models.CharField(max_length=12, choices=FAILURES, blank=True, default="")  # of a check: why it failed

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["site", "sent_at"]), models.Index(fields=["sent_at"])]

    def __str__(self) -> str:
        return f"{self.site_id} {self.sent_at:%H:%M:%S} {self.rtt_ms}"


class SiteHealth(models.Model):
    """How a site is, from the last round and its agreements. Read it with `state_at`: old knowledge is none."""

    shared_because: ClassVar[str] = "it is of a site, which all stand on"

    site = models.OneToOneField("network.Site", models.CASCADE, primary_key=True, related_name="health")
    state = models.CharField(max_length=10, default=State.UNKNOWN)
    rtt_ms = models.FloatField(null=True, blank=True)  # of the last round; null when all was lost
    lost = models.PositiveSmallIntegerField(default=0)
    packets = models.PositiveSmallIntegerField(default=0)
    measured_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    silent_since = models.DateTimeField(null=True, blank=True)  # of the rounds since then none was answered
    silent_packets = models.PositiveIntegerField(default=0)  # how many packets that was

    class Meta:
        verbose_name_plural = "site health"

    def __str__(self) -> str:
        return f"{self.site_id} {self.state}"

    def state_at(self, now: datetime) -> State:
        """Return the state, unknown when the last measurement is too old."""
        return State(self.state) if is_fresh(self.measured_at, now) else State.UNKNOWN


class ProberHealth(models.Model):
    """How a probe was in its newest round."""

    shared_because: ClassVar[str] = "probes measure what all stand on"

    name = models.CharField(max_length=40, primary_key=True)  # as alarms call it: `prober`, `prober 2`, `checker`
    targets = models.PositiveIntegerField()
    delay_ms = models.FloatField()  # how late it was for what it wanted to do, at worst
    send_delay_ms = models.FloatField()  # 99th percentile of how late packets were sent
    drops = models.PositiveIntegerField()  # answers that its machine threw away unread
    held = models.PositiveIntegerField()  # packets that its machine held up, left out
    is_well = models.BooleanField()
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "probers' health"

    def __str__(self) -> str:
        return self.name


def is_fresh(at: datetime | None, now: datetime) -> bool:
    """Whether something measured then still counts."""
    return at is not None and now - at <= timedelta(seconds=stale_after_s())


class Span(models.IntegerChoices):
    """Over how long a digest is drawn, in seconds."""

    MINUTE = 60, _("Minute")
    HOUR = 3_600, _("Hour")


class SampleDigest(models.Model):
    """What a site's samples of one minute or hour came to: counts, and the histogram of the round-trip times."""

    shared_because: ClassVar[str] = "it is of a site, which all stand on"

    site = models.ForeignKey("network.Site", models.CASCADE, related_name="digests")
    span_s = models.PositiveIntegerField(choices=Span.choices)
    started_at = models.DateTimeField()
    rounds = models.PositiveIntegerField()  # of a probe that was well
    answered_rounds = models.PositiveIntegerField()
    untrusted_rounds = models.PositiveIntegerField()  # of a probe that was not: unknown time, nothing else counts it
    packets = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()
    histogram = models.BinaryField()  # as `kernels.measurement.latency_histogram` encodes it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "span_s", "started_at"], name="one_digest_per_site_and_time"),
        ]
        indexes = [models.Index(fields=["span_s", "started_at"], name="digest_by_time")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.started_at:%Y-%m-%d %H:%M} {self.span_s} s"
