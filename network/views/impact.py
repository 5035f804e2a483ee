"""REST: what suffers when a site, a link or a corridor does."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.keys import Key
from network.actions import impact
from network.serializers.impact import ImpactQuerySerializer, ImpactSerializer


class ImpactView(APIView):
    """GET: the sites behind it, and the flights, workloads and tenants that use them."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "read"}

    @extend_schema(parameters=[ImpactQuerySerializer], responses=ImpactSerializer)
    def get(self, request: Request) -> Response:
        """Answer with what is concerned now, the worst first."""
        query = ImpactQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        kind, key = query.validated_data["kind"], query.validated_data["key"]
        scope = impact.scope_of(kind, key)
        if scope is None:
            raise Http404(f"there is no {kind} {key}")
        return Response(ImpactSerializer(impact.impact(scope, timezone.now(), groups_for(request))).data)


def groups_for(request: Request) -> set[str]:
    """Return the groups of services that the caller may see."""
    if isinstance(request.auth, Key):
        return set(impact.groups())
    return {group for group, right in impact.groups().items() if request.user.has_perm(right)}
