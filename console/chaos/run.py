"""A run: load, faults in their turn, and the ledger at the end."""

import dataclasses
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from console.chaos.faults import Ground
from console.chaos.installation import EndedError, until
from console.chaos.load import TIMEOUT_S, Load, Sender, Verdict, loads
from console.chaos.plan import Fault, Kind

WHOLE_WITHIN_S = 120.0
"""So long a run waits after its last fault until all is well; where faults come one by one, after each."""
STORED_WITHIN_S = 180.0
JUDGE_EVERY_S = 1.0
TELL_EVERY_S = 1.0
LOOK_EVERY_S = 0.2


@dataclass
class Outcome:
    """What became of a fault.

    Args:
        fault: which.
        why_not: why it could not happen; empty: it happened.
        end_s: when it ended, by the monotonic clock. [s]
        whole_s: how long after its end all was well again; None: nobody saw that. [s]
        is_followed: another came before all was well again, so that `whole_s` says nothing of this one alone.
    """

    fault: Fault
    why_not: str = ""
    end_s: float = 0.0
    whole_s: float | None = None
    is_followed: bool = False

    def __str__(self) -> str:
        if self.why_not:
            return f"{self.fault}: could not happen: {self.why_not}"
        if self.whole_s is None:
            return f"{self.fault}: NOT whole again"
        return f"{self.fault}: whole again after {self.whole_s:.1f} s{', others came first' * self.is_followed}"


@dataclass
class Ledger:
    """What a run showed."""

    outcomes: list[Outcome] = field(default_factory=list)
    loads: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def happened(self) -> list[Outcome]:
        """Faults that could be had."""
        return [outcome for outcome in self.outcomes if not outcome.why_not]

    @property
    def not_whole(self) -> int:
        """After how many faults the run waited in vain until all was well."""
        return sum(outcome.whole_s is None for outcome in self.happened)

    @property
    def is_good(self) -> bool:
        """Whether nothing accepted was lost, doubled or left, nothing valid refused for good, and all is well."""
        wrong = sum(map(self.total, ("lost", "doubled", "refused", "unfinished")))
        return bool(self.loads) and not wrong and not self.not_whole

    @property
    def longest_wait_s(self) -> float:
        """How long the post that waited longest for its answer did so; no less than what was given up had waited."""
        waits = [max(row["longest_wait_s"], row["longest_given_up_s"]) for row in self.loads.values()]
        return max(waits, default=0.0)

    @property
    def longest_until_whole_s(self) -> float:
        """After how long all was well again, of faults that no other followed meanwhile."""
        alone = [outcome.whole_s or 0.0 for outcome in self.happened if not outcome.is_followed]
        return round(max(alone, default=0.0), 1)

    def total(self, name: str) -> int:
        """Return a sum over all loads."""
        return sum(row[name] for row in self.loads.values())

    def as_plain(self) -> dict[str, Any]:
        """Return the ledger for JSON."""
        return {
            "good": self.is_good,
            "lost": self.total("lost"),
            "doubled": self.total("doubled"),
            "unfinished": self.total("unfinished"),
            "longest_wait_s": self.longest_wait_s,
            "is_wait_cut": bool(self.total("given_up")),
            "longest_until_whole_s": self.longest_until_whole_s,
            "not_whole": self.not_whole,
            "faults": [str(outcome.fault) for outcome in self.happened],
            "could_not_happen": [str(outcome) for outcome in self.outcomes if outcome.why_not],
            "loads": self.loads,
        }


