# ruff: noqa: N815  the standard names its fields so
"""Wire shapes of alarms after TM Forum TMF642 version 4.0."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from rest_framework import serializers

from console.actions.audit.audit import SYSTEM
from console.rest.fields import TimeField
from network.actions.alarms.managed_object import EVERY
from network.actions.impact.impact import Impact
from network.kernels.sla.sla import Metric
from network.models import Alarm, AlarmEntry, AlarmType, HoldKind, Severity, subject

BASE = "/tmf-api/alarmManagement/v4/alarm"
SOURCE = "loft"
TYPES = {
    AlarmType.COMMUNICATIONS: "communicationsAlarm",
    AlarmType.QUALITY_OF_SERVICE: "qualityOfServiceAlarm",
    AlarmType.PROCESSING: "processingErrorAlarm",
    AlarmType.EQUIPMENT: "equipmentAlarm",
    AlarmType.ENVIRONMENTAL: "environmentalAlarm",
}
SEVERITIES = [*Severity.values, "cleared"]
ACK_STATES = ["acknowledged", "unacknowledged"]
STATES = ["raised", "updated", "cleared"]
TIMES = ["gte", "gt", "lte", "lt"]
SORTS = ["alarmRaisedTime", "alarmChangedTime", "perceivedSeverity"]
NO_KEYS = ("", EVERY)
"""Keys that tell no object from another: its name does."""
MOST_CORRELATED = 100
"""Consequences that a root cause names, the newest; `x-consequences` says how many there are."""
_TIMED = (Metric.RTT_P99, Metric.JITTER)
_FALLING = (Metric.AVAILABILITY, Metric.COVERAGE, Metric.DEADLINE)
"""Metrics whose objective is crossed downwards."""


@dataclass(frozen=True)
class Around:
    """What is known of an alarm beside its row: what people said, who acknowledged and cleared it, what it caused."""

    comments: Sequence[AlarmEntry] = ()
    acknowledged: AlarmEntry | None = None
    cleared: AlarmEntry | None = None
    children: Sequence[int] = ()


class HeldSerializer(serializers.Serializer[Any]):
    """What keeps an alarm from attention: an extension of Loft."""

    kind = serializers.ChoiceField(choices=HoldKind.choices)
    until = serializers.DateTimeField(allow_null=True, help_text="Null: until somebody ends it.")


class ObjectSerializer(serializers.Serializer[Any]):
    """The managed object by kind and key, which outlive renaming: an extension of Loft."""

    kind = serializers.CharField()
    key = serializers.CharField()


class TmfAlarmSerializer(serializers.Serializer[Alarm]):
    """An alarm of TMF642. The documented fields; all are strings of the standard unless said otherwise."""

    id = serializers.CharField()
    href = serializers.CharField()
    alarmType = serializers.ChoiceField(choices=sorted(TYPES.values()))
    perceivedSeverity = serializers.ChoiceField(choices=SEVERITIES)
    probableCause = serializers.CharField()
    specificProblem = serializers.CharField()
    alarmDetails = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=STATES)
    ackState = serializers.ChoiceField(choices=ACK_STATES)
    ackUserId = serializers.CharField(allow_null=True)
    ackSystemId = serializers.CharField(allow_null=True, help_text="As whoever acknowledged named it; else Loft.")
    clearUserId = serializers.CharField(allow_null=True, help_text="Null: nobody; Loft found the cause gone.")
    clearSystemId = serializers.CharField(allow_null=True)
    alarmRaisedTime = serializers.DateTimeField()
    alarmChangedTime = serializers.DateTimeField()
    alarmClearedTime = serializers.DateTimeField(allow_null=True)
    alarmReportingTime = serializers.DateTimeField()
    sourceSystemId = serializers.CharField()
    reportingSystemId = serializers.CharField()
    externalAlarmId = serializers.CharField(help_text="What the source, Loft, calls it.")
    isRootCause = serializers.BooleanField(allow_null=True, help_text="Null: not known to have consequences.")
    parentAlarm = serializers.ListField(child=serializers.DictField())
    correlatedAlarm = serializers.ListField(
        child=serializers.DictField(), help_text=f"Consequences, the newest {MOST_CORRELATED} at most."
    )
    crossedThresholdInformation = serializers.DictField(
        allow_null=True, help_text="As of when it was raised, or its severity last changed. Null: no threshold."
    )
    alarmedObject = serializers.DictField()
    alarmedObjectType = serializers.CharField()
    plannedOutageIndicator = serializers.ChoiceField(choices=["inService", "outOfService"])
    comment = serializers.ListField(child=serializers.DictField())
    serviceAffecting = serializers.BooleanField(
        required=False, allow_null=True, help_text="Told of one alarm, not in lists. Null: it cannot be said."
    )
    affectedService = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="As `serviceAffecting`; modelled, as of now."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields, with those whose names are none of Python's."""
        more: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            "@type": serializers.CharField(help_text="`Alarm`"),
            "@baseType": serializers.CharField(help_text="`Entity`"),
            "x-held": HeldSerializer(allow_null=True, help_text="Null: nothing holds it."),
            "x-consequences": serializers.IntegerField(help_text="How many alarms were attributed to this one."),
            "x-object": ObjectSerializer(),
            "x-problem": serializers.CharField(help_text="Code of the problem."),
        }
        return super().get_fields() | more

    def to_representation(self, instance: Alarm) -> dict[str, Any]:
        """Show the alarm."""
        return tmf_alarm(instance)


