"""Costly answers: processor time per account, a few at once, and what is kept so that nobody pays for it twice."""

import threading
import time

import pytest
from rest_framework.test import APIClient

from console.errors import Unavailable
from console.redis_clients import client
from console.rest.pricing import pricing
from console.rest.pricing.pricing import LocalPurse, SharedPurse, Turns
from console.views import description
from network.models import Region


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def spend(seconds):
    began_s = time.thread_time()
    while time.thread_time() - began_s < seconds:
        pass


@pytest.mark.parametrize("make", [LocalPurse, SharedPurse])
def test_an_account_may_be_overdrawn_once_and_gains_its_share_of_a_minute(make, empty_redis):
    purse = make()
    assert purse.take("person 1", 0.0, 30.0) == 30.0
    assert purse.take("person 1", 42.0, 30.0) == pytest.approx(-12.0, abs=0.1)
    assert purse.take("person 2", 0.0, 30.0) == 30.0


def test_what_was_overdrawn_is_paid_by_waiting():
    clock = Clock()
    purse = LocalPurse(clock)
    purse.take("key 1", 36.0, 30.0)
    clock.now_s = 12.0  # half a second each second
    assert purse.take("key 1", 0.0, 30.0) == 0.0
    clock.now_s = 600.0
    assert purse.take("key 1", 0.0, 30.0) == 30.0


def test_accounts_are_shared_by_all_processes_and_forgotten_after_an_hour(empty_redis):
    SharedPurse().take("person 1", 1.0, 30.0)
    assert SharedPurse().take("person 1", 0.0, 30.0) == pytest.approx(29.0, abs=0.1)
    assert 0 < client().ttl("loft.price.person 1") <= 3_600


def test_a_process_counts_by_itself_while_redis_is_away(monkeypatch):
    def away():
        raise ConnectionRefusedError

    monkeypatch.setattr(pricing, "_script", away)
    purse = SharedPurse()
    purse.take("person 1", 40.0, 30.0)
    assert purse.take("person 1", 0.0, 30.0) == pytest.approx(-10.0, abs=0.1)


def test_no_more_accounts_are_held_than_are_allowed(monkeypatch):
    monkeypatch.setattr(pricing, "MOST_ACCOUNTS", 3)
    purse = LocalPurse()
    for number in range(10):
        purse.take(f"address {number}", 1.0, 30.0)
    assert len(purse._left) <= 3


