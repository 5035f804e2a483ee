"""Agreements on service levels, what was counted for each, how each stands, and when none of it counts."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from console.access.actor import Actor
from console.models.access.organisation import Owned, ScopedQuerySet
from console.words import shown_name
from network.kernels.sla.sla import ROUND_METRICS, Metric, State
from network.models import subject
from network.models.measurement.measure import is_fresh

METRICS = [
    (Metric.RTT_P99.value, _("Round-trip time, 99th percentile")),
    (Metric.LOSS_SHARE.value, _("Share of packets lost")),
    (Metric.AVAILABILITY.value, _("Availability")),
    (Metric.JITTER.value, _("Jitter, 95th percentile")),
    (Metric.COVERAGE.value, _("Coverage")),
    (Metric.DEADLINE.value, _("Answers in time")),
]


class SubjectKind(StrEnum):
    """The kinds of subject of the network itself that something can be promised for; `subject` knows all kinds."""

    SITE = "site"
    LINK = "link"
    PATH = "path"
    SLICE = "slice"
    CORRIDOR = "corridor"


class PeriodKind(models.TextChoices):
    """Over which time the budget of an agreement runs; calendar periods in the installation's time zone."""

    ROLLING_1D = "rolling_1d", _("Last day")
    ROLLING_7D = "rolling_7d", _("Last 7 days")
    ROLLING_30D = "rolling_30d", _("Last 30 days")
    CALENDAR_DAY = "calendar_day", _("Calendar day")
    CALENDAR_WEEK = "calendar_week", _("Calendar week")
    CALENDAR_MONTH = "calendar_month", _("Calendar month")


class BurnAlert(models.TextChoices):
    """How fast a budget is burnt, where that needs somebody; empty: it does not."""

    PAGE = "page", _("Page: at once")
    TICKET = "ticket", _("Ticket: today")
    SLOW = "slow", _("Slow: this week")


class AgreementQuerySet(ScopedQuerySet["Agreement"]):
    """Agreements in force and ended."""

    def in_force(self) -> Self:
        """Return those that have not ended."""
        return self.filter(ended_at=None)


class Agreement(Owned):
    """What is promised to an organisation for a subject, and how it stood over its short window at the last judgement.

    How it stands over its period is its `ComplianceStatus`. One that has ended is kept with what was counted for it.
    """

    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True, default="")  # empty: it is called the same in Chinese
    kind = models.CharField(max_length=subject.MOST_PROMISED, default=SubjectKind.SITE.value)  # as registered
    key = models.CharField(max_length=120, blank=True)  # natural: slug, `a~b` of a link, `from~to` of a path, uuid
    site = models.ForeignKey("network.Site", models.CASCADE, related_name="agreements", null=True, blank=True)
    region = models.ForeignKey("network.Region", models.SET_NULL, related_name="+", null=True, blank=True)
    metric = models.CharField(max_length=16, choices=METRICS)
    objective = models.FloatField()  # milliseconds for a time, otherwise a share
    target_share = models.FloatField(default=0.99)  # of the events of a period that must be good
    period = models.CharField(max_length=14, choices=PeriodKind.choices, default=PeriodKind.ROLLING_30D)
    most_unknown_share = models.FloatField(default=0.1)  # of a period; with more its status is unknown
    is_unknown_bad = models.BooleanField(default=False)  # true: unknown time counts as bad; false: it is left out
    window_s = models.PositiveIntegerField(default=60)
    min_samples = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, default=State.UNKNOWN)
    value = models.FloatField(null=True, blank=True)
    used_share = models.FloatField(null=True, blank=True)
    samples = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)  # from then on neither counted nor judged
    replaces = models.ForeignKey("self", models.SET_NULL, related_name="replaced_by", null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "key", "metric"],
                condition=Q(ended_at=None),
                name="one_agreement_per_subject_and_metric",
            ),
            models.CheckConstraint(condition=Q(objective__gte=0), name="agreement_objective_not_negative"),
            models.CheckConstraint(condition=Q(target_share__gt=0, target_share__lt=1), name="agreement_has_a_budget"),
            models.CheckConstraint(
                condition=Q(most_unknown_share__gte=0, most_unknown_share__lte=1), name="agreement_unknown_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(kind=SubjectKind.SITE.value, site__isnull=False)
                | ~Q(kind=SubjectKind.SITE.value) & Q(site=None),
                name="agreement_of_a_site_has_one",
            ),
            models.CheckConstraint(condition=~Q(kind=""), name="agreement_has_a_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Name the subject of a site's agreement by its site."""
        if self.site is not None and not self.key:
            self.key, self.region_id = self.site.slug, self.site.region_id
        super().save(*args, **kwargs)

    @property
    def display_name(self) -> str:
        """What it is called, in the language of whoever reads."""
        return shown_name(self.name, self.name_zh)

    @property
    def source(self) -> str:
        """Whether its counts are measured or modelled; never both."""
        kind = subject.known(self.kind)
        is_modelled = (kind is not None and kind.is_modelled) or self.metric == Metric.COVERAGE
        return "modelled" if is_modelled else "measured"

    @property
    def is_judged_by_round(self) -> bool:
        """Whether each round judges it over its short window, which then tells its breaches; else its period does."""
        kind = subject.known(self.kind)
        return kind is not None and kind.is_judged_by_round and self.metric in ROUND_METRICS

    def state_at(self, now: datetime) -> State:
        """Return the state, unknown when it was judged too long ago."""
        return State(self.state) if is_fresh(self.judged_at, now) else State.UNKNOWN


class Breach(models.Model):
    """A time during which an agreement was breached; open while `ended_at` is null.

    Of a site's round trip, loss or availability: over its short window, with the worst value of that. Of all others:
    while the budget of the period was overdrawn, with the least share achieved.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="breaches")
    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    worst_value = models.FloatField(null=True, blank=True)

    owner_path: ClassVar[str] = "agreement__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name_plural = "breaches"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(ended_at=None), name="one_open_breach_per_agreement"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} since {self.started_at:%Y-%m-%d %H:%M:%S}"


class CountSpan(models.IntegerChoices):
    """Over how long the ledger counts, in seconds."""

    MINUTE = 60, _("Minute")
    HOUR = 3_600, _("Hour")
    DAY = 86_400, _("Day")


class ServiceCount(models.Model):
    """The ledger: what came of an agreement in one minute, hour or day (of UTC).

    What is neither unknown nor excluded of its time is known; a time without a row is unknown.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="counts")
    span_s = models.PositiveIntegerField(choices=CountSpan.choices)
    started_at = models.DateTimeField()
    good = models.PositiveBigIntegerField()
    total = models.PositiveBigIntegerField()
    unknown_s = models.FloatField()
    excluded_s = models.FloatField()

    owner_path: ClassVar[str] = "agreement__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "span_s", "started_at"], name="one_count_per_time"),
            models.CheckConstraint(condition=Q(good__lte=F("total")), name="count_good_is_part_of_total"),
        ]
        indexes = [models.Index(fields=["span_s", "started_at"], name="count_by_time")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.started_at:%Y-%m-%d %H:%M} {self.good}/{self.total}"


