"""What probing a thousand sites once a second costs, and how far off the probe itself is; beside a thread per site."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from console.bench import Row, bench
from console.outbound import purposes
from network.emulator.apart import apart
from network.kernels.measurement.stamp import Query, pack_query, unpack_answer
from network.probes.stamp import Pace, Prober, Target

TARGETS, ROUNDS = 1_000, 8
PACE = Pace(packets=1, spread_s=0.6, timeout_s=0.35)


@dataclass(frozen=True)
class Spent:
    """What measuring for a while took: of one core, and how wrong each time of arrival there was. [us]."""

    core_share: float
    errors_us: list[float]
    lost: int


@bench("probe")
def run() -> Iterator[Row]:
    """Yield `probe_cpu`, `probe_p99_error_us` and `emulator_cpu`."""
    yield from rows(TARGETS, ROUNDS)


def rows(targets: int, rounds: int) -> Iterator[Row]:
    """Measure by our prober and by a thread per target, one after the other, against the same simulated sites."""
    with apart(targets) as (ports, cpu_s):
        before_s, started_s = cpu_s(), time.monotonic()
        ours = asyncio.run(_by_prober(ports, rounds))
        emulator_share = (cpu_s() - before_s) / (time.monotonic() - started_s)
        theirs = _by_threads(ports, rounds)
    ours_p99, theirs_p99 = _p99(ours.errors_us), _p99(theirs.errors_us)
    note = f"{targets} sites at 1 Hz for {rounds} s, share of one core"
    yield Row(
        "probe_cpu", round(ours.core_share, 4), "cores", round(theirs.core_share, 4),
        round(theirs.core_share / ours.core_share, 2), f"{note}, {ours.lost} lost; a thread per target",
    )  # fmt: skip
    yield Row(
        "probe_p99_error_us", round(ours_p99, 1), "us", round(theirs_p99, 1), round(theirs_p99 / ours_p99, 2),
        "arrival at the site by the kernel's clock less T1, plus arrival here less T4; a thread per target",
    )  # fmt: skip
    yield Row("emulator_cpu", round(emulator_share, 4), "cores", note=f"the simulated sites of the same run: {note}")


async def _by_prober(ports: list[int], rounds: int) -> Spent:
    prober, targets = (
        Prober(PACE, purposes.LOOPBACK),
        [Target(number, "127.0.0.1", port) for number, port in enumerate(ports)],
    )
    await prober.round(targets)  # sessions and sockets are made once
    cpu_s, started_s, errors_us, lost = time.process_time(), time.monotonic(), [], 0
    for number in range(rounds):
        round_ = await prober.round(targets)
        # the kernel stamps arrivals here, so that the way there holds all of the probe's own error
        errors_us += [measured.forward_ms * 1e3 for measured in round_.measured if measured.forward_ms is not None]
        lost += sum(measured.lost for measured in round_.measured)
        await asyncio.sleep(max(started_s + number + 1 - time.monotonic(), 0.0))
    spent = Spent((time.process_time() - cpu_s) / (time.monotonic() - started_s), errors_us, lost)
    prober.close()
    return spent


def _by_threads(ports: list[int], rounds: int) -> Spent:
    errors_us: list[float] = []
    cpu_s, started_s = time.process_time(), time.monotonic()
    threads = [
        threading.Thread(target=_thread, args=(port, started_s + 0.2 + number / len(ports), rounds, errors_us))
        for number, port in enumerate(ports)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent_share = (time.process_time() - cpu_s) / (time.monotonic() - started_s)
    return Spent(spent_share, errors_us, rounds * len(ports) - len(errors_us))


def _thread(port: int, first_s: float, rounds: int, errors_us: list[float]) -> None:
    """Measure one target once a second, as a plain blocking sender does: times are taken where the code gets to run."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(0.5)
        for number in range(rounds):
            time.sleep(max(first_s + number - time.monotonic(), 0.0))
            sent_ns = time.time_ns()
            line.sendto(pack_query(Query(number, sent_ns, 1)), ("127.0.0.1", port))
            try:
                packet = line.recv(2_048)
            except TimeoutError:
                continue
            back_ns = time.time_ns()
            answer = unpack_answer(packet, back_ns)
            errors_us.append(((back_ns - sent_ns) - answer.residence_ns) / 1e3)


def _p99(values: list[float]) -> float:
    if not values:
        raise ArithmeticError("no simulated site answered: the machine is too busy to measure")
    return float(np.percentile(values, 99))
