"""REST: what a person does with alarms. Of several each is done or refused by itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.keys import Key
from console.actions.audit.audit import Actor
from console.models import Person
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find
from network.actions.alarms import alarm_hold, alarm_view
from network.actions.alarms import operator_actions as actions
from network.actions.alarms.alarm_condition import Identity
from network.actions.alarms.alarm_hold import HoldRequest, Target, target_named, target_of
from network.actions.alarms.operator_actions import Outcome
from network.models import AlarmHold, AlarmView, HoldKind
from network.serializers.alarms.alarm import (
    AcknowledgeManySerializer,
    AcknowledgeSerializer,
    AlarmHoldSerializer,
    AlarmSerializer,
    AlarmViewSerializer,
    AssigneeSerializer,
    AssignSerializer,
    CommentSerializer,
    HoldSerializer,
    IdsSerializer,
    OperatorActionOutcomeSerializer,
    ShelveSerializer,
)

ACKNOWLEDGE = {"POST": actions.ACKNOWLEDGE}
CHANGE = {"POST": actions.CHANGE}
HOLD = {"POST": alarm_hold.HOLD}
WRITE = {"POST": "alarms:write"}
HOLD_SCOPE = "alarms:hold"
"""What an operator may not do: `alarms:write` does not allow it either."""
Do = Callable[[Actor, Mapping[str, Any], datetime], Outcome]
ANSWER = PolymorphicProxySerializer(
    component_name="AlarmsDone",
    serializers=[AlarmSerializer(many=True), OperatorActionOutcomeSerializer],
    resource_type_field_name=None,
    many=False,
)
"""One alarm: a list of it. Several: those to which it was done and those to which it was not."""


class AcknowledgeView(APIView):
    """POST: acknowledge one alarm, and with a root cause its consequences."""

    rights = ACKNOWLEDGE
    scopes = WRITE

    @extend_schema(request=AcknowledgeSerializer, responses=AlarmSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the alarm as it is now."""
        comment = parse.body(request, AcknowledgeSerializer)
        outcome = actions.acknowledge(actor_of(request), [pk], comment, timezone.now())
        return Response(AlarmSerializer(outcome.done[0]).data)


class OperatorActionView(APIView):
    """Base of what is done to alarms: read the body, do it, answer with what was done, and what was not and why."""

    scopes = WRITE
    serializer: ClassVar[type[serializers.Serializer[Any]]]

    @staticmethod
    def do(actor: Actor, asked: Mapping[str, Any], now: datetime, /) -> Outcome:
        """Do it, or raise `Refused`: what each view brings of its own, unless it carries it out otherwise."""
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now; of several also with those to which it was not done."""
        asked = parse.fields(request, self.serializer)
        outcome = self.carry_out(request, asked)
        if len(asked["ids"]) > 1:
            return Response(OperatorActionOutcomeSerializer(outcome).data)
        return Response(AlarmSerializer(outcome.done, many=True).data)  # type: ignore[arg-type]

    def carry_out(self, request: Request, asked: Mapping[str, Any]) -> Outcome:
        """Do it for whoever asks, now."""
        return self.do(actor_of(request), asked, timezone.now())


def described(serializer: type[serializers.Serializer[Any]], **more: Any) -> Callable[[type[OperatorActionView]], Any]:
    """Return what describes an operator action to the API's readers: what its body holds, and its answer."""
    return extend_schema_view(post=extend_schema(request=serializer, responses=ANSWER, **more))


def with_fields(do: Callable[..., Outcome], *names: str) -> Do:
    """Return an operator action that takes these fields of the body, in order, after actor and ids."""
    return lambda actor, asked, now: do(actor, asked["ids"], *(asked[name] for name in names), now)


def holding(kind: HoldKind) -> Do:
    """Return the operator action that holds alarms this way."""
    return lambda actor, asked, now: alarm_hold.hold_alarms(
        actor, asked["ids"], HoldRequest(kind, asked["reason"], asked["until_at"]), now
    )


@described(AcknowledgeManySerializer, operation_id="v1_alarms_acknowledge_many")
class AcknowledgeManyView(OperatorActionView):
    """POST: acknowledge several alarms."""

    rights = ACKNOWLEDGE
    serializer = AcknowledgeManySerializer
    do = staticmethod(with_fields(actions.acknowledge, "comment"))


@described(IdsSerializer)
class UnacknowledgeView(OperatorActionView):
    """POST: take acknowledgements back."""

    rights = ACKNOWLEDGE
    serializer = IdsSerializer
    do = staticmethod(with_fields(actions.unacknowledge))


@described(CommentSerializer)
class CommentView(OperatorActionView):
    """POST: say something about alarms."""

    rights = CHANGE
    serializer = CommentSerializer
    do = staticmethod(with_fields(actions.comment, "comment"))


@described(IdsSerializer)
class ClearView(OperatorActionView):
    """POST: clear alarms whose cause is gone, though nothing measures that."""

    rights = CHANGE
    serializer = IdsSerializer
    do = staticmethod(with_fields(actions.clear_by_hand))


@described(ShelveSerializer)
class ShelveView(OperatorActionView):
    """POST: shelve alarms for a time, with a reason."""

    rights = CHANGE
    serializer = ShelveSerializer
    do = staticmethod(holding(HoldKind.SHELVED))


