"""Wire shapes of sites, agreements and samples. Units are in the names; what is unknown is null."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.actions.inventory.kinds import KINDS
from network.kernels.measurement.probe_check import Failure
from network.kernels.sla.sla import State
from network.models import Agreement, Breach, Site, SiteHealth, StampSample, stale_after_s
from network.serializers.inventory.inventory_records import RecordSerializer

PROBE = [
    "probe_method", "probe_packets", "probe_rate_hz", "probe_size_bytes", "probe_dscp", "probe_secret", "probe_path",
]  # fmt: skip
STATES = serializers.ChoiceField(choices=[state.value for state in State])


class SiteSerializer(serializers.ModelSerializer[Site]):
    """A site with its measured state: what is older than `stale_after_s` is unknown."""

    region = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    state = serializers.SerializerMethodField()
    rtt_ms = serializers.SerializerMethodField(
        help_text="Measured, last round; null when all was lost or none is known."
    )
    lost = serializers.SerializerMethodField()
    packets = serializers.SerializerMethodField()
    measured_at = serializers.SerializerMethodField()
    answered_at = serializers.SerializerMethodField()
    age_s = serializers.SerializerMethodField(help_text="Since the last measurement; null when there was none.")
    stale_after_s = serializers.SerializerMethodField()

    class Meta:
        model = Site
        fields = [
            "slug", "region", "kind", "name_en", "name_zh", "lat_deg", "lon_deg", "height_m", "is_key_site",
            "valid_from", "state", "rtt_ms", "lost", "packets", "measured_at", "answered_at", "age_s", "stale_after_s",
        ]  # fmt: skip

    @extend_schema_field(STATES)
    def get_state(self, site: Site) -> str:
        health = _health(site)
        return (health.state_at(_now(self)) if health else State.UNKNOWN).value

    def get_rtt_ms(self, site: Site) -> float | None:
        return health.rtt_ms if (health := _health(site)) else None

    def get_lost(self, site: Site) -> int | None:
        return health.lost if (health := _health(site)) else None

    def get_packets(self, site: Site) -> int | None:
        return health.packets if (health := _health(site)) else None

    def get_measured_at(self, site: Site) -> datetime | None:
        return health.measured_at if (health := _health(site)) else None

    def get_answered_at(self, site: Site) -> datetime | None:
        return health.answered_at if (health := _health(site)) else None

    def get_age_s(self, site: Site) -> float | None:
        health = _health(site)
        if health is None or health.measured_at is None:
            return None
        return round((_now(self) - health.measured_at).total_seconds(), 3)

    def get_stale_after_s(self, site: Site) -> float:
        return stale_after_s()


class AgreementSerializer(serializers.ModelSerializer[Agreement]):
    """An agreement and how it stood when it was last judged."""

    site = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Agreement
        fields = [
            "id", "name", "site", "metric", "objective", "window_s", "min_samples",
            "state", "value", "used_share", "samples", "judged_at",
        ]  # fmt: skip

    @extend_schema_field(STATES)
    def get_state(self, agreement: Agreement) -> str:
        return agreement.state_at(_now(self)).value


class BreachSerializer(serializers.ModelSerializer[Breach]):
    """A time during which an agreement was breached; open while `ended_at` is null.

    With `basis` `period` the budget was overdrawn, and `worst_value` is the least share achieved.
    """

    site = serializers.CharField(source="agreement.site.slug", read_only=True, allow_null=True)
    metric = serializers.CharField(source="agreement.metric", read_only=True)
    objective = serializers.FloatField(source="agreement.objective", read_only=True)
    basis = serializers.SerializerMethodField()

    class Meta:
        model = Breach
        fields = ["id", "agreement", "site", "metric", "objective", "basis", "started_at", "ended_at", "worst_value"]

    @extend_schema_field(serializers.ChoiceField(choices=["short_window", "period"]))
    def get_basis(self, breach: Breach) -> str:
        return "short_window" if breach.agreement.is_judged_by_round else "period"


class SampleSerializer(serializers.ModelSerializer[StampSample]):
    """One measured round. `rtt_ms` is null when every packet was lost; null elsewhere is not known.

    `forward_ms` and `backward_ms` are one-way delays, wrong by `one_way_error_ms` at most; where they are null,
    `one_way_refusal` says why. `jitter_ms` and those of each way are RFC 3550's; `spread_ms` is the 95th percentile of
    the last hundred round trips less the least of them (RFC 5481).
    """

    one_way_refusal = serializers.CharField(
        read_only=True,
        help_text="no_answer, clock_unsynchronised, clock_error_too_large, clock_impossible; empty: not refused.",
    )
    failure = serializers.CharField(
        read_only=True,
        help_text=f"Of a check by TCP or HTTP, why it failed: {', '.join(Failure)}; empty: it did not, or STAMP's.",
    )

    class Meta:
        model = StampSample
        fields = [
            "sent_at", "method", "rtt_ms", "packets", "lost", "lost_forward", "lost_backward", "residence_ms",
            "forward_ms", "backward_ms", "one_way_error_ms", "one_way_refusal", "jitter_ms", "jitter_forward_ms",
            "jitter_backward_ms", "spread_ms", "reordered", "duplicates", "held",
            "probe_delay_ms", "is_trusted", "is_second_look", "failure",
        ]  # fmt: skip


class ModelledLatencySerializer(serializers.Serializer[Any]):
    """A modelled latency of a path, with what it is made of."""

    mean_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()
    parts_ms = serializers.DictField(child=serializers.FloatField(), help_text="Mean of each part.")
    parts_p99_ms = serializers.DictField(
        child=serializers.FloatField(), help_text="99th percentile of each part alone; these do not add up."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add where the values come from; `source` is taken as an attribute of serializers."""
        return {**super().get_fields(), "source": serializers.CharField(default="modelled", read_only=True)}


