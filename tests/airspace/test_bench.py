"""Benches of the airspace: what they leave behind when something fails, what they count, what they say of it."""

import asyncio
import subprocess
import sys

import pytest

from airspace.bench import backup, fairness, pages
from airspace.bench.fairness import Figures
from airspace.bench.stand import Stand
from console.bench import Row

SLEEP = ["sleep", "60"]


class Failing(Stand):
    """A stand whose database is there, and whose Redis starts and never listens."""

    def manage(self, *words):
        return '{"token": "t", "cookie": "c", "session": "s", "redis": ["redis"]}'

    def start_redis(self):
        self.start("redis", SLEEP)
        self.started = self.processes["redis"]
        raise RuntimeError("Redis does not listen")


def test_a_stand_that_could_not_be_prepared_leaves_neither_process_nor_folder():
    stand = Failing()
    with pytest.raises(RuntimeError, match="does not listen"), stand:
        pytest.fail("it began")
    assert stand.started.poll() is not None
    assert not stand.home.exists()


def test_a_stand_ends_the_others_when_one_of_them_cannot_be_ended(monkeypatch):
    def prepared(stand):
        for name in ("redis", "engine", "web"):
            stand.start(name, SLEEP)

    monkeypatch.setattr(Stand, "_prepare", prepared)
    ended, stop = [], Stand.stop

    def stopped(stand, name, *number):
        ended.append(name)
        stop(stand, name, *number)
        if name == "engine":
            raise PermissionError(name)

    monkeypatch.setattr(Stand, "stop", stopped)
    stand = Stand()
    with pytest.raises(PermissionError), stand:
        assert len(stand.processes) == 3
    assert ended == ["web", "engine", "redis"]
    assert not stand.home.exists()


def test_a_crowd_does_not_outlive_a_measurement_that_failed(monkeypatch):
    crowds, popen = [], subprocess.Popen

    def started(words, **options):
        crowds.append(popen([sys.executable, "-c", "import time; time.sleep(60)"], **options))
        return crowds[0]

    def latencies(*_):
        if crowds:
            raise RuntimeError("503 was answered")
        return asyncio.sleep(0, [1.0])

    monkeypatch.setattr(fairness.subprocess, "Popen", started)
    monkeypatch.setattr(fairness, "_latencies", latencies)
    monkeypatch.setattr(fairness, "sleep", lambda _: None)
    stand = Stand()
    stand.port = 1
    with pytest.raises(RuntimeError, match="503"):
        fairness.measure(stand, dict.fromkeys(("limited", "unlimited", "other"), "loft_0123456789"), "rest", 0.1)
    assert crowds[0].poll() is not None


def test_a_web_process_with_other_settings_ends_with_its_block_and_the_settings_are_as_before(monkeypatch):
    seen = []
    monkeypatch.setattr(Stand, "stop", lambda _, name: seen.append(f"stop {name}"))
    monkeypatch.setattr(Stand, "start_web", lambda stand: seen.append(stand.environment.get("LOFT_FAIR")))
    stand = Stand(environment={"A": "1"})
    with pytest.raises(KeyError), fairness.restarted(stand, LOFT_FAIR="0"):
        raise KeyError
    assert seen == ["stop web", "0", "stop web"]
    assert stand.environment == {"A": "1"}


def test_the_row_of_fairness_says_what_differs_and_that_short_times_do_not_count(monkeypatch):
    class Made:
        def __enter__(self):
            return self, {"limited": "l", "unlimited": "u", "other": "o"}

        def __exit__(self, *_):
            return None

    class Restarted(Made):
        def __init__(self, *_, **__):
            pass

    def measured(_, tokens, kind, for_s):
        return Figures([4.0] * 100, [200.0 if tokens["limited"] == "u" else 9.0] * 100)

    monkeypatch.setattr(fairness, "stand", Made)
    monkeypatch.setattr(fairness, "restarted", Restarted)
    monkeypatch.setattr(fairness, "measure", measured)
    rest, reports = fairness.fairness()
    assert (rest.value, rest.baseline, rest.ratio) == (1.0, 4.0, 4.0)  # 9 ms beside 4 ms are within the floor
    assert "under 50 ms counts as 50" in rest.note
    assert "p99 alone 4 ms (of 100), beside 9 ms (of 100)" in rest.note
    assert "no quota" not in rest.note
    assert "no quota on the flood" in reports.note


def test_a_page_s_cost_is_divided_by_as_many_as_were_asked_for(monkeypatch):
    asked = []

    async def ask(_, head, count):
        asked.append(count)

    monkeypatch.setattr(pages, "_ask_in_turn", ask)
    stand = Stand()
    stand.port, stand.cookie = 1, "c"
    for count in (150, 3):
        asked.clear()
        assert asyncio.run(pages._ask(stand, "/airspace", count)) == sum(asked)


def test_pages_have_a_row_per_kind_with_the_ratio_the_usual_way_over_ours(monkeypatch):
    class Made:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def manage(self, *_):
            return ""

    def measured(_, way, used):
        for name in used:
            used[name].append(4.0 if way else 2.0)

    monkeypatch.setattr(pages, "Stand", Made)
    monkeypatch.setattr(pages, "_measure", measured)
    rows = list(pages.pages())
    assert [(row.name, row.value, row.baseline, row.ratio) for row in rows] == [
        (f"pages_{name}_cpu", 2.0, 4.0, 2.0) for name in ("page", "list", "file")
    ]
    assert all(isinstance(row, Row) for row in rows)


def test_what_a_backup_costs_is_told_per_answer_and_per_position_against_the_turns_without_one():
    without = backup.Side([1.0, 2.0, 3.0, 10.0], cpu_s=0.2, positions=4_000)
    beside = backup.Side([2.0, 3.0, 4.0, 11.0], cpu_s=0.25, positions=4_000, backups=3)
    answer, cpu = backup._rows(without, beside)
    assert (answer.value, answer.baseline, answer.ratio) == (5.0, 4.0, 0.8)
    assert (cpu.value, cpu.baseline, cpu.ratio) == (62.5, 50.0, 0.8)
    assert "p50, p95 with: 3.0, 4.0 ms, without: 2.0, 3.0 ms" in answer.note


def test_each_report_of_a_backups_load_counts_from_when_it_was_due(monkeypatch):
    """Requests are offered at a rate, so that one that waits behind a slow one has waited as well."""

    async def slow(reader, writer, text):
        await asyncio.sleep(0.05)
        return 202

    class Line:
        def close(self):
            """Nothing to close."""

    async def connected(host, port):
        return None, Line()

    monkeypatch.setattr(backup, "exchange", slow)
    monkeypatch.setattr(backup, "CONNECTIONS", 1)
    monkeypatch.setattr(asyncio, "open_connection", connected)
    stand = Stand()
    stand.port = 1
    taken = asyncio.run(backup._send(stand, backup.Made([b"1", b"2", b"3"], 3)))
    assert len(taken) == 3
    assert min(taken) >= 49.0


def test_backups_beside_a_load_are_ended_with_it_and_counted(tmp_path):
    target = tmp_path / "again"
    target.touch()
    script = ["sh", "-c", "echo made; echo made; sleep 60"]
    with subprocess.Popen(script, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout.read(10) == b"made\nmade\n"
        assert backup._end(process, target) == 1, "two were read already, and one was under way"
    assert not target.exists()
    assert process.returncode != 0
