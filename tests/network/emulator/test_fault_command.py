"""The command that makes simulated sites fail: what it draws and refuses without a running emulator, and what it asks."""

import json
import tomllib

import httpx
import pytest
from django.core.management import CommandError, call_command

INVENTORY = {
    "core": "core",
    "sites": [
        {"slug": slug, "host": "127.0.0.1", "port": 9, "fixed_ms": 1.0, "jitter_mean_ms": 0.1, "jitter_sd_ms": 0.1,
         "loss_share": 0.0} for slug in ("a", "leaf")
    ],
    "links": [{"a": "core", "b": "a", "ms": 1.0}, {"a": "a", "b": "leaf", "ms": 1.0}],
}  # fmt: skip
FAULTS = {"faults": [{"link": "a~leaf", "kind": "cut", "amount": 1.0, "left_s": 60.0}]}


@pytest.fixture
def run_dir(settings, tmp_path):
    settings.LOFT_RUN_DIR = settings.SECRETS_DIR = tmp_path
    (tmp_path / "sites.json").write_text(json.dumps(INVENTORY))
    return tmp_path


@pytest.fixture
def asked(run_dir, monkeypatch):
    """What the emulator was asked; it answers with one fault, one scenario."""
    asked = []

    def answer(method, url, json=None, **_):
        asked.append((method, httpx.URL(url).raw_path.decode(), json))
        return httpx.Response(200, json={**FAULTS, "scenarios": [], "cleared": 2, "stopped": "s"})

    monkeypatch.setattr(httpx, "request", answer)
    return asked


def test_a_scenario_is_drawn_without_a_running_emulator(run_dir, capsys):
    call_command("fault", "random", "--seed", "3", "--write", str(run_dir / "x.toml"), "--kinds", "cut", "loss")
    drawn = tomllib.loads((run_dir / "x.toml").read_text())
    assert drawn["name"] == "random 3"
    assert {event["kind"] for event in drawn["event"]} <= {"cut", "loss"}
    capsys.readouterr()
    call_command("fault", "random", "--seed", "3", "--kinds", "cut", "loss")
    assert tomllib.loads(capsys.readouterr().out) == drawn


def test_without_an_inventory_nothing_can_be_drawn(run_dir):
    (run_dir / "sites.json").unlink()
    with pytest.raises(CommandError, match=r"manage\.py basestations"):
        call_command("fault", "random", "--seed", "3")


def test_a_site_or_a_link_is_made_to_fail(asked, capsys):
    call_command("fault", "inject", "A~leaf", "--kind", "cut", "--for", "60")
    call_command("fault", "inject", "a", "--kind", "clock", "--amount", "-4")
    assert asked == [
        ("POST", "/faults", {"link": "a~leaf", "kind": "cut", "for_s": 60.0, "amount": None}),
        ("POST", "/faults", {"site": "a", "kind": "clock", "for_s": 60.0, "amount": -4.0}),
    ]
    assert "a~leaf  cut  1  60 s left" in capsys.readouterr().out


def test_a_file_is_played_and_stopped(asked, run_dir):
    file = run_dir / "s.toml"
    file.write_text('name = "two words"\n[[event]]\nat_s = 1\nkind = "cut"\nlink = "a~leaf"\n')
    call_command("fault", "scenario", str(file))
    call_command("fault", "stop", "two words")
    call_command("fault", "clear", "a~leaf")
    assert asked == [
        ("POST", "/scenarios", {"name": "two words", "event": [{"at_s": 1, "kind": "cut", "link": "a~leaf"}]}),
        ("DELETE", "/scenarios/two%20words", None),
        ("DELETE", "/faults/a~leaf", None),
    ]


def test_a_scenario_that_is_shipped_is_played_by_its_name(asked):
    call_command("fault", "scenario", "cut")
    assert [event["kind"] for event in asked[0][2]["event"]] == ["cut", "cut"]


def test_a_file_that_is_none_is_refused(asked, run_dir):
    with pytest.raises(CommandError, match=r"no\.toml"):
        call_command("fault", "scenario", str(run_dir / "no.toml"))
    assert asked == []


def test_what_the_emulator_refuses_is_told(run_dir, monkeypatch):
    monkeypatch.setattr(httpx, "request", lambda *_, **__: httpx.Response(400, json={"error": "site is 'x'"}))
    with pytest.raises(CommandError, match="site is 'x'"):
        call_command("fault", "inject", "x")


def test_an_emulator_that_is_not_there_is_told(run_dir, monkeypatch):
    def refuse(*_, **__):
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx, "request", refuse)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("fault", "list")
