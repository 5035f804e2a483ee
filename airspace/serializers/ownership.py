"""Wire shapes of who owns a drone, who claims it, and of traffic that is anybody's."""

from datetime import datetime

from rest_framework import serializers

from airspace.models import Claim, LastPosition
from airspace.serializers.drone import EpochField, moment
from console.rest.parse import Typed


class TransferSerializer(Typed[str]):
    """To whom a drone goes."""

    organisation = serializers.SlugField(max_length=60, help_text="slug of an organisation")

    def made(self) -> str:
        return str(self.validated_data["organisation"])


class DecisionSerializer(Typed[bool]):
    """How a dispute ends."""

    is_verified = serializers.BooleanField(help_text="whether the registration counts as checked again")

    def made(self) -> bool:
        return bool(self.validated_data["is_verified"])


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    """Reports of a drone that were refused because their key is of another organisation."""

    serial = serializers.CharField(source="drone.serial")
    owner = serializers.CharField(source="drone.organisation.slug")
    claimant = serializers.CharField(source="key.organisation.slug", help_text="whose key it is")
    key_name = serializers.CharField(source="key.name")

    class Meta:
        model = Claim
        fields = [
            "id", "drone", "serial", "owner", "claimant", "key", "key_name", "refused", "first_at", "last_at",
            "disputed_at", "decided_at",
        ]  # fmt: skip


class TrafficSerializer(serializers.ModelSerializer[LastPosition]):
    """Where a drone is, whosever it is, and nothing else of it."""

    id = serializers.IntegerField(source="drone_id")
    at = EpochField(source="at_ms", read_only=True)
    age_s = serializers.SerializerMethodField()

    class Meta:
        model = LastPosition
        fields = [
            "id", "at", "age_s", "lat_deg", "lon_deg", "altitude_wgs84_m", "height_agl_m", "speed_mps", "track_deg",
        ]  # fmt: skip

    def get_age_s(self, last: LastPosition) -> float:
        """Return how long ago that was by the source's own time."""
        now: datetime = self.context["now"]
        return max(0.0, round((now - moment(last.at_ms)).total_seconds(), 1))
