"""Wire shapes of agreements over periods, compliance, slices and maintenance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.access.authentication import actor_of
from console.rest.fields import OwnerField, TimeField
from console.rest.parse import Typed
from network.actions.maintenance.affected import Why
from network.actions.maintenance.maintenance import MaintenanceRequest
from network.actions.service_levels.agreements import is_counted
from network.actions.service_levels.slices import MOST_SITES
from network.kernels.sla.sla import State
from network.models import METRICS, Agreement, ComplianceStatus, CountSpan, Maintenance, PeriodKind, Slice, subject
from network.serializers.inventory.inventory import STATES, AgreementSerializer
from network.serializers.subject import KindField, SubjectNameField
from network.serializers.words import WordsField

IN_ONES_LANGUAGE = "What it is called, in the reader's language."
STALE_AFTER = timedelta(minutes=5)
"""A status judged longer ago is unknown."""
SPANS = {"minute": CountSpan.MINUTE, "hour": CountSpan.HOUR, "day": CountSpan.DAY}


class AgreementChangeSerializer(serializers.Serializer[Any]):
    """What can be changed of an agreement. What is not sent stays."""

    name = serializers.CharField(max_length=120, required=False)
    name_zh = serializers.CharField(
        max_length=120, required=False, allow_blank=True, help_text="In Chinese; empty: it is called the same."
    )
    objective = serializers.FloatField(
        min_value=0,
        max_value=60_000,
        required=False,
        help_text="Milliseconds for rtt_p99 and jitter, otherwise a share above 0 and below 1.",
    )
    target_share = serializers.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        help_text="Of the events of a period that must be good; follows from the objective.",
    )
    period = serializers.ChoiceField(choices=PeriodKind.choices, required=False)
    most_unknown_share = serializers.FloatField(min_value=0, max_value=1, required=False)
    is_unknown_bad = serializers.BooleanField(required=False)
    window_s = serializers.IntegerField(min_value=1, max_value=86_400, required=False)
    min_samples = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False)


class NewAgreementSerializer(AgreementChangeSerializer):
    """An agreement to be made."""

    organisation = OwnerField()

    kind = KindField(subject.choices)
    key = serializers.CharField(max_length=120, help_text="Slug; `a~b` of a link; `from~to` of a path; uuid.")
    metric = serializers.ChoiceField(choices=METRICS)
    objective = serializers.FloatField(
        min_value=0,
        max_value=60_000,
        help_text="Milliseconds for rtt_p99 and jitter, otherwise a share above 0 and below 1.",
    )


class ServiceAgreementSerializer(AgreementSerializer):
    """An agreement with its subject, its period and its budget; `state` is that of the short window."""

    kind = KindField(subject.choices, read_only=True)
    region = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    organisation = OwnerField(read_only=True)
    display_name = serializers.CharField(read_only=True, help_text=IN_ONES_LANGUAGE)
    source = serializers.ChoiceField(choices=["measured", "modelled"], read_only=True)  # type: ignore[assignment]
    replaces = serializers.PrimaryKeyRelatedField[Any](
        read_only=True, allow_null=True, help_text="The agreement that this one replaced."
    )

    class Meta(AgreementSerializer.Meta):
        fields = [
            *AgreementSerializer.Meta.fields, "name_zh", "display_name", "kind", "key", "region", "source",
            "target_share", "period", "most_unknown_share", "is_unknown_bad", "ended_at", "replaces", "organisation",
        ]  # fmt: skip


class OneAgreementSerializer(ServiceAgreementSerializer):
    """One agreement; `is_counted`: something was counted for it, so that it can be ended and not be deleted."""

    is_counted = serializers.SerializerMethodField()

    class Meta(ServiceAgreementSerializer.Meta):
        fields = [*ServiceAgreementSerializer.Meta.fields, "is_counted"]

    def get_is_counted(self, agreement: Agreement) -> bool:
        return is_counted(agreement)


def _figure(kind: type[serializers.Field[Any, Any, Any, Any]], name: str) -> Any:
    """Return a field of an agreement's status, null before there is one."""
    return kind(source=f"standing.{name}", read_only=True, allow_null=True, default=None)


