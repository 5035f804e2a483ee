"""Clocks that a round proves wrong."""

import pytest

from network.actions import clocks
from network.kernels.variation import Refusal
from network.models import Alarm
from network.probes.stamp import Measured, Round
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.hub.publish", lambda _: None)


def report(sites, wrong=()):
    rows = [
        Measured(site.pk, 0, [1.0], 0, 0, 0.1, one_way_refusal=Refusal.IMPOSSIBLE) if site.slug in wrong
        else Measured(site.pk, 0, [1.0], 0, 0, 0.1, forward_ms=0.5, backward_ms=0.5)
        for site in sites
    ]  # fmt: skip
    clocks.report(Round(rows, 0.1, True, True, 0), NOON)


def test_a_site_whose_packets_come_before_they_were_sent_has_an_alarm_until_they_do_not(make_site):
    sites = [make_site(f"bs-00{number}") for number in range(4)]
    for _ in range(2):
        report(sites, {"bs-002"})
    alarm = Alarm.objects.get()
    assert (alarm.subject, alarm.specific_problem, alarm.severity) == ("BS-002", clocks.WRONG, "minor")
    report(sites)
    alarm.refresh_from_db()
    assert alarm.ended_at == NOON


def test_when_most_seem_wrong_it_is_the_probers_own_clock(make_site):
    sites = [make_site(f"bs-00{number}") for number in range(4)]
    report(sites, {"bs-000", "bs-001", "bs-002"})
    assert Alarm.objects.get().subject == "prober"
    report(sites)
    assert not Alarm.objects.active().exists()


def test_who_does_not_answer_keeps_the_alarm(make_site):
    site = make_site()
    report([site], {site.slug})
    clocks.report(Round([Measured(site.pk, 0, [None], None, None, None)], 0.1, True, True, 0), NOON)
    assert Alarm.objects.active().count() == 1
