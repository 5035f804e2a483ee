"""What administrators do for people who are locked out or must be: password, codes, sessions, sign-ins."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.actions.access import person as actions
from console.models import Person, SignInAttempt
from console.rest.lists import ListView
from console.rest.permissions import find
from console.rest.pricing.bounded import read_body
from console.serializers.account import EndedSerializer, ResetPasswordSerializer, SignInAttemptSerializer


class PersonPasswordView(APIView):
    """Somebody's password."""

    rights = {"POST": "console.manage_people"}

    @extend_schema(request=None, responses=ResetPasswordSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Reset it. The answer holds the new one, shown this once, which has to be changed at the next sign-in."""
        read_body(request)
        person = find(Person.objects.all(), request, self, pk=pk)
        return Response({"password": actions.reset_password(actor_of(request), person, timezone.now())})


class PersonTotpView(APIView):
    """Somebody's codes besides the password."""

    rights = {"DELETE": "console.manage_people"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Reset them: the person signs in with the password alone, and sets them up anew."""
        actions.reset_codes(actor_of(request), find(Person.objects.all(), request, self, pk=pk), timezone.now())
        return Response(status=204)


class PersonSessionsView(APIView):
    """Somebody's open sessions."""

    rights = {"DELETE": "console.manage_people"}

    @extend_schema(responses=EndedSerializer)
    def delete(self, request: Request, pk: int) -> Response:
        """End all of them, with their sockets."""
        person = find(Person.objects.all(), request, self, pk=pk)
        return Response({"ended_sessions": actions.end_sessions_for(actor_of(request), person, timezone.now())})


class PersonSignInListView(ListView):
    """Somebody's sign-ins, the newest first."""

    queryset = SignInAttempt.objects.all()
    serializer_class = SignInAttemptSerializer
    filterset_fields = {"outcome": ["exact"], "at": ["gte", "lt"]}
    ordering_fields = ["at"]
    rights = {"GET": "console.manage_people"}

    def get_queryset(self) -> QuerySet[Any]:
        """Return those of a person whom the caller is in charge of."""
        if "pk" not in self.kwargs:  # asked for its description
            return super().get_queryset()
        person = find(Person.objects.all(), self.request, self, pk=self.kwargs["pk"])
        actions.check_charge(actor_of(self.request), person)
        return SignInAttempt.objects.filter(person=person)
