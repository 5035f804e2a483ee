"""Two customers, and what is raised and made for each."""

from django.utils import timezone

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from network.models import (
    AlarmType,
    Severity,
)
from tests.conftest import NOON
from tests.network.alarms.conditions import condition
from tests.network.alarms.conditions import raised as raise_all

RED, BLUE = "red", "blue"


def customer(slug):
    return add_organisation(SYSTEM, slug, slug.title(), f"{slug}公司", ["drone_operator"], NOON)


def raised(owner, subject="D-1", problem="Lost", now=None, severity=Severity.MAJOR):
    (made,) = raise_all(
        [condition(subject, problem, severity, AlarmType.EQUIPMENT, "x", organisation=owner)], now or timezone.now()
    )
    return made
