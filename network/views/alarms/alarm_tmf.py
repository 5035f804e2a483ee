"""TM Forum TMF642 alarm management, version 4: list, one alarm, acknowledge, clear (paging after TMF630)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.keys import Key
from console.actions.audit.audit import Actor
from console.rest import parse
from console.rest.parsers import JsonParser
from console.rest.permissions import find
from network.actions.alarms import operator_actions
from network.actions.impact import impact
from network.models import Alarm, AlarmEntry, EntryKind
from network.models.alarms.alarm import SEVERITY_RANK, AlarmQuerySet
from network.serializers.alarms.alarm_tmf import (
    MOST_CORRELATED,
    TYPES,
    Around,
    TmfAlarmSerializer,
    TmfPatchSerializer,
    TmfQuerySerializer,
    tmf_affected,
    tmf_alarm,
)
from network.views.impact.impact import reader_of

CLEAR = "network.change_alarm"
ALWAYS = ("id", "href")
MOST_COMMENTS = 5_000
"""Of all alarms of one answer together, the newest."""
_RANK = Case(When(ended_at__isnull=False, then=Value(0)), default=SEVERITY_RANK, output_field=IntegerField())
_ORDERS: dict[str, Any] = {
    "alarmRaisedTime": F("started_at"),
    "alarmChangedTime": F("changed_at"),
    "perceivedSeverity": _RANK,
}
_FIELDS = OpenApiParameter("fields", str, description="Comma-separated; `none`: id and href.")


class MergePatchParser(JsonParser):
    """A JSON merge patch."""

    media_type = "application/merge-patch+json"


class TmfAlarmsView(APIView):
    """GET: alarms, the newest first."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}

    @extend_schema(
        parameters=[TmfQuerySerializer],
        responses={200: TmfAlarmSerializer(many=True), 206: TmfAlarmSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Answer with a page, its size and how many there are in the headers; 206 where more follow."""
        asked = parse.query_fields(request, TmfQuerySerializer)
        wanted = _filtered(asked).visible_to(actor_of(request))
        total = wanted.count()
        alarms = wanted.whole().order_by(*_order(asked.get("sort", ())))
        rows = _told(list(alarms[asked["offset"] : asked["offset"] + asked["limit"]]))
        answer = Response([_only(row, asked.get("fields")) for row in rows], status=206 if len(rows) < total else 200)
        answer["X-Total-Count"], answer["X-Result-Count"] = str(total), str(len(rows))
        return answer


class TmfAlarmView(APIView):
    """GET: one alarm. PATCH: acknowledge it, take that back, or clear it."""

    rights = {"GET": "network.view_alarm", "PATCH": "network.acknowledge_alarm"}
    scopes = {"GET": "alarms:read", "PATCH": "alarms:write"}
    parser_classes = [JsonParser, MergePatchParser]

    @extend_schema(parameters=[_FIELDS], responses=TmfAlarmSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the alarm, or with those of its fields that were asked for."""
        alarm = self.alarm(request, pk)
        affected = impact.impact_of_alarm(alarm, timezone.now(), reader_of(request))
        document = _told([alarm])[0] | tmf_affected(affected)
        return Response(_only(document, request.query_params.get("fields")))

    @extend_schema(request=TmfPatchSerializer, responses=TmfAlarmSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Answer with the alarm as it is now."""
        wanted = parse.fields(request, TmfPatchSerializer)
        alarm = self.alarm(request, pk)
        with transaction.atomic():
            _apply(request, alarm, wanted)
        return Response(_told([self.alarm(request, pk)])[0])

    def alarm(self, request: Request, pk: int) -> Alarm:
        """Return the alarm, if the caller may do this to it."""
        return find(Alarm.objects.whole(), request, self, pk=pk)


def _apply(request: Request, alarm: Alarm, asked: dict[str, Any]) -> None:
    """Do what was asked and is not so yet: a repeated PATCH changes nothing."""
    actor, now = actor_of(request), timezone.now()
    is_seen, who = alarm.acknowledged_at is not None, _on_behalf(actor, asked, "ack")
    if asked.get("ackState") == "acknowledged" and not is_seen:
        operator_actions.acknowledge(who, [alarm.pk], "", now)
    if asked.get("ackState") == "unacknowledged" and is_seen:
        operator_actions.unacknowledge(who, [alarm.pk], now)
    if "perceivedSeverity" in asked and alarm.ended_at is None:
        if not isinstance(request.auth, Key) and not request.user.has_perm(CLEAR):
            raise PermissionDenied(f"you need the right {CLEAR} to clear alarms")
        operator_actions.clear_by_hand(_on_behalf(actor, asked, "clear"), [alarm.pk], now)


def _on_behalf(actor: Actor, asked: dict[str, Any], verb: str) -> Actor:
    """Return who signed in, with the person and the system that it names as the ones who act."""
    user_id, system = asked.get(f"{verb}UserId", ""), asked.get(f"{verb}SystemId", "")
    is_other = user_id and user_id != actor.name
    return replace(actor, name=f"{user_id} via {actor.name}"[:160] if is_other else actor.name, system=system)


def _told(alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
    """Return alarms as TMF642 shows them, in as many queries for a thousand as for one."""
    comments, children = _comments(alarms), _children(alarms)
    seen, gone = _entries_of(alarms, EntryKind.ACKNOWLEDGED), _entries_of(alarms, EntryKind.CLEARED)
    return [
        tmf_alarm(alarm, Around(comments[alarm.pk], seen.get(alarm.pk), gone.get(alarm.pk), children[alarm.pk]))
        for alarm in alarms
    ]


def _children(alarms: Iterable[Alarm]) -> dict[int, list[int]]:
    """Return the newest consequences of those that have any."""
    children: dict[int, list[int]] = defaultdict(list)
    place = Window(RowNumber(), partition_by="root", order_by=["-started_at", "-pk"])
    below = Alarm.objects.filter(root__in=[alarm.pk for alarm in alarms if alarm.child_count]).annotate(place=place)
    for root_id, pk in below.filter(place__lte=MOST_CORRELATED).order_by("place").values_list("root", "pk"):
        children[root_id or 0].append(pk)
    return children


def _entries_of(alarms: Iterable[Alarm], kind: EntryKind) -> dict[int, AlarmEntry]:
    """Return of each alarm the entry by which it came to be acknowledged, or cleared, if it is so now."""
    at = F("alarm__acknowledged_at" if kind is EntryKind.ACKNOWLEDGED else "alarm__ended_at")
    return {entry.alarm_id: entry for entry in AlarmEntry.objects.filter(alarm__in=alarms, kind=kind, at=at)}


def _comments(alarms: Sequence[Alarm]) -> dict[int, list[AlarmEntry]]:
    """Return what people said of these alarms, each with its own time and author, the oldest first."""
    scoped = AlarmEntry.objects.filter(alarm__in=alarms, kind__in=(EntryKind.COMMENTED, EntryKind.ACKNOWLEDGED))
    entries: dict[int, list[AlarmEntry]] = {alarm.pk: [] for alarm in alarms}
    for entry in list(scoped.exclude(text="").order_by("-at", "-pk")[:MOST_COMMENTS])[::-1]:
        entries[entry.alarm_id].append(entry)
    return entries


def _filtered(asked: dict[str, Any]) -> AlarmQuerySet:
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
    return Alarm.objects.filter(wanted, _about(asked))


def _about(asked: dict[str, Any]) -> Q:
    """Return the condition on what an alarm is about, and on when it was raised."""
    wanted = Q()
    if "probableCause" in asked:
        wanted &= Q(probable_cause=asked["probableCause"])
    if "alarmedObject" in asked:
        key = asked["alarmedObject"]["id"]
        wanted &= Q(site__slug=key) | Q(site=None) & (Q(object_key=key) | Q(subject=key) | Q(subject_zh=key))
    for word, at in asked.get("alarmRaisedTime", {}).items():
        wanted &= Q(**{f"started_at__{word}": at})
    if "alarmType" in asked:
        wanted &= Q(alarm_type=next(kind for kind, word in TYPES.items() if word == asked["alarmType"]))
    return wanted


def _order(words: Iterable[str]) -> list[Any]:
    """Return the order asked for, the newest first of what is equal in it; a grave alarm is more than a mild one."""
    asked = [(_ORDERS[word.removeprefix("-")], word.startswith("-")) for word in words]
    return [*(by.desc() if is_down else by.asc() for by, is_down in asked), "-started_at", "-pk"]


def _only(row: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """Return the fields asked for, id and href always; everything when none were named."""
    if not fields:
        return row
    names = [] if fields == "none" else fields.split(",")
    if unknown := [name for name in names if name not in row]:
        raise ValidationError({"fields": [f"{unknown[0][:40]!r} given; expected some of {', '.join(row)}"]})
    return {name: value for name, value in row.items() if name in {*ALWAYS, *names}}
