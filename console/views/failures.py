"""What is answered when something failed: a page for people, problem details for programs, and neither asks a database.

Django's `handler500`: it runs while the error is current, whether a view raised it, a template, or a middleware that
read the session.
"""

import logging
import sys

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from console.database import Absence, Condition, absence_of
from console.door.refusals import METHODS
from console.rest.limits import is_page
from console.rest.problem import PROBLEM_JSON, Problem, problem_of_absence

log = logging.getLogger(__name__)
WORDS = {
    Condition.AWAY: _("The database does not answer."),
    Condition.LOCKED: _("The database is locked by somebody else who writes."),
    Condition.FULL: _("The disk of the database is full."),
    Condition.READ_ONLY: _("The database takes no changes just now, as one that another has replaced."),
    Condition.DAMAGED: _("The database is damaged. Those who run Loft find in its logs how to restore it."),
}
FAILED = Problem(500, "Failed", "This request failed; the log of this installation says more")
AGAIN_S = 5
"""How often a page that could not be had asks again."""


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a request over which something failed: 503 where the database cannot answer, else 500."""
    absence = absence_of(sys.exc_info()[1])
    if absence:
        return unavailable(request, absence)
    if is_page(request.path):
        return HttpResponse(render_to_string("500.html"), status=500)
    return HttpResponse(FAILED.json, status=FAILED.status, content_type=PROBLEM_JSON)


def unavailable(request: HttpRequest, absence: Absence) -> HttpResponse:
    """Answer that the database cannot answer, with what is wrong and since when."""
    if is_page(request.path):
        context = {"absence": absence, "words": words_of(absence), "again_s": AGAIN_S, "is_sent": is_sent(request)}
        answer = HttpResponse(page(request, "503.html", context), status=503)
    else:
        answer = HttpResponse(problem_of_absence(absence).json, status=503, content_type=PROBLEM_JSON)
    return told(request, answer, absence)


def told(request: HttpRequest, answer: HttpResponse, absence: Absence) -> HttpResponse:
    """Complete a 503: when to ask again, and one line in the log instead of a traceback for each request."""
    answer["Retry-After"] = str(absence.retry_after_s)
    answer["Cache-Control"] = "no-store"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  as Django marks what it logged
    method = request.method if request.method in METHODS else "another method"
    log.warning("%s answered with 503: %s", method, absence.sentence)
    return answer


def page(request: HttpRequest, template: str, context: dict[str, object]) -> str:
    """Return a page in the console's frame as a stranger sees it: who asks cannot be known without the session."""
    bare = {"user": AnonymousUser(), "request": request, "csrf_token": get_token(request)}
    return render_to_string(template, {**bare, **context})


def words_of(absence: Absence) -> str:
    """Return what is wrong, in the reader's language."""
    return str(WORDS[absence.condition])


def is_sent(request: HttpRequest) -> bool:
    """Whether something was sent, which a page that asks again by itself must not send twice."""
    return request.method not in ("GET", "HEAD")
