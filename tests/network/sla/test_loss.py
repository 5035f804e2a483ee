"""Alarms of packet loss, told apart from silence."""

from datetime import timedelta

import pytest

from network.actions.sla import sla
from network.kernels.measurement.loss import is_lossy
from network.kernels.sla.sla import Metric
from network.models import Agreement, Alarm
from network.probes.stamp import Measured, Round
from tests.conftest import NOON

WELL, PART, NONE = (3, 0), (3, 1), (3, 3)


@pytest.mark.parametrize(
    ("rounds", "lossy"),
    [
        ([WELL, PART, WELL, PART], True),
        ([WELL, PART, WELL, WELL], False),  # once is by chance
        ([WELL, NONE, NONE, WELL], False),  # silence is no loss
        ([WELL, PART, NONE, PART, WELL], False),  # it fell silent, and came back, in the midst of a round
        ([PART, NONE, PART, WELL, PART, PART], True),
        ([WELL] * 20 + [PART] * 2, False),  # 2 of 66 packets are not more than a twentieth
        ([PART, PART], True),  # the first counts as any other
        ([WELL, PART, NONE, WELL, PART, WELL], False),  # what came before the silence does not, so that one is left
        ([], False),
    ],
)
def test_packets_are_lost_where_somebody_answers(rounds, lossy):
    assert is_lossy(rounds, 0.05) is lossy


@pytest.fixture
def site(db, make_site, make_agreement, monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    made = make_site()
    make_agreement(made)
    make_agreement(made, Metric.LOSS_SHARE, 0.05, window_s=20, min_samples=5)
    return made


def check(site, second, lost):
    at = NOON + timedelta(seconds=second)
    rtts_ms = [None] * lost + [1.0] * (3 - lost)
    sla.check(
        Round([Measured(site.pk, int(at.timestamp() * 1e9), rtts_ms, 0, 0, 0.1)], 0.1, True, True, at.timestamp() * 1e9)
    )


def problems() -> list[str]:
    return sorted(Alarm.objects.values_list("specific_problem", flat=True))


def test_a_silent_site_raises_one_alarm_and_none_of_loss_when_it_is_back(site):
    for second, lost in enumerate([0] * 10 + [3] * 5 + [0] * 15):
        check(site, 2 * second, lost)
        if second == 14:
            assert Agreement.objects.get(metric="loss_share").state == "breached"
    assert problems() == ["Availability below its objective"]
    assert not Alarm.objects.active().exists()


def test_a_site_that_answers_and_loses_packets_raises_an_alarm_that_clears(site):
    for second, lost in enumerate([0] * 10 + [1, 0, 2]):
        check(site, 2 * second, lost)
    assert problems() == ["Packet loss above its objective"]
    for second in range(13, 26):
        check(site, 2 * second, 0)
    assert not Alarm.objects.active().exists()
