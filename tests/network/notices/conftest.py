"""What tests of notices share: a web server that takes them, a channel to it, alarms to tell of."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from console.actions.audit.audit import SYSTEM
from network.actions.notices import notice_channel, notice_send
from network.models import Alarm, AlarmType, NoticeChannel, Severity
from tests.conftest import NOON
from tests.network.alarms.conditions import condition
from tests.network.alarms.conditions import raised as raise_all
from tests.receivers import receiving

PROBLEM = "Availability below its objective"


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    settings.LOFT_NOTICE_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def channel(receiver):
    return add(receiver.url)


def add(target, name="umbrella", **values) -> NoticeChannel:
    given = {"name": name, "kind": "webhook", "target": target, **values}
    return notice_channel.add_channel(SYSTEM, given, NOON)[0]


def raised(subject="BS-000", now=NOON, severity=Severity.MAJOR, **more) -> Alarm:
    fault = condition(subject, PROBLEM, severity, AlarmType.COMMUNICATIONS, "lossOfSignal", **more)
    return raise_all([fault], now)[0]


def after(seconds: float):
    return NOON + timedelta(seconds=seconds)


def send(seconds: float = 10.0) -> int:
    return notice_send.send_due(lambda: after(seconds))