@described(HoldSerializer)
class SuppressView(OperatorActionView):
    """POST: suppress alarms by design."""

    rights = HOLD
    scopes = {"POST": HOLD_SCOPE}
    serializer = HoldSerializer
    do = staticmethod(holding(HoldKind.SUPPRESSED))


@described(HoldSerializer)
class OutOfServiceView(OperatorActionView):
    """POST: take the source of alarms out of service."""

    rights = HOLD
    scopes = {"POST": HOLD_SCOPE}
    serializer = HoldSerializer
    do = staticmethod(holding(HoldKind.OUT_OF_SERVICE))


@described(IdsSerializer)
class ReleaseView(OperatorActionView):
    """POST: let held alarms back before their time. Who may only shelve lets back only what is shelved."""

    rights = CHANGE
    serializer = IdsSerializer

    def carry_out(self, request: Request, asked: Mapping[str, Any]) -> Outcome:
        """Let them back."""
        key = request.auth if isinstance(request.auth, Key) else None
        is_free = key.may(HOLD_SCOPE) if key else request.user.has_perm(HOLD["POST"])
        if not is_free and alarm_hold.are_held_by_design(actor_of(request), asked["ids"]):
            lacks = f"This API key lacks the scope {HOLD_SCOPE}" if key else f"You lack the right {HOLD['POST']}"
            raise PermissionDenied(f"{lacks}: these are not only shelved.")
        return alarm_hold.release_alarms(actor_of(request), asked["ids"], timezone.now(), only_shelved=not is_free)


@described(AssignSerializer)
class AssignView(OperatorActionView):
    """POST: say who looks after alarms. GET: who may be named."""

    rights = {**CHANGE, "GET": "network.change_alarm"}
    serializer = AssignSerializer
    do = staticmethod(with_fields(actions.assign, "person"))

    @extend_schema(responses=AssigneeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with the people whom alarms can be assigned to."""
        return Response(AssigneeSerializer(actions.assignees(actor_of(request)), many=True).data)


class HoldsView(ListView):
    """GET: what is or was held, the newest first. POST: hold a subject, whether or not it has alarms now."""

    rights = {"GET": "network.view_alarm", **HOLD}
    scopes = {"GET": "alarms:read", "POST": HOLD_SCOPE}
    queryset = AlarmHold.objects.select_related("organisation")
    serializer_class = AlarmHoldSerializer
    filterset_fields = {
        **{name: ["exact"] for name in ("kind", "object_kind", "object_key", "problem", "subject")},
        "ended_at": ["isnull"],
    }
    ordering_fields = ["started_at", "until_at"]
    ordering = ["-started_at", "-id"]

    @extend_schema(request=AlarmHoldSerializer, responses={201: AlarmHoldSerializer})
    def post(self, request: Request) -> Response:
        """Answer with the hold."""
        asked, actor = parse.fields(request, AlarmHoldSerializer), actor_of(request)
        wanted = HoldRequest(HoldKind(asked["kind"]), asked["reason"], asked["until_at"])
        owner = asked["organisation"].pk if "organisation" in asked else actor.organisation
        made = alarm_hold.declare_hold(actor, _target(asked, owner), wanted, timezone.now())
        return Response(AlarmHoldSerializer(made).data, status=201)


def _target(asked: dict[str, Any], owner: int) -> Target:
    problem = asked.get("problem") or asked["specific_problem"]
    if "object_key" in asked:
        return target_of(Identity(asked["object_kind"], asked["object_key"], problem, owner))
    return target_named(asked["subject"], problem, owner)


class HoldView(APIView):
    """DELETE: end a hold."""

    rights = {"DELETE": alarm_hold.HOLD}
    scopes = {"DELETE": HOLD_SCOPE}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Answer with nothing."""
        alarm_hold.end_holds(actor_of(request), [find(AlarmHold.objects.all(), request, self, pk=pk)], timezone.now())
        return Response(status=204)


class AlarmViewsView(ListView):
    """GET: one's own saved filters and the shared ones. POST: save one."""

    rights = {"GET": "network.view_alarm", "POST": "network.view_alarm"}
    queryset = AlarmView.objects.select_related("person")
    serializer_class = AlarmViewSerializer
    filterset_fields = ["is_shared"]
    ordering_fields = ["name"]
    ordering = ["name", "id"]

    def get_queryset(self) -> QuerySet[AlarmView]:
        """Return what this person may use."""
        return super().get_queryset().filter(Q(person=self.request.user.pk) | Q(is_shared=True))

    @extend_schema(request=AlarmViewSerializer, responses={201: AlarmViewSerializer})
    def post(self, request: Request) -> Response:
        """Answer with the saved filter; one of the same name is replaced."""
        wanted = parse.fields(request, AlarmViewSerializer)
        assert isinstance(request.user, Person)  # keys have no scope for this
        made = alarm_view.save_view(actor_of(request), request.user, wanted, timezone.now())
        return Response(AlarmViewSerializer(made).data, status=201)


class AlarmViewView(APIView):
    """DELETE: forget a saved filter of one's own."""

    rights = {"DELETE": "network.view_alarm"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Answer with nothing."""
        get_object_or_404(AlarmView, pk=pk, person=request.user.pk).delete()
        return Response(status=204)
