"""What follows a stored change, such as a message that hands it over: done after the commit, and it cannot undo it.

Who changed something is answered by what was stored. If what follows fails (the broker is away), it is logged, and what
looks after such rows (a lease, a schedule) does it later.
"""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from django.db import transaction

Given = ParamSpec("Given")


def after_commit(do: Callable[Given, object], *args: Given.args, **kwargs: Given.kwargs) -> None:
    """Call a function once the transaction is committed; at once outside of one. What it raises is logged only."""
    deed = partial(do, *args, **kwargs)
    # Django names it so in its log, and fails where it cannot: a partial has no name of its own
    vars(deed)["__qualname__"] = getattr(do, "__qualname__", repr(do))
    transaction.on_commit(deed, robust=True)
