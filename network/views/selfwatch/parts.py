"""REST and page: the parts of Loft itself, to those who run the network."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.actor import HOME_PK
from console.access.authentication import actor_of
from console.views.pages import Page
from network.actions.selfwatch.parts import parts
from network.serializers.selfwatch.parts import PartsSerializer


class PartsView(APIView):
    """GET: processes, Redis, database and disks of this installation, and how each does now."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "metrics:read"}

    @extend_schema(responses=PartsSerializer)
    def get(self, request: Request) -> Response:
        """Answer with every part, as far as it can be asked."""
        if not actor_of(request).may_see(HOME_PK):
            raise PermissionDenied(gettext("Only those who run the network see the parts of Loft."))
        return Response(PartsSerializer({"at": timezone.now(), "parts": parts()}).data)


class PartsPage(Page):
    """The parts of Loft, to which alarms of the platform link."""

    right, place, template_name = "network.view_alarm", "alarms", "network/parts.html"

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Show it to those who run the network; a customer is told why not."""
        if not self.actor.may_see(HOME_PK):
            said = {"lacks": gettext("Only those who run the network see the parts of Loft."), "place": self.place}
            return render(request, "console/forbidden.html", said, status=403)
        return super().get(request, *args, **kwargs)
