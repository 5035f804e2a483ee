"""The login page. What a second step or another way of signing in needs is in `console.actions.sign_in`."""

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from console.actions import sign_in
from console.actions.sign_in import Attempt, Browser, TooSoon
from console.models import Person


def attempt_of(request: HttpRequest) -> Attempt:
    """Return what a posted login form tries."""
    browser = Browser.of_cookie(request.COOKIES.get(settings.LOFT_BROWSER_COOKIE_NAME, ""))
    return Attempt(request.POST.get("username", "")[:150], request.META.get("REMOTE_ADDR", ""), browser)


def remember(answer: HttpResponse, browser: Browser) -> None:
    """Let this browser know the names that signed in from it."""
    answer.set_cookie(
        settings.LOFT_BROWSER_COOKIE_NAME, browser.as_cookie(), max_age=sign_in.KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip


def too_soon(request: HttpRequest, reason: TooSoon) -> HttpResponse:
    """Answer an attempt that came too soon, with how long is to be waited."""
    minutes, seconds = divmod(reason.wait_s, 60)
    context = {"minutes": minutes, "seconds": seconds, "is_busy": reason.is_busy}
    answer = render(request, "console/too_soon.html", context, status=503 if reason.is_busy else 429)
    answer["Retry-After"] = str(reason.wait_s)
    return answer


class SignOut(LogoutView):
    """The end of a session, by its person."""

    def post(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        """End the session and write it down."""
        person = request.user
        answer = super().post(request, *args, **kwargs)
        if isinstance(person, Person):
            sign_in.signed_out(person, request.META.get("REMOTE_ADDR", ""), timezone.now())
        return answer


class SignIn(LoginView):
    """Name and password."""

    template_name = "console/login.html"
    redirect_authenticated_user = True
    attempt: Attempt | None = None

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
        """Sign in."""
        answer = super().form_valid(form)
        if self.attempt:
            remember(answer, sign_in.succeeded(self.attempt, form.get_user(), timezone.now()))
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again."""
        if self.attempt:
            sign_in.failed(self.attempt, timezone.now())
        return super().form_invalid(form)
