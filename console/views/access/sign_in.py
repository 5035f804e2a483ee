"""The login page: name and password, then a code from those who have set that up. No session before the last step."""

from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.core import signing
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.generic import View

from console.access.sessions import ORIGIN
from console.actions.access import sign_in
from console.actions.access.second_factor import way_of_code
from console.actions.access.sign_in import Attempt, Browser, TooSoon
from console.database import absence_of
from console.door.browser_words import browser_words
from console.models import Person, SignInOutcome, SignInWay
from console.views import failures

BACKEND = "console.access.backends.MembershipBackend"
STEP_SALT = "console.sign_in.step"
STEP_FOR_S = 300
MOST_CODE = 40


def attempt_of(request: HttpRequest, name: str | None = None) -> Attempt:
    """Return what a posted login form tries, or somebody whose name is known already."""
    browser = Browser.of_cookie(request.COOKIES.get(settings.LOFT_BROWSER_COOKIE_NAME, ""))
    named = request.POST.get("username", "")[:150] if name is None else name
    agent = request.headers.get("User-Agent", "")[:500]
    return Attempt(named, request.META.get("REMOTE_ADDR", ""), browser, agent)


def remember(answer: HttpResponse, browser: Browser) -> None:
    """Let this browser know the names that signed in from it."""
    answer.set_cookie(
        settings.LOFT_BROWSER_COOKIE_NAME, browser.as_cookie(), max_age=sign_in.KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip


def let_in(request: HttpRequest, person: Person, attempt: Attempt, way: SignInWay, target: str) -> HttpResponse:
    """Begin a person's session, write it down and go where they wanted to."""
    login(request, person, backend=BACKEND)
    now = timezone.now()
    request.session[ORIGIN] = {
        "at_s": now.timestamp(),
        "address": attempt.address,
        "browser": browser_words(attempt.agent),
        "way": way.value,
    }
    answer = HttpResponseRedirect(target)
    remember(answer, sign_in.succeeded(attempt, person, now, way))
    return answer


def too_soon(request: HttpRequest, reason: TooSoon) -> HttpResponse:
    """Answer an attempt that came too soon, with how long is to be waited."""
    minutes, seconds = divmod(reason.wait_s, 60)
    context = {"minutes": minutes, "seconds": seconds, "is_busy": reason.is_busy}
    answer = render(request, "console/too_soon.html", context, status=503 if reason.is_busy else 429)
    answer["Retry-After"] = str(reason.wait_s)
    return answer


class Resumed(View):
    """A form that is shown again as it was filled in when the database cannot answer; passwords are typed anew."""

    def filled(self) -> tuple[str, dict[str, object]]:
        """Return the form's template, and what it shows."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, with 503 and the form where nothing could be looked up."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except DatabaseError as reason:
            absence = absence_of(reason)
            if absence is None or request.method != "POST":
                raise
        template, context = self.filled()
        content = failures.page(request, template, {**context, "not_now": failures.words_of(absence)})
        return failures.told(request, HttpResponse(content, status=503), absence)


class SignOut(LogoutView):
    """The end of a session, by its person."""

    def post(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        """End the session and write it down."""
        person = request.user
        answer = super().post(request, *args, **kwargs)
        if isinstance(person, Person):
            sign_in.signed_out(person, request.META.get("REMOTE_ADDR", ""), timezone.now())
        return answer


class SignIn(Resumed, LoginView):
    """Name and password."""

    template_name = "console/login.html"
    redirect_authenticated_user = True
    attempt: Attempt | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the identity provider where there is one."""
        return super().get_context_data(provider=_provider(), **kwargs)

    def filled(self) -> tuple[str, dict[str, object]]:
        """Return the form with the name that was typed."""
        form = {"username": {"value": self.request.POST.get("username", "")}}
        return self.template_name, {"form": form, "next": self.get_redirect_url(), "provider": _provider()}

    def post(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        """Look at the password, unless it came too soon. A form that lacks something is no attempt."""
        if not (request.POST.get("username") and request.POST.get("password")):
            return super().post(request, *args, **kwargs)
        self.attempt = attempt_of(request)
        try:
            with sign_in.admitted(self.attempt, timezone.now()):
                return super().post(request, *args, **kwargs)
        except TooSoon as reason:
            return too_soon(request, reason)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, or ask for the code."""
        person, attempt = form.get_user(), self.attempt or attempt_of(self.request)
        if not person.totp_since:
            return let_in(self.request, person, attempt, SignInWay.PASSWORD, self.get_success_url())
        sign_in.passed_first_step(attempt, timezone.now())
        return ask_for_code(self.request, step_of(person), self.get_redirect_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again."""
        if self.attempt:
            sign_in.failed(self.attempt, timezone.now())
        return super().form_invalid(form)


class SignInCode(Resumed, RedirectURLMixin, View):
    """The second step: a code. What was shown in the first one is in a signed field, good for five minutes."""

    http_method_names = ["get", "post"]
    next_page = settings.LOGIN_REDIRECT_URL
    redirect_field_name = REDIRECT_FIELD_NAME

    def filled(self) -> tuple[str, dict[str, object]]:
        """Return the form of the same first step."""
        return "console/login_code.html", {"step": self.request.POST.get("step", ""), "next": self.get_redirect_url()}

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Begin anew: a page that was opened by itself, or reloaded in another language, is of no first step."""
        return redirect("console:login")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look at the code, unless it came too soon."""
        step = request.POST.get("step", "")
        person = person_of(step)
        if person is None:
            return redirect("console:login")
        attempt, now = attempt_of(request, person.get_username()), timezone.now()
        try:
            with sign_in.admitted(attempt, now):
                way = way_of_code(person, request.POST.get("code", "")[:MOST_CODE], now)
        except TooSoon as reason:
            return too_soon(request, reason)
        if way:
            return let_in(request, person, attempt, way, self.get_success_url())
        sign_in.failed(attempt, now, SignInOutcome.WRONG_CODE, SignInWay.PASSWORD_AND_CODE)
        return ask_for_code(request, step, self.get_redirect_url(), is_wrong=True)


def _provider() -> str:
    """Return the identity provider's name, an empty text where there is none."""
    return (settings.LOFT_OIDC_NAME or settings.LOFT_OIDC_ISSUER) if settings.LOFT_OIDC_ISSUER else ""


def ask_for_code(request: HttpRequest, step: str, target: str, *, is_wrong: bool = False) -> HttpResponse:
    """Show the page of the second step."""
    return render(request, "console/login_code.html", {"step": step, "next": target, "is_wrong": is_wrong})


def step_of(person: Person) -> str:
    """Return what shows that a person's password was right; another password makes it worthless."""
    return signing.dumps([person.pk, person.get_session_auth_hash()], salt=STEP_SALT)


def person_of(step: str) -> Person | None:
    """Return whose first step this is, None for what is too old or not of ours."""
    try:
        key, auth_hash = signing.loads(step, salt=STEP_SALT, max_age=STEP_FOR_S)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = Person.objects.filter(pk=key, is_active=True).exclude(totp_since=None).first()
    return person if person and person.get_session_auth_hash() == auth_hash else None
