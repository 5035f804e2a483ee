"""Links say how they are now: up, degraded, down or unknown, since when, and by which measurement."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from network.actions.topology import live as live_
from network.actions.topology import ports
from network.models import Link, PmCounters
from tests.network.topology.test_ports import answers, tells

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def only_ports(monkeypatch):
    monkeypatch.setattr(live_, "_finders", [ports.links_found])


@pytest.fixture
def row(make_site):
    """Four sites in a row; the last answers nobody: one link is down, one degraded, one unknown."""
    now = timezone.now()
    sites = [make_site(slug, lat_deg=29 + number / 100) for number, slug in enumerate("abcde")]
    for a, b in pairwise(sites):
        Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=now)
    for site in sites[:4]:
        answers(site, now)
    tells(sites[0], now, b=("loss_of_signal", 60))
    tells(sites[1], now, a="up", c="degraded")
    return sites


def states(client, query=""):
    rows = client.get(f"/api/v1/links{query}").json()["results"]
    return {f"{link['a']}{link['b']}": link for link in rows}


def test_every_link_of_the_list_has_its_state_and_its_age(row, signed_in):
    links = states(signed_in("viewer"))
    assert {key: link["state"] for key, link in links.items()} == {
        "ab": "down", "bc": "degraded", "cd": "up", "de": "unknown",
    }  # fmt: skip
    since = timezone.now() - timedelta(seconds=60)
    assert abs(live_at(links["ab"]["state_since"]) - since) < timedelta(seconds=60)
    assert links["cd"]["state_since"] is None
    assert links["cd"]["measured_at"] is not None
    assert links["de"]["measured_at"] is None
    one = signed_in("viewer").get("/api/v1/links/a~b").json()
    assert (one["state"], one["measured_at"]) == ("down", links["ab"]["measured_at"])


def live_at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=down", {"ab"}),
        ("state=up", {"cd"}),
        ("state=up&state=unknown", {"cd", "de"}),
        ("state=down&state=degraded&site=b", {"ab", "bc"}),
    ],
)
def test_the_list_is_filtered_by_state(row, signed_in, query, expected):
    assert set(states(signed_in("viewer"), f"?{query}")) == expected


def test_the_list_is_ordered_by_state_the_worst_first_and_equal_ones_by_key(row, signed_in):
    Link.objects.create(a=row[0], b=row[2], length_km=5, rate_gbps=100, changed_at=timezone.now())
    assert list(states(signed_in("viewer"), "?ordering=state")) == ["ab", "bc", "de", "cd", "ac"]
    assert list(states(signed_in("viewer"), "?ordering=-state")) == ["ac", "cd", "de", "bc", "ab"]


def test_that_both_ends_answer_makes_no_newer_measurement_of_a_link_that_ports_tell_to_be_down(row, signed_in):
    told_at = PmCounters.objects.get(site=row[0]).to_at
    newer = told_at + timedelta(seconds=20)
    for site in row[:4]:
        answers(site, newer)
    links = states(signed_in("viewer"))
    assert {key: live_at(links[key]["measured_at"]) for key in ("ab", "bc", "cd")} == {
        "ab": told_at, "bc": told_at, "cd": newer,
    }  # fmt: skip


def test_what_a_site_tells_of_other_things_is_no_measurement_of_its_links(row, signed_in):
    newer = timezone.now() + timedelta(seconds=20)
    fields = {"told": {"ports": None}, "to_at": newer, "asked_at": newer}
    PmCounters.objects.update_or_create(site=row[3], defaults=fields)
    PmCounters.objects.update_or_create(site=row[2], defaults={**fields, "told": {"ports": []}})
    link = states(signed_in("viewer"))["cd"]
    assert link["state"] == "up"
    assert live_at(link["measured_at"]) < newer
    tells(row[3], newer, c="up")
    assert live_at(states(signed_in("viewer"))["cd"]["measured_at"]) == newer


def test_the_list_is_ordered_by_state_among_other_columns(row, signed_in):
    assert list(states(signed_in("viewer"), "?ordering=medium,%20-state")) == ["cd", "de", "bc", "ab"]
    assert list(states(signed_in("viewer"), "?ordering=state,length_km")) == ["ab", "bc", "de", "cd"]


def test_a_state_that_there_is_not_is_refused_and_of_another_time_there_is_none(row, signed_in):
    assert signed_in("viewer").get("/api/v1/links?state=asleep").status_code == 400
    at = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {link["state"] for link in states(signed_in("viewer"), f"?as_of={at}").values()} == {None}


def test_the_state_of_many_links_costs_fewer_queries_than_there_are_links(
    row, make_site, signed_in, django_assert_max_num_queries
):
    for number in range(36):
        site = make_site(f"f-{number:02d}", lat_deg=29.1 + number / 100)
        Link.objects.create(a=row[0], b=site, length_km=5, rate_gbps=100, changed_at=timezone.now())
    client = signed_in("viewer")
    client.get("/api/v1/links")
    with django_assert_max_num_queries(30):  # a look at the network among them, where a second has passed
        assert len(states(client)) == 40


def test_the_page_of_links_has_the_filter(signed_in):
    content = signed_in("viewer").get("/inventory/links").content.decode()
    assert 'name="state"' in content
    assert 'value="degraded"' in content
