"""Many silent sites, one root alarm."""

from datetime import timedelta

import pytest

from network.actions.alarms import alarm_root
from network.actions.alarms.alarm import apply, summary
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, RootCause
from network.actions.sla import sla
from network.actions.snapshot import Snapshots
from network.actions.topology import live
from network.kernels.sla.sla import Metric
from network.models import Alarm, AlarmEntry, Link, PmCounters, Site
from network.probes.stamp import Measured, Round
from tests.conftest import NOON
from tests.network.topology.test_ports import tells

pytestmark = pytest.mark.django_db
PACKETS = 3


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def network(make_site, make_agreement) -> dict[str, Site]:
    """A core; an access point behind it with 30 stations; another access point with two."""
    made = {"core": make_site("core", kind="core", probe_port=None)}
    for name, count in (("oa-0", 30), ("oa-1", 2)):
        made[name] = make_site(name, kind="optical_access")
        Link.objects.create(a=made["core"], b=made[name], length_km=9, rate_gbps=100, changed_at=NOON)
        for number in range(count):
            slug = f"{name.replace('oa', 'bs')}-{number:02d}"
            made[slug] = make_site(slug)
            Link.objects.create(a=made[name], b=made[slug], length_km=2, rate_gbps=10, changed_at=NOON)
    for name, site in made.items():
        if name != "core":
            make_agreement(site)
    return made


def play(network, second: float, silent=(), slow=(), *, is_well=True, only=None) -> None:
    """Probe everybody once; `silent` and `slow` are the beginnings of slugs."""
    at = NOON + timedelta(seconds=second)
    rows = []
    for slug, site in network.items():
        if slug == "core" or (only and not slug.startswith(only)):
            continue
        rtt_ms = None if slug.startswith(tuple(silent)) else 9.0 if slug.startswith(tuple(slow)) else 1.0
        rows.append(Measured(site.pk, int(at.timestamp() * 1e9), [rtt_ms] * PACKETS, 0, 0, 0.1))
    sla.check(Round(rows, 1.0, True, is_well, int(at.timestamp() * 1e9)))


def healthy(network, until=20) -> None:
    for second in range(0, until, 2):
        play(network, second)


def roots():
    return Alarm.objects.filter(problem__in=alarm_root.CODES)


def test_a_cut_that_silences_thirty_one_sites_is_one_root_alarm_with_as_many_below(network):
    healthy(network)
    dark = ("oa-0", "bs-0")
    play(network, 20, dark)
    root = roots().get()  # named in the first round
    assert (root.subject, root.severity, root.site) == ("CORE – OA-0 / OA-0", "critical", None)
    assert root.specific_problem == alarm_root.CUT_OR_FAILED.text
    assert (root.detail["sites"], root.detail["causes"]) == (31, ["CORE – OA-0", "OA-0"])
    assert (len(root.detail["members"]), root.detail["is_every_one"]) == (31, False)
    play(network, 22, dark)
    root.refresh_from_db()
    assert (root.child_count, Alarm.objects.filter(root=root).count()) == (31, 31)
    counts = summary(NOON)
    assert (sum(counts["counts"].values()), counts["consequences"], counts["newest"]["id"]) == (1, 31, root.pk)
    assert AlarmEntry.objects.filter(kind="correlated", text=root.subject).count() == 31


def test_what_an_alarm_was_attributed_to_is_named_in_the_language_of_whoever_reads_its_history(network, signed_in):
    Site.objects.filter(slug="oa-1").update(name_zh="接入点")
    healthy(network)
    for second in (20, 22):
        play(network, second, ("oa-1", "bs-1"))
    root = roots().get()
    child = Alarm.objects.filter(root=root).first()
    url, reader = f"/api/v1/alarms/{child.pk}/entries?kind=correlated", signed_in("viewer")
    texts = {
        language: reader.get(url, HTTP_ACCEPT_LANGUAGE=language).json()["results"][0]["text"]
        for language in ("en", "zh-hans")
    }
    assert texts == {"en": root.subject, "zh-hans": root.subject_zh}
    assert "接入点" in texts["zh-hans"] != texts["en"]


