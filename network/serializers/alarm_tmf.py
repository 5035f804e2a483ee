# ruff: noqa: N815  the standard names its fields so
"""Wire shapes of alarms after TM Forum TMF642 version 4.0."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from network.actions.impact import Impact
from network.models import Alarm, AlarmEntry, AlarmType, HoldKind, Severity

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
    ackSystemId = serializers.CharField(allow_null=True)
    alarmRaisedTime = serializers.DateTimeField()
    alarmChangedTime = serializers.DateTimeField()
    alarmClearedTime = serializers.DateTimeField(allow_null=True)
    alarmReportingTime = serializers.DateTimeField()
    sourceSystemId = serializers.CharField()
    isRootCause = serializers.BooleanField(allow_null=True, help_text="Null: not known to have consequences.")
    parentAlarm = serializers.ListField(child=serializers.DictField())
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

    def to_representation(self, instance: Alarm) -> dict[str, Any]:
        """Show the alarm."""
        return tmf_alarm(instance)


def tmf_alarm(alarm: Alarm, comments: Sequence[AlarmEntry] = ()) -> dict[str, Any]:
    """Return an alarm as TMF642 shows it, with what people said of it. Its site and hold must have been selected."""
    is_over, is_seen = alarm.ended_at is not None, alarm.acknowledged_at is not None
    return {
        "id": str(alarm.pk),
        "href": f"{BASE}/{alarm.pk}",
        "@type": "Alarm",
        "alarmType": TYPES[AlarmType(alarm.alarm_type)],
        "perceivedSeverity": "cleared" if is_over else alarm.severity,
        "probableCause": alarm.probable_cause,
        "specificProblem": alarm.specific_problem,
        "alarmDetails": _details(alarm),
        "state": "cleared" if is_over else "raised" if alarm.changed_at == alarm.started_at else "updated",
        "ackState": "acknowledged" if is_seen else "unacknowledged",
        "ackUserId": alarm.acknowledged_name if is_seen else None,
        "ackSystemId": SOURCE if is_seen else None,
        "alarmRaisedTime": alarm.started_at,
        "alarmChangedTime": alarm.changed_at,
        "alarmClearedTime": alarm.ended_at,
        "alarmReportingTime": alarm.started_at,
        "sourceSystemId": SOURCE,
        "isRootCause": True if alarm.child_count else False if alarm.root_id else None,
        "parentAlarm": [{"id": str(alarm.root_id), "href": f"{BASE}/{alarm.root_id}"}] if alarm.root_id else [],
        "alarmedObject": _object(alarm),
        "alarmedObjectType": "site" if alarm.site else "other",
        "plannedOutageIndicator": "outOfService" if _is_planned(alarm) else "inService",
        "comment": [{"comment": one.text, "time": one.at, "userId": one.actor, "systemId": SOURCE} for one in comments],
        "x-held": {"kind": alarm.hold.kind, "until": alarm.hold.until_at} if alarm.hold else None,
    }


def tmf_affected(found: Impact | None) -> dict[str, Any]:
    """Return what suffers as TMF642 shows it; null where it cannot be said."""
    if found is None:
        return {"serviceAffecting": None, "affectedService": []}
    rows = [(group[:-1], row) for group, one in found.services.items() for row in one.rows]
    told = [{"id": row.key, "href": row.href, "name": row.name, "@referredType": kind} for kind, row in rows]
    return {"serviceAffecting": bool(told), "affectedService": told}


def _is_planned(alarm: Alarm) -> bool:
    """Whether what the alarm is of was taken out of service, or is under announced maintenance."""
    return alarm.hold is not None and (alarm.hold.kind == HoldKind.OUT_OF_SERVICE or bool(alarm.hold.maintenance_id))


def _details(alarm: Alarm) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(alarm.detail.items()))


def _object(alarm: Alarm) -> dict[str, str]:
    if alarm.site is None:
        return {"id": alarm.subject}
    return {"id": alarm.site.slug, "href": f"/api/v1/sites/{alarm.site.slug}"}


class TmfQuerySerializer(serializers.Serializer[Any]):
    """What the list can be asked for (TMF630): pages, fields, and equality on some attributes."""

    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)
    fields = serializers.CharField(max_length=500, required=False, help_text="Comma-separated; `none`: id and href.")  # type: ignore[assignment]
    perceivedSeverity = serializers.ChoiceField(choices=SEVERITIES, required=False)
    ackState = serializers.ChoiceField(choices=ACK_STATES, required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)
    alarmType = serializers.ChoiceField(choices=sorted(TYPES.values()), required=False)

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
