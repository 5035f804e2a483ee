"""What tests of monthly reports share: June in Shanghai, promises and their counts, four agreements."""

from datetime import UTC, datetime, timedelta

import pytest

from console.actions.audit.audit import Actor
from network.actions.service_levels.report import orders
from network.actions.service_levels.report.figures import month_of, span_of
from network.models import (
    Agreement,
    ComplianceStatus,
    Corridor,
    Link,
    ServiceCount,
)
from tests.conftest import NOON

URL = "/api/v1/sla/reports"
PLANNER = Actor("planner")
SINCE = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LIMIT_MS = 2.0


@pytest.fixture(autouse=True)
def zone(settings):
    settings.TIME_ZONE = "Asia/Shanghai"


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "reports"


@pytest.fixture
def sent():
    return []


def promise(site, metric="availability", target=0.9, **fields):
    given = {"objective": LIMIT_MS if metric == "rtt_p99" else target, "target_share": target, "name": metric} | fields
    return Agreement.objects.create(kind="site", site=site, metric=metric, **given)


def count(agreement, start, good, total, unknown_s=0.0, excluded_s=0.0, span_s=3_600):
    return ServiceCount.objects.create(
        agreement=agreement, span_s=span_s, started_at=start, good=good, total=total, unknown_s=unknown_s,
        excluded_s=excluded_s,
    )  # fmt: skip


def stand(agreement, began_at):
    ComplianceStatus.objects.create(
        agreement=agreement, began_at=began_at, period_started_at=began_at, counted_until=began_at, judged_at=began_at
    )


def june(region, until=None):
    return month_of(region, span_of("2026-06", until or SINCE + 31 * 24 * HOUR))


@pytest.fixture
def counted(region, make_site):
    """Two sites, a link and a corridor with an hour of counts each: kept, breached, unknown, modelled."""
    a, b = make_site("a"), make_site("b", lon_deg=123.6)
    Link.objects.create(a=a, b=b, length_km=10, rate_gbps=100, changed_at=NOON)
    Corridor.objects.create(
        region=region, slug="c-1", name_en="Bay", name_zh="湾", path_lon_lat_deg=[[123.5, 29], [123.6, 29]], lowest_m=60,
        highest_m=120, changed_at=NOON,
    )  # fmt: skip
    about = [("site", "a", a, "availability"), ("site", "b", b, "availability"), ("link", "a~b", None, "availability"),
             ("corridor", "c-1", None, "coverage")]  # fmt: skip
    for number, (kind, key, site, metric) in enumerate(about):
        agreement = Agreement.objects.create(
            kind=kind, key=key, site=site, region=region, metric=metric, objective=0.9, target_share=0.9,
            name=f"{key} {metric}",
        )  # fmt: skip
        stand(agreement, SINCE)
        count(agreement, SINCE, 100 if number != 1 else 0, 100, unknown_s=3_600 if number == 2 else 0)
        count(agreement, SINCE, 0, 0, span_s=60)
        count(agreement, SINCE + 59 * MINUTE, 0, 0, span_s=60)
    ServiceCount.objects.filter(agreement__key="a~b").update(good=0, total=0)
    Agreement.objects.filter(key="b").update(target_share=0.9999)  # of which an hour of outage is more than a month has
    return region


def ask(region, sent, month="2026-06", language="en", actor=PLANNER, now=NOON):
    return orders.ask(actor, orders.ReportRequest(region, month, language), now, sent.append)