def test_the_root_clears_when_the_sites_answer_and_its_consequences_follow_quietly(network):
    healthy(network)
    for second in (20, 22, 24):
        play(network, second, ("oa-0", "bs-0"))
    play(network, 26)
    assert roots().get().ended_at == NOON + timedelta(seconds=26)
    assert sum(summary(NOON)["counts"].values()) == 0  # the consequences never ring on their own
    for second in range(28, 60, 2):
        play(network, second)
    assert Alarm.objects.active().count() == 0


def test_a_site_that_stays_silent_after_the_repair_stands_on_its_own_in_the_end(network):
    healthy(network)
    for second in (20, 22, 24):
        play(network, second, ("oa-0", "bs-0"))
    for second in range(26, 160, 2):
        play(network, second, ("bs-0-07",))
    alone = Alarm.objects.active().get()
    assert (alone.subject, alone.root, summary(NOON)["counts"]["major"]) == ("BS-0-07", None, 1)
    assert AlarmEntry.objects.filter(alarm=alone, kind="detached").exists()


def test_one_silent_site_is_its_own_alarm_without_a_root(network):
    healthy(network)
    for second in (20, 22):
        play(network, second, ("bs-0-07",))
    assert not roots().exists()
    assert Alarm.objects.get().root is None


def test_two_cuts_apart_are_two_root_alarms(network):
    healthy(network)
    for second in (20, 22):
        play(network, second, ("oa-1", "bs-1", "bs-0-01"))
    assert roots().get().detail["sites"] == 3
    assert Alarm.objects.get(subject="BS-0-01").root is None


def test_a_round_of_an_unwell_probe_names_nobody(network):
    healthy(network)
    play(network, 20, ("oa-0", "bs-0"), is_well=False)
    assert not roots().exists()


def test_who_was_not_asked_since_is_waited_for(network):
    healthy(network)
    play(network, 20, ("oa-0", "bs-0"), only=("bs-0-0", "bs-1"))  # ten of the thirty stations
    assert not roots().exists()
    play(network, 21, ("oa-0", "bs-0"), only=("oa", "bs-0-1", "bs-0-2", "bs-1"))
    assert roots().get().detail["sites"] == 31


def test_slow_sites_behind_one_link_are_one_root_alarm(network, make_agreement):
    for name, site in network.items():
        if name != "core":
            make_agreement(site, Metric.RTT_P99, 4.0, min_samples=20)
    healthy(network)
    play(network, 20, slow=("oa-0", "bs-0"))
    root = roots().get()
    assert (root.specific_problem, root.severity, root.detail["sites"]) == (alarm_root.SLOW.text, "major", 31)
    assert Alarm.objects.filter(root=root).count() == 31
    for second in range(22, 60, 2):
        play(network, second)
    assert Alarm.objects.active().count() == 0


@pytest.fixture
def with_mid(network, make_site, make_agreement):
    """The network with a data centre between its core and the first optical access."""
    mid = make_site("mid", kind="data_centre")
    make_agreement(mid)
    Link.objects.filter(a=network["core"], b=network["oa-0"]).update(a=mid, changed_at=NOON + timedelta(seconds=1))
    Link.objects.create(a=network["core"], b=mid, length_km=5, rate_gbps=400, changed_at=NOON)
    return {**network, "mid": mid}


def test_a_smaller_root_cause_goes_below_the_larger_one_that_explains_it(with_mid):
    healthy(with_mid)
    play(with_mid, 20, ("oa-0", "bs-0"))
    first = roots().get()
    for second in (22, 24):
        play(with_mid, second, ("oa-0", "bs-0", "mid"))
    larger = roots().active().get()
    assert larger.detail["sites"] == 32
    first.refresh_from_db()
    assert first.ended_at is not None or first.root == larger
    assert sum(summary(NOON)["counts"].values()) == 1


def test_a_root_cause_that_explains_more_sites_by_now_names_them(network):
    few = ("oa-0", "bs-0-00", "bs-0-01")
    for second in range(0, 20, 2):
        play(network, second, only=few)  # of the others nothing is known yet
    play(network, 20, ("oa-0", "bs-0"), only=few)
    root = roots().get()
    assert root.detail["sites"] == 3
    play(network, 22, ("oa-0", "bs-0"))
    root.refresh_from_db()
    assert (root.detail["sites"], len(root.detail["members"])) == (31, 31)
    assert roots().count() == 1


