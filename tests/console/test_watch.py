"""Looks of the web process go on, whatever becomes of one of them."""

import pytest
from redis.exceptions import OutOfMemoryError

from console import live, watch
from console.frames import FRAMES_CHANNEL

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


class Next(Full):
    def look(self, now):
        seen.append("next")
        if seen.count("next") == 2:
            raise Enough


@pytest.mark.django_db(transaction=True)
async def test_a_look_that_fails_ends_neither_the_others_nor_itself(settings, caplog):
    settings.LOFT_WATCHES = [f"{__name__}.Full", f"{__name__}.Next"]
    seen.clear()
    with pytest.raises(Enough):
        await watch.watch(0.01)
    assert seen == ["full", "next"] * 2
    assert "a look failed" in caplog.text


def test_a_malformed_message_does_not_end_the_line_for_everybody(caplog):
    live._take(FRAMES_CHANNEL.encode(), b"\x01")
    assert "could not read a message" in caplog.text


async def test_a_line_that_fails_in_an_unforeseen_way_is_opened_again(monkeypatch, caplog):
    begun = []

    async def follow():
        begun.append(1)
        raise Enough if len(begun) == 3 else KeyError("channel")

    monkeypatch.setattr(live, "_follow", follow)
    monkeypatch.setattr(live, "RETRY_AFTER_S", 0.001)
    with pytest.raises(Enough):
        await live.listen()
    assert "the line to Redis failed" in caplog.text
