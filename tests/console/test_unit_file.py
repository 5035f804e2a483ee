"""The example for systemd: it is told, it watches, and it never gives up."""

from configparser import ConfigParser

import pytest

from tests.stack import ROOT


@pytest.fixture
def unit():
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  systemd tells large letters from small ones
    parser.read(ROOT / "deploy" / "loft.service")
    return parser


def test_it_is_told_when_all_is_up_and_watches_the_supervisor(unit):
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert 10 <= int(service["WatchdogSec"]) <= 60
    assert int(service["TimeoutStartSec"]) >= 600


def test_it_starts_again_however_often_it_ended(unit):
    assert unit["Service"]["Restart"] in ("on-failure", "always")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_there_are_files_for_as_many_sockets_as_the_console_takes(unit, settings):
    assert int(unit["Service"]["LimitNOFILE"]) >= 4 * settings.LOFT_CONNECTIONS


def test_what_the_supervisor_leaves_is_ended_with_it(unit):
    assert unit["Service"]["KillMode"] == "mixed"