def tmf_alarm(alarm: Alarm, around: Around | None = None) -> dict[str, Any]:
    """Return an alarm as TMF642 shows it, with what is around it. Its site and hold must have been selected."""
    around = around or Around()
    is_over = alarm.ended_at is not None
    return {
        **_ref(alarm.pk),
        "@type": "Alarm",
        "@baseType": "Entity",
        "alarmType": TYPES[AlarmType(alarm.alarm_type)],
        "perceivedSeverity": "cleared" if is_over else alarm.severity,
        "probableCause": alarm.probable_cause,
        "specificProblem": alarm.display_problem,
        "alarmDetails": _details(alarm),
        "state": "cleared" if is_over else "raised" if alarm.changed_at == alarm.started_at else "updated",
        **_people(alarm, around),
        "alarmRaisedTime": alarm.started_at,
        "alarmChangedTime": alarm.changed_at,
        "alarmClearedTime": alarm.ended_at,
        "alarmReportingTime": alarm.started_at,
        "sourceSystemId": SOURCE,
        "reportingSystemId": SOURCE,
        "externalAlarmId": str(alarm.pk),
        "isRootCause": True if alarm.child_count else False if alarm.root_id else None,
        "parentAlarm": [_ref(alarm.root_id)] if alarm.root_id else [],
        "correlatedAlarm": [_ref(pk) for pk in around.children],
        "crossedThresholdInformation": _crossed(alarm.detail),
        "alarmedObject": _object(alarm),
        "alarmedObjectType": "site" if alarm.site else "other",
        "plannedOutageIndicator": "outOfService" if _is_planned(alarm) else "inService",
        "comment": [_comment(comment) for comment in around.comments],
        "x-held": {"kind": alarm.hold.kind, "until": alarm.hold.until_at} if alarm.hold else None,
        "x-consequences": alarm.child_count,
        "x-object": {"kind": alarm.object_kind, "key": alarm.object_key},
        "x-problem": alarm.problem,
    }


def _ref(pk: int) -> dict[str, str]:
    return {"id": str(pk), "href": f"{BASE}/{pk}"}


def _comment(entry: AlarmEntry) -> dict[str, Any]:
    return {"comment": entry.text, "time": entry.at, "userId": entry.actor, "systemId": entry.system or SOURCE}


def _people(alarm: Alarm, around: Around) -> dict[str, str | None]:
    """Return who acknowledged and who cleared an alarm, and in which system; what is not on record is null."""
    is_seen, seen, gone = alarm.acknowledged_at is not None, around.acknowledged, around.cleared
    return {
        "ackState": "acknowledged" if is_seen else "unacknowledged",
        "ackUserId": alarm.acknowledged_name if is_seen else None,
        "ackSystemId": ((seen and seen.system) or SOURCE) if is_seen else None,
        "clearUserId": gone.actor if gone and gone.actor != SYSTEM.name else None,
        "clearSystemId": (gone.system or SOURCE) if gone else None,
    }


