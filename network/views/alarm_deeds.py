"""REST: what a person does with alarms. Several at once: all or none."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.authentication import actor_of
from console.lists import ListView
from console.models import Person
from network.actions import alarm_deeds, alarm_hold, alarm_view
from network.actions.alarm_hold import Wish
from network.models import Alarm, AlarmHold, AlarmView, HoldKind
from network.serializers.alarm import (
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
    ShelveSerializer,
)

ACKNOWLEDGE = {"POST": "network.acknowledge_alarm"}
CHANGE = {"POST": "network.change_alarm"}
HOLD = {"POST": "network.add_alarmhold"}
WRITE = {"POST": "alarms:write"}


class AcknowledgeView(APIView):
    """POST: acknowledge one alarm, and with a root cause its consequences."""

    rights = ACKNOWLEDGE
    scopes = WRITE

    @extend_schema(request=AcknowledgeSerializer, responses=AlarmSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the alarm as it is now."""
        said = AcknowledgeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        done = alarm_deeds.acknowledge(actor_of(request), [pk], said.validated_data["comment"], timezone.now())
        return Response(AlarmSerializer(done[0]).data)


class DeedView(APIView):
    """Base of what is done to several alarms: read the body, do it, answer with the alarms as they are now."""

    scopes = WRITE
    serializer: ClassVar[type[serializers.Serializer[Any]]]

    def answer(self, request: Request, do: Callable[..., list[Alarm]], *names: str) -> Response:
        """Do it with these fields of the body, in order, after actor and ids."""
        asked = self.asked(request)
        done = do(actor_of(request), asked["ids"], *(asked[name] for name in names), timezone.now())
        return Response(AlarmSerializer(done, many=True).data)  # type: ignore[arg-type]

    def hold(self, request: Request, kind: HoldKind) -> Response:
        """Hold the alarms."""
        asked = self.asked(request)
        wish = Wish(kind, asked["reason"], asked["until_at"])
        done = alarm_hold.hold_alarms(actor_of(request), asked["ids"], wish, timezone.now())
        return Response(AlarmSerializer(done, many=True).data)  # type: ignore[arg-type]

    def asked(self, request: Request) -> dict[str, Any]:
        """Return the body, valid."""
        said = self.serializer(data=request.data)
        said.is_valid(raise_exception=True)
        return dict(said.validated_data)


class AcknowledgeManyView(DeedView):
    """POST: acknowledge several alarms."""

    rights = ACKNOWLEDGE
    serializer = AcknowledgeManySerializer

    @extend_schema(
        operation_id="v1_alarms_acknowledge_many",
        request=AcknowledgeManySerializer,
        responses=AlarmSerializer(many=True),
    )
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.answer(request, alarm_deeds.acknowledge, "comment")


class CommentView(DeedView):
    """POST: say something about alarms."""

    rights = CHANGE
    serializer = CommentSerializer

    @extend_schema(request=CommentSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.answer(request, alarm_deeds.comment, "comment")


class AssignView(DeedView):
    """POST: say who looks after alarms. GET: who may be named."""

    rights = {**CHANGE, "GET": "network.change_alarm"}
    serializer = AssignSerializer

    @extend_schema(request=AssignSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.answer(request, alarm_deeds.assign, "person")

    @extend_schema(responses=AssigneeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with the people whom alarms can be assigned to."""
        return Response(AssigneeSerializer(alarm_deeds.assignees(), many=True).data)


class ClearView(DeedView):
    """POST: clear alarms whose cause is gone, though nothing measures that."""

    rights = CHANGE
    serializer = IdsSerializer

    @extend_schema(request=IdsSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.answer(request, alarm_deeds.clear_by_hand)


class ShelveView(DeedView):
    """POST: shelve alarms for a time, with a reason."""

    rights = CHANGE
    serializer = ShelveSerializer

    @extend_schema(request=ShelveSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.hold(request, HoldKind.SHELVED)


class SuppressView(DeedView):
    """POST: suppress alarms by design."""

    rights = HOLD
    serializer = HoldSerializer

    @extend_schema(request=HoldSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.hold(request, HoldKind.SUPPRESSED)


class OutOfServiceView(DeedView):
    """POST: take the source of alarms out of service."""

    rights = HOLD
    serializer = HoldSerializer

    @extend_schema(request=HoldSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.hold(request, HoldKind.OUT_OF_SERVICE)


class ReleaseView(DeedView):
    """POST: let held alarms back before their time."""

    rights = CHANGE
    serializer = IdsSerializer

    @extend_schema(request=IdsSerializer, responses=AlarmSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        return self.answer(request, alarm_hold.release_alarms)


class HoldsView(ListView):
    """GET: what is or was held, the newest first. POST: hold a subject, whether or not it has alarms now."""

    rights = {"GET": "network.view_alarm", **HOLD}
    scopes = {"GET": "read", **WRITE}
    queryset = AlarmHold.objects.all()
    serializer_class = AlarmHoldSerializer
    filterset_fields = {"kind": ["exact"], "subject": ["exact"], "ended_at": ["isnull"]}
    ordering_fields = ["started_at", "until_at"]
    ordering = ["-started_at", "-id"]

    @extend_schema(request=AlarmHoldSerializer, responses={201: AlarmHoldSerializer})
    def post(self, request: Request) -> Response:
        """Answer with the hold."""
        said = AlarmHoldSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        wish = Wish(HoldKind(asked["kind"]), asked["reason"], asked["until_at"])
        made = alarm_hold.declare_hold(
            actor_of(request), asked["subject"], asked["specific_problem"], wish, timezone.now()
        )
        return Response(AlarmHoldSerializer(made).data, status=201)


class HoldView(APIView):
    """DELETE: end a hold."""

    rights = {"DELETE": "network.add_alarmhold"}
    scopes = {"DELETE": "alarms:write"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Answer with nothing."""
        alarm_hold.end_holds(actor_of(request), [get_object_or_404(AlarmHold, pk=pk)], timezone.now())
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
        said = AlarmViewSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        assert isinstance(request.user, Person)  # keys have no scope for this
        made = alarm_view.save_view(request.user, said.validated_data, timezone.now())
        return Response(AlarmViewSerializer(made).data, status=201)


class AlarmViewView(APIView):
    """DELETE: forget a saved filter of one's own."""

    rights = {"DELETE": "network.view_alarm"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Answer with nothing."""
        get_object_or_404(AlarmView, pk=pk, person=request.user.pk).delete()
        return Response(status=204)