class SiteSectorSerializer(RecordSerializer):
    """A sector of the site."""

    record = KINDS["sector"]


class SiteDetailSerializer(SiteSerializer):
    """A site with its agreements and sectors, and the modelled round trip beside the measured one.

    `probe_host`, `probe_port`, `probe_secret` and `probe_path` are left out for whom they are not for.
    """

    sectors = SiteSectorSerializer(many=True, read_only=True)
    agreements = AgreementSerializer(many=True, read_only=True)
    modelled_rtt_ms = serializers.SerializerMethodField(help_text="Twice the modelled one-way mean; null: no path.")
    modelled_one_way = serializers.SerializerMethodField()

    class Meta(SiteSerializer.Meta):
        fields = [
            *SiteSerializer.Meta.fields, "probe_host", "probe_port", *PROBE, "people", "changed_at",
            "agreements", "sectors", "modelled_rtt_ms", "modelled_one_way",
        ]  # fmt: skip

    def get_modelled_rtt_ms(self, site: Site) -> float | None:
        latency = self.context.get("latency")
        return None if latency is None else 2 * latency.mean_ms

    @extend_schema_field(ModelledLatencySerializer(allow_null=True))
    def get_modelled_one_way(self, site: Site) -> Any:
        latency = self.context.get("latency")
        return None if latency is None else ModelledLatencySerializer(latency).data


@dataclass(frozen=True)
class SamplesQuery:
    """What samples are asked for."""

    site: str
    limit: int
    since: datetime | None = None
    until: datetime | None = None


class SamplesQuerySerializer(Typed[SamplesQuery]):
    """What samples are asked for."""

    site = serializers.SlugField(max_length=40)
    since = TimeField(required=False)
    until = TimeField(required=False, help_text="Rounds before it; without it, up to the newest.")
    limit = serializers.IntegerField(min_value=1, max_value=5_000, default=1_000)
    makes = SamplesQuery


def _health(site: Site) -> SiteHealth | None:
    """Return the site's health row, None before the first measurement. It must have been selected."""
    return getattr(site, "health", None)


def _now(serializer: serializers.BaseSerializer[Any]) -> datetime:
    """Return the time of this answer, the same for all its rows."""
    context: Any = serializer.root._context  # noqa: SLF001  the one context of a whole answer
    return context.setdefault("now", timezone.now())  # type: ignore[no-any-return]
