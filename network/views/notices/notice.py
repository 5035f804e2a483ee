"""REST: channels of notices, the notices themselves, and escalation; and their page."""

from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.after_commit import after_commit
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find, visible
from console.views.pages import Page
from network.actions.alarms import escalation
from network.actions.notices import notice, notice_channel
from network.models import (
    AlarmType,
    ChannelKind,
    EscalationRule,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeState,
    Region,
    Severity,
)
from network.models.notices.notice import MOST_STEPS
from network.serializers.notices.notice import (
    ChannelSecretSerializer,
    ChannelSerializer,
    ChannelWriteSerializer,
    CreatedChannelSerializer,
    EscalationSerializer,
    NoticeSerializer,
)
from network.tasks import send_channel

CHANNELS = NoticeChannel.objects.select_related("region", "organisation").annotate(
    waiting=Count("notices", filter=Q(notices__state=NoticeState.WAITING)),
    given_up=Count("notices", filter=Q(notices__state=NoticeState.DEAD)),
)
CHANGE_CHANNEL = {"POST": "network.change_noticechannel"}


class NotificationsPage(Page):
    """Where notices go, when alarms are passed on, and what did not arrive."""

    right, place, template_name = "network.view_noticechannel", "alarms", "network/notifications.html"
    names = ("region",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what can be chosen."""
        return super().get_context_data(
            kinds=ChannelKind.choices, severities=Severity.choices, types=AlarmType.choices, states=NoticeState.choices,
            regions=Region.objects.order_by("slug")[:200], steps=range(1, MOST_STEPS + 1), **kwargs,
        )  # fmt: skip


class ChannelsView(ListView):
    """GET: channels. POST: add one; the answer holds its secret, which cannot be had again."""

    rights = {"GET": "network.view_noticechannel", "POST": "network.add_noticechannel"}
    scopes = {"GET": "notices:read"}
    queryset = CHANNELS
    serializer_class = ChannelSerializer
    filterset_fields = {"kind": ["exact"], "is_active": ["exact"]}
    ordering_fields = ["name", "made_at"]
    ordering = ["name", "id"]

    @extend_schema(request=ChannelWriteSerializer, responses={201: CreatedChannelSerializer})
    def post(self, request: Request) -> Response:
        """Add a channel."""
        wanted = parse.fields(request, ChannelWriteSerializer)
        made, secret = notice_channel.add_channel(actor_of(request), wanted, timezone.now())
        return Response({**_shown(request, made.pk), "secret": secret}, status=201)


class ChannelView(APIView):
    """GET: one channel. PATCH: change it. DELETE: remove it with its notices."""

    rights = {
        "GET": "network.view_noticechannel",
        "PATCH": "network.change_noticechannel",
        "DELETE": "network.delete_noticechannel",
    }
    scopes = {"GET": "notices:read"}

    @extend_schema(responses=ChannelSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the channel."""
        return Response(_shown(request, pk))

    @extend_schema(request=ChannelWriteSerializer(partial=True), responses=ChannelSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change some of its values."""
        channel = find(NoticeChannel.objects.all(), request, self, pk=pk)
        wanted = parse.fields(request, ChannelWriteSerializer, channel)
        notice_channel.change_channel(actor_of(request), channel, wanted, timezone.now())
        return Response(_shown(request, pk))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove it."""
        notice_channel.remove_channel(
            actor_of(request), find(NoticeChannel.objects.all(), request, self, pk=pk), timezone.now()
        )
        return Response(status=204)


class ChannelSecretView(APIView):
    """POST: a new secret."""

    rights = CHANGE_CHANNEL

    @extend_schema(request=None, responses=ChannelSecretSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the new secret, this once."""
        channel = find(NoticeChannel.objects.all(), request, self, pk=pk)
        return Response({"secret": notice_channel.renew_secret(actor_of(request), channel, timezone.now())})


class ChannelTestView(APIView):
    """POST: send a test."""

    rights = CHANGE_CHANNEL

    @extend_schema(request=None, responses={202: NoticeSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the notice that is on its way; ask for it again to learn whether it arrived."""
        made = notice.test(actor_of(request), find(NoticeChannel.objects.all(), request, self, pk=pk), timezone.now())
        after_commit(send_channel.delay, pk)  # the schedule would, too, but later
        return Response(NoticeSerializer(made).data, status=202)


class NoticeFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What notices can be filtered by."""

    state = django_filters.MultipleChoiceFilter(choices=NoticeState.choices)
    kind = django_filters.MultipleChoiceFilter(choices=NoticeKind.choices)
    channel = django_filters.NumberFilter(field_name="channel", min_value=1, max_value=2**62)
    alarm = django_filters.NumberFilter(field_name="alarm", min_value=1, max_value=2**62)

    class Meta:
        model = Notice
        fields = ["state", "kind", "channel", "alarm"]


class NoticesView(ListView):
    """GET: notices, the newest first."""

    rights = {"GET": "network.view_notice"}
    scopes = {"GET": "notices:read"}
    queryset = Notice.objects.select_related("channel", "alarm").defer("body")
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilters
    ordering_fields = [
        "made_at", "due_at", "sent_at", "attempts", "channel__name", "kind", "state", "problem", "alarm__subject",
    ]  # fmt: skip
    ordering = ["-made_at", "-number"]


class NoticeView(APIView):
    """GET: one notice."""

    rights = {"GET": "network.view_notice"}
    scopes = {"GET": "notices:read"}

    @extend_schema(responses=NoticeSerializer)
    def get(self, request: Request, uuid: str) -> Response:
        """Answer with the notice as it is now."""
        return Response(NoticeSerializer(find(NoticesView.queryset, request, self, pk=uuid)).data)


class SendAgainView(APIView):
    """POST: send a notice again, under the same id."""

    rights = {"POST": "network.change_notice"}

    @extend_schema(request=None, responses={202: NoticeSerializer})
    def post(self, request: Request, uuid: str) -> Response:
        """Answer with the notice, which waits again."""
        made = notice.send_again(
            actor_of(request), find(Notice.objects.select_related("channel"), request, self, pk=uuid), timezone.now()
        )
        return Response(NoticeSerializer(made).data, status=202)


class EscalationsView(ListView):
    """GET: the steps of escalation. POST: add one."""

    rights = {"GET": "network.view_escalationrule", "POST": "network.add_escalationrule"}
    scopes = {"GET": "notices:read"}
    queryset: QuerySet[EscalationRule] = EscalationRule.objects.select_related("organisation")
    serializer_class = EscalationSerializer
    filterset_fields = {"severity": ["exact"], "is_active": ["exact"]}
    ordering_fields = ["severity", "step", "after_s"]
    ordering = ["severity", "step"]

    @extend_schema(request=EscalationSerializer, responses={201: EscalationSerializer})
    def post(self, request: Request) -> Response:
        """Add a step."""
        wanted = parse.fields(request, EscalationSerializer)
        made = escalation.write_rule(actor_of(request), EscalationRule(), wanted, timezone.now())
        return Response(EscalationSerializer(made).data, status=201)


class EscalationView(APIView):
    """PATCH: change a step. DELETE: remove it."""

    rights = {"PATCH": "network.change_escalationrule", "DELETE": "network.delete_escalationrule"}

    @extend_schema(request=EscalationSerializer(partial=True), responses=EscalationSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change some of its values."""
        rule = find(EscalationRule.objects.all(), request, self, pk=pk)
        wanted = parse.fields(request, EscalationSerializer, rule)
        made = escalation.write_rule(actor_of(request), rule, wanted, timezone.now())
        return Response(EscalationSerializer(made).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove it; what it has done stays."""
        escalation.remove_rule(
            actor_of(request), find(EscalationRule.objects.all(), request, self, pk=pk), timezone.now()
        )
        return Response(status=204)


def _shown(request: Request, pk: int) -> dict[str, Any]:
    return dict(
        ChannelSerializer(get_object_or_404(visible(CHANNELS, request), pk=pk), context={"request": request}).data
    )