class ComplianceRowSerializer(serializers.ModelSerializer[Agreement]):
    """One line of the list of compliance: the agreement, and how it stands; null before anything was counted."""

    agreement = serializers.IntegerField(source="pk", read_only=True)
    display_name = serializers.CharField(read_only=True, help_text=IN_ONES_LANGUAGE)
    subject_name = SubjectNameField()
    kind = KindField(subject.choices, read_only=True)
    region = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    organisation = OwnerField(read_only=True)
    source = serializers.ChoiceField(choices=["measured", "modelled"], read_only=True)  # type: ignore[assignment]
    began_at = _figure(serializers.DateTimeField, "began_at")
    period_started_at = _figure(serializers.DateTimeField, "period_started_at")
    counted_until = _figure(serializers.DateTimeField, "counted_until")
    good = _figure(serializers.IntegerField, "good")
    total = _figure(serializers.IntegerField, "total")
    unknown_s = _figure(serializers.FloatField, "unknown_s")
    excluded_s = _figure(serializers.FloatField, "excluded_s")
    achieved_share = _figure(serializers.FloatField, "achieved_share")
    budget_left_share = _figure(serializers.FloatField, "budget_left_share")
    burn_5m = _figure(serializers.FloatField, "burn_5m")
    burn_30m = _figure(serializers.FloatField, "burn_30m")
    burn_1h = _figure(serializers.FloatField, "burn_1h")
    burn_6h = _figure(serializers.FloatField, "burn_6h")
    burn_3d = _figure(serializers.FloatField, "burn_3d")
    judged_at = _figure(serializers.DateTimeField, "judged_at")
    state = serializers.SerializerMethodField()
    burn_alert = serializers.SerializerMethodField()

    class Meta:
        model = Agreement
        fields = [
            "agreement", "name", "display_name", "kind", "key", "subject_name", "region", "metric", "objective",
            "target_share", "period", "source", "state", "burn_alert", "achieved_share", "budget_left_share", "burn_5m",
            "burn_30m", "burn_1h", "burn_6h", "burn_3d", "good", "total", "unknown_s", "excluded_s", "began_at",
            "period_started_at", "counted_until", "judged_at", "ended_at", "organisation",
        ]  # fmt: skip

    @extend_schema_field(STATES)
    def get_state(self, agreement: Agreement) -> str:
        status = getattr(agreement, "standing", None)
        return State.UNKNOWN.value if status is None else state_at(status, _now(self))

    @extend_schema_field(serializers.CharField(help_text="page, ticket or slow; empty while nothing burns."))
    def get_burn_alert(self, agreement: Agreement) -> str:
        status = getattr(agreement, "standing", None)
        return status.burn_alert if status and agreement.ended_at is None else ""


@dataclass(frozen=True)
class Times:
    """Between when something is asked for; what is not said follows from the other, and from now."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class HistoryQuery:
    """What of a ledger is asked for."""

    span: str
    times: Times


class HistoryQuerySerializer(Typed[HistoryQuery]):
    """What of a ledger is asked for."""

    span = serializers.ChoiceField(choices=list(SPANS), default="hour")
    since = TimeField(required=False)
    until = TimeField(required=False)

    def made(self) -> HistoryQuery:
        asked = dict(self.validated_data)
        return HistoryQuery(asked.pop("span"), Times(**asked))


class TimelineQuerySerializer(Typed[Times]):
    """Of which time the story is asked for; without it, the last day."""

    since = TimeField(required=False)
    until = TimeField(required=False)
    makes = Times


class CountSerializer(serializers.Serializer[Any]):
    """What came of one minute, hour or day. A time without a row is unknown."""

    started_at = serializers.DateTimeField()
    good = serializers.IntegerField()
    total = serializers.IntegerField()
    unknown_s = serializers.FloatField()
    excluded_s = serializers.FloatField()
    achieved_share = serializers.FloatField(allow_null=True, help_text="Null: nothing was counted.")


class TimelineRowSerializer(serializers.Serializer[Any]):
    """Something that happened to an agreement's subject, or at a site; `until` is null while it lasts."""

    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    kind = serializers.ChoiceField(choices=["breach", "unknown", "maintenance", "alarm", "change", "push"])
    severity = serializers.CharField(allow_blank=True, help_text="Of an alarm, otherwise empty.")
    text_en = serializers.CharField()
    text_zh = serializers.CharField()
    ref = serializers.CharField(allow_blank=True, help_text="The address of what it is about, in this API.")


@dataclass(frozen=True)
class SubjectQuery:
    """Which subjects are looked for."""

    kind: str
    search: str


class SubjectQuerySerializer(Typed[SubjectQuery]):
    """Which subjects are looked for."""

    kind = KindField(subject.searched)
    search = serializers.CharField(max_length=120, default="", allow_blank=True)
    makes = SubjectQuery


class SubjectSerializer(serializers.Serializer[Any]):
    """What something can be promised for: its key as agreements and maintenance name it, and its names."""

    key = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()


class SliceSerializer(serializers.ModelSerializer[Slice]):
    """A slice of the network."""

    sites = serializers.SlugRelatedField[Any](slug_field="slug", many=True, read_only=True)
    organisation = OwnerField(read_only=True)
    tenant = serializers.CharField(
        source="organisation.name_en", read_only=True, help_text="Name of the organisation. To go: see organisation."
    )

    class Meta:
        model = Slice
        fields = ["slug", "name_en", "name_zh", "sst", "sd", "sites", "tenant", "changed_at", "organisation"]