def test_without_a_core_nothing_is_correlated(make_site, make_agreement):
    sites = [make_site(f"bs-{number}") for number in range(3)]
    for site in sites:
        make_agreement(site)
    for second in range(0, 12, 2):
        at = NOON + timedelta(seconds=second)
        rows = [Measured(site.pk, int(at.timestamp() * 1e9), [None] * 3, 0, 0, 0.1) for site in sites]
        sla.check(Round(rows, 1.0, True, True, int(at.timestamp() * 1e9)))
    assert not roots().exists()


def test_what_was_raised_long_before_a_cut_has_another_reason_and_stands_on_its_own(network):
    healthy(network)
    for second in range(20, 40, 2):
        play(network, second, ("bs-0-07",))
    for second in (40, 42):
        play(network, second, ("oa-0", "bs-0"))
    before = Alarm.objects.get(subject="BS-0-07")
    assert (before.root, roots().get().child_count) == (None, 30)


def test_what_failed_behind_a_cut_and_does_not_come_back_with_the_others_stands_on_its_own_a_round_later(network):
    healthy(network)
    for second in (20, 22, 24):
        play(network, second, ("oa-0", "bs-0"))
    play(network, 26, ("bs-0-07",))
    assert Alarm.objects.annunciated().count() == 0
    play(network, 28, ("bs-0-07",))
    assert Alarm.objects.annunciated().get().subject == "BS-0-07"


def test_the_rest_of_a_cause_that_ends_in_the_midst_of_a_round_is_no_new_one(with_mid):
    healthy(with_mid)
    for second in (20, 22):
        play(with_mid, second, ("oa-0", "bs-0", "mid"))
    play(with_mid, 24, ("oa-0", "bs-0"))  # mid is back; the others were asked before it was
    assert roots().get().ended_at == NOON + timedelta(seconds=24)
    assert Alarm.objects.annunciated().count() == 0
    play(with_mid, 26, ("oa-0", "bs-0"))  # asked again they are still silent
    assert roots().active().get().detail["sites"] == 31
    assert Alarm.objects.annunciated().count() == 1


def test_who_does_not_come_back_with_a_hub_that_flaps_is_not_held_open_with_it(network):
    healthy(network)
    for second in (20, 24, 28):
        play(network, second, ("oa-0", "bs-0"))
        play(network, second + 2, ("bs-0-07",) if second == 28 else ())
    assert roots().active().get().clears_at is not None
    play(network, 32, ("bs-0-07",))
    alone = Alarm.objects.annunciated().exclude(problem__in=alarm_root.CODES).get()
    assert alone.subject == "BS-0-07"


def conditions(now_s):
    """Return of the live twin who is down, and what is said of links that are not up, by their slugs."""
    twin = live.live(NOON + timedelta(seconds=now_s))
    slugs = {site.pk: site.slug for site in twin.snapshot.sites}
    ends = {link.pk: f"{slugs[link.a_id]}~{slugs[link.b_id]}" for link in twin.snapshot.links}
    down = {slugs[pk] for pk, (condition, _) in twin.sites.items() if condition == "down"}
    return down, {ends[pk]: str(condition) for pk, (condition, _) in twin.links.items()}


def test_the_live_twin_knows_of_a_verdict_within_two_seconds_and_of_the_repair(network):
    healthy(network)
    assert conditions(19) == (set(), {})
    play(network, 20, ("oa-1", "bs-1"))
    play(network, 22, ("oa-1", "bs-1"))
    down, links = conditions(22)
    assert down == {"oa-1", "bs-1-00", "bs-1-01"}
    assert links == dict.fromkeys(("core~oa-1", "oa-1~bs-1-00", "oa-1~bs-1-01"), "unknown")  # one of these, or the site
    play(network, 24)
    assert conditions(24)[0] == set()