class Run:
    """Faults in their order against an installation under load. `say` gets a line a second, and one a fault."""

    def __init__(self, ground: Ground, rates: dict[str, float], say: Callable[[str], None]) -> None:
        self._ground, self._say = ground, say
        self.senders = [_sender(load, ground.installation.url, rates) for load in loads() if rates.get(load.name)]
        self._began_s = time.monotonic()
        self._over = threading.Event()
        self._present = "load alone"
        self._pending: list[Outcome] = []
        self._killed: dict[str, int] = {}

    def through(self, faults: Sequence[Fault], *, one_by_one: bool = False) -> Ledger:
        """Carry out the faults, each at its time or, one by one, when all is well after the one before; and judge.

        Raises:
            EndedError: the installation ended by itself.
        """
        for sender in self.senders:
            sender.start()
        teller = threading.Thread(target=self._tell, daemon=True)
        teller.start()
        ledger = Ledger()
        try:
            until(self._is_whole, WHOLE_WITHIN_S)
            self._began_s = time.monotonic()
            for fault in faults:
                self._look_until(self._began_s + fault.at_s)
                ledger.outcomes.append(self._carry_out(fault))
                if one_by_one:
                    self._await_whole()
            self._await_whole()
        finally:
            self._over.set()
            for sender in self.senders:
                sender.stop()
            teller.join()
        self._judge(ledger)
        return ledger

    def _carry_out(self, fault: Fault) -> Outcome:
        self._present = str(fault)
        self._note(f"{fault} ...")
        if fault.kind == Kind.KILL:
            self._killed[fault.target] = self._ground.installation.pid(fault.target)
        why_not = self._ground.carry_out(fault)
        outcome = Outcome(fault, why_not, time.monotonic())
        if why_not:
            self._note(str(outcome))
        else:
            for former in self._pending:
                former.is_followed = True
            self._pending.append(outcome)
        self._present = "load alone"
        return outcome

    def _look_until(self, at_s: float) -> None:
        """Look whether all is well again until it is time for something else."""
        while (left_s := at_s - time.monotonic()) > 0:
            self._look()
            time.sleep(min(LOOK_EVERY_S, max(0.0, left_s)))

    def _await_whole(self) -> None:
        until(self._look, WHOLE_WITHIN_S, LOOK_EVERY_S)
        for outcome in self._pending:
            self._note(str(outcome))
        self._pending = []

    def _look(self) -> bool:
        """Whether all is well after every fault that there was."""
        if not self._pending or not self._is_whole(self._pending[-1].end_s):
            return not self._pending
        now_s = time.monotonic()
        for outcome in self._pending:
            outcome.whole_s = now_s - outcome.end_s
            self._note(str(outcome))
        self._pending = []
        return True

    def _is_whole(self, since_s: float = 0.0) -> bool:
        """Whether all processes are up, it says that it is well, and of every load something sent since was accepted.

        Right after a kill nobody has noticed yet that one is missing.
        """
        installation = self._ground.installation
        if any(installation.pid(name) == pid for name, pid in self._killed.items()):
            return False
        accepted = all(sender.account.newest_accepted_s > since_s for sender in self.senders)
        return accepted and installation.is_ready()

    def _judge(self, ledger: Ledger) -> None:
        for sender in self.senders:
            verdict = settled(sender.load.judge)
            account = dataclasses.asdict(sender.account)
            account["answers"] = dict(sorted(sender.account.answers.items()))
            for name in ("longest_wait_s", "longest_given_up_s"):
                account[name] = round(account[name], 2)
            del account["newest_accepted_s"]
            ledger.loads[sender.load.name] = {**account, **dataclasses.asdict(verdict)}

    def _tell(self) -> None:
        before = {sender.load.name: 0 for sender in self.senders}
        while not self._over.wait(TELL_EVERY_S):
            now = {sender.load.name: sender.account.accepted for sender in self.senders}
            rates = ", ".join(f"{name} {now[name] - before[name]:,}/s" for name in now)
            self._note(f"{self._present}; accepted: {rates}")
            before = now

    def _note(self, text: str) -> None:
        self._say(f"{time.monotonic() - self._began_s:6.0f} s  {text}")


def settled(judge: Callable[[], Verdict]) -> Verdict:
    """Return the verdict once nothing is missing, or once nothing more has come for `STORED_WITHIN_S`."""
    least, since_s = math.inf, time.monotonic()
    while True:
        verdict = judge()
        missing = verdict.lost + verdict.unfinished
        if missing < least:
            least, since_s = missing, time.monotonic()
        if not missing or time.monotonic() - since_s > STORED_WITHIN_S:
            return verdict
        time.sleep(JUDGE_EVERY_S)


def _sender(load: Load, url: str, rates: dict[str, float]) -> Sender:
    token = (settings.SECRETS_DIR / f"{load.key}.key").read_text().strip()
    return Sender(load, url, token, rates[load.name])


def table(ledger: Ledger) -> str:
    """Return the ledger for a person."""
    lines = [f"{len(ledger.happened)} faults"]
    lines += [f"  {outcome}" for outcome in ledger.outcomes if outcome.why_not or outcome.whole_s is None]
    for name, row in ledger.loads.items():
        answers = ", ".join(f"{code}: {count:,}" for code, count in row["answers"].items())
        lines += [
            f"{name}: {row['sent']:,} posts sent, answered {answers}",
            f"  {row['accepted']:,} accepted, {row['stored']:,} stored, {row['refused']:,} posts refused for good",
            f"  {row['lost']:,} lost, {row['doubled']:,} doubled, {row['unfinished']:,} not worked off yet",
            f"  longest wait of a post {row['longest_wait_s']:.1f} s",
            f"  {row['timed_out']:,} tries without an answer within {TIMEOUT_S:.0f} s",
        ]
        if row["given_up"]:
            lines.append(f"  {row['given_up']:,} given up at the end, after up to {row['longest_given_up_s']:.1f} s")
    lines.append(f"longest until whole again {ledger.longest_until_whole_s:.1f} s")
    return "\n".join(lines)


__all__ = ["EndedError", "Ledger", "Outcome", "Run", "table"]
