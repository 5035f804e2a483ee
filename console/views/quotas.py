"""Quotas over REST and as a page: one's own, and those of all for who runs the network."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.actions import quota as actions
from console.models import Organisation
from console.rest import parse
from console.rest.lists import Pages
from console.rest.permissions import find, visible
from console.serializers.quota import LimitsSerializer, OrganisationQuotasSerializer, QuotaPageSerializer
from console.views.pages import Page


class QuotasPage(Page):
    """What each organisation may have and has used."""

    right, place, template_name = "console.view_quota", "administration", "console/quotas.html"
    names = ("organisation",)


class QuotaListView(APIView):
    """Quotas of the organisations that one may see."""

    rights = {"GET": "console.view_quota"}
    scopes = {"GET": "sla:read"}

    @extend_schema(operation_id="quotas_list", responses=QuotaPageSerializer)
    def get(self, request: Request) -> Response:
        """Return limits and use, read from the counters that enforce them; `?limit=&offset=`."""
        pages = Pages()
        rows = visible(Organisation.objects.filter(is_active=True).order_by("slug"), request)
        page = pages.paginate_queryset(rows, request, self) or []
        report = actions.report(page, timezone.now())
        return pages.get_paginated_response(OrganisationQuotasSerializer(report, many=True).data)


class QuotaView(APIView):
    """Quotas of one organisation."""

    rights = {"GET": "console.view_quota", "PATCH": "console.change_quota"}
    scopes = {"GET": "sla:read"}

    @extend_schema(responses=OrganisationQuotasSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Return its limits and use."""
        return self._answer(find(Organisation.objects.all(), request, self, slug=slug))

    @extend_schema(request=LimitsSerializer, responses=OrganisationQuotasSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Set limits, as those who run the network may."""
        organisation = find(Organisation.objects.all(), request, self, slug=slug)
        limits = parse.fields(request, LimitsSerializer)
        actions.change_quota(actor_of(request), organisation, limits, timezone.now())
        return self._answer(organisation)

    def _answer(self, organisation: Organisation) -> Response:
        (report,) = actions.report([organisation], timezone.now())
        return Response(OrganisationQuotasSerializer(report).data)
