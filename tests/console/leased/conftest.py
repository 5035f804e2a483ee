"""Every kind of row that workers take, each with its own real work: documents, a plan, a push, a job, a channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone

from console.actions.audit.audit import SYSTEM, Actor
from console.models import Leased, LeasedOrder
from industry.actions.jobs import job as jobs
from industry.models import Job, Score
from network.actions.equipment import configuration
from network.actions.evidence import orders as maps
from network.actions.notices import notice_send
from network.actions.placement import plan
from network.actions.service_levels.report import orders as reports
from network.kernels.placement.placement import Solution
from network.models import ConfigurationJob, Evidence, NoticeChannel, PlacementPlan, SlaReport
from tests.conftest import NOON
from tests.industry.conftest import catalogue, city, factory, job, post  # noqa: F401  fixtures of this folder's
from tests.network.conftest import make_sector, make_site, region, town  # noqa: F401
from tests.network.equipment.conftest import site, world  # noqa: F401
from tests.network.notices.conftest import after, channel, raised, receiver  # noqa: F401
from tests.network.placement.test_stored_plans import SURVIVED, ring, saying  # noqa: F401
from tests.network.service_levels.report.conftest import counted  # noqa: F401

PLANNER = Actor("planner")
CIRCLE = {"kind": "circle", "layer": "optical", "direction": "one_way", "threshold_ms": 1.0, "language": "en"}
Sent = list[str]


def nobody(_: object) -> None:
    """Take a message and lose it."""


@dataclass
class User:
    """A row that workers take.

    `work` does at a time what a worker does who has its message; `look_after` returns to whom what is lost is sent
    again; `times_done` says how often the world has seen it done.
    """

    model: type[Leased]
    pk: Any
    start: datetime
    work: Callable[[datetime], object]
    times_done: Callable[[], int]
    look_after: Callable[[datetime], Sent] | None = None

    @property
    def row(self) -> Any:
        """The row as it stands."""
        return self.model.objects.get(pk=self.pk)

    @property
    def lease_over(self) -> datetime:
        """When the lease of who took it at the start has run out."""
        return self.start + self.model.lease + timedelta(seconds=1)


@pytest.fixture
def looking(django_capture_on_commit_callbacks) -> Callable[..., Callable[[datetime], Sent]]:
    """Make a `look_after` of an action that takes the time and whom to send to."""

    def make(requeue_lost: Callable[..., int]) -> Callable[[datetime], Sent]:
        def look_after(now: datetime) -> Sent:
            sent: Sent = []
            with django_capture_on_commit_callbacks(execute=True):
                requeue_lost(now, sent.append)
            return sent

        return look_after

    return make


@pytest.fixture
def evidence_user(town, settings, tmp_path, looking) -> User:  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    pk = maps.ask(PLANNER, town, CIRCLE, NOON, nobody).pk
    return User(
        Evidence, pk, NOON, lambda now: maps.draw(pk, lambda: now), lambda: len(list(tmp_path.rglob("map.html"))),
        looking(maps.requeue_lost),
    )  # fmt: skip


@pytest.fixture
def report_user(counted, settings, tmp_path, looking) -> User:  # noqa: F811
    settings.MEDIA_ROOT, settings.TIME_ZONE = tmp_path, "Asia/Shanghai"
    pk = reports.ask(PLANNER, reports.ReportRequest(counted, "2026-06", "en"), NOON, nobody).pk
    return User(
        SlaReport, pk, NOON, lambda now: reports.make(pk, lambda: now), lambda: len(list(tmp_path.rglob("report.csv"))),
        looking(reports.requeue_lost),
    )  # fmt: skip


@pytest.fixture
def plan_user(ring, region, looking) -> User:  # noqa: F811
    pk, proofs = plan.ask(PLANNER, region, "all in", SURVIVED, NOON, nobody).pk, []
    prover = saying(Solution((0, 2, 4), 5 / 6, 3.0, 3.0, 0.0), during=lambda: proofs.append(pk))
    return User(
        PlacementPlan, pk, NOON, lambda now: plan.prove(pk, lambda: now, nobody, prover), lambda: len(proofs),
        looking(plan.requeue_lost),
    )  # fmt: skip


@pytest.fixture
def push_user(world, site, looking) -> User:  # noqa: F811
    wanted = configuration.request_of(site, {"tilt_deg": 4.0})
    pk = configuration.ask(SYSTEM, site, wanted, NOON, nobody).pk
    return User(
        ConfigurationJob, pk, NOON, lambda now: configuration.push(pk, lambda: now), world.version,
        looking(configuration.requeue_lost),
    )  # fmt: skip


@pytest.fixture
def job_user(job, looking, monkeypatch) -> User:  # noqa: F811
    def requeue_lost(now, send):
        monkeypatch.setattr("industry.runtimes.send_job", lambda pk, _: send(pk) or True)
        return jobs.requeue_lost(now)

    return User(
        Job,
        job.pk,
        timezone.now(),
        lambda now: jobs.run(job.pk, lambda: now),
        Score.objects.count,
        looking(requeue_lost),
    )


@pytest.fixture
def channel_user(settings, receiver, channel) -> User:  # noqa: F811
    settings.LOFT_NOTICE_NETWORKS = (ip_network("127.0.0.0/8"),)
    raised()
    return User(
        NoticeChannel,
        channel.pk,
        after(10),
        lambda now: notice_send.send_channel(channel.pk, lambda: now),
        lambda: len(receiver.calls),
    )


USERS: dict[str, type[Leased]] = {
    "evidence": Evidence, "report": SlaReport, "plan": PlacementPlan, "push": ConfigurationJob, "job": Job,
    "channel": NoticeChannel,
}  # fmt: skip
ORDERS = [name for name, model in USERS.items() if issubclass(model, LeasedOrder)]


@pytest.fixture
def user(request) -> User:
    """A row of the kind that a test is run for."""
    user: User = request.getfixturevalue(f"{request.param}_user")
    assert user.model is USERS[request.param]
    return user
