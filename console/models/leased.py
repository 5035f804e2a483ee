"""Rows that a worker takes: under a claim, for as long as its lease lasts, and ended by the claim's holder alone.

Every change is a conditional update of the row as it was read: whoever comes second, or too late, changes nothing.
Nobody asks what became of a worker: a lease that ran out may be taken again.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from console.models.access.organisation import ScopedQuerySet

Row = TypeVar("Row", bound="Leased")
MOST_TRIED = 20
"""So often the next row is sought anew when somebody else was quicker to take it."""


class LeasedQuerySet(ScopedQuerySet[Row]):
    """Ways to pick rows that workers take."""

    def open(self) -> Self:
        """Return those that have not ended."""
        return self.filter(self.model.open_if)

    def free(self, now: datetime) -> Self:
        """Return those that may be taken: nobody has them, or whoever has them let the lease run out."""
        return self.open().filter(Q(claim=None) | Q(look_again_at__lt=now), self.model.takable_if(now))

    def lost(self, now: datetime) -> Self:
        """Return those that somebody has to look after: the lease ran out, or no worker came."""
        return self.open().filter(look_again_at__lt=now)

    def take(self, pk: object, now: datetime) -> Row | None:
        """Claim the row of a key; None when somebody else has it, it ended or is none of these."""
        row = self.free(now).filter(pk=pk).first()
        return row if row is not None and row.seize(now) else None

    def take_next(self, now: datetime) -> Row | None:
        """Claim the first of these rows, in their order, that nobody else is quicker to claim."""
        for _ in range(MOST_TRIED):
            row = self.free(now).first()
            if row is None or row.seize(now):
                return row
        return None


class Leased(models.Model):
    """A row that one worker at a time has. Its model's `objects` are a `LeasedQuerySet`.

    `claim` is the token of the worker that has it. At `look_again_at` the lease ends; of a row that nobody has it is
    the time by which a worker should have come.
    """

    claim = models.UUIDField(null=True, blank=True)
    look_again_at = models.DateTimeField(null=True, blank=True)

    lease: ClassVar[timedelta]
    open_if: ClassVar[Q] = Q()
    """What holds of a row that has not ended."""

    class Meta:
        abstract = True

    @classmethod
    def takable_if(cls, now: datetime) -> Q:  # noqa: ARG003  a subclass may go by the time
        """Return what else has to hold of a row that a worker may take."""
        return Q()

    def at_start(self, now: datetime) -> dict[str, Any]:
        """Return what else changes when a worker takes it."""
        return {}

    def seize(self, now: datetime) -> bool:
        """Claim it as it was read, if it may still be taken; return False when somebody was quicker."""
        is_free = self._unchanged() & self.takable_if(now)
        return self._change(is_free, claim=uuid4(), look_again_at=now + self.lease, **self.at_start(now))

    def renew(self, now: datetime, **news: Any) -> bool:
        """Keep the claim for another lease, and write what is new; return False when the claim was lost."""
        return self._change(self._mine(), look_again_at=now + self.lease, **news)

    def let_go(self, until: datetime | None = None, **news: Any) -> bool:
        """Give the claim back, to be looked at again at a time; return False when it was lost meanwhile."""
        return self._change(self._mine(), claim=None, look_again_at=until, **news)

    def _mine(self) -> Q:
        return self.open_if & Q(claim=self.claim, claim__isnull=False)

    def _unchanged(self) -> Q:
        return self.open_if & Q(claim=self.claim, look_again_at=self.look_again_at)

    def _change(self, condition: Q, **fields: Any) -> bool:
        if not type(self)._default_manager.filter(condition, pk=self.pk).update(**fields):  # noqa: SLF001  its `objects`
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True


class LeasedOrder(Leased):
    """Work that is asked for once and ends once. It has a `state`; one whose worker was lost waits again, so often."""

    attempts = models.PositiveIntegerField(default=0)

    waiting: ClassVar[str]
    under_way: ClassVar[str]
    given_up: ClassVar[str]
    """The states before a worker has it, while one has it, and after workers were lost too often."""
    most_attempts: ClassVar[int | None] = None
    queued_for: ClassVar[timedelta | None] = None
    """After so long without a worker its message counts as lost; None: it waits for its turn."""
    problem_field: ClassVar[str] = "problem"

    class Meta(Leased.Meta):
        abstract = True

    @classmethod
    def takable_if(cls, now: datetime) -> Q:  # noqa: ARG003  a subclass may go by the time
        """Return that it was not taken too often."""
        return Q() if cls.most_attempts is None else Q(attempts__lt=cls.most_attempts)

    def at_start(self, now: datetime) -> dict[str, Any]:
        """Return that it is under way; the attempt counts before it is made, so that it ends whatever kills workers."""
        return {"state": self.under_way, "attempts": self.attempts + 1}

    def at_end(self, state: str, now: datetime) -> dict[str, Any]:
        """Return what else changes when it ends."""
        return {"state": state, "ended_at": now, "claim": None, "look_again_at": None}

    def next_look(self, now: datetime) -> datetime | None:
        """Return by when a worker should have come, if it is sent to one now."""
        return None if self.queued_for is None else now + self.queued_for

    def end(self, state: str, now: datetime, **fields: Any) -> bool:
        """End it, unless the claim was lost meanwhile; return whether it was ended."""
        return self._change(self._mine(), **{**self.at_end(state, now), **fields})

    def let_go(self, until: datetime | None = None, **news: Any) -> bool:
        """Give the claim back: it waits again, and is sent again at a time; return False when it was lost meanwhile."""
        return super().let_go(until, state=self.waiting, **news)

    def requeue(self, now: datetime, **fields: Any) -> bool:
        """Let it wait for another worker; return False when it ended or went on meanwhile."""
        return self._change(
            self._unchanged(), state=self.waiting, claim=None, look_again_at=self.next_look(now), **fields
        )

    def give_up(self, now: datetime, problem: str) -> bool:
        """End it without a worker; return False when it ended or went on meanwhile."""
        return self._change(self._unchanged(), **self.at_end(self.given_up, now), **{self.problem_field: problem})

    def worn_out(self) -> str:
        """Return why no other worker is to try; empty where one is."""
        is_worn = self.most_attempts is not None and self.attempts >= self.most_attempts
        return f"its worker was lost {self.attempts} times" if is_worn else ""

    def _unchanged(self) -> Q:
        return super()._unchanged() & Q(attempts=self.attempts)
