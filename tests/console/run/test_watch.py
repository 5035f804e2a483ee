"""Looks of the web process go on, whatever becomes of one of them."""

import asyncio
import threading

import pytest
from redis.exceptions import OutOfMemoryError

from console.live import live
from console.live.frames import FRAMES_CHANNEL
from console.run import watch
from tests.waiting import PATIENCE_S

seen: list[str] = []


class Enough(BaseException):
    """Ends the loop of a test."""


class Full:
    """A look that finds Redis full."""

    def __init__(self, now):
        pass

    def look(self, now):
        seen.append("full")
        raise OutOfMemoryError("command not allowed when used memory > 'maxmemory'")


class Broken(Full):
    """A look with a fault of its own."""

    def look(self, now):
        seen.append("broken")
        raise KeyError("unforeseen")


class Next(Full):
    def look(self, now):
        seen.append("next")
        if seen.count("next") == 2:
            raise Enough


@pytest.mark.django_db(transaction=True)
async def test_a_look_that_fails_ends_neither_the_others_nor_itself(settings, caplog):
    settings.LOFT_WATCHES = [f"{__name__}.{name}" for name in ("Full", "Broken", "Next")]
    seen.clear()
    with pytest.raises(Enough):
        await watch.watch(0.01)
    assert seen == ["full", "broken", "next"] * 2
    assert "could not look: command not allowed" in caplog.text
    assert "a look failed" in caplog.text


class Hanging(Full):
    """A look that waits for a share that does not answer, until `answers`."""

    answers = threading.Event()

    def look(self, now):
        seen.append("hanging")
        self.answers.wait(PATIENCE_S)


class Then(Full):
    """Lets it go on at its third look, and ends the test at its sixth."""

    def look(self, now):
        seen.append("then")
        if seen.count("then") == 3:
            Hanging.answers.set()
        if seen.count("then") >= 6 and seen.count("hanging") > 1:
            raise Enough


@pytest.mark.django_db(transaction=True)
async def test_a_look_that_hangs_holds_up_no_other_and_is_made_again_once_it_has_ended(settings, monkeypatch, caplog):
    settings.LOFT_WATCHES = [f"{__name__}.{name}" for name in ("Hanging", "Then")]
    monkeypatch.setattr(watch, "LOOK_WITHIN_S", 0.05)
    seen.clear()
    Hanging.answers.clear()
    with pytest.raises(Enough):
        await asyncio.wait_for(watch.watch(0.01), PATIENCE_S)
    assert seen[:4] == ["hanging", "then", "then", "then"]
    assert "the others go on: tests.console.run.test_watch.Hanging" in caplog.text


def test_a_malformed_message_does_not_end_the_line_for_everybody(caplog):
    live._take(FRAMES_CHANNEL.encode(), b"\x01")
    assert "could not read a message" in caplog.text


async def test_a_line_that_fails_in_an_unforeseen_way_is_opened_again(monkeypatch, caplog):
    begun = []

    async def follow(opened):
        begun.append(1)
        raise Enough if len(begun) == 3 else KeyError("channel")

    monkeypatch.setattr(live, "_follow", follow)
    monkeypatch.setattr(live, "RETRY_AFTER_S", 0.001)
    with pytest.raises(Enough):
        await live.listen()
    assert "the line to Redis failed" in caplog.text
