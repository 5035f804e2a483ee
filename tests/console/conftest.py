"""Organisations besides the home one: two customers and an authority."""

import pytest

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import OrganisationKind
from tests.conftest import NOON


@pytest.fixture
def courier(db):
    return add_organisation(SYSTEM, "courier", "Courier", "快递", [OrganisationKind.DRONE_OPERATOR], NOON)


@pytest.fixture
def watchdog(db):
    return add_organisation(SYSTEM, "watchdog", "Authority", "管理局", [OrganisationKind.AUTHORITY], NOON)


@pytest.fixture
def swift(db):
    return add_organisation(SYSTEM, "swift", "Swift", "迅捷", [OrganisationKind.DRONE_OPERATOR], NOON)
