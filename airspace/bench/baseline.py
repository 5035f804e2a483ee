"""What our ways are measured against: the usual ones. Served by a process of their own, in the bench only.

`application` takes `POST /api/v1/reports` with a DRF serializer and `bulk_create`, and `/ws` joins a group of the
channel layer to which every tile frame is sent.
"""

from datetime import UTC, datetime
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from console.wsgi import application as wsgi_application  # first: it sets Django up

from a2wsgi import WSGIMiddleware  # isort: skip
from django.conf import settings  # isort: skip
from django.urls import path  # isort: skip
from rest_framework import serializers  # isort: skip
from rest_framework.request import Request  # isort: skip
from rest_framework.response import Response  # isort: skip
from rest_framework.views import APIView  # isort: skip

from airspace.bench.load import GROUP  # isort: skip
from airspace.actions.tracking.drone import register  # isort: skip
from airspace.models import Drone, Position  # isort: skip
from airspace.serializers.drone import REPORTED  # isort: skip


class ReportSerializer(serializers.Serializer[Any]):
    """The same fields and ranges as `airspace.serializers.report`, in the usual way; times in epoch ms only."""

    serial = serializers.CharField(max_length=64)
    at = serializers.IntegerField(min_value=946_684_800_000)
    operator = serializers.CharField(max_length=80, required=False, allow_null=True)
    lat_deg = serializers.FloatField(min_value=-90, max_value=90)
    lon_deg = serializers.FloatField(min_value=-180, max_value=180)
    altitude_wgs84_m = serializers.FloatField(min_value=-500, max_value=10_000)
    speed_mps = serializers.FloatField(min_value=0, max_value=350, required=False, allow_null=True)
    track_deg = serializers.FloatField(min_value=0, max_value=360, required=False, allow_null=True)
    vertical_speed_mps = serializers.FloatField(min_value=-150, max_value=150, required=False, allow_null=True)
    height_agl_m = serializers.FloatField(min_value=-500, max_value=10_000, required=False, allow_null=True)
    battery_pct = serializers.FloatField(min_value=0, max_value=100, required=False, allow_null=True)
    status = serializers.CharField(max_length=20, required=False, allow_null=True)
    accuracy_h_m = serializers.FloatField(min_value=0, max_value=10_000, required=False, allow_null=True)
    accuracy_v_m = serializers.FloatField(min_value=0, max_value=10_000, required=False, allow_null=True)


class BulkView(APIView):
    """Validate with DRF, write with `bulk_create`, answer when it is committed."""

    scopes = {"POST": "reports:write"}

    def post(self, request: Request) -> Response:
        """Store a batch; drones are looked up once per batch and registered when new."""
        batch = ReportSerializer(data=request.data, many=True)
        batch.is_valid(raise_exception=True)
        now = datetime.now(UTC)
        now_ms = int(now.timestamp() * 1000)
        serials = {row["serial"] for row in batch.validated_data}
        keys = dict(Drone.objects.filter(serial__in=serials).values_list("serial", "pk"))
        if missing := serials - keys.keys():
            keys.update({drone.serial: drone.pk for drone in register(dict.fromkeys(missing, ""), now)})
        rows = [
            Position(
                drone_id=keys[row["serial"]],
                at_ms=row["at"],
                received_ms=now_ms,
                processed_ms=now_ms,
                **{name: row.get(name) for name in REPORTED},
            )
            for row in batch.validated_data
        ]
        Position.objects.bulk_create(rows, ignore_conflicts=True)
        return Response({"accepted": len(rows), "refused": []}, status=202)


class FrameConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Every tile frame as a message of the channel layer."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The view is of no use here: everyone gets everything."""

    async def bench_frame(self, message: dict[str, Any]) -> None:
        """Pass one tile frame on."""
        await self.send(bytes_data=message["frame"])


urlpatterns = [path("api/v1/reports", BulkView.as_view())]
_socket: Any = FrameConsumer.as_asgi()
settings.ROOT_URLCONF = "airspace.bench.baseline"
settings.CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [settings.REDIS_URL], "prefix": "loft.layer"},
    },
}
_wsgi: Any = wsgi_application
_pages: Any = WSGIMiddleware(_wsgi, workers=8)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve both; lifespan needs nothing."""
    if scope["type"] == "http":
        await _pages(scope, receive, send)
    elif scope["type"] == "websocket":
        await _socket(scope, receive, send)
    else:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
