"""Quotas: rates and daily amounts that hold over processes, leases that cost nothing, and what stands without Redis."""

import asyncio
from time import monotonic

import pytest
from django.db import connection

from console.models import Quota
from console.quota import counters, leases
from console.quota.counters import Bucket, Call, Here, OverQuota, ask, give_back, readings, take
from console.quota.kinds import DAY_S, JOBS_PER_DAY, POSITIONS, REQUESTS, ROWS
from console.quota.leases import Lender
from console.quota.limits import Book, book
from console.redis_clients import client
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("empty_redis")


class Clock:
    def __init__(self, now_s=0.0):
        self.now_s = now_s

    def __call__(self):
        return self.now_s


def bucket(kind=POSITIONS, limit=10.0, number=3, whose="organisation"):
    return Bucket(kind, whose, number, limit)


def away():
    raise ConnectionRefusedError


@pytest.fixture(params=["redis", "here"])
def asked(request, monkeypatch):
    """The script in Redis, and the same rules in this process."""
    if request.param == "here":
        monkeypatch.setattr(counters, "_script", away)
        monkeypatch.setattr(counters, "_here", Here())
    return ask


def test_a_rate_may_be_overdrawn_once_and_is_then_paid_by_waiting(asked):
    assert asked([bucket()], Call()).granted == 1.0
    verdict = asked([bucket()], Call(debt=29.0))
    assert verdict.granted == 0
    assert verdict.short == bucket()
    assert verdict.wait_s == pytest.approx(2.0, abs=0.1)  # 30 used of 10: 20 at 10 a second


def test_a_lease_is_a_tenth_of_a_second_and_never_more_than_is_left(asked):
    assert asked([bucket(limit=1_000.0)], Call()).granted == 100.0
    asked([bucket(limit=1_000.0)], Call(debt=870.0))
    assert asked([bucket(limit=1_000.0)], Call()).granted < 100.0


def test_a_key_has_no_more_than_its_organisation(asked):
    both = [bucket(limit=100.0), bucket(whose="key", limit=20.0)]
    asked(both, Call(debt=25.0))
    assert asked(both, Call()).short == both[1]
    assert asked([both[0], bucket(whose="key", number=4, limit=200.0)], Call(debt=90.0)).short == both[0]


def test_an_exact_amount_of_a_day_is_taken_whole_or_not_at_all(asked):
    of_today = [bucket(JOBS_PER_DAY, 5.0)]
    take(of_today, 3)
    with pytest.raises(OverQuota, match=r"jobs per day: this organisation has used 3 of 5") as refusal:
        take(of_today, 3)
    assert 0 < refusal.value.retry_after_s <= DAY_S
    take(of_today, 0)  # is no lease of what is left
    take(of_today, 2)
    give_back(of_today, 4)
    take(of_today, 4)


def test_a_rate_refills_and_a_day_begins_anew_without_redis():
    clock = Clock(10 * DAY_S + 5.0)
    here = Here(clock)
    assert here.ask([bucket()], Call(debt=15.0)).wait_s == pytest.approx(0.5)
    assert here.ask([bucket(ROWS, 7.0)], Call(need=7.0)).granted == 7.0
    assert here.ask([bucket(ROWS, 7.0)], Call(need=1.0)).wait_s == DAY_S - 5.0
    clock.now_s += 1.0
    assert here.ask([bucket()], Call()).granted == 1.0
    clock.now_s = 11 * DAY_S
    assert here.ask([bucket(ROWS, 7.0)], Call(need=7.0)).granted == 7.0


def test_counters_of_this_process_are_bounded(monkeypatch):
    monkeypatch.setattr(counters, "MOST_KEPT", 5)
    here = Here()
    for number in range(50):
        here.ask([bucket(number=number)], Call())
    assert len(here._used) == 5


def test_what_is_read_is_what_enforces(asked):
    take([bucket(JOBS_PER_DAY, 5.0)], 5)
    with pytest.raises(OverQuota):
        take([bucket(JOBS_PER_DAY, 5.0)], 1)
    if asked is not ask:
        return
    now_s = float(client().time()[0])
    (reading,) = readings([bucket(JOBS_PER_DAY, 5.0)], now_s)
    if counters._script is not away:
        assert (reading.used, reading.taken, reading.refused) == (5.0, 5.0, 1)
        assert readings([bucket(JOBS_PER_DAY, 5.0)], now_s + DAY_S)[0].used == 0.0


def test_counters_are_forgotten_after_days():
    take([bucket(ROWS)], 1)
    assert 0 < client().ttl(bucket(ROWS).key) <= counters.KEPT_FOR_S


@pytest.fixture
def known(monkeypatch):
    """Limits without a database."""
    monkeypatch.setattr(book, "read", lambda: None)


