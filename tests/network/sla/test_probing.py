"""Who is measured how: settings of a site's probe, the second look, checks without STAMP, pieces that never pile up."""

import socket
from datetime import timedelta

import pytest
from django.conf import settings as current
from django.utils import timezone

from console.run.celery_loops import GRACE_S
from console.run.supervisor import LAST_WORDS_S
from network import metrics
from network.actions.measurement import latency_histogram, prober_health
from network.actions.sla import probing, sla, sla_verdict
from network.actions.sla.probing import CHECKED_AT_ONCE
from network.emulator.places import load_inventory
from network.models import Agreement, Alarm, ProbeMethod, ProberHealth, SampleDigest, SiteHealth, StampSample
from network.probes.connect import MOST_AT_ONCE, TIMEOUT_S, Check
from network.probes.stamp import Measured, Pace, Prober, Round
from network.tasks import check_shard, measure_shard, run_health_checks
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


class Wire:
    """Instead of the network: answers what it is told to, and keeps who was asked."""

    def __init__(self):
        self.silent: set[int] = set()
        self.lossy: set[int] = set()
        self.asked: list[tuple[list[int], float]] = []
        self.now = NOON
        self.is_well = True

    def probe(self, targets, after_s=0.0):
        self.now += timedelta(seconds=0.8 + after_s)
        self.asked.append(([target.key for target in targets], after_s))
        at_ns = int(self.now.timestamp() * 1e9)
        measured = [Measured(target.key, at_ns, self._rtts_ms(target.key), 0, 0, 0.1) for target in targets]
        return Round(measured, 1.0, True, self.is_well, at_ns)

    def _rtts_ms(self, key):
        return [None] * 3 if key in self.silent else [1.0, 1.0, None if key in self.lossy else 1.0]


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(probing, "probe", made.probe)
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    return made


def measure(wire, *sites):
    probing.measure([site.pk for site in sites], wire.now)
    wire.now += timedelta(seconds=1)


def test_who_answered_in_part_while_others_fell_silent_is_asked_again_with_them(wire, make_site):
    row, other, third = (make_site(f"bs-00{number}") for number in range(3))
    wire.lossy = {other.pk}
    measure(wire, row, other, third)
    wire.silent = {row.pk}
    measure(wire, row, other, third)
    assert [len(keys) for keys, _ in wire.asked] == [3, 3, 2]  # losing alone is no reason
    assert wire.asked[2][0] == [row.pk, other.pk]


def test_who_has_just_fallen_silent_is_asked_again_at_once_and_only_then(wire, make_site):
    site, other = make_site("bs-000"), make_site("bs-001")
    measure(wire, site, other)
    wire.silent = {site.pk}
    measure(wire, site, other)
    measure(wire, site, other)
    assert [keys for keys, _ in wire.asked] == [
        [site.pk, other.pk],
        [site.pk, other.pk],
        [site.pk],
        [site.pk, other.pk],
    ]
    assert 0.0 < wire.asked[2][1] <= 1.0  # half a period of two seconds after the first time, less what that took
    assert SiteHealth.objects.get(site=site).silent_packets == 9


