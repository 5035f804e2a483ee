"""One's own account, over REST and as a page: password, codes, sessions, sign-ins, for whom one acts."""

from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.sessions import ACTING_FOR
from console.actions.access import account as actions
from console.actions.access import second_factor, sign_in
from console.live import lines
from console.models import (
    Density,
    LengthUnit,
    Person,
    SignedIn,
    SignInAttempt,
    SignInOutcome,
    SignInWay,
    SpeedUnit,
    TemperatureUnit,
)
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import OWN
from console.rest.pricing.bounded import read_body
from console.serializers import account as shapes
from console.views.access.sign_in import attempt_of
from console.views.pages import Page

WRONG = "it is not your current password"
DISPLAY_WORDS = (
    ("length_unit", _("Heights and distances"), LengthUnit), ("speed_unit", _("Speeds"), SpeedUnit),
    ("temperature_unit", _("Temperatures"), TemperatureUnit), ("table_density", _("Rows of tables"), Density),
)  # fmt: skip


class AccountPage(Page):
    """One's own account."""

    right, place, template_name = OWN, "account", "console/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what may be chosen of how figures and tables are shown."""
        person = me(self.request)
        offered = [(name, word, getattr(person, name), unit.choices) for name, word, unit in DISPLAY_WORDS]
        return super().get_context_data(offered=offered, **kwargs)


class AccountView(APIView):
    """Oneself."""

    rights = {"GET": OWN}

    @extend_schema(responses=shapes.AccountSerializer)
    def get(self, request: Request) -> Response:
        """Return who one is, in which organisations and roles."""
        context = {
            "acting": actor_of(request).organisation,
            "idle_limit_min": settings.LOFT_IDLE_MIN,
            "sign_ins_kept_d": settings.LOFT_SIGN_IN_RETENTION_D,
        }
        return Response(shapes.AccountSerializer(me(request), context=context).data)


class DisplayView(APIView):
    """How figures and tables are shown to oneself."""

    rights = {"GET": OWN, "PATCH": OWN}

    @extend_schema(responses=shapes.DisplaySerializer)
    def get(self, request: Request) -> Response:
        """Return the units of length, speed and temperature, and the density of tables."""
        return Response(shapes.DisplaySerializer(me(request)).data)

    @extend_schema(request=shapes.DisplaySerializer, responses=shapes.DisplaySerializer)
    def patch(self, request: Request) -> Response:
        """Choose some of them. Pages of the console follow when they are next opened; REST stays in SI units."""
        wanted = parse.fields(request, shapes.DisplaySerializer, me(request))
        return Response(shapes.DisplaySerializer(actions.choose_display(me(request), wanted)).data)


