"""Verdicts on what the process holds of the last minutes are those of reading the database anew, whatever happens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from network.actions.sla import sla, sla_verdict, sla_window
from network.kernels.measurement import window
from network.kernels.sla.sla import Metric
from network.models import Agreement, Breach, SiteHealth, StampSample
from network.probes.stamp import Measured, Round
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@dataclass
class Town:
    """Sites with agreements, a clock, and what may happen to them between two rounds."""

    make_site: Callable
    make_agreement: Callable
    rng: np.random.Generator
    sites: list = field(default_factory=list)
    second: float = 0.0
    made: int = 0

    def add_site(self) -> None:
        site = self.make_site(f"s-{self.made}")
        self.made += 1
        for metric, objective in ((Metric.RTT_P99, 4.0), (Metric.LOSS_SHARE, 0.1), (Metric.AVAILABILITY, 0.9)):
            if self.rng.random() < 0.8:
                self.make_agreement(site, metric, objective, window_s=int(self.rng.choice([5, 20, 60, 2_000])))
        self.sites.append(site)

    def remove_site(self) -> None:
        if len(self.sites) > 1:
            self.sites.pop(int(self.rng.integers(len(self.sites)))).delete()

    def change_agreement(self) -> None:
        if agreement := Agreement.objects.order_by("?").first():
            agreement.window_s, agreement.objective = int(self.rng.choice([3, 30, 90])), float(self.rng.uniform(0.1, 1))
            agreement.min_samples = int(self.rng.integers(1, 9))
            agreement.save()

    def change_method(self) -> None:
        site = self.sites[int(self.rng.integers(len(self.sites)))]
        site.probe_method = "tcp" if site.probe_method == "stamp" else "stamp"
        site.save()

    def restart(self) -> None:
        sla_window.forget()

    def another_stores(self) -> None:
        """Another process measures, and judges nothing here."""
        sla.store(self.round(self.second - float(self.rng.uniform(0, 40))))

    def untrusted(self) -> None:
        sla.check(self.round(self.second, is_well=False))

    def back_in_time(self) -> None:
        self.second -= 100

    def nothing(self) -> None:
        pass

    def round(self, second: float, *, is_well: bool = True) -> Round:
        at = NOON + timedelta(seconds=second)
        measured = [self._measured(site, at) for site in self.sites if self.rng.random() < 0.9]
        return Round(measured, 1.0, True, is_well, int(at.timestamp() * 1e9))

    def _measured(self, site, at) -> Measured:
        packets = int(self.rng.integers(0, 5))
        times = [None if self.rng.random() < 0.2 else float(self.rng.gamma(4, 0.7)) for _ in range(packets)]
        sent_ns = int((at - timedelta(seconds=float(self.rng.uniform(0, 1.5)))).timestamp() * 1e9)
        return Measured(site.pk, sent_ns, times, 0, 0, 0.1, method=site.probe_method)


HAPPENINGS = (
    "nothing", "add_site", "remove_site", "change_agreement", "change_method", "restart", "another_stores", "untrusted",
    "back_in_time",
)  # fmt: skip


@pytest.fixture
def town(make_site, make_agreement, heard):
    made = Town(make_site, make_agreement, np.random.default_rng(7))
    for _ in range(4):
        made.add_site()
    return made


def test_across_rounds_and_whatever_happens_between_them_verdicts_are_those_of_reading_anew(town):
    judged, states = 0, set()
    for number in range(90):
        getattr(town, HAPPENINGS[int(town.rng.integers(len(HAPPENINGS)))] if number > 8 else "nothing")()
        town.second += 2
        round_ = town.round(town.second)
        sla.check(round_)
        if not round_.is_trusted:
            continue
        agreed = sla_verdict.agreed([row.key for row in round_.measured])
        now = sla._time(round_.ended_ns)
        anew = sla_verdict.judge_all(agreed, now)
        assert sla_verdict.verdicts(agreed, now, 0) == anew
        rows = Agreement.objects.in_bulk([agreement.pk for agreement in agreed])
        kept = [
            (
                rows[agreement.pk].state,
                rows[agreement.pk].value,
                rows[agreement.pk].used_share,
                rows[agreement.pk].samples,
            )
            for agreement in agreed
        ]
        assert kept == [(verdict.state.value, verdict.value, verdict.used_share, verdict.samples) for verdict in anew]
        assert {rows[agreement.pk].judged_at for agreement in agreed} <= {now}
        judged, states = judged + len(agreed), states | {verdict.state.value for verdict in anew}
    assert judged > 400
    assert states == {"met", "at_risk", "breached", "unknown"}


def test_a_round_reads_what_is_new_and_not_the_whole_window(town, monkeypatch):
    sla.check(town.round(0))
    reads = []
    monkeypatch.setattr(sla_window, "_loaded", reads.append)
    read, rows = sla_window._read, []
    monkeypatch.setattr(sla_window, "_read", lambda samples: rows.append(rounds := read(samples)) or rounds)
    for second in (2, 4, 6):
        sla.check(town.round(second))
    assert reads == []
    assert sum(len(rounds) for rounds in rows) == StampSample.objects.filter(sent_at__gt=NOON).count() > 0  # each once


def test_what_another_process_stored_later_under_lower_keys_is_found_without_reading_everything(town, monkeypatch):
    sla.check(town.round(0))
    newest = StampSample.objects.order_by("-pk").values_list("pk", flat=True)[0]
    sla.store(town.round(2))
    late = StampSample.objects.filter(pk__gt=newest)
    kept = list(late)
    late.delete()
    sla.check(town.round(2))
    for sample in kept:  # their transaction ends only now
        sample.save(force_insert=True)
    monkeypatch.setattr(sla_window, "_loaded", lambda since: pytest.fail(f"everything since {since} was read again"))
    agreed = sla_verdict.agreed([site.pk for site in town.sites])
    now = NOON + timedelta(seconds=3)
    assert sla_verdict.verdicts(agreed, now, 0) == sla_verdict.judge_all(agreed, now)


def test_how_often_a_round_asks_the_database_does_not_grow_with_its_sites(town):
    for second in (0, 2):
        sla.check(town.round(second))
    with CaptureQueriesContext(connection) as few:
        sla.check(town.round(4))
    for _ in range(20):
        town.add_site()
    sla.check(town.round(6))
    with CaptureQueriesContext(connection) as many:
        sla.check(town.round(8))
    assert abs(len(many) - len(few)) <= 12  # breaches and alarms of one round or another


@pytest.mark.parametrize("gone", ["site", "agreement"])
def test_what_is_removed_while_a_round_is_judged_stays_away(town, monkeypatch, gone):
    round_ = town.round(0)
    site = town.sites[[site.pk for site in town.sites].index(round_.measured[0].key)]
    agreed, keys = sla_verdict.agreed, [agreement.pk for agreement in site.agreements.all()]

    def removed_after(site_ids):
        agreements = agreed(site_ids)
        (site if gone == "site" else site.agreements.all()).delete()
        return agreements

    monkeypatch.setattr(sla, "agreed", removed_after)
    sla.check(round_)
    assert not Agreement.objects.filter(pk__in=keys).exists()
    assert SiteHealth.objects.filter(site=round_.measured[0].key).exists() == (gone == "agreement")
    assert not Breach.objects.filter(agreement__in=keys).exists()


@pytest.mark.once
@given(st.lists(st.lists(st.none() | st.floats(0.001, 1e4), max_size=40), min_size=1, max_size=12))
def test_the_quantile_of_many_sites_is_numpys_of_each_to_the_last_bit(packets):
    rounds = window.as_rounds(
        [range(len(packets)), range(len(packets)), [1] * len(packets), [0] * len(packets), [True] * len(packets),
         [True] * len(packets), [1] * len(packets), [0] * len(packets), [len(times) for times in packets]],
        [np.nan if time is None else time for times in packets for time in times],
    )  # fmt: skip
    sites = list(range(len(packets)))[::-1]
    place = window.places(rounds, sites, [0] * len(sites))
    values, answered = window.quantiles_ms(rounds, place, window.window(rounds, 0, 1), len(sites), 0.99)
    for site, value, count in zip(sites, values.tolist(), answered.tolist(), strict=True):
        times = [time for time in packets[site] if time is not None]
        assert count == len(times)
        assert np.isnan(value) if not times else value == np.quantile(times, 0.99)