def test_two_rounds_of_silence_within_two_periods_break_availability(wire, make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    for _ in range(10):
        measure(wire, site)
    wire.silent = {site.pk}
    measure(wire, site)  # one round, and the second look
    assert Agreement.objects.get().state == "breached"
    assert [alarm.specific_problem for alarm in Alarm.objects.all()] == ["Availability below its objective"]


def test_a_second_look_is_left_out_of_what_minutes_count(wire, make_site):
    site = make_site()
    measure(wire, site)
    wire.silent = {site.pk}
    measure(wire, site)
    assert list(StampSample.objects.order_by("sent_at").values_list("is_second_look", flat=True)) == [
        False,
        False,
        True,
    ]
    latency_histogram.draw_minutes(NOON + timedelta(minutes=5))
    minute = SampleDigest.objects.get()
    assert (minute.rounds, minute.answered_rounds, minute.packets, minute.lost) == (2, 1, 6, 3)


def test_a_minute_of_second_looks_alone_is_nobodys_and_holds_up_nothing(make_site):
    site = make_site()
    for minute, is_second_look in ((0, True), (1, False)):
        StampSample.objects.create(
            site=site, sent_at=NOON + timedelta(minutes=minute), packets=1, lost=0, rtts_ms=[1.0], rtt_ms=1.0,
            probe_delay_ms=0, is_second_look=is_second_look,
        )  # fmt: skip
    assert latency_histogram.draw_minutes(NOON + timedelta(minutes=5)) == 1
    assert SampleDigest.objects.get().started_at == NOON + timedelta(minutes=1)


def test_a_second_look_at_many_who_are_all_silent_does_not_mean_that_the_probe_is_cut_off(
    wire, make_site, make_agreement
):
    sites = [make_site(f"bs-00{number}") for number in range(7)]
    for site in sites:
        make_agreement(site)
    for _ in range(10):
        measure(wire, *sites)
    wire.silent = {site.pk for site in sites[:6]}
    measure(wire, *sites)
    assert len(wire.asked[-1][0]) == 6
    assert Agreement.objects.filter(state="breached").count() == 6
    assert not Alarm.objects.filter(specific_problem=prober_health.PROBE_CUT_OFF.text).exists()


def test_of_a_probe_that_is_unwell_or_of_very_many_nobody_is_asked_again(wire, make_site, monkeypatch):
    sites = [make_site(f"bs-00{number}") for number in range(4)]
    measure(wire, *sites)
    wire.silent, wire.is_well = {sites[0].pk}, False
    measure(wire, *sites)
    wire.is_well = True
    monkeypatch.setattr(probing, "MOST_LOOKED_AT", 2)
    wire.silent = {site.pk for site in sites[:3]}
    measure(wire, *sites)
    assert len(wire.asked) == 3


@pytest.mark.parametrize(("period_s", "after_s"), [(0.5, None), (1.5, None), (2.0, 1.0), (60.0, 1.0)])
def test_a_second_look_fits_into_the_period_or_is_left_out(period_s, after_s):
    assert probing.second_look_after_s(period_s) == after_s


def test_a_sites_probe_is_set_in_the_inventory(make_site):
    site = make_site(probe_packets=5, probe_rate_hz=100.0, probe_size_bytes=200, probe_dscp=46)
    target = probing.target_of(site)
    assert (target.packets, target.rate_hz, target.size_bytes, target.dscp, target.secret) == (5, 100.0, 200, 46, "")


def test_a_key_is_named_in_the_inventory_and_lies_in_a_file(make_site, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path
    (tmp_path / "stamp").mkdir()
    (tmp_path / "stamp" / "north").write_text("of the session\n")
    assert probing.target_of(make_site(probe_secret="north")).secret == "of the session"
    with pytest.raises(ValueError, match="secrets/stamp/south"):
        probing.target_of(make_site("bs-001", probe_secret="south"))


def test_a_site_whose_key_is_missing_is_not_measured_and_an_alarm_says_why(wire, make_site, settings, tmp_path):
    settings.SECRETS_DIR = tmp_path
    site, well = make_site(probe_secret="north"), make_site("bs-001")
    measure(wire, site, well)
    assert [keys for keys, _ in wire.asked] == [[well.pk]]
    alarm = Alarm.objects.get()
    assert (alarm.subject, alarm.specific_problem) == ("BS-000", probing.UNUSABLE.text)
    assert alarm.detail == {"reason": "there is no key secrets/stamp/north"}
    (tmp_path / "stamp").mkdir()
    (tmp_path / "stamp" / "north").write_text("key")
    measure(wire, site, well)
    assert Alarm.objects.active().count() == 0


def test_the_simulated_sites_are_told_the_name_of_a_key_and_never_the_key(tmp_path):
    place = '"slug": "a", "host": "127.0.0.1", "port": 0, "fixed_ms": 1, "jitter_mean_ms": 1, "jitter_sd_ms": 1'
    (tmp_path / "sites.json").write_text(f'{{"sites": [{{{place}, "loss_share": 0, "secret": "north"}}]}}')
    inventory = load_inventory(tmp_path / "sites.json", {"north": "of the session"}.__getitem__)
    assert inventory.places[0].secret == "of the session"


def test_what_speaks_no_stamp_is_checked_by_tcp_or_http(make_site):
    tcp = make_site(probe_method=ProbeMethod.TCP, probe_port=8022)
    http = make_site("bs-001", probe_method=ProbeMethod.HTTP, probe_host="::1", probe_port=80, probe_path="/well")
    assert probing.check_of(tcp) == Check(tcp.pk, "127.0.0.1", 8022)
    assert probing.check_of(http) == Check(http.pk, url="http://[::1]:80/well", method="http")


def test_a_check_is_a_round_whose_method_is_kept_and_shown(make_site, make_agreement, signed_in, monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        site = make_site(probe_method=ProbeMethod.TCP, probe_port=line.getsockname()[1])
        make_agreement(site)
        for _ in range(3):
            probing.measure_otherwise([site.pk], timezone.now())
    sample = StampSample.objects.first()
    assert (sample.method, sample.packets, sample.lost) == ("tcp", 1, 0)
    assert 0 < sample.rtt_ms < 2_000
    assert Agreement.objects.get().state in ("met", "unknown")  # unknown on a machine too busy to measure
    probing.measure_otherwise([site.pk], timezone.now())  # nobody listens any more
    assert StampSample.objects.first().rtt_ms is None
    rows = signed_in("viewer").get("/api/v1/samples?site=bs-000").json()
    assert [(row["method"], row["failure"]) for row in rows] == [("tcp", "")] * 3 + [("tcp", "refused")]


def test_a_check_that_cannot_be_made_is_an_alarm_and_holds_up_nobody_else(make_site, heard):
    odd = make_site(probe_method=ProbeMethod.HTTP, probe_host="a:b")  # neither a name nor an address
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        well = make_site("bs-001", probe_method=ProbeMethod.TCP, probe_port=line.getsockname()[1])
        probing.measure_otherwise([odd.pk, well.pk], NOON)
    assert list(StampSample.objects.values_list("site", flat=True)) == [well.pk]
    assert list(Alarm.objects.values_list("subject", "specific_problem")) == [("BS-000", probing.UNUSABLE.text)]


def test_times_of_different_methods_are_never_judged_together(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    for second in range(4):
        StampSample.objects.create(
            site=site, sent_at=NOON - timedelta(seconds=second), packets=1, lost=1, rtts_ms=[None], probe_delay_ms=0,
            method="tcp" if second else "stamp",
        )  # fmt: skip
    agreed = sla_verdict.agreed([site.pk])
    assert sla_verdict.judge_all(agreed, NOON)[0].samples == sla_verdict.verdicts(agreed, NOON, 0)[0].samples == 1


def test_stamp_and_other_checks_are_handed_out_apart(make_site, settings):
    stamp = [make_site(f"bs-00{number}").pk for number in range(3)]
    tcp = make_site("bs-009", probe_method=ProbeMethod.TCP).pk
    settings.LOFT_PROBE_SHARD_SITES = 2
    assert (probing.shards(), probing.check_shards()) == ([stamp[:2], stamp[2:]], [[tcp]])


def test_rounds_that_nobody_took_in_time_expire_so_that_none_pile_up(make_site, monkeypatch):
    make_site()
    make_site("bs-009", probe_method=ProbeMethod.TCP)
    sent = []
    for task in (measure_shard, check_shard):
        monkeypatch.setattr(task, "apply_async", lambda task, expires: sent.append((task[1], expires)))
    monkeypatch.setattr("console.run.heartbeat.beat", lambda *_: None)
    run_health_checks()
    assert sent == [(None, current.LOFT_PROBE_PERIOD_S)] * 2  # of a single piece there is no number
    entry = current.CELERY_BEAT_SCHEDULE["network health checks"]
    assert entry["options"]["expires"] <= entry["schedule"].run_every.total_seconds()
    entry = current.CELERY_BEAT_SCHEDULE["counters of base stations"]
    assert entry["options"]["expires"] <= entry["schedule"].run_every.total_seconds()


@pytest.mark.parametrize("task", [run_health_checks, measure_shard, check_shard])
def test_a_round_that_hangs_is_noticed_so_early_that_the_next_begins_within_half_a_minute(task):
    """Neither pool ends what passes its limit: the supervisor does."""
    assert task.soft_time_limit < task.time_limit
    assert task.time_limit + GRACE_S + LAST_WORDS_S < 30
    assert task.time_limit > 2 * TIMEOUT_S * CHECKED_AT_ONCE / MOST_AT_ONCE


def test_the_prober_and_the_checker_fall_silent_apart(make_site):
    for slug, method, seconds in (("bs-000", "stamp", 20), ("bs-001", "tcp", 1)):
        site = make_site(slug, probe_method=method)
        SiteHealth.objects.create(site=site, measured_at=NOON - timedelta(seconds=seconds))
    assert prober_health.report_silence(NOON)
    assert [alarm.subject for alarm in Alarm.objects.all()] == ["prober"]


def test_the_first_packets_of_many_targets_are_spread_and_those_of_few_are_not():
    prober = Prober(Pace(packets=1))
    few, many = ([_Session() for _ in range(count)] for count in (10, 1_000))
    assert max(due_s for due_s, _ in prober._timetable(few)) < 0.02
    assert 0.39 < max(due_s for due_s, _ in prober._timetable(many)) < 0.4


class _Session:
    class target:  # noqa: N801
        rate_hz = packets = None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"probe_size_bytes": 45}, "probe_size_bytes"),
        ({"probe_size_bytes": 100, "probe_secret": "north"}, "probe_size_bytes"),
        ({"probe_packets": 50, "probe_rate_hz": 10}, "probe_rate_hz"),
        ({"probe_path": "/well"}, "probe_path"),
        ({"probe_path": "well", "probe_method": "http"}, "probe_path"),
        ({"probe_method": "icmp"}, "probe_method"),
        ({"probe_secret": "../django"}, "probe_secret"),
        ({"probe_secret": "north", "probe_method": "tcp"}, "probe_secret"),
        ({"probe_dscp": 64}, "probe_dscp"),
    ],
)
def test_a_wrong_probe_is_refused_by_field(make_site, signed_in, body, field):
    make_site()
    answer = signed_in("planner").patch("/api/v1/sites/bs-000", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_a_probe_is_set_over_rest_and_shown(make_site, signed_in):
    make_site()
    body = {"probe_method": "https", "probe_port": 443, "probe_path": "/well"}
    answer = signed_in("planner").patch("/api/v1/sites/bs-000", body, format="json")
    assert answer.status_code == 200, answer.json()
    site = signed_in("viewer").get("/api/v1/sites/bs-000").json()
    assert {name: site[name] for name in body} == body
    assert (site["probe_packets"], site["probe_size_bytes"], site["probe_secret"]) == (None, 0, "")


def of_shard(site, shard, *, is_well, **more):
    at_ns = int(NOON.timestamp() * 1e9)
    sla.check(Round([Measured(site.pk, at_ns, [1.0], 0, 0, 0.1)], 500.0, True, is_well, at_ns, shard=shard, **more))


def test_each_piece_of_the_sites_has_a_probe_of_its_own_whose_alarm_says_why_it_is_unwell(make_site, heard):
    site, two = make_site(), make_site("bs-001")
    of_shard(site, 1, is_well=False, send_delay_ms=3.21, drops=7, held=2)
    of_shard(two, 2, is_well=True)
    alarm = Alarm.objects.active().get()
    assert (alarm.subject, alarm.specific_problem) == ("prober 1", prober_health.PROBE_UNWELL.text)
    assert alarm.detail == {"delay_ms": 500.0, "send_delay_ms": 3.21, "drops": 7, "held": 2, "targets": 1}
    of_shard(site, 1, is_well=True)
    assert not Alarm.objects.active().exists()


def test_a_probe_that_measures_no_more_takes_its_alarm_with_it(make_site, heard):
    site = make_site()
    for shard in (1, 2):
        of_shard(site, shard, is_well=False)
    prober_health.retire(["prober 1", "checker"], NOON)
    assert list(Alarm.objects.active().values_list("subject", flat=True)) == ["prober 1"]
    assert list(ProberHealth.objects.values_list("name", flat=True)) == ["prober 1"]


def test_metrics_tell_how_each_probe_was_and_nothing_of_one_that_is_silent(make_site, heard):
    site = make_site()
    of_shard(site, None, is_well=False, drops=7, held=2)
    ProberHealth.objects.update(measured_at=timezone.now())
    samples = {family.name: family.samples for family in metrics.probers()}
    fields = {name: (rows[0].labels, rows[0].value) for name, rows in samples.items()}
    assert fields["loft_probe_drops"] == ({"prober": "prober"}, 7)
    assert (fields["loft_probe_delay_ms"][1], fields["loft_probe_well"][1]) == (500, 0)
    ProberHealth.objects.update(measured_at=timezone.now() - timedelta(minutes=1))
    assert [row for family in metrics.probers() for row in family.samples] == []
