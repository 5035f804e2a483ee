"""Reports that were accepted and could not be stored: an alarm, a command to look at them, and a way back."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from airspace import feeds
from airspace.actions.drone_alarms import PUT_ASIDE, look
from airspace.actions.tracking import dead_letter
from airspace.models import DeadLetter
from console.access.actor import HOME_PK, Actor
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry, OrganisationKind
from console.redis_clients import client
from network.models import Alarm
from tests.conftest import NOON
from tests.retention import deleted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]
NOON_MS = int(NOON.timestamp() * 1_000)
MANY = 250


def put_aside(number: int = 1, at=NOON, **changes) -> None:
    entry = feeds.Entry(**{"body": b"[1]", "form": "array", "key": 7, "received_ms": NOON_MS, **changes})
    dead_letter.keep(b"5-%d" % number, entry.raw(), "no such thing", at)


def run(*words: str) -> str:
    out = StringIO()
    call_command("deadletters", *words, stdout=out)
    return out.getvalue()


def test_the_list_says_when_whose_and_why():
    put_aside(1)
    put_aside(2, NOON + timedelta(hours=1))
    count, newest, oldest = run("list").splitlines()
    assert count == "2 put aside"
    assert newest.startswith("5-2")
    assert oldest.split() == ["5-1", "2026-06-01", "12:00:00", "operator", "3", "bytes:", "no", "such", "thing"]


def test_one_is_shown_as_it_was_sent():
    put_aside(body=b"[\xff]")
    assert run("show", "5-1") == "[\\xff]\n"
    with pytest.raises(CommandError, match="5-9 given; expected an entry"):
        run("show", "5-9")


def test_sent_again_it_is_the_entry_that_it_was_and_no_dead_letter_any_more():
    put_aside()
    assert run("again", "5-1") == "1 sent again\n"
    [(number, fields)] = client().xrange(feeds.STREAM)
    entry = feeds.Entry.read(number, fields)
    assert (entry.body, entry.form, entry.key, entry.received_ms, entry.organisation) == (
        b"[1]",
        "array",
        7,
        NOON_MS,
        HOME_PK,
    )
    assert DeadLetter.objects.count() == 0
    assert AuditEntry.objects.get(verb="sent dead letter again").subject == "entry 5-1"


def test_what_is_no_entry_stays_and_the_others_go():
    dead_letter.keep(b"5-0", {b"hello": b"world"}, "no field", NOON)
    put_aside()
    with pytest.raises(CommandError, match="entry 5-0 is not of the form"):
        run("again", "all")
    assert client().xlen(feeds.STREAM) == 1
    assert DeadLetter.objects.get().entry == "5-0"
    assert "hello" in run("show", "5-0")


def test_what_the_engine_puts_aside_again_at_once_goes_no_second_time(monkeypatch):
    """More than are read at once, so that SQLite would come by those that were put aside meanwhile."""
    for number in range(MANY):
        put_aside(number)
    append = client().xadd

    def refused_at_once(stream, fields):
        assert client().xlen(stream) < 2 * MANY, "it goes round and round"
        number = append(stream, fields)
        raw = {name.encode(): word if isinstance(word, bytes) else str(word).encode() for name, word in fields.items()}
        dead_letter.keep(number, raw, "no such thing", NOON + timedelta(seconds=1))
        return number

    monkeypatch.setattr(client(), "xadd", refused_at_once)
    assert run("again", "all") == f"{MANY} sent again\n"
    assert DeadLetter.objects.exclude(entry__startswith="5-").count() == MANY


def test_at_the_limit_of_redis_nothing_is_sent_and_nothing_lost():
    put_aside()
    client().config_set("maxmemory", 1)
    try:
        with pytest.raises(CommandError, match="0 sent again; Redis takes no more for now"):
            run("again", "all")
    finally:
        client().config_set("maxmemory", "1gb")
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_it_is_an_alarm_of_those_who_run_the_network_for_a_day_or_until_it_is_stored(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    active = Alarm.objects.active().filter(problem=PUT_ASIDE.code)
    put_aside(1)
    put_aside(2)
    look(NOON)
    alarm = active.get()
    assert (alarm.organisation_id, alarm.severity) == (HOME_PK, "major")
    assert (alarm.detail["count"], alarm.detail["entry"], alarm.detail["reason"]) == (2, "5-2", "no such thing")
    DeadLetter.objects.all().delete()
    look(NOON + timedelta(seconds=10))
    assert not active.exists()


def test_they_are_kept_for_ninety_days():
    put_aside()
    assert deleted("dead letters", NOON + timedelta(days=89)) == 0
    assert deleted("dead letters", NOON + timedelta(days=91)) == 1


def test_another_organisation_sees_none_of_them():
    other = add_organisation(SYSTEM, "other", "Other", "Other", [OrganisationKind.DRONE_OPERATOR], NOON)
    put_aside(1)
    put_aside(2, organisation=other.pk)
    theirs = Actor("theirs", organisation=other.pk, sees=frozenset({other.pk}))
    assert [letter.entry for letter in DeadLetter.objects.visible_to(theirs)] == ["5-2"]