def test_no_more_run_at_once_than_turns_and_nobody_takes_all_places():
    turns = Turns(at_once=1, waiting=3, longest_wait_s=5.0)
    held, end = threading.Event(), threading.Event()
    done = []

    def work(account):
        with turns.turn(account):
            held.set()
            end.wait(5)
            done.append(account)

    threads = [threading.Thread(target=work, args=("person 1",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert held.wait(5)
    while turns._present["person 1"] < 2:
        time.sleep(0.001)
    with pytest.raises(Unavailable):  # half of the four places
        turns._enter("person 1")
    other = threading.Thread(target=work, args=("person 2",))
    other.start()
    end.set()
    for thread in [*threads, other]:
        thread.join(5)
    assert sorted(done) == ["person 1", "person 1", "person 2"]
    assert turns._present.total() == 0


def test_a_customer_takes_no_more_places_by_asking_with_more_keys():
    turns = Turns(at_once=2, waiting=3, longest_wait_s=0.01)
    for number in range(3):
        turns._enter(f"key {number}", "organisation 7")
    with pytest.raises(Unavailable):
        turns._enter("key 3", "organisation 7")
    assert turns._present["key 3"] == 0  # who was turned away holds nothing
    with turns.turn("key 9", "organisation 8"), turns.turn("person 1"):
        assert turns._taken == 5
        with pytest.raises(Unavailable):
            turns._enter("person 2")
    assert (turns._taken, turns._present) == (3, {"key 0": 1, "key 1": 1, "key 2": 1, "organisation 7": 3})


def test_a_costly_answer_holds_a_turn_in_the_name_of_caller_and_customer(empty_redis):
    with pricing.priced({"key 3": 30.0, "organisation 7": 60.0}):
        assert pricing.turns()._present == {"key 3": 1, "organisation 7": 1}
    assert (pricing.turns()._taken, pricing.turns()._present.total()) == (0, 0)


def test_who_waits_in_vain_is_told_to_come_back():
    turns = Turns(at_once=1, longest_wait_s=0.05)
    with turns.turn("person 1"), pytest.raises(Unavailable) as busy, turns.turn("person 2"):
        pass
    assert busy.value.retry_after_s == 1
    with turns.turn("person 2"):
        pass


def test_only_what_it_took_of_the_processor_is_paid(empty_redis, settings):
    settings.LOFT_COSTLY_S_PER_MIN = 1.0  # so that next to nothing is gained meanwhile
    with pricing.priced({"person 1": 1.0, "organisation x": 1.0}):
        spend(0.05)
        threading.Event().wait(0.05)  # waiting costs nobody anything
    for account in ("person 1", "organisation x"):
        assert 0.03 < 1.0 - pricing._purse.take(account, 0.0, 1.0) < 0.2


@pytest.fixture
def region(db):
    return Region.objects.create(slug="here", name_en="Here", name_zh="此地", lat_deg=29, lon_deg=123, radius_m=3_000)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/coverage/kpis?region=here", "/api/v1/circles?region=here", "/api/v1/circles/reach?region=here",
     "/api/v1/programme?region=here", "/api/v1/inventory/export?format=csv&kind=site"],
)  # fmt: skip
def test_who_has_overdrawn_is_told_for_how_long_to_wait_and_others_are_served(
    region, signed_in, with_key, empty_redis, settings, path
):
    settings.LOFT_COSTLY_S_PER_MIN = 6.0
    someone, key = signed_in("planner"), with_key("read")
    assert someone.get(path).status_code != 429
    person = someone.session["_auth_user_id"]
    pricing._purse.take(f"person {person}", 7.0, 6.0)
    answer = someone.get(path)
    assert answer.status_code == 429, path
    assert 1 <= int(answer["Retry-After"]) <= 600
    assert answer.json()["status"] == 429
    assert key.get(path).status_code != 429


def test_a_customer_pays_as_a_whole_and_those_who_run_the_network_each_for_themselves(
    region, courier, swift, signed_in, with_key, empty_redis, settings
):
    settings.LOFT_COSTLY_S_PER_MIN, settings.LOFT_COSTLY_S_PER_MIN_PER_CUSTOMER = 6.0, 12.0
    path = "/api/v1/inventory/export?format=csv&kind=site"
    scopes = (["read"], ["network:read"], ["read", "network:read"])
    keys = [with_key(*some, organisation=courier.pk) for some in scopes]
    assert all(key.get(path).status_code != 429 for key in keys)
    client().delete(f"loft.price.organisation {courier.pk}")  # whatever those answers cost on this machine
    pricing._purse.take(f"organisation {courier.pk}", 14.0, 12.0)
    answers = [key.get(path) for key in keys]
    assert [answer.status_code for answer in answers] == [429, 429, 429]
    assert "your organisation" in answers[0].json()["detail"]  # these keys themselves have used nothing
    assert all(1 <= int(answer["Retry-After"]) <= 10 for answer in answers)
    assert with_key("read", organisation=swift.pk).get(path).status_code != 429
    pricing._purse.take("organisation 1", 100.0, 12.0)
    assert signed_in("operator").get(path).status_code == 200


def test_an_answer_that_fails_gives_its_turn_back(signed_in, empty_redis, db):
    someone = signed_in("planner")
    for _ in range(6):
        assert someone.get("/api/v1/coverage/kpis?region=nowhere").status_code == 404
    assert pricing.turns()._present.total() == 0


@pytest.mark.parametrize(
    "accept", ["application/json", "application/vnd.oai.openapi+json", "application/vnd.oai.openapi"]
)
def test_the_description_is_built_once_for_all_strangers(db, accept):
    description.cache.clear()
    first = APIClient().get("/api/schema", HTTP_ACCEPT=accept)
    assert first.status_code == 200
    assert len(first.content) > 100_000
    began_s = time.thread_time()
    for number in range(20):
        answer = APIClient().get(f"/api/schema?lang=x{number}&version={number}", HTTP_ACCEPT=accept)
        assert answer.content == first.content
    assert (time.thread_time() - began_s) / 20 < 0.1  # it was 2.4 s
    again = APIClient().get("/api/schema", HTTP_ACCEPT=accept, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_each_language_has_a_description_and_a_catalogue_of_its_own(db):
    chinese = APIClient().get("/api/schema?lang=zh-hans", HTTP_ACCEPT="application/json")
    english = APIClient().get("/api/schema?lang=en", HTTP_ACCEPT="application/json")
    assert chinese["ETag"] != english["ETag"]
    words = [APIClient().get("/i18n/catalogue.json", HTTP_ACCEPT_LANGUAGE=item) for item in ("en", "zh-hans")]
    assert words[0]["ETag"] != words[1]["ETag"]
    assert words[1].json()["catalog"]["Drone"] == "无人机"
    again = APIClient().get("/i18n/catalogue.json", HTTP_ACCEPT_LANGUAGE="en", HTTP_IF_NONE_MATCH=words[0]["ETag"])
    assert again.status_code == 304


def test_who_has_overdrawn_waits_until_all_accounts_have_something_left(monkeypatch):
    purse = LocalPurse(Clock())
    monkeypatch.setattr(pricing, "_purse", purse)
    for account, cost_s in (("a", 42.0), ("b", 30.0), ("c", 29.9), ("d", 30.6), ("e", 30.1)):
        purse.take(account, cost_s, 30.0)
    assert pricing.wait_s({"a": 30.0, "b": 30.0, "c": 30.0}) == 24  # 12 s at half a second each second
    assert [pricing.wait_s({account: 30.0}) for account in "bcde"] == [1, 0, 2, 1]


def test_looking_at_an_account_makes_no_note_and_one_that_is_known_pushes_none_out(monkeypatch):
    monkeypatch.setattr(pricing, "MOST_ACCOUNTS", 2)
    purse = LocalPurse(Clock())
    purse.take("person 1", 0.0, 30.0)
    assert purse._left == {}
    for account in ("person 1", "person 2", "person 1"):
        purse.take(account, 1.0, 30.0)
    assert purse._left == {"person 1": (28.0, 0.0), "person 2": (29.0, 0.0)}


@pytest.mark.parametrize(("cost_s", "left_s"), [(0.25, 0.75), (0.005, 0.995), (0.0049, 1.0)])
def test_a_failed_answer_costs_what_it_took_and_next_to_nothing_is_not_noted(monkeypatch, cost_s, left_s):
    purse, times_s = LocalPurse(Clock()), iter([0.0, cost_s])
    monkeypatch.setattr(pricing, "_purse", purse)
    monkeypatch.setattr(pricing, "thread_time", lambda: next(times_s))
    with pytest.raises(ZeroDivisionError), pricing.priced({"person 1": 1.0}):
        raise ZeroDivisionError
    assert purse.take("person 1", 0.0, 1.0) == pytest.approx(left_s)
    assert pricing.turns()._taken == 0


@pytest.mark.parametrize(("at_once", "waiting", "places", "each"), [(1, 0, 1, 1), (1, 3, 4, 2), (2, 3, 5, 3)])
def test_there_are_places_for_those_at_work_and_those_who_wait_and_half_of_them_for_one(at_once, waiting, places, each):
    turns = Turns(at_once, waiting)
    for _ in range(each):
        turns._enter("person 1")
    with pytest.raises(Unavailable):
        turns._enter("person 1")
    for number in range(places - each):
        turns._enter(f"key {number}")
    with pytest.raises(Unavailable, match="ask again in a moment"):
        turns._enter("person 2")
