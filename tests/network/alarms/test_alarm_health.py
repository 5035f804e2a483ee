"""The health of the alarm system: the kernel by hand and against a slow reading of the definitions; the endpoint."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from console.models import Person
from network.actions.alarms import alarm_health as actions
from network.kernels.alarms import alarm_health as kernel
from network.kernels.alarms.alarm_health import Flood
from network.models import Alarm, AlarmEntry, AlarmHold

URL = "/api/v1/alarms/health"
NAN = float("nan")


def times(*values) -> np.ndarray:
    return np.array(values, float)


def test_a_slot_begins_with_its_first_moment_and_ends_before_the_next():
    assert kernel.slots(times(0, 599.9, 600, 1799, 1800, -1), 0.0, 3).tolist() == [2, 1, 1]
    assert kernel.slots(times(), 0.0, 2).tolist() == [0, 0]


def test_a_flood_begins_above_ten_and_is_over_below_five():
    #         0  1   2  3  4   5  6
    counts = [0, 11, 5, 7, 10, 4, 10]
    assert kernel.floods(counts) == [Flood(1, 5, 33, 11)]
    assert kernel.floods([10, 10, 10]) == []
    assert kernel.floods([3, 12, 30]) == [Flood(1, 3, 42, 30)]
    assert kernel.floods([11, 4, 11]) == [Flood(0, 1, 11, 11), Flood(2, 3, 11, 11)]


def test_two_operators_bear_twice_as_much():
    assert kernel.floods([20, 20], operators=2) == []
    assert kernel.floods([21, 10, 9], operators=2) == [Flood(0, 2, 31, 21)]


@given(st.lists(st.integers(0, 30), max_size=40))
def test_floods_are_what_a_walk_with_a_flag_finds(counts):
    flooded, is_flood = [], False
    for count in counts:
        is_flood = count >= 5 if is_flood else count > 10
        flooded.append(is_flood)
    floods = kernel.floods(counts)
    assert sum(flood.after - flood.first for flood in floods) == sum(flooded)
    assert all(counts[flood.first] > 10 and flood.peak == max(counts[flood.first : flood.after]) for flood in floods)
    assert sum(flood.alarms for flood in floods) == sum(
        count for count, own_source in zip(counts, flooded, strict=True) if own_source
    )


def test_three_raises_within_a_minute_chatter_and_two_do_not():
    raises = [("a", 0.0), ("a", 30.0), ("a", 60.0), ("b", 0.0), ("b", 30.0), ("b", 60.1), ("c", 5.0)]
    assert kernel.chattering(raises) == {"a": 1}
    assert kernel.chattering([("a", float(second)) for second in range(0, 100, 20)]) == {"a": 3}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 300)), max_size=30))
def test_chatter_is_what_trying_every_raise_finds(raises):
    chattering = kernel.chattering([(source, float(at_s)) for source, at_s in raises])
    for source in "abc":
        own = sorted(at_s for own_source, at_s in raises if own_source == source)
        assert chattering.get(source, 0) == sum(own[i] - own[i - 2] <= 60 for i in range(2, len(own)))


def test_a_fleeting_alarm_is_gone_within_a_minute_and_unseen():
    raised, ended = times(0, 0, 0, 0, 0), times(59.9, 60, NAN, 30, 30)
    acknowledged = times(NAN, NAN, NAN, 10, 40)
    assert kernel.fleeting(raised, ended, acknowledged).tolist() == [True, False, False, False, True]


def test_the_top_sources_hold_their_share_of_all():
    sources = ["a"] * 5 + ["b"] * 3 + ["c", "d"]
    assert kernel.top(sources, 2) == ([("a", 5), ("b", 3)], 0.8)
    assert kernel.top([]) == ([], None)
    assert kernel.shares(["high", "low", "low", "low"]) == {"low": 0.75, "high": 0.25}


def test_a_quantile_is_a_time_that_was_taken():
    assert kernel.quantile_s(times(4, 1, 3, 2), 0.5) == 2
    assert kernel.quantile_s(times(*range(1, 11)), 0.9) == 9
    assert kernel.quantile_s(times(7, NAN), 0.9) == 7
    assert kernel.quantile_s(times(NAN), 0.5) is None


# --- With rows ----------------------------------------------------------------------------------------------------


@pytest.fixture
def now(db):
    Person.objects.create(username="founder", date_joined=timezone.now() - timedelta(days=400))
    return timezone.now()


def alarm(now, age_s, subject="BS-000", severity="minor", lasted_s=None, seen_s=None, **more) -> Alarm:
    started = now - timedelta(seconds=age_s)
    made = Alarm.objects.create(
        object_kind="thing", object_key=subject, problem="silent", subject=subject, specific_problem="Silent", severity=severity, alarm_type="communications",
        probable_cause="x", started_at=started, changed_at=started,
        ended_at=None if lasted_s is None else started + timedelta(seconds=lasted_s),
        acknowledged_at=None if seen_s is None else started + timedelta(seconds=seen_s), **more,
    )  # fmt: skip
    AlarmEntry.objects.create(alarm=made, at=started, kind="raised", actor="system")
    return made


def figure(figures, key) -> tuple:
    own_source = next(figure for figure in figures["figures"] if figure.key == key)
    return own_source.value, own_source.is_met


def test_a_quiet_day_meets_its_targets_and_what_has_no_alarms_is_unknown(now):
    health = actions.health("24h", 1, now)
    assert [figure(health, key) for key in ("average", "peak", "above_10")] == [(0, True)] * 3
    assert figure(health, "high") == figure(health, "top_10") == figure(health, "acknowledged_median") == (None, None)
    assert (len(health["slots"]["alarms"]), health["alarms"]) == (144, 0)


def test_the_figures_of_a_day_by_hand(now):
    for number in range(12):  # a flood, an hour ago, of twelve sources
        alarm(now, 3_590 - number, f"BS-0{number:02}", lasted_s=300, seen_s=60)
    alarm(now, 20_000, "BS-000", "critical", lasted_s=30)  # fleeting
    alarm(now, 100, "BS-001", "major", seen_s=40)
    alarm(now, 90_000, "BS-900")  # began before the day, still there: stale
    health = actions.health("24h", 1, now)
    assert health["alarms"] == 14
    assert figure(health, "average") == (pytest.approx(14 / 144), True)
    assert figure(health, "peak") == (12, False)
    assert figure(health, "above_10") == figure(health, "in_flood") == (pytest.approx(1 / 144), True)
    assert [figure(health, key)[0] for key in ("high", "medium", "low")] == pytest.approx([1 / 14, 1 / 14, 12 / 14])
    assert figure(health, "top_10") == (pytest.approx(12 / 14), None)  # two sources came twice; too few to judge
    assert (figure(health, "fleeting"), figure(health, "stale"), figure(health, "chattering")) == (
        (1, False),
        (1, True),
        (0, True),
    )
    assert (figure(health, "acknowledged_median")[0], figure(health, "acknowledged_p90")[0]) == (60, 60)
    assert figure(health, "never_acknowledged")[0] == pytest.approx(1 / 14)
    flood = health["floods"][0]
    assert (flood["alarms"], flood["peak"], flood["is_over"]) == (12, 12, True)
    assert flood["started_at"] == now - timedelta(seconds=3600)
    assert health["stale"][0]["subject"] == "BS-900"


def test_shares_are_judged_from_two_hundred_alarms_on(now):
    for number in range(200):
        alarm(now, 3000 + number, f"BS-{number:03}", "critical" if number < 11 else "minor")
    health = actions.health("24h", 1, now)
    assert (figure(health, "top_10"), figure(health, "high")) == ((0.05, True), (0.055, False))
    assert figure(health, "low") == (0.945, True)


def test_three_operators_share_what_comes(now):
    for number in range(30):
        alarm(now, 100, f"BS-0{number:02}")
    assert figure(actions.health("24h", 1, now), "peak") == (30, False)
    assert figure(actions.health("24h", 3, now), "peak") == (10, True)
    assert actions.health("24h", 3, now)["floods"] == []


def test_consequences_and_what_is_held_do_not_count(now):
    root = alarm(now, 100, "OA-001")
    alarm(now, 90, "BS-001", root=root)
    alarm(now, 90, "BS-002", held="shelved")
    AlarmHold.objects.create(
        kind="shelved", object_key="BS-002", subject="BS-002", reason="crane", started_at=now, until_at=now, actor="me"
    )
    health = actions.health("24h", 1, now)
    assert (health["alarms"], figure(health, "held")[0], health["holds"][0]["reason"]) == (1, 1, "crane")


def test_an_alarm_that_comes_again_and_again_chatters(now):
    made = alarm(now, 100)
    for second in (80, 60):
        AlarmEntry.objects.create(alarm=made, at=now - timedelta(seconds=second), kind="repeated", actor="system")
    health = actions.health("24h", 1, now)
    assert health["chattering"] == [{
        "object_kind": "thing", "object_key": "BS-000", "problem": "silent", "subject": "BS-000",
        "specific_problem": "Silent", "alarms": 1,
    }]  # fmt: skip
    assert figure(health, "chattering") == (1, False)


def test_the_time_before_an_installation_is_not_counted_as_quiet(now):
    Person.objects.update(date_joined=now - timedelta(hours=10))
    alarm(now, 100)
    health = actions.health("30d", 1, now)
    assert figure(health, "average")[0] == pytest.approx(1 / 60)
    assert (health["since"], len(health["slots"]["alarms"])) == (now - timedelta(hours=10), 60)


def test_a_time_of_the_past_is_judged_by_what_began_in_it(now):
    for age_s, subject in ((100, "BS-001"), (7_000, "BS-002"), (20_000, "BS-003")):
        alarm(now, age_s, subject)
    between = (now - timedelta(hours=3), now - timedelta(hours=1))
    health = actions.health("24h", 1, now, between=between)
    assert (health["alarms"], health["top"][0]["subject"]) == (1, "BS-002")
    assert (health["since"], health["until"], len(health["slots"]["alarms"])) == (*between, 12)
    assert figure(health, "average")[0] == pytest.approx(1 / 12)


def test_what_is_stale_is_so_now_whatever_time_is_judged(now):
    alarm(now, 90_000, "BS-900")
    between = (now - timedelta(hours=3), now - timedelta(hours=1))
    assert figure(actions.health("24h", 1, now, between=between), "stale")[0] == 1


@pytest.mark.parametrize(
    ("since_h", "until_h"), [pytest.param(1, 2, id="ends before it begins"), pytest.param(24 * 31, 1, id="too long")]
)
def test_a_time_that_cannot_be_judged_is_refused(signed_in, now, since_h, until_h):
    times = {
        "since": (now - timedelta(hours=since_h)).isoformat(),
        "until": (now - timedelta(hours=until_h)).isoformat(),
    }
    assert signed_in("viewer").get(URL, times).status_code == 400


def test_the_endpoint_judges_the_time_that_is_asked_for_and_no_time_to_come(signed_in, now):
    alarm(now, 7_000)
    since = now - timedelta(hours=2, minutes=55)  # slots count back from the moment of asking
    times = {"since": since.isoformat(), "until": (now + timedelta(hours=1)).isoformat()}
    body = signed_in("viewer").get(URL, times).json()
    assert (body["alarms"], len(body["slots"]["alarms"])) == (1, 18)
    assert signed_in("viewer").get(URL, {"until": times["since"]}).json()["period"] == "24h"


def test_more_alarms_than_are_looked_at_are_told_of(now, monkeypatch):
    monkeypatch.setattr(actions, "MOST_ALARMS", 2)
    for number in range(3):
        alarm(now, 100 + number, f"BS-00{number}")
    health = actions.health("24h", 1, now)
    assert (health["is_cut"], health["alarms"]) == (True, 2)


def test_the_endpoint_answers_everybody_who_sees_alarms_and_as_a_spreadsheet(signed_in, with_key, now):
    alarm(now, 100)
    body = with_key("read").get(f"{URL}?period=7d&operators=2").json()
    assert (body["period"], body["operators"], body["alarms"], len(body["slots"]["alarms"])) == ("7d", 2, 1, 1008)
    assert body["figures"][0] == {
        "key": "average", "value": pytest.approx(1 / 2016), "unit": "per_10_min", "target": 1.0, "is_at_most": True, "is_met": True
    }  # fmt: skip
    csv = signed_in("viewer").get(f"{URL}?format=csv").content.decode("utf-8-sig").splitlines()
    assert csv[0] == "key,value,unit,target,is_at_most,is_met"
    assert csv[2].startswith("peak,1.0,per_10_min,10.0,True,True")
    assert signed_in("viewer").get(f"{URL}?period=1y").status_code == 400
    assert signed_in("viewer").get(f"{URL}?operators=0").status_code == 400
    assert with_key("reports:write").get(URL).status_code == 403
