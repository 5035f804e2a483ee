"""Wire shapes of drones, their last position and their trail."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.functional import cached_property
from rest_framework import serializers

from airspace.actions.tracking.control_link import NOTHING, Known
from airspace.kernels.control_link import STATES as STATES_OF_LINKS
from airspace.kernels.tracking import STATES, link_state
from airspace.models import Drone, LastPosition, Position
from console.rest.fields import TimeField
from console.rest.parse import Typed

REPORTED = (
    "lat_deg", "lon_deg", "altitude_wgs84_m", "speed_mps", "track_deg", "vertical_speed_mps", "height_agl_m",
    "battery_pct", "status", "accuracy_h_m", "accuracy_v_m",
)  # fmt: skip
KEY = "number of the API key that sent it; null where that was not kept"


class EpochField(serializers.DateTimeField):
    """A time kept in epoch milliseconds, shown as RFC 3339 in UTC."""

    def to_representation(self, value: Any) -> Any:
        return moment(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class LastPositionSerializer(serializers.ModelSerializer[LastPosition]):
    """The newest report of a drone, with its three times."""

    at = EpochField(source="at_ms", read_only=True)
    received_at = EpochField(source="received_ms", read_only=True)
    processed_at = EpochField(source="processed_ms", read_only=True)
    key = serializers.IntegerField(source="key_id", read_only=True, allow_null=True, help_text=KEY)

    class Meta:
        model = LastPosition
        fields = ["at", "received_at", "processed_at", *REPORTED, "key"]


class ModelledRadioSerializer(serializers.Serializer[Any]):
    """What the radio model says of the link at the last position."""

    site = serializers.CharField()
    rsrp_dbm = serializers.FloatField()
    sinr_db = serializers.FloatField()
    distance_m = serializers.FloatField()
    one_way_latency_ms = serializers.FloatField(allow_null=True)
    definition = serializers.CharField()
    source = serializers.CharField(help_text="always `modelled`")  # type: ignore[assignment]


class ControlLinkSerializer(serializers.Serializer[Any]):
    """Whether the control link meets its need, by the live twin, judged every few seconds while the drone flies.

    `below`: for 8 s it has had less than -120 dBm or -8 dB; met again after 10 s. `gap_ahead`: it is below since a
    moment, or will be within 30 s if the drone flies straight on. `unknown`: nobody could say lately.
    """

    state = serializers.ChoiceField(choices=STATES_OF_LINKS)
    site = serializers.CharField(
        allow_null=True, help_text="who serves it; where it is silent and nothing else suffices, who would by plan"
    )
    margin_db = serializers.FloatField(allow_null=True, help_text="above its need; null: unknown, or nothing on air")
    rsrp_dbm = serializers.FloatField(allow_null=True)
    sinr_db = serializers.FloatField(allow_null=True)
    gap_in_s = serializers.FloatField(allow_null=True)
    below_since = serializers.DateTimeField(allow_null=True)
    reason = serializers.ChoiceField(choices=["cell_silent", "weak"], allow_null=True)
    judged_at = serializers.DateTimeField(allow_null=True)
    twin = serializers.CharField(help_text="always `live`")
    source = serializers.CharField(help_text="always `modelled`")  # type: ignore[assignment]


class LinkSerializer(serializers.Serializer[Any]):
    """How fresh the last report is. heard, stale (over 5 s), lost (over 15 s), unknown (never heard)."""

    state = serializers.ChoiceField(choices=["heard", "stale", "lost", "unknown"])
    last_heard_at = serializers.DateTimeField(allow_null=True)
    age_s = serializers.FloatField(allow_null=True)
    control = ControlLinkSerializer()


class LinkWithRadioSerializer(LinkSerializer):
    """The link with the radio modelled by the live twin; null where no model reaches, or the height is unknown."""

    radio = ModelledRadioSerializer(allow_null=True)


class DroneSerializer(serializers.ModelSerializer[Drone]):
    """A drone with its last position. `age_s` counts from the source's own time."""

    organisation = serializers.CharField(source="organisation.slug", read_only=True, help_text="whose it is")
    is_retired = serializers.SerializerMethodField()
    is_disputed = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    age_s = serializers.SerializerMethodField()
    link = serializers.SerializerMethodField()
    last_position = serializers.SerializerMethodField()

    class Meta:
        model = Drone
        fields = [
            "id", "serial", "name", "operator", "organisation", "is_verified", "is_disputed", "is_retired",
            "registered_at", "state", "age_s", "link", "last_position",
        ]  # fmt: skip

    def get_is_disputed(self, drone: Drone) -> bool:
        """Return whether another organisation insists on the serial, so that its verification does not count."""
        return drone.disputed_at is not None

    def get_is_retired(self, drone: Drone) -> bool:
        """Return whether it is hidden and its reports are refused."""
        return drone.retired_at is not None

    def get_state(self, drone: Drone) -> str | None:
        """Return normal, warning, emergency or ground; null before the first report."""
        last = last_of(drone)
        return STATES[last.state] if last else None

    def get_age_s(self, drone: Drone) -> float | None:
        """Return the age of the last report; null before the first."""
        last = last_of(drone)
        if last is None:
            return None
        now: datetime = self.context["now"]
        return max(0.0, round((now - moment(last.at_ms)).total_seconds(), 1))

    def get_link(self, drone: Drone) -> dict[str, Any]:
        """Return the link state."""
        last, age_s = last_of(drone), self.get_age_s(drone)
        heard = moment(last.at_ms) if last else None
        known: Known | None = self.context.get("control_links")
        control = known.get(drone.pk) if known and last else NOTHING
        return {
            "state": link_state(age_s), "last_heard_at": heard.isoformat() if heard else None, "age_s": age_s,
            "control": self._control.to_representation(control),
        }  # fmt: skip

    def get_last_position(self, drone: Drone) -> dict[str, Any] | None:
        """Return the newest report, or null."""
        last = last_of(drone)
        return dict(self._position.to_representation(last)) if last else None

    @cached_property
    def _position(self) -> LastPositionSerializer:
        """One for all rows: to make it costs more than to use it."""
        return LastPositionSerializer()

    @cached_property
    def _control(self) -> ControlLinkSerializer:
        return ControlLinkSerializer()


