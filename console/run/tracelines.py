"""A traceback on one line: each error with its text and the places that it passed, the innermost first."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

_ROOT = f"{Path(__file__).resolve().parent.parent.parent}/"
MOST_INNER, MOST_OUTER = 8, 4
"""Places told of an error: where it was raised, and where that began; those between are counted."""
MOST_ERRORS = 4
MOST_TEXT = 500
T = TypeVar("T")


def folded(error: BaseException) -> str:
    """Return an error, and those that caused it, as one text."""
    return "Traceback: " + " | caused by ".join(_told(cause) for cause in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, a few."""
    present: BaseException | None = error
    for _ in range(MOST_ERRORS):
        if present is None:
            return
        yield present
        present = _cause(present)


def _cause(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def inner_most(error: BaseException) -> str:
    """Return what an error is and where it was raised, which makes it one of the same."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
    return f"{type(error).__name__} {place}"


def _told(error: BaseException) -> str:
    text = str(error)
    text = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}… ({len(text) - MOST_TEXT} characters more)"
    frames = list(traceback.walk_tb(error.__traceback__))[::-1]
    places = [f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}" for frame, line in _ends(frames)]
    if (missing := len(frames) - len(places)) > 0:
        places.insert(MOST_INNER, f"… ({missing} more)")
    return f"{type(error).__name__}: {text}" + (f" at {' < '.join(places)}" if places else "")


def _ends(items: list[T]) -> list[T]:
    return items if len(items) <= MOST_INNER + MOST_OUTER else [*items[:MOST_INNER], *items[-MOST_OUTER:]]


def _short(path: str) -> str:
    return path.rpartition("/site-packages/")[2].removeprefix(_ROOT)