class ComplianceStatus(models.Model):
    """How an agreement stands over its period, judged from the ledger; unknown values are null."""

    agreement = models.OneToOneField(Agreement, models.CASCADE, primary_key=True, related_name="standing")
    began_at = models.DateTimeField()  # the ledger's first minute of it; nothing before counts, not even as unknown
    period_started_at = models.DateTimeField()
    good = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    unknown_s = models.FloatField(default=0.0)
    excluded_s = models.FloatField(default=0.0)
    achieved_share = models.FloatField(null=True, blank=True)
    budget_left_share = models.FloatField(null=True, blank=True)  # 1 untouched, 0 used up, negative overdrawn
    burn_5m = models.FloatField(null=True, blank=True)  # times the rate that would just use the budget up
    burn_30m = models.FloatField(null=True, blank=True)
    burn_1h = models.FloatField(null=True, blank=True)
    burn_6h = models.FloatField(null=True, blank=True)
    burn_3d = models.FloatField(null=True, blank=True)
    burn_alert = models.CharField(max_length=6, choices=BurnAlert.choices, blank=True, default="", db_index=True)
    state = models.CharField(max_length=10, default=State.UNKNOWN, db_index=True)
    counted_until = models.DateTimeField()  # the end of the newest minute that it rests on
    judged_at = models.DateTimeField()

    owner_path: ClassVar[str] = "agreement__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        db_table = "network_standing"

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.state}"


class Slice(Owned):
    """A slice of the network: the sites that carry it, and for whom (S-NSSAI as in 3GPP TS 23.003)."""

    slug = models.SlugField(max_length=40, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    sst = models.PositiveSmallIntegerField()  # 1 eMBB, 2 URLLC, 3 massive IoT, 4 V2X, 5 HMTC, 6 HDLLC
    sd = models.CharField(max_length=6, blank=True, default="")  # six hexadecimal digits; empty: none
    sites = models.ManyToManyField("network.Site", related_name="slices", blank=True)
    changed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [models.CheckConstraint(condition=Q(sst__lte=255), name="slice_sst_is_a_byte")]

    def __str__(self) -> str:
        return self.name_en


class MaintenanceQuerySet(ScopedQuerySet["Maintenance"]):
    """Maintenance that somebody may know of."""

    def visible_to(self, actor: Actor) -> Self:
        """Return what was announced for the actor's own subjects, and for what is everyone's."""
        if actor.sees is None:
            return self
        return self.filter(Q(organisation__in=actor.sees) | Q(kind__in=subject.open_to_all()))


class Maintenance(Owned):
    """A time that does not count for a subject, because it was announced.

    It belongs to the owner of its subject. Why it was announced and by whom, only those see who see every organisation.

    It leaves out whole minutes from `counts_from` on: what was announced before it began from its beginning, what was
    announced later only from then on.
    """

    kind = models.CharField(max_length=subject.MOST_PROMISED)  # as registered
    key = models.CharField(max_length=120, blank=True, default="")  # with kind region: empty means everywhere
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=160)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=160, blank=True, default="")

    open_to_all: ClassVar[dict[str, Callable[[], tuple[object, ...]]]] = {"kind": subject.open_to_all}
    objects = MaintenanceQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name_plural = "maintenance"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="maintenance_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def counts_from(self) -> datetime:
        """From when on it leaves time out."""
        return max(self.starts_at, self.made_at)

    @property
    def counts_until(self) -> datetime:
        """Until when it leaves time out; before `counts_from` when it was withdrawn early."""
        return min(self.ends_at, self.withdrawn_at) if self.withdrawn_at else self.ends_at