def test_a_cut_that_can_be_told_from_a_failed_site_is_a_link_that_is_down(network):
    Link.objects.create(a=network["oa-0"], b=network["oa-1"], length_km=9, rate_gbps=100, changed_at=NOON)
    healthy(network)
    named = alarm_root.of_link([network["core"], network["oa-0"]])
    for problem, condition in ((alarm_root.CUT, "down"), (alarm_root.SLOW, "degraded")):
        found = AlarmCondition(named, problem, RootCause(2, [named.name.en], True, []))
        apply(Delta([found]), NOON + timedelta(seconds=19))
        assert conditions(20) == (set(), {"core~oa-0": condition})
        apply(Delta(over=[found.identity]), NOON + timedelta(seconds=19))
        Snapshots.forget()


def test_all_links_of_a_cause_that_took_several_are_down(network):
    named = [alarm_root.of_link([network["core"], network[name]]) for name in ("oa-0", "oa-1")]
    joint = alarm_root._joint(named, is_all=True)
    apply(Delta([AlarmCondition(joint, alarm_root.CUT, RootCause(2, [], True, []))]), NOON)
    found = {frozenset(ends): str(condition) for ends, condition, _ in alarm_root.links_found(NOON)}
    assert found == {frozenset({"core", "oa-0"}): "down", frozenset({"core", "oa-1"}): "down"}


def test_of_several_links_that_may_be_slow_each_is_known_to_carry_on(network):
    named = [alarm_root.of_link([network["core"], network[name]]) for name in ("oa-0", "oa-1")]
    for problem, condition in ((alarm_root.SLOW, "degraded"), (alarm_root.CUT, "unknown")):
        joint = alarm_root._joint(named, is_all=False)
        apply(Delta([found := AlarmCondition(joint, problem, RootCause(2, [], False, []))]), NOON)
        assert {str(found.condition) for found in alarm_root.links_found(NOON)} == {condition}
        apply(Delta(over=[found.identity]), NOON)


def sees(site, second: float, **states) -> None:
    """Let a site tell what its ports see: `core="up"`."""
    tells(site, NOON + timedelta(seconds=second), **{name.replace("_", "-"): state for name, state in states.items()})


def test_a_cut_access_fibre_is_an_alarm_of_the_fibre_with_that_of_its_site_below(network):
    healthy(network)
    dark = ("bs-1-00",)
    for second in range(20, 30, 2):
        play(network, second, dark)
    assert not roots().exists()  # one site alone is its own root cause
    lone = Alarm.objects.get(problem="availability_breached")
    sees(network["oa-1"], 60, bs_1_00=("loss_of_signal", 40), bs_1_01="up")
    play(network, 60, dark)
    root = roots().get()
    assert (root.object_kind, root.object_key, root.problem) == ("link", "bs-1-00~oa-1", "link_cut")
    assert (root.detail["sites"], root.detail["members"]) == (1, ["bs-1-00"])
    lone.refresh_from_db()
    assert lone.root == root
    play(network, 62)
    root.refresh_from_db()
    assert root.ended_at == NOON + timedelta(seconds=62)


def test_ports_tell_a_cut_fibre_from_a_site_without_power(network):
    healthy(network)
    sees(network["oa-1"], 19, bs_1_00=("remote_off", 1), bs_1_01=("loss_of_signal", 1))
    for second in (20, 22):
        play(network, second, ("bs-1-00", "bs-1-01"))
    assert [root.object_key for root in roots()] == ["bs-1-01~oa-1"]


def test_once_ports_tell_which_it_was_the_alarm_that_named_several_ends_and_is_not_raised_again(network):
    healthy(network)
    dark = ("oa-1", "bs-1")
    for second in (20, 22):
        play(network, second, dark)
    vague = roots().get()
    assert vague.problem == alarm_root.CUT_OR_FAILED.code
    sees(network["core"], 23, oa_1=("remote_off", 4))
    play(network, 24, dark)
    vague.refresh_from_db()
    sure = roots().get(ended_at=None)
    assert (vague.ended_at, sure.problem, sure.object_key) == (NOON + timedelta(seconds=24), "site_failed", "oa-1")
    assert sure.child_count == Alarm.objects.filter(root=sure, ended_at=None).count() == 3
    PmCounters.objects.all().delete()  # nobody tells any more
    play(network, 26, dark)
    assert roots().get(ended_at=None) == sure