class OwnPasswordView(APIView):
    """One's own password."""

    rights = {"POST": OWN}

    @extend_schema(request=shapes.NewPasswordSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change it. All other sessions end."""
        wanted = parse.body(request, shapes.NewPasswordSerializer)
        prove(request, wanted.current_password, "current_password")
        try:
            actions.change_password(
                actor_of(request), me(request), wanted.new_password, request.session, timezone.now()
            )
        except actions.UnfitPassword as reason:
            raise ValidationError({"new_password": reason.reasons}) from None
        return Response(status=204)


class OwnSessionListView(ListView):
    """One's own open sessions."""

    queryset = SignedIn.objects.all()
    serializer_class = shapes.SessionSerializer
    filterset_fields: list[str] = []
    ordering_fields = ["started_at", "active_at"]
    rights = {"GET": OWN, "DELETE": OWN}

    def get_queryset(self) -> QuerySet[Any]:
        """Return one's own, whatever else one may see."""
        if not self.request.user.is_authenticated:
            return NONE
        going = Session.objects.filter(expire_date__gt=timezone.now())
        return SignedIn.objects.filter(person=me(self.request), session_key__in=going.values("session_key"))

    @extend_schema(operation_id="own_sessions_end_others", responses=shapes.EndedSerializer)
    def delete(self, request: Request) -> Response:
        """End all others, with their sockets."""
        key = request.session.session_key or ""
        ended = actions.end_sessions(actor_of(request), me(request), timezone.now(), but=key)
        return Response({"ended_sessions": ended})


class OwnSessionView(APIView):
    """One of one's own sessions."""

    rights = {"DELETE": OWN}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """End it, with its sockets."""
        session = get_object_or_404(SignedIn, person=me(request), pk=pk)
        actions.end_session(actor_of(request), session, timezone.now())
        if session.session_key == request.session.session_key:
            request.session.flush()
        return Response(status=204)


class OwnSignInListView(ListView):
    """One's own sign-ins, the newest first."""

    queryset = SignInAttempt.objects.all()
    serializer_class = shapes.SignInAttemptSerializer
    filterset_fields = {"outcome": ["exact"], "at": ["gte", "lt"]}
    ordering_fields = ["at"]
    rights = {"GET": OWN}

    def get_queryset(self) -> QuerySet[Any]:
        """Return one's own, whatever else one may see."""
        return SignInAttempt.objects.filter(person=me(self.request)) if self.request.user.is_authenticated else NONE


class TotpView(APIView):
    """Setting up codes besides the password."""

    rights = {"POST": OWN}

    @extend_schema(request=shapes.PasswordSerializer, responses=shapes.TotpSetupSerializer)
    def post(self, request: Request) -> Response:
        """Make a secret. It is good for nothing until a first code of it was shown."""
        prove(request, parse.body(request, shapes.PasswordSerializer))
        return Response(shapes.TotpSetupSerializer(second_factor.begin(me(request), timezone.now())).data)


class TotpConfirmView(APIView):
    """The first code."""

    rights = {"POST": OWN}

    @extend_schema(request=shapes.CodeSerializer, responses=shapes.RecoveryCodesSerializer)
    def post(self, request: Request) -> Response:
        """Ask for codes from now on. The answer holds ten recovery codes, which cannot be had again."""
        code = parse.body(request, shapes.CodeSerializer)
        codes = second_factor.confirm(actor_of(request), me(request), code, timezone.now())
        return Response({"recovery_codes": codes})


class TotpOffView(APIView):
    """The end of codes."""

    rights = {"POST": OWN}

    @extend_schema(request=shapes.PasswordAndCodeSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ask for no codes any more."""
        prove_with_code(request)
        second_factor.switch_own_off(actor_of(request), me(request), timezone.now())
        return Response(status=204)


class RecoveryCodesView(APIView):
    """New recovery codes."""

    rights = {"POST": OWN}

    @extend_schema(request=shapes.PasswordAndCodeSerializer, responses=shapes.RecoveryCodesSerializer)
    def post(self, request: Request) -> Response:
        """Make ten new ones, in the place of the old ones."""
        prove_with_code(request)
        codes = second_factor.renew_recovery_codes(actor_of(request), me(request), timezone.now())
        return Response({"recovery_codes": codes})


class ActingView(APIView):
    """For which organisation one acts."""

    rights = {"POST": OWN}

    @extend_schema(request=shapes.ActingSerializer, responses=shapes.OwnRoleSerializer)
    def post(self, request: Request) -> Response:
        """Act for another of one's organisations: what one makes in this session belongs to it."""
        wanted = parse.body(request, shapes.ActingSerializer)
        membership = actions.organisation_to_act_for(me(request), wanted)
        request.session[ACTING_FOR] = membership.organisation_id
        request.session.save()  # before it is told: whoever looks then sees it
        lines.tell_session(request.session.session_key or "")
        return Response(shapes.OwnRoleSerializer(membership, context={"acting": membership.organisation_id}).data)


class ActiveView(APIView):
    """Use of a page."""

    rights = {"POST": OWN}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Tell that a person uses the page, by keys or pointer, so that the session does not end as idle."""
        read_body(request)
        return Response(status=204)


NONE: QuerySet[Any] = SignedIn.objects.none()


def me(request: Request | HttpRequest) -> Person:
    """Return who asks; the permission class has seen to it that it is a person."""
    return cast("Person", request.user)


def prove(request: Request, password: str, field: str = "password", code: str | None = None) -> None:
    """See to it that the person asks, and not somebody at their screen. Failures count as at the login page."""
    now, attempt = timezone.now(), attempt_of(request, me(request).get_username())
    try:
        with sign_in.proving(attempt, now):
            if not me(request).check_password(password):
                sign_in.failed(attempt, now)
                raise ValidationError({field: [WRONG]})
            if code is not None and not second_factor.way_of_code(me(request), code, now):
                sign_in.failed(attempt, now, SignInOutcome.WRONG_CODE, SignInWay.PASSWORD_AND_CODE)
                raise ValidationError({"code": ["it is wrong, or was used already"]})
    except sign_in.TooSoon as reason:
        raise Throttled(reason.wait_s) from None


def prove_with_code(request: Request) -> None:
    """The same, with password and code."""
    sent = parse.body(request, shapes.PasswordAndCodeSerializer)
    prove(request, sent.password, code=sent.code)
