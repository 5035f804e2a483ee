"""TM Forum TMF642 alarm management, version 4: list, one alarm, acknowledge, clear (paging after TMF630)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.authentication import actor_of
from console.keys import Key
from network.actions import alarm_deeds, impact
from network.models import Alarm, AlarmEntry, EntryKind
from network.serializers.alarm_tmf import (
    TYPES,
    TmfAlarmSerializer,
    TmfPatchSerializer,
    TmfQuerySerializer,
    tmf_affected,
    tmf_alarm,
)
from network.views.impact import groups_for

CLEAR = "network.change_alarm"
ALWAYS = ("id", "href")
MOST_COMMENTS = 5_000
"""Of all alarms of one answer together, the newest."""
_FIELDS = OpenApiParameter("fields", str, description="Comma-separated; `none`: id and href.")


class MergePatchParser(JSONParser):
    """A JSON merge patch."""

    media_type = "application/merge-patch+json"


class TmfAlarmsView(APIView):
    """GET: alarms, the newest first."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "read"}

    @extend_schema(
        parameters=[TmfQuerySerializer],
        responses={200: TmfAlarmSerializer(many=True), 206: TmfAlarmSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Answer with a page, its size and how many there are in the headers; 206 where more follow."""
        query = TmfQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = _filtered(asked).select_related("site", "hold").order_by("-started_at", "-pk")
        total = found.count()
        page = list(found[asked["offset"] : asked["offset"] + asked["limit"]])
        comments = _comments(page)
        rows = [tmf_alarm(alarm, comments[alarm.pk]) for alarm in page]
        answer = Response([_only(row, asked.get("fields")) for row in rows], status=206 if len(rows) < total else 200)
        answer["X-Total-Count"], answer["X-Result-Count"] = str(total), str(len(rows))
        return answer


class TmfAlarmView(APIView):
    """GET: one alarm. PATCH: acknowledge it, take that back, or clear it."""

    rights = {"GET": "network.view_alarm", "PATCH": "network.acknowledge_alarm"}
    scopes = {"GET": "read", "PATCH": "alarms:write"}
    parser_classes = [JSONParser, MergePatchParser]

    @extend_schema(parameters=[_FIELDS], responses=TmfAlarmSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the alarm, or with those of its fields that were asked for."""
        alarm = _one(pk)
        found = impact.impact_of_alarm(alarm, timezone.now(), groups_for(request))
        told = tmf_alarm(alarm, _comments([alarm])[pk]) | tmf_affected(found)
        return Response(_only(told, request.query_params.get("fields")))

    @extend_schema(request=TmfPatchSerializer, responses=TmfAlarmSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Answer with the alarm as it is now."""
        said = TmfPatchSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        alarm = _one(pk)
        with transaction.atomic():
            _apply(request, alarm, said.validated_data)
        found = _one(pk)
        return Response(tmf_alarm(found, _comments([found])[pk]))


def _apply(request: Request, alarm: Alarm, asked: dict[str, Any]) -> None:
    """Do what was asked and is not so yet: a repeated PATCH changes nothing."""
    actor, now = actor_of(request), timezone.now()
    is_seen = alarm.acknowledged_at is not None
    if asked.get("ackState") == "acknowledged" and not is_seen:
        on_behalf = replace(actor, name=_on_behalf(actor.name, asked.get("ackUserId", "")))
        alarm_deeds.acknowledge(on_behalf, [alarm.pk], "", now)
    if asked.get("ackState") == "unacknowledged" and is_seen:
        alarm_deeds.unacknowledge(actor, [alarm.pk], now)
    if "perceivedSeverity" in asked and alarm.ended_at is None:
        if not isinstance(request.auth, Key) and not request.user.has_perm(CLEAR):
            raise PermissionDenied(f"you need the right {CLEAR} to clear alarms")
        on_behalf = replace(actor, name=_on_behalf(actor.name, asked.get("clearUserId", "")))
        alarm_deeds.clear_by_hand(on_behalf, [alarm.pk], now)


def _on_behalf(actor: str, user_id: str) -> str:
    return f"{user_id} via {actor}"[:160] if user_id and user_id != actor else actor


def _one(pk: int) -> Alarm:
    return get_object_or_404(Alarm.objects.select_related("site", "hold"), pk=pk)


def _comments(alarms: Sequence[Alarm]) -> dict[int, list[AlarmEntry]]:
    """Return what people said of these alarms, each with its own time and author, the oldest first."""
    said = AlarmEntry.objects.filter(alarm__in=alarms, kind__in=(EntryKind.COMMENTED, EntryKind.ACKNOWLEDGED))
    found: dict[int, list[AlarmEntry]] = {alarm.pk: [] for alarm in alarms}
    for one in list(said.exclude(text="").order_by("-at", "-pk")[:MOST_COMMENTS])[::-1]:
        found[one.alarm_id].append(one)
    return found


def _filtered(asked: dict[str, Any]) -> QuerySet[Alarm]:
    wanted = Q()
    severity, state = asked.get("perceivedSeverity"), asked.get("state")
    if severity:
        wanted &= Q(ended_at__isnull=False) if severity == "cleared" else Q(severity=severity, ended_at=None)
    if state == "cleared":
        wanted &= Q(ended_at__isnull=False)
    elif state:
        is_new = Q(changed_at=F("started_at"))
        wanted &= Q(ended_at=None) & (is_new if state == "raised" else ~is_new)
    if "ackState" in asked:
        wanted &= Q(acknowledged_at__isnull=asked["ackState"] == "unacknowledged")
    if "alarmType" in asked:
        wanted &= Q(alarm_type=next(kind for kind, word in TYPES.items() if word == asked["alarmType"]))
    return Alarm.objects.filter(wanted)


def _only(row: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """Return the fields asked for, id and href always; everything when none were named."""
    if not fields:
        return row
    names = [] if fields == "none" else fields.split(",")
    if unknown := [name for name in names if name not in row]:
        raise ValidationError({"fields": [f"{unknown[0][:40]!r} given; expected some of {', '.join(row)}"]})
    return {name: value for name, value in row.items() if name in {*ALWAYS, *names}}
