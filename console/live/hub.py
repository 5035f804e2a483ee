"""The way from an action to every browser: low-rate events over Redis, after the commit.

An event is a frozen dataclass that carries the whole object and its time, so that the newest wins. Positions of drones
do not come this way: see `console.live.frames`.
"""

import dataclasses
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from console.after_commit import after_commit
from console.redis_clients import GONE, client

log = logging.getLogger(__name__)

FRAMES_TOPIC = "map"
EVENTS_CHANNEL = "loft.events"
RIGHTS: dict[str, str] = {FRAMES_TOPIC: "airspace.view_drone"}
"""Right that a person needs for each topic. `Event` subclasses add theirs when their app's `events.py` is loaded."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something browsers are told. `topic` is whom to tell, `right` is who may hear it.

    `organisation` owns what it is about: only who may see that organisation's rows hears it; None is for everyone. It
    has no default, so that nobody forgets whose news it is.
    """

    topic: ClassVar[str] = ""
    right: ClassVar[str] = ""
    at: datetime
    organisation: int | None

    def __init_subclass__(cls) -> None:
        """Register the topic and its right, refusing two rights for one topic."""
        super().__init_subclass__()
        if RIGHTS.setdefault(cls.topic, cls.right) != cls.right:
            raise TypeError(f"{cls.__name__}: topic {cls.topic} already needs {RIGHTS[cls.topic]}, not {cls.right}")

    def as_json(self) -> str:
        """Return the event as browsers receive it: its fields and its `type`."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del fields["organisation"]
        return json.dumps({"type": type(self).__name__, "topic": self.topic, **fields}, default=_plain)


_muted = ContextVar("muted", default=False)


@contextmanager
def muted() -> Iterator[None]:
    """Tell nobody meanwhile: for what happens before the first page can be open."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


def publish(event: Event) -> None:
    """Tell everyone who listens to the event's topic, once the transaction has committed."""
    if _muted.get():
        return
    after_commit(_send, event)


def _send(event: Event) -> None:
    try:
        owner = "" if event.organisation is None else event.organisation
        client().publish(EVENTS_CHANNEL, f"{event.topic}\n{owner}\n{event.as_json()}")
    except GONE as reason:  # a dead hub must not fail a committed write; pages fetch the gap when they reconnect
        log.warning("could not tell the browsers of %s: %s", type(event).__name__, reason)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be told to browsers")
