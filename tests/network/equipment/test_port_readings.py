"""What sites tell of their ports, as it is checked and kept."""

import pytest

from network.models import PmCounters
from network.probes import ports
from tests.network.equipment.conftest import read_all

UP = {"to": "bs-001", "state": "up", "errored_share": 0.0, "for_s": None}


@pytest.mark.django_db
def test_ports_are_kept_with_the_counters_and_those_that_are_not_up_are_counted(world, site, signed_in):
    world.fail("cut", "bs-000~bs-001")
    read_all(world)
    row = PmCounters.objects.get()
    told = {port["to"]: port["state"] for port in row.told["ports"]}
    assert (told, row.bad_ports) == ({"core": "up", "bs-001": "loss_of_signal"}, 1)
    answer = signed_in("viewer").get("/api/v1/sites/bs-000/counters").json()
    assert {port["to"]: port["state"] for port in answer["told"]["ports"]} == told
    world.faults.clear("bs-000~bs-001")
    world.wait(seconds=30)
    read_all(world)
    assert PmCounters.objects.get().bad_ports == 0


def test_equipment_that_tells_nothing_of_ports_has_none_that_is_known():
    assert ports.read(None) is None
    assert ports.read([]) == []
    assert ports.read([{"to": "bs-001", "state": "up"}]) == [UP]


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({}, "ports: expected a list"),
        ([1], "ports: expected objects"),
        ([UP] * 257, "at most 256"),
        ([UP | {"state": "fine"}], "ports.state: fine given"),
        ([UP | {"to": ""}], "to: expected a line"),
        ([UP | {"errored_share": 1.5}], "ports.errored_share: 1.5 given"),
        ([UP | {"errored_share": float("nan")}], "ports.errored_share: nan given"),
        ([UP | {"for_s": -1}], "ports.for_s: -1 given"),
    ],
)
def test_nonsense_about_ports_is_refused_by_the_name_of_the_field(told, what):
    with pytest.raises(ValueError, match=r"ports|to:") as refusal:
        ports.read(told)
    assert what in str(refusal.value)