async def test_several_processes_share_one_rate(known, settings):
    settings.LOFT_QUOTA_POSITIONS_PER_S = 100
    lenders, taken, began_s = [Lender([POSITIONS]) for _ in range(3)], 0, monotonic()
    for lender in lenders * 100:
        try:
            await lender.take(7, 0, 1)
        except OverQuota:
            continue
        taken += 1
    came_in = 100 * (monotonic() - began_s)
    assert 100 <= taken <= 100 + came_in + 3 * 10  # a second's worth, what came in meanwhile, and a lease each


async def test_a_lease_spares_redis(known, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(leases, "ask", lambda *words: asked.append(words) or ask(*words))
    settings.LOFT_QUOTA_REQUESTS_PER_S = 10_000
    lender = Lender([REQUESTS])
    for _ in range(1_000):
        await lender.take(7, 0, 1)
    assert len(asked) == 1


async def test_refusals_ask_nobody_and_are_counted_afterwards(known, settings, monkeypatch):
    settings.LOFT_QUOTA_POSITIONS_PER_S = 10
    clock = Clock()
    lender = Lender([POSITIONS], clock)
    await lender.take(7, 0, 40)
    with pytest.raises(OverQuota):
        await lender.take(7, 0, 1)
    monkeypatch.setattr(leases, "ask", away)
    for _ in range(100):
        with pytest.raises(OverQuota) as refusal:
            lender.check(7, 0)
    assert refusal.value.retry_after_s in (3, 4)
    monkeypatch.setattr(leases, "ask", ask)
    clock.now_s += 1.1  # it is asked about again, for the limit may have been raised
    settings.LOFT_QUOTA_POSITIONS_PER_S = 1_000
    await lender.take(7, 0, 1)
    (reading,) = readings([Bucket(POSITIONS, "organisation", 7, 1_000.0)], float(client().time()[0]))
    assert reading.refused == 101


async def test_leases_go_on_while_redis_is_away(known, settings, monkeypatch):
    monkeypatch.setattr(counters, "_script", away)
    settings.LOFT_QUOTA_POSITIONS_PER_S = 10
    lender = Lender([POSITIONS])
    await lender.take(8, 0, 40)
    with pytest.raises(OverQuota):
        await lender.take(8, 0, 1)


async def test_leases_are_bounded(known, monkeypatch):
    monkeypatch.setattr(leases, "MOST_LEASES", 5)
    lender = Lender([REQUESTS])
    await asyncio.gather(*(lender.take(number, 0, 1) for number in range(20)))
    assert len(lender._leases) == 5


@pytest.mark.django_db
def test_the_network_operators_figure_goes_before_the_settings(settings):
    settings.LOFT_QUOTA_POSITIONS_PER_S, settings.LOFT_REPORTS_PER_KEY_PER_S = 50, 30
    Quota.objects.create(organisation_id=1, limits={"positions_per_s": 20}, changed_at=NOON)
    clock = Clock(100.0)
    own = Book(clock)
    assert own.of(1, POSITIONS) == 50  # not read yet
    own.read()
    assert (own.of(1, POSITIONS), own.of_key(1, POSITIONS), own.of(2, POSITIONS)) == (20, 20, 50)
    assert own.of_key(2, POSITIONS) == 30
    Quota.objects.update(limits={})
    own.read()
    assert own.of(1, POSITIONS) == 20
    own.forget()
    own.read()
    assert own.of(1, POSITIONS) == 50


def test_a_limit_of_nothing_is_a_refusal_and_no_error(asked):
    verdict = asked([bucket(limit=0.0)], Call(need=1.0))
    assert verdict.short == bucket(limit=0.0)
    assert verdict.short.over(0.0, verdict.wait_s).retry_after_s == DAY_S


@pytest.mark.django_db
def test_what_was_told_while_limits_were_read_is_read_anew():
    Quota.objects.create(organisation_id=1, limits={"positions_per_s": 20}, changed_at=NOON)
    own = Book(Clock(100.0))

    def change_after(execute, *words):
        change_after = execute(*words)
        own.forget()
        return change_after

    with connection.execute_wrapper(change_after):
        own.read()
    assert not own.is_fresh
    Quota.objects.update(limits={"positions_per_s": 7})
    own.read()
    assert own.is_fresh
    assert own.of(1, POSITIONS) == 7


@pytest.mark.django_db
def test_a_change_that_is_told_while_freshness_is_looked_at_is_no_error():
    events = []

    def clock():
        for tell in events:
            tell()
        return 100.0

    own = Book(clock)
    own.read()
    events.append(own.forget)
    assert own.is_fresh in (True, False)
    events.clear()
    assert not own.is_fresh
