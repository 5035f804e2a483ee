"""Two customers, and what is raised and made for each."""

from django.utils import timezone

from console.actions.audit import SYSTEM
from console.actions.organisation import add_organisation
from network.actions.alarm import Trouble, raise_alarms
from network.models import (
    AlarmType,
    Severity,
)
from tests.conftest import NOON

RED, BLUE = "red", "blue"


def customer(slug):
    return add_organisation(SYSTEM, slug, slug.title(), f"{slug}公司", ["drone_operator"], NOON)


def raised(owner, subject="D-1", problem="Lost", now=None, severity=Severity.MAJOR):
    (made,) = raise_alarms(
        [Trouble(subject, problem, severity, AlarmType.EQUIPMENT, "x", organisation=owner)], now or timezone.now()
    )
    return made
