"""WebSockets: same origin only, the session's person, one consumer."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from console.consumers import HubConsumer

application: Any = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("ws", HubConsumer.as_asgi())])))