class DeletedSerializer(serializers.Serializer[Any]):
    """How many were deleted."""

    deleted = serializers.IntegerField()


class DroneChangeSerializer(serializers.ModelSerializer[Drone]):
    """What a person may change of a drone. A retired one is hidden, and its reports are refused."""

    is_retired = serializers.BooleanField(required=False)

    class Meta:
        model = Drone
        fields = ["name", "operator", "is_verified", "is_retired"]
        extra_kwargs = {name: {"required": False} for name in fields}


class NewDroneSerializer(serializers.Serializer[Any]):
    """A drone to be registered by hand."""

    serial = serializers.RegexField(r"^[!-~]+$", max_length=64)
    name = serializers.CharField(max_length=80, allow_blank=True, default="")


@dataclass(frozen=True)
class TrailQuery:
    """How much of a trail is asked for."""

    limit: int
    since: datetime | None = None


class TrailQuerySerializer(Typed[TrailQuery]):
    """How much of a trail is asked for."""

    since = TimeField(required=False, help_text="RFC 3339; ten minutes ago unless given")
    limit = serializers.IntegerField(min_value=2, max_value=5_000, default=500)
    makes = TrailQuery


class TrailPointSerializer(serializers.ModelSerializer[Position]):
    """One position of a trail. `after_gap`: nothing was heard for over five seconds somewhere before it."""

    at = EpochField(source="at_ms", read_only=True)
    after_gap = serializers.BooleanField()
    key = serializers.IntegerField(source="key_id", read_only=True, allow_null=True, help_text=KEY)

    class Meta:
        model = Position
        fields = ["at", *REPORTED[:6], "battery_pct", "after_gap", "key"]


class TrailSerializer(serializers.Serializer[Any]):
    """A trail, oldest point first."""

    drone = serializers.IntegerField()
    since = serializers.DateTimeField()
    reports = serializers.IntegerField(help_text="how many reports the points stand for")
    is_cut = serializers.BooleanField(help_text="more reports were stored than are looked at; the oldest are left out")
    points = TrailPointSerializer(many=True)


def last_of(drone: Drone) -> LastPosition | None:
    """Return a drone's last position, or None before the first that its owner sent."""
    try:
        last = drone.last_position
    except ObjectDoesNotExist:
        return None
    return None if drone.owned_since and moment(last.at_ms) < drone.owned_since else last


def moment(at_ms: int) -> datetime:
    """Return epoch milliseconds as an aware time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
