"""The walk from a scheduled check to an alarm: what docs/architecture.md draws is what runs, in that order.

A round is played in which a site falls silent. Whenever something comes of it (a packet is sent, a row is written, a
verdict is given, browsers are told) the functions that led there are noted; of each file those not seen before are a
stay. A climb is a call into a file that the caller does not import: somebody was called back who stands above.
"""

import ast
import inspect
import re
from datetime import timedelta
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from network.actions.sla import probing, sla_verdict
from network.events import AlarmChanged
from network.kernels.sla import sla as kernel
from network.models import Alarm, Breach, Notice, NoticeChannel
from network.probes.stamp import Measured, Round
from network.tasks import measure_shard, run_health_checks

ROOT = Path(__file__).parents[3]
MOST_STAYS = 15
ROWS = re.compile(r'INSERT INTO "?network_(stampsample|breach|alarm|alarmentry|notice)"? ')
PROBE = ("network/probes/stamp.py", "probe")
Place = tuple[str, str]

pytestmark = pytest.mark.django_db


class Walk:
    """Where whoever follows a round has to look: files and functions of network, without rows and queries."""

    def __init__(self):
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.effects: list[str] = []
        self.places: list[Place] = []
        self.calls: set[tuple[Place, Place]] = set()

    def note(self, effect: str, *last: Place) -> None:
        frame, pairs = inspect.currentframe(), []
        while frame:
            file, name = Path(frame.f_code.co_filename), frame.f_code.co_name
            if file.is_relative_to(ROOT / "network") and not name.startswith("<"):
                pairs.append((str(file.relative_to(ROOT)), name))
            frame = frame.f_back
        pairs = [pair for pair in [*pairs[::-1], *last] if not pair[0].startswith("network/models/")]
        self.effects.append(effect)
        self.calls |= set(pairwise(pairs))
        self.places += [pair for pair in pairs if pair not in self.places]

    def statements(self, execute, sql, params, many, context):
        """Note each kind of row that is written."""
        if row := ROWS.match(sql):
            self.note(row[1])
        return execute(sql, params, many, context)

    @property
    def stays(self) -> list[tuple[str, list[str]]]:
        """The files in the order in which they are read, with their functions."""
        return [(file, [name for _, name in names]) for file, names in groupby(self.places, key=lambda place: place[0])]


@pytest.fixture
def walk(make_site, make_agreement, monkeypatch, settings) -> Walk:
    """Play the rounds in which a site answers, then the one in which it does not; that one is walked."""
    settings.LOFT_PROBE_PERIOD_S = 1.0  # too short for a second look
    site, walk, rounds = make_site(), Walk(), iter([1.0] * 3 + [None] * 9)
    make_agreement(site)
    NoticeChannel.objects.create(
        name="desk",
        kind="webhook",
        target="https://example.org/",
        made_at=timezone.now(),
        secret_changed_at=timezone.now(),
    )
    clock = [timezone.now()]  # beat looks at how old what was measured is

    def probe(targets, after_s=0.0):
        walk.note("packets", PROBE)
        clock[0] += timedelta(seconds=2)
        at_ns, rtt_ms = int(clock[0].timestamp() * 1e9), next(rounds)
        return Round(
            [Measured(target.key, at_ns, [rtt_ms] * 3, 0, 0, 0.1) for target in targets], 1.0, True, True, at_ns
        )

    def judge(*given):
        walk.note("verdict", ("network/kernels/sla/sla.py", "judge_counts"))
        return kernel.judge_counts(*given)

    monkeypatch.setattr(probing, "probe", probe)
    monkeypatch.setattr(sla_verdict, "judge_counts", judge)
    monkeypatch.setattr(
        "console.live.hub.publish", lambda event: isinstance(event, AlarmChanged) and walk.note("event")
    )
    monkeypatch.setattr(measure_shard, "apply_async", lambda piece, **_: measure_shard(*piece))
    while not Breach.objects.exists():
        walk.forget()
        with connection.execute_wrapper(walk.statements):
            run_health_checks()
    return walk


def drawn() -> list[tuple[str, list[str]]]:
    """Return the stays as docs/architecture.md draws them."""
    text = (ROOT / "docs/architecture.md").read_text().partition("**A check to an alarm**")[2].partition("\n**")[0]
    rows = re.findall(r"^\| \d+ \| `(network/[\w/.]+)` \| ([^|]+) \|", text, re.MULTILINE)
    return [(file, re.findall(r"`(\w+)`", names)) for file, names in rows]


def imports_of(file: str) -> set[str]:
    """Return the files of network that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return {f"{name.replace('.', '/')}.py" for name in names}


def test_a_round_in_which_a_site_falls_silent_leaves_samples_a_verdict_a_breach_and_an_alarm_that_is_told(walk):
    assert walk.effects[:3] == ["packets", "stampsample", "verdict"]
    assert {"breach", "alarm", "alarmentry", "notice", "event"} <= set(walk.effects)
    assert walk.effects.index("breach") < walk.effects.index("alarm") < walk.effects.index("notice")
    assert (Breach.objects.count(), Alarm.objects.count(), Notice.objects.count()) == (1, 1, 1)


def test_the_walk_from_a_check_to_an_alarm_is_short_and_is_the_one_that_is_drawn(walk):
    assert walk.stays == drawn()
    assert len(walk.stays) <= MOST_STAYS


def test_nobody_is_called_back_on_the_walk(walk):
    climbs = [(a, b) for (a, _), (b, _) in walk.calls if a != b and b not in imports_of(a)]
    assert climbs == []
