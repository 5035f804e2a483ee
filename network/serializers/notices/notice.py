"""Wire shapes of channels, notices and escalation."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from rest_framework import serializers

from console.access.authentication import actor_of
from console.rest.fields import BySlug, OwnerField
from network.actions.notices.notice_channel import target_problem
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

_WRITABLE = [
    "name", "kind", "target", "least_severity", "region", "alarm_type", "search", "is_active", "is_with_consequences",
    "is_for_escalations_only",
]  # fmt: skip
CHANGE = "network.change_noticechannel"


class ChannelWriteSerializer(serializers.Serializer[NoticeChannel]):
    """Where notices go, and which. A held alarm is never told of; whoever heard of an alarm hears its end as well."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    target = serializers.CharField(max_length=500, help_text="A URL, or e-mail addresses with commas between them.")
    least_severity = serializers.ChoiceField(choices=Severity.choices, default=Severity.WARNING.value)
    region: Any = BySlug(slug_field="slug", queryset=Region.objects.all(), allow_null=True, default=None)
    alarm_type = serializers.ChoiceField(choices=AlarmType.choices, allow_blank=True, default="")
    search = serializers.CharField(
        max_length=80,
        allow_blank=True,
        default="",
        help_text="What subject or problem holds, in either language and any case.",
    )
    is_active = serializers.BooleanField(default=True)
    is_with_consequences = serializers.BooleanField(default=False, help_text="Consequences of a root cause as well.")
    is_for_escalations_only = serializers.BooleanField(
        default=False, help_text="Only what an escalation passes on to it, and how that goes on."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Look whether the target can be one of this kind."""
        if not {"kind", "target"} & set(attrs):
            return attrs
        kind, target = (attrs.get(name, getattr(self.instance, name, "")) for name in ("kind", "target"))
        if wrong := target_problem(kind, target):
            raise serializers.ValidationError({"target": [wrong]})
        return attrs


class ChannelSerializer(serializers.ModelSerializer[NoticeChannel]):
    """A channel and how it does. Its target is shown whole to whoever may change it."""

    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    least_severity = serializers.ChoiceField(choices=Severity.choices)
    alarm_type = serializers.ChoiceField(choices=AlarmType.choices, allow_blank=True)
    region: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    organisation: Any = OwnerField(read_only=True)
    waiting = serializers.IntegerField(read_only=True, help_text="Notices on their way.")
    given_up = serializers.IntegerField(read_only=True, help_text="Notices that were given up.")

    class Meta:
        model = NoticeChannel
        fields = [
            "id", *_WRITABLE, "secret_changed_at", "made_at", "failures", "paused_until", "waiting",
            "given_up", "organisation",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: NoticeChannel) -> dict[str, Any]:
        """Show the channel; of its target only where it leads, unless the reader may change it."""
        row: dict[str, Any] = super().to_representation(instance)
        request = self.context.get("request")
        if request is None or not request.user.has_perm(CHANGE):
            row["target"] = _masked(instance)
        return row


class CreatedChannelSerializer(ChannelSerializer):
    """A channel just made, with the secret that is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(ChannelSerializer.Meta):
        fields = [*ChannelSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class ChannelSecretSerializer(serializers.Serializer[Any]):
    """A new secret, shown this once; for a day the old one signs as well."""

    secret = serializers.CharField()


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A notice and how far it got."""

    id = serializers.UUIDField(source="uuid")
    kind = serializers.ChoiceField(choices=NoticeKind.choices)
    state = serializers.ChoiceField(choices=NoticeState.choices)
    channel_name = serializers.CharField(source="channel.name")
    title = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = [
            "id", "kind", "channel", "channel_name", "alarm", "title", "state", "attempts", "problem", "made_at",
            "due_at", "sent_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_title(self, notice: Notice) -> str:
        """Return what it is about; nothing for a test."""
        return f"{notice.alarm.display_subject}: {notice.alarm.display_problem}" if notice.alarm else ""


class OwnChannelField(serializers.PrimaryKeyRelatedField[NoticeChannel]):
    """A channel that the caller may see; others do not exist for them."""

    def get_queryset(self) -> QuerySet[NoticeChannel]:
        """Return the channels that can be named."""
        request = self.context.get("request")
        return NoticeChannel.objects.none() if request is None else NoticeChannel.objects.visible_to(actor_of(request))


class EscalationSerializer(serializers.ModelSerializer[EscalationRule]):
    """One step of escalation."""

    severity = serializers.ChoiceField(choices=Severity.choices)
    step = serializers.IntegerField(min_value=1, max_value=MOST_STEPS)
    after_s = serializers.IntegerField(min_value=10, max_value=604_800, help_text="Unacknowledged for so long.")
    organisation: Any = OwnerField(read_only=True)
    channel: Any = OwnChannelField(
        allow_null=True,
        default=None,
        help_text="Who is told whatever the channel's own filter says; null: it is only raised in the strip.",
        pk_field=serializers.IntegerField(min_value=1, max_value=2**62),
    )
    is_active = serializers.BooleanField(default=True)

    class Meta:
        model = EscalationRule
        fields = ["id", "severity", "step", "after_s", "channel", "is_active", "organisation"]
        validators: list[Any] = []  # the action refuses


def _masked(channel: NoticeChannel) -> str:
    if channel.kind == ChannelKind.WEBHOOK:
        parts = urlsplit(channel.target)
        return f"{parts.scheme}://{parts.hostname}/…"
    return ", ".join(f"…@{part.partition('@')[2]}" for part in channel.target.replace(" ", "").split(","))
