"""One letter per site and minute: what was counted says which, and what was not is unknown."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from network.actions.measurement.heat import counted_until, digit, heat, letter
from network.kernels.sla.sla import Metric
from network.models import ServiceCount
from tests.conftest import NOON

URL = "/api/v1/samples/heat"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def count():
    """Write one line of the ledger: `count(agreement, minute, good, total)`."""

    def write(agreement, minute: int, good: int, total: int, start=NOON, **fields) -> ServiceCount:
        given = {"span_s": 60, "unknown_s": 0.0, "excluded_s": 0.0} | fields
        return ServiceCount.objects.create(
            agreement=agreement, started_at=start + minute * MINUTE, good=good, total=total, **given
        )

    return write


@pytest.fixture
def agreement(make_site, make_agreement):
    return make_agreement(make_site(), target_share=0.9)


def states(columns: int = 4, since=NOON, **fields) -> list[str]:
    heat_map = heat(fields.get("region", ""), fields.get("span_s", 60), since, since + columns * MINUTE)
    return [row.states for row in heat_map.rows]


def lost(columns: int = 4) -> list[str]:
    return [row.lost for row in heat("", 60, NOON, NOON + columns * MINUTE).rows]


def test_a_minute_is_judged_by_how_much_of_what_is_allowed_it_used(agreement, count):
    count(agreement, 0, 100, 100)
    count(agreement, 1, 91, 100)  # 9 of the 10 that are allowed
    count(agreement, 2, 90, 100)  # all of them, and no more
    count(agreement, 3, 89, 100)
    assert states() == ["mrrb"]


def test_one_late_packet_of_a_minute_is_no_breach_though_it_is_more_than_one_percent(make_site, make_agreement, count):
    agreement = make_agreement(make_site(), target_share=0.99)
    count(agreement, 0, 90, 90)
    count(agreement, 1, 89, 90)
    count(agreement, 2, 88, 90)
    count(agreement, 3, 35, 36, unknown_s=34.0)  # the minute of a start
    assert states() == ["mrbu"]


def test_a_digit_says_how_much_of_the_service_was_lost_so_that_a_blip_is_no_outage(agreement, count):
    count(agreement, 0, 100, 100)
    count(agreement, 1, 89, 100)
    count(agreement, 2, 40, 100)
    count(agreement, 3, 0, 100)
    assert (states(), lost()) == (["mbbb"], ["0169"])


def test_the_agreement_that_lost_most_tells_the_depth(agreement, make_agreement, count):
    other = make_agreement(agreement.site, Metric.LOSS_SHARE, 0.1, target_share=0.9)
    count(agreement, 0, 99, 100)
    count(other, 0, 10, 100)
    assert (states(1), lost(1)) == (["b"], ["9"])


def test_what_is_unknown_or_excluded_has_lost_nothing_that_is_known(agreement, count):
    count(agreement, 0, 9, 10, unknown_s=31.0)
    count(agreement, 1, 9, 10, excluded_s=31.0)
    assert (states(3), lost(3)) == (["uxu"], ["000"])


@pytest.mark.parametrize(
    ("share", "expected"), [(None, 0), (0.0, 0), (0.001, 1), (1 / 9, 1), (0.12, 2), (0.5, 5), (0.99, 9), (1.0, 9)]
)
def test_a_digit_counts_ninths_that_were_begun(share, expected):
    assert digit(share) == expected


def test_a_minute_nobody_counted_is_unknown_never_good(agreement, count):
    count(agreement, 1, 100, 100)
    count(agreement, 2, 0, 0, unknown_s=60.0)
    count(agreement, 3, 10, 10, unknown_s=31.0)
    assert states() == ["umuu"]


def test_maintenance_is_shown_as_such_and_hides_no_breach(agreement, count):
    count(agreement, 0, 0, 0, excluded_s=60.0)
    count(agreement, 1, 0, 5, excluded_s=40.0)
    assert states(2) == ["xb"]


def test_the_gravest_agreement_of_a_site_counts(agreement, make_agreement, count):
    other = make_agreement(agreement.site, Metric.LOSS_SHARE, 0.1, target_share=0.9)
    count(agreement, 0, 100, 100)
    count(other, 0, 0, 100)
    count(agreement, 1, 100, 100)
    count(other, 1, 0, 0, unknown_s=60.0)
    assert states(2) == ["bu"]


def test_every_probed_site_has_a_row_and_others_have_none(make_site, region):
    make_site("bs-001")
    make_site("bs-000")
    make_site("bs-002", probe_port=None)
    heat_map = heat(region.slug, 60, NOON, NOON + 2 * MINUTE)
    assert [(row.site.slug, row.states) for row in heat_map.rows] == [("bs-000", "uu"), ("bs-001", "uu")]
    assert heat("elsewhere", 60, NOON, NOON + MINUTE).rows == []


def test_times_are_widened_to_whole_minutes_and_hours(make_site):
    make_site()
    heat_map = heat("", 60, NOON + timedelta(seconds=59), NOON + timedelta(seconds=61))
    assert (heat_map.since, heat_map.columns) == (NOON, 2)
    assert heat("", 3600, NOON + MINUTE, NOON + 60 * MINUTE).columns == 1


def test_a_minute_that_is_not_counted_yet_is_left_out_unless_counting_stands_still(agreement, count):
    now = NOON + timedelta(minutes=10, seconds=20)
    assert counted_until(60, now) == now
    count(agreement, 8, 9, 10)
    assert counted_until(60, now) == NOON + 9 * MINUTE
    assert counted_until(60, now + 2 * MINUTE) == now + 2 * MINUTE


def test_when_what_others_were_promised_was_counted_tells_nothing(agreement, make_site, make_agreement, count):
    other = add_organisation(SYSTEM, "other", "Other", "其他", ["drone_operator"], NOON)
    theirs = make_agreement(make_site("bs-other"), organisation_id=other.pk)
    now = NOON + 10 * MINUTE
    count(theirs, 8, 60, 60)
    assert counted_until(60, now) == now
    count(agreement, 7, 60, 60)
    assert counted_until(60, now) == NOON + 8 * MINUTE


@pytest.mark.parametrize(("used", "unknown", "excluded", "expected"), [
    (0.8, 0, 0, "m"), (0.81, 0, 0, "r"), (1.0, 0, 0, "r"), (1.01, 1, 1, "b"), (None, 0, 0, "u"), (None, 0, 1, "x"),
    (0.0, 0.5, 0, "m"), (0.0, 0.51, 0, "u"), (0.9, 0.51, 0, "u"),
])  # fmt: skip
def test_a_letter_says_what_is_known(used, unknown, excluded, expected):
    assert letter(used, unknown, excluded) == expected


def test_the_strip_is_read_over_rest_with_two_questions_to_the_database(
    signed_in, agreement, count, django_assert_max_num_queries
):
    start = timezone.now().replace(second=0, microsecond=0)
    count(agreement, -1, 9, 10, start=start)
    viewer = signed_in("viewer")
    with django_assert_max_num_queries(9):
        answer = viewer.get(URL).json()
    assert (answer["span_s"], answer["columns"], answer["count"]) == (60, 60, 1)
    assert answer["sites"][0]["slug"] == "bs-000"
    assert answer["sites"][0]["states"] == "u" * 59 + "r"
    assert answer["sites"][0]["lost"] == "0" * 59 + "1"


@pytest.mark.parametrize(("query", "field"), [
    ("span=year", "span"), ("since=2026-11-22T10:00:00Z&until=2026-11-22T10:00:00Z", "since"),
    ("since=2026-11-01T10:00:00Z&until=2026-11-22T10:00:00Z", "since"), ("until=0001-01-01T00:00:00Z", "until"), ("since=9999-12-31T23:59:59Z", "since"),
    ("region=no%20slug", "region"),
])  # fmt: skip
def test_a_wrong_question_is_told_which_field_is_wrong(signed_in, db, query, field):
    answer = signed_in("viewer").get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_an_unknown_region_is_not_found(signed_in, db):
    assert signed_in("viewer").get(f"{URL}?region=nowhere").status_code == 404
