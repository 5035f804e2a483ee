"""REST: what suffers when a site, a link or a corridor does, or what an agreement is on."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from console.access.authentication import actor_of
from console.access.keys import Key
from console.rest import parse
from console.rest.permissions import find, may_see
from console.rest.pricing.priced import Priced
from network.actions.alarms.operator_actions import MOST_PK
from network.actions.impact import impact
from network.models import Agreement
from network.serializers.impact.impact import ImpactQuerySerializer, ImpactSerializer


class ImpactView(Priced):
    """GET: the sites behind it, and the services and tenants that use them."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[ImpactQuerySerializer], responses=ImpactSerializer)
    def get(self, request: Request) -> Response:
        """Answer with what is concerned now, the worst first."""
        asked = parse.query(request, ImpactQuerySerializer)
        scope = impact.scope_of(asked.kind, asked.key)
        if scope is None:
            raise Http404(f"there is no {asked.kind} {asked.key}")
        return Response(ImpactSerializer(impact.impact(scope, timezone.now(), reader_of(request))).data)


class AgreementImpactView(Priced):
    """GET: the same of what an agreement is on, whatever its kind."""

    rights = {"GET": "network.view_agreement"}
    scopes = {"GET": "sla:read"}

    @extend_schema(responses=ImpactSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with what is concerned now; of what uses the network that is itself."""
        right = ImpactView.rights["GET"]
        if not isinstance(request.auth, Key) and not request.user.has_perm(right):
            raise PermissionDenied(f"You lack the right {right}.")
        agreement = find(Agreement.objects.all(), request, self, pk=min(pk, MOST_PK))
        affected = impact.impact_of_agreement(agreement, timezone.now(), reader_of(request))
        if affected is None:
            raise Http404(f"there is no {agreement.kind} {agreement.key} any more")
        return Response(ImpactSerializer(affected).data)


def reader_of(request: Request) -> impact.Reader:
    """Return which groups of services the caller may see, and of whom."""
    groups = {group for group, right in impact.groups().items() if may_see(request, right)}
    return impact.Reader(groups, actor_of(request).sees)