def _crossed(detail: dict[str, Any]) -> dict[str, Any] | None:
    """Return which metric crossed which objective; null without figures."""
    metric, value, objective = detail.get("metric"), detail.get("value"), detail.get("objective")
    if metric not in set(Metric) or not _is_number(objective):
        return None
    unit = "ms" if metric in _TIMED else "1"
    is_known, word = _is_number(value), "below" if metric in _FALLING else "above"
    shown = f"{value:g}" if is_known else "unknown"
    return {
        "indicatorName": metric,
        "indicatorUnit": unit,
        "observedValue": str(value) if is_known else None,
        "direction": "DOWN" if metric in _FALLING else "UP",
        "thresholdCrossingDescription": f"{metric} {shown}, {word} {objective:g} ({unit})",
        "x-thresholdValue": objective,
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value)


def tmf_affected(impact: Impact | None) -> dict[str, Any]:
    """Return what suffers as TMF642 shows it; null where it cannot be said."""
    if impact is None:
        return {"serviceAffecting": None, "affectedService": []}
    kinds = {this_subject.group: this_subject.code for this_subject in subject.affected()}
    rows = [(kinds.get(group, group), row) for group, service in impact.services.items() for row in service.rows]
    references = [
        {"id": row.key, "href": row.href, "name": row.display_name, "@referredType": kind} for kind, row in rows
    ]
    return {"serviceAffecting": bool(references), "affectedService": references}


def _is_planned(alarm: Alarm) -> bool:
    """Whether what the alarm is of was taken out of service, or is under announced maintenance."""
    return alarm.hold is not None and (alarm.hold.kind == HoldKind.OUT_OF_SERVICE or bool(alarm.hold.maintenance_id))


def _details(alarm: Alarm) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(alarm.detail.items()))


def _object(alarm: Alarm) -> dict[str, str]:
    if alarm.site is None:
        return {"id": alarm.subject if alarm.object_key in NO_KEYS else alarm.object_key}
    return {"id": alarm.site.slug, "href": f"/api/v1/sites/{alarm.site.slug}"}


class TmfQuerySerializer(serializers.Serializer[Any]):
    """What the list can be asked for (TMF630): pages, order, fields, equality on some attributes, spans of time."""

    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)
    fields = serializers.CharField(max_length=500, required=False, help_text="Comma-separated; `none`: id and href.")  # type: ignore[assignment]
    perceivedSeverity = serializers.ChoiceField(choices=SEVERITIES, required=False)
    ackState = serializers.ChoiceField(choices=ACK_STATES, required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)
    alarmType = serializers.ChoiceField(choices=sorted(TYPES.values()), required=False)
    probableCause = serializers.CharField(max_length=80, required=False)
    sort = serializers.CharField(
        max_length=100, required=False, help_text=f"Comma-separated of {', '.join(SORTS)}; `-`: the other way round."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the filters, with those whose names have a dot; they come out nested."""
        serializer_fields = super().get_fields()
        serializer_fields["alarmedObject.id"] = serializers.CharField(max_length=120, required=False)
        for word in TIMES:
            serializer_fields[f"alarmRaisedTime.{word}"] = TimeField(required=False)
        return serializer_fields

    def validate_sort(self, value: str) -> list[str]:
        """Return the orders one by one."""
        words = value.split(",")
        if wrong := [word for word in words if word.removeprefix("-") not in SORTS]:
            raise serializers.ValidationError(f"{wrong[0]!r} given; expected some of {', '.join(SORTS)}")
        return words

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a filter that is not understood: to ignore it would answer something else than was asked."""
        known = self.get_fields()
        if unknown := sorted(set(self.initial_data) - {*known, "format"}):
            words = ", ".join(known)
            raise serializers.ValidationError({unknown[0]: [f"is no filter of this list; expected some of {words}"]})
        return attrs


class TmfPatchSerializer(serializers.Serializer[Any]):
    """What may be changed: the acknowledgement, and the end. With the person and system that ask for it."""

    ackState = serializers.ChoiceField(choices=ACK_STATES, required=False)
    ackUserId = serializers.CharField(max_length=150, required=False, allow_blank=True)
    ackSystemId = serializers.CharField(max_length=150, required=False, allow_blank=True)
    perceivedSeverity = serializers.ChoiceField(choices=["cleared"], required=False)
    clearUserId = serializers.CharField(max_length=150, required=False, allow_blank=True)
    clearSystemId = serializers.CharField(max_length=150, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a body that asks for nothing, or for something that cannot be changed."""
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(
                {unknown[0]: "expected ackState or perceivedSeverity; it cannot be changed"}
            )
        if not {"ackState", "perceivedSeverity"} & set(attrs):
            raise serializers.ValidationError({"ackState": "expected ackState, or perceivedSeverity cleared"})
        return attrs
