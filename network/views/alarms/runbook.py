"""REST: what to do about a problem."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest import parse
from network.actions.alarms import runbook as actions
from network.serializers.alarms.runbook import RunbookSerializer, TextsSerializer


class RunbookView(APIView):
    """GET: what to do about a problem. PATCH: write it for one's organisation."""

    rights = {"GET": "network.view_alarm", "PATCH": "network.change_runbook"}
    scopes = {"GET": "alarms:read"}

    @extend_schema(responses=RunbookSerializer)
    def get(self, request: Request, problem: str) -> Response:
        """Answer with the text of one's organisation, else with the standard one."""
        return Response(RunbookSerializer(actions.runbook(actor_of(request).organisation, _known(problem))).data)

    @extend_schema(request=TextsSerializer, responses=RunbookSerializer)
    def patch(self, request: Request, problem: str) -> Response:
        """Answer with the text as it is now."""
        texts, code = parse.body(request, TextsSerializer), _known(problem)
        made = actions.write(actor_of(request), code, texts.text_en, texts.text_zh, timezone.now())
        return Response(RunbookSerializer(made).data)


def _known(code: str) -> str:
    if not actions.known(code):
        raise Http404(f"there is no problem {code}")
    return code