class SliceChangeSerializer(serializers.Serializer[Any]):
    """What can be changed of a slice. What is not sent stays."""

    name_en = serializers.CharField(max_length=80, required=False)
    name_zh = serializers.CharField(max_length=80, required=False)
    sst = serializers.IntegerField(min_value=0, max_value=255, required=False, help_text="Slice/service type, a byte.")
    sd = serializers.RegexField(
        r"\A([0-9a-fA-F]{6})?\Z", required=False, allow_blank=True, help_text="Slice differentiator, six hex digits."
    )
    sites = serializers.ListField(child=serializers.SlugField(max_length=40), max_length=MOST_SITES, required=False)
    organisation = OwnerField()
    tenant = serializers.CharField(
        max_length=120, allow_blank=True, required=False, help_text="Name of the organisation. To go: see organisation."
    )


class NewSliceSerializer(SliceChangeSerializer):
    """A slice to be made."""

    slug = serializers.SlugField(max_length=40)
    name_en = serializers.CharField(max_length=80)
    name_zh = serializers.CharField(max_length=80)
    sst = serializers.IntegerField(min_value=0, max_value=255, help_text="Slice/service type, a byte.")
    sites = serializers.ListField(child=serializers.SlugField(max_length=40), min_length=1, max_length=MOST_SITES)


class MaintenanceSerializer(serializers.ModelSerializer[Maintenance]):
    """A time announced that does not count; whole minutes from `counts_from` to `counts_until` are left out."""

    counts_from = serializers.DateTimeField(read_only=True)
    counts_until = serializers.DateTimeField(read_only=True)
    organisation = OwnerField(read_only=True)
    subject_name = SubjectNameField()

    class Meta:
        model = Maintenance
        fields = [
            "id", "kind", "key", "subject_name", "starts_at", "ends_at", "reason", "actor", "made_at", "withdrawn_at",
            "withdrawn_by", "counts_from", "counts_until", "organisation",
        ]  # fmt: skip

    def to_representation(self, instance: Maintenance) -> dict[str, Any]:
        """Show it; why and by whom only to those who see every organisation."""
        row: dict[str, Any] = super().to_representation(instance)
        request = self.context.get("request")
        if request is None or actor_of(request).sees is not None:
            row |= dict.fromkeys(("reason", "actor", "withdrawn_by"), "")
        return row


class NewMaintenanceSerializer(Typed[MaintenanceRequest]):
    """A maintenance to be announced."""

    kind = KindField(subject.maintained)
    key = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="Empty, with kind region: everywhere."
    )
    starts_at = TimeField()
    ends_at = TimeField()
    reason = serializers.CharField(max_length=500)
    makes = MaintenanceRequest


@dataclass(frozen=True)
class Part:
    """Which part of a list is asked for."""

    limit: int
    offset: int

    @property
    def rows(self) -> slice:
        """Which rows those are."""
        return slice(self.offset, self.offset + self.limit)


@dataclass(frozen=True)
class AffectedOfQuery:
    """Of what maintenance could be announced, and which part of the agreements concerned is asked for."""

    kind: str
    key: str
    part: Part


class _PartQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=200)
    offset = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)


class AffectedQuerySerializer(_PartQuery, Typed[Part]):
    """Which part of the agreements concerned is asked for."""

    makes = Part


class AffectedOfQuerySerializer(_PartQuery, Typed[AffectedOfQuery]):
    """Of what maintenance could be announced."""

    kind = KindField(subject.maintained)
    key = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="Empty, with kind region: everywhere."
    )

    def made(self) -> AffectedOfQuery:
        asked = self.validated_data
        return AffectedOfQuery(asked["kind"], asked["key"], Part(asked["limit"], asked["offset"]))


class AffectedAgreementSerializer(serializers.Serializer[Any]):
    """An agreement that a maintenance concerns, and how."""

    agreement = serializers.IntegerField(source="agreement.pk")
    name = serializers.CharField(source="agreement.display_name", help_text=IN_ONES_LANGUAGE)
    kind = KindField(subject.choices, source="agreement.kind")
    key = serializers.CharField(source="agreement.key")
    metric = serializers.ChoiceField(choices=METRICS, source="agreement.metric")
    why = serializers.ChoiceField(
        [why.value for why in Why],
        source="how.why",
        help_text="itself; region: it lies in it; ends_there: a link that ends at the site; cut_off: the probes reach "
        "it only through it; on_path: its modelled route passes it; pooled: the share of its sites that are concerned.",
    )
    share = serializers.FloatField(source="how.share", help_text="Of it that is left out; below 1 only of slices.")


class AffectedAgreementsSerializer(serializers.Serializer[Any]):
    """Which agreements a maintenance concerns, over the inventory of now, and by which rule."""

    count = serializers.IntegerField()
    results = AffectedAgreementSerializer(many=True)
    rule = WordsField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


def state_at(status: ComplianceStatus, now: datetime) -> str:
    """Return the state of an agreement, unknown when it was judged too long ago."""
    return State.UNKNOWN.value if now - status.judged_at > STALE_AFTER else status.state


def _now(serializer: serializers.BaseSerializer[Any]) -> datetime:
    context: Any = serializer.root._context  # noqa: SLF001  the one context of a whole answer
    return context.setdefault("now", timezone.now())  # type: ignore[no-any-return]
