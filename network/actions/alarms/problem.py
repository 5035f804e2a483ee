"""What can be wrong with a managed object (X.733: specific problem): a code, registered once by the app that finds it.

The text is English and a message id: its Chinese is in the catalogue of the app, for pages and for notices.
"""

from dataclasses import dataclass

from network.models import AlarmType, Severity
from network.models.alarms.alarm import in_both_languages


@dataclass(frozen=True)
class Grade:
    """A circumstance in which a problem has another severity than usual; its text is a message id, too."""

    code: str
    text: str
    severity: Severity


@dataclass(frozen=True)
class Problem:
    """A kind of fault. Type and probable cause are those of ITU-T X.733; the severity is what it usually has.

    Severity is consequence: who would suffer, and how soon. `grades` are the circumstances in which that is another.
    `is_symptom`: a cut or failed site may be behind it, so that its alarms come below the root cause's. `is_outage`:
    its object is silent, so that what follows from that comes below it.
    """

    code: str
    text: str
    alarm_type: AlarmType
    probable_cause: str
    severity: Severity
    is_symptom: bool = False
    grades: tuple[Grade, ...] = ()
    is_outage: bool = False

    def severity_of(self, grade: str) -> Severity:
        """Return how grave it is in a circumstance; empty: in the usual one."""
        return next((known.severity for known in self.grades if known.code == grade), self.severity)


_known: dict[str, Problem] = {}


def register(problem: Problem) -> Problem:
    """Make a problem known, and return it.

    Raises:
        ValueError: its code is taken by another.
    """
    if _known.setdefault(problem.code, problem) != problem:
        raise ValueError(f"problem: the code {problem.code} is taken by {_known[problem.code].text!r}")
    return problem


def registered() -> list[Problem]:
    """Return all problems that are known, by code."""
    return [_known[code] for code in sorted(_known)]


def symptoms() -> list[str]:
    """Return the codes of the problems that a root cause may explain."""
    return [problem.code for problem in registered() if problem.is_symptom]


def outages() -> list[str]:
    """Return the codes of the problems that say that a site itself is silent."""
    return [problem.code for problem in registered() if problem.is_outage]


def holding(words: str) -> list[str]:
    """Return the codes of the problems whose code, or text in either language, holds the words."""
    wanted = words.casefold()
    return [
        problem.code
        for problem in _known.values()
        if any(wanted in text.casefold() for text in (problem.code, *texts(problem)))
    ]


def texts(problem: Problem) -> tuple[str, str]:
    """Return a problem's text in English and in Chinese."""
    return in_both_languages(problem.text)
