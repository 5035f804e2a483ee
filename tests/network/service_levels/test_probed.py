"""What was probed as the events of slices and links, and of nobody where nobody measured."""

from datetime import timedelta

import pytest

from console.run import starts
from network.actions.service_levels import probed
from network.actions.sla import sla
from network.kernels.sla.sla import Metric
from network.models import (
    Agreement,
    Link,
    Slice,
)
from tests.conftest import NOON
from tests.network.service_levels.conftest import counted, drawn, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]


def test_a_slice_pools_the_events_of_its_sites(make_site):
    site, two = make_site("bs-001"), make_site("bs-002")
    made = Slice.objects.create(slug="uav", name_en="UAV", name_zh="无人机", sst=2, changed_at=NOON)
    made.sites.set([site, two])
    up = Agreement.objects.create(kind="slice", key="uav", metric="availability", objective=0.99, name="uav")
    fast = Agreement.objects.create(kind="slice", key="uav", metric="rtt_p99", objective=4.0, name="uav fast")
    drawn(site, 0, answered=30, rtts_ms=[1.0, 5.0])
    drawn(two, 0, answered=20, rtts_ms=[1.0])
    drawn(site, 1)
    record(1)
    record(2)
    assert counted(up) == [(50, 60, 0, 0), (30, 30, 30, 0)]  # of the second minute one of two sites is unknown
    assert counted(fast)[0] == (2, 3, 0, 0)


@pytest.fixture
def tree(make_site):
    """core - oa - (bs-1, bs-2), and a ring of core, oa and ob."""
    core = make_site("co-00", kind="core", probe_port=None)
    oa, ob = make_site("oa-1", kind="optical_access"), make_site("oa-2", kind="optical_access")
    stations = [make_site(f"bs-{number}") for number in (1, 2)]
    for a, b in ((core, oa), (oa, ob), (ob, core), *((station, oa) for station in stations)):
        Link.objects.create(a=a, b=b, length_km=1, rate_gbps=10, changed_at=NOON)
    return stations


def link_agreement(key: str) -> Agreement:
    return Agreement.objects.create(kind="link", key=key, metric="availability", objective=0.99, name=key)


def test_a_link_was_up_at_least_when_a_site_answered_that_is_reached_only_through_it(tree):
    tail, ring = link_agreement("bs-1~oa-1"), link_agreement("co-00~oa-1")
    drawn(tree[0], 0, answered=27)
    drawn(tree[1], 0, answered=0)
    record(1)
    assert counted(tail) == [(27, 30, 0, 0)]
    assert counted(ring) == [(0, 0, 60, 0)]  # of a ring: nobody depends on it, so nothing is known


def test_of_several_sites_behind_a_link_the_best_one_speaks(tree):
    bridge = make_bridge(tree)
    drawn(tree[0], 0, answered=10)
    drawn(tree[1], 0, answered=28)
    record(1)
    assert counted(bridge) == [(28, 30, 0, 0)]


def make_bridge(tree) -> Agreement:
    """Open the ring, so that both stations hang on the link to the core."""
    Link.objects.filter(a__slug="oa-2").delete()
    return link_agreement("co-00~oa-1")


def test_a_link_whose_sites_were_not_measured_is_unknown(tree):
    bridge = make_bridge(tree)
    drawn(tree[0], 0, rounds=0, answered=0, untrusted=30)
    record(1)
    assert counted(bridge) == [(0, 0, 60, 0)]


def test_the_rounds_of_a_site_ignore_agreements_that_they_cannot_judge(make_site, make_agreement):
    from network.probes.stamp import Measured, Round

    site = make_site()
    steady = make_agreement(site, Metric.JITTER, 2.0)
    at_ns = int(NOON.timestamp() * 1e9)
    sla.check(Round([Measured(site.pk, at_ns, [1.0], 0, 0, 0.1)], 1.0, True, True, at_ns))
    steady.refresh_from_db()
    assert steady.judged_at is None


def test_a_site_that_was_not_measured_brings_a_minute_of_unknown_time(make_site, make_agreement):
    assert probed.part(None, make_agreement(make_site())) == probed.Part(0, 0, 60.0)


@pytest.mark.parametrize(("started_s", "known"), [(-61, 4), (-20, 3), (60, 3), (65, 3), (95, 2), (300, 4)])
def test_minutes_in_which_all_of_loft_started_are_unknown_and_not_bad(make_site, settings, tmp_path, started_s, known):
    settings.LOFT_RUN_DIR = tmp_path
    starts.note_console_start(NOON + timedelta(seconds=started_s))
    site = make_site("bs-001")
    up = Agreement.objects.create(kind="site", site=site, metric="availability", objective=0.99, name="up")
    for minute in range(4):
        drawn(site, minute, answered=20)
    record(1)
    for minute in range(2, 5):
        record(minute)
    rows = counted(up)
    assert len(rows) == 4
    assert [row for row in rows if row[1]] == [(20, 30, 0, 0)] * known
    assert all(row == (0, 0, 60, 0) for row in rows if not row[1])
