import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.actions.demo import KEYS, token_file
from console.run import loops
from industry.demo import FACTORIES, HALL_M, MACHINES, VEHICLE_MAKER, VEHICLES, machine_name, vehicle_name
from industry.kernels.catalogue.machinery import Mill, new_mill, reading, step
from industry.kernels.transport.rounds import on_round, round_of

TRY_AGAIN = {429, 500, 502, 503, 504}
MAX_WAIT_S = 15.0
VEHICLE_MPS = 1.4


class Command(BaseCommand):
    """Run the demo factories' machines and vehicles: a client of the public API like any other."""

    help = "Post readings of demo machines and states of vehicles through the public API until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.LOFT_URL)
        parser.add_argument("--key", help="API key; the demo key when left out")
        parser.add_argument("--factory", action="append", dest="factories", help="slug; may be repeated")
        parser.add_argument("--machines", type=_positive_int, default=MACHINES, help="per factory")
        parser.add_argument("--rate", type=_positive, default=0.25, help="readings per machine and second")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--batches", type=_positive_int, help="stop after so many per factory")

    def handle(self, *args: Any, **options: Any) -> None:
        slugs = options["factories"] or [row[0] for row in FACTORIES]
        plants = [Plant(slug, options["machines"], options["seed"] + number) for number, slug in enumerate(slugs)]
        tokens = {slug: options["key"] or _demo_token(slug) for slug in slugs}
        with httpx.Client(base_url=options["url"], timeout=10) as line:
            try:
                self._run(line, plants, tokens, 1 / options["rate"], options["batches"])
            except KeyboardInterrupt:
                self.stdout.write("stopped")

    def _run(
        self, line: httpx.Client, plants: list["Plant"], tokens: dict[str, str], period_s: float, batches: int | None
    ) -> None:
        done = 0
        due_s = time.monotonic()
        turns = loops.claim("factory")
        while batches is None or done < batches:
            for plant in plants:
                turns.beat()
                for noun, items in (("readings", plant.readings()), ("vehicle-states", plant.vehicle_states())):
                    path, token = f"/api/v1/factories/{plant.slug}/{noun}", tokens[plant.slug]
                    self._say(plant.slug, send(line, path, items, token, turns.beat))
            done += 1
            due_s = max(due_s + period_s, time.monotonic() - period_s)  # after an outage it does not race to catch up
            time.sleep(max(0.0, due_s - time.monotonic()))

    def _say(self, slug: str, answer: dict[str, Any]) -> None:
        for refused in answer["refused"]:
            self.stderr.write(f"{slug}: {refused}")


class Plant:
    """One factory's machines."""

    def __init__(self, slug: str, machines: int, seed: int) -> None:
        self.slug = slug
        self._rng = np.random.default_rng(seed)
        self._mills: list[Mill] = [new_mill(machine_name(number + 1), self._rng) for number in range(machines)]

    def readings(self) -> list[dict[str, Any]]:
        """Let every machine work on, and return what its sensors say."""
        self._mills = [step(mill, self._rng) for mill in self._mills]
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return [{"at": at, **reading(mill, self._rng)} for mill in self._mills]

    def vehicle_states(self) -> list[dict[str, Any]]:
        """Return the states of the vehicles, which drive their rounds, as VDA 5050 has them."""
        return [vehicle_state(number, time.time()) for number in range(1, VEHICLES + 1)]


def vehicle_state(number: int, now_s: float) -> dict[str, Any]:
    """Return the state of a demo vehicle at a time; they begin their rounds at different places."""
    corners = round_of(number, *HALL_M)
    now = on_round(corners, VEHICLE_MPS * now_s + 90.0 * number)
    (x, y), nodes = now.at_m, [{"nodePosition": {"x": x, "y": y}} for x, y in now.ahead_m]
    return {
        "manufacturer": VEHICLE_MAKER,
        "serialNumber": vehicle_name(number),
        "timestamp": datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds"),
        "driving": True,
        "operatingMode": "AUTOMATIC",
        "agvPosition": {"positionInitialized": True, "x": x, "y": y, "theta": now.theta_rad},
        "batteryState": {"batteryCharge": 60.0 + 10.0 * (number % 4)},
        "nodeStates": nodes,
        "errors": [],
    }


def send(
    line: httpx.Client, path: str, items: list[dict[str, Any]], token: str = "",
    beat: Callable[[], object] = lambda: None,
) -> dict[str, Any]:  # fmt: skip
    """Post a batch; try again, with the same idempotency key, while the server is away or busy, and beat each time."""
    headers = {"Idempotency-Key": str(uuid4())}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    wait_s = 0.5
    while True:
        beat()
        try:
            answer = line.post(path, json=items, headers=headers)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code not in TRY_AGAIN:
            if answer.is_success:
                body: dict[str, Any] = answer.json()
                return body
            raise CommandError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:400]}")
        beat()
        time.sleep(_retry_after_s(answer, wait_s))
        wait_s = min(MAX_WAIT_S, wait_s * 2)


def _retry_after_s(answer: httpx.Response | None, otherwise_s: float) -> float:
    header = answer.headers.get("Retry-After", "") if answer is not None else ""
    return min(MAX_WAIT_S, float(header)) if header.isdigit() else otherwise_s


def _demo_token(slug: str) -> str:
    """Return the key of the organisation that owns a demo factory."""
    owner = next((row[-1] for row in FACTORIES if row[0] == slug), "")
    name = next((name for name, (whose, _) in KEYS.items() if whose == owner), "demo-factory")
    try:
        return token_file(name).read_text().strip()
    except OSError as reason:
        raise CommandError("key: none given, and there is no demo key; expected --key, or `prepare` first") from reason


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1_000:
        raise ArgumentTypeError(f"{text} given; expected more than 0 and at most 1000")
    return value


def _positive_int(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 1_000:
        raise ArgumentTypeError(f"{text} given; expected a whole number from 1 to 1000")
    return int(text)
