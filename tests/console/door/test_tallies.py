"""Events counted in memory: few rows for many events, and strangers take no room of others."""

from datetime import timedelta

from console.door.tallies import OTHERS, SPAN, Sort, Tallies
from tests.conftest import NOON

STRANGER, KNOWN = (
    Sort("was refused", "GET /x", "anonymous", "192.0.2.1"),
    Sort("was refused", "GET /x", "li.na", person=7),
)


def written(tallies: Tallies, now=NOON) -> list[tuple[str, int]]:
    rows = [(tally.sort.actor, tallies.claim(tally)) for tally in tallies.due(now)]
    tallies.close(now)
    return rows


def from_addresses(tallies: Tallies, count: int, now=NOON) -> None:
    for number in range(count):
        tallies.note(Sort("was refused", "GET /x", "anonymous", f"2001:db8::{number:x}"), now)


def test_a_sort_is_due_at_once_and_again_when_its_minute_is_over():
    tallies = Tallies()
    tallies.note(STRANGER, NOON)
    assert written(tallies) == [("anonymous", 1)]
    for _ in range(999):
        tallies.note(STRANGER, NOON)
    assert written(tallies) == []
    assert written(tallies, NOON + SPAN) == [("anonymous", 999)]
    assert len(tallies) == 0


def test_a_thousand_addresses_leave_twenty_rows_and_one_number():
    tallies = Tallies()
    from_addresses(tallies, 1_000)
    rows = written(tallies)
    assert (len(rows), rows[-1]) == (21, (OTHERS, 980))


def test_an_hour_has_room_for_two_hundred_sorts():
    tallies = Tallies()
    rows = []
    for minute in range(59):
        from_addresses(tallies, 1_000, NOON + minute * SPAN)
        rows += written(tallies, NOON + minute * SPAN)
    assert sum(actor != OTHERS for actor, _ in rows) == 400  # each once as it began and once when its minute was over
    assert sum(count for _, count in rows) + tallies.note(STRANGER, NOON).count - 1 >= 58_000
    from_addresses(tallies, 1, NOON + timedelta(hours=1))
    assert ("anonymous", 1) in written(tallies, NOON + timedelta(hours=1))


def test_strangers_use_up_no_room_of_those_who_are_known():
    tallies = Tallies()
    from_addresses(tallies, 1_000)
    assert tallies.note(KNOWN, NOON).sort == KNOWN


def test_what_could_not_be_written_stays_counted():
    tallies = Tallies()
    tally = tallies.note(STRANGER, NOON)
    tallies.give_back(tally, tallies.claim(tally))
    assert written(tallies, NOON + 5 * SPAN) == [("anonymous", 1)]


def test_two_threads_do_not_both_write_a_tally():
    tallies = Tallies()
    tally = tallies.note(STRANGER, NOON)
    assert (tallies.claim(tally), tallies.claim(tally)) == (1, 0)


def test_a_flood_of_refusals_hides_no_failed_sign_in():
    tallies = Tallies()
    for minute in range(15):
        from_addresses(tallies, 1_000, NOON + minute * SPAN)
        written(tallies, NOON + minute * SPAN)
    failed = Sort("failed to sign in", "person admin", "anonymous", "192.0.2.9")
    assert tallies.note(failed, NOON + 15 * SPAN).sort == failed


def test_of_known_callers_without_room_only_their_number_is_kept():
    tallies = Tallies(most_per_span=1)
    tallies.note(KNOWN, NOON)
    for number in range(3):
        tallies.note(Sort("was refused", f"GET /{number}", f"p{number}", "192.0.2.1", number, None, 5), NOON, "who")
        tallies.note(Sort("was refused", f"GET /{number}", f"k{number}", None, None, number, 6), NOON, "who")
    known, others = tallies.due(NOON)
    assert known.sort == KNOWN
    assert (others.sort, others.count) == (Sort("was refused", OTHERS, OTHERS, None, None, None, 1), 6)
    assert others.who is None


def test_a_tally_says_since_when_until_when_and_who():
    tallies = Tallies()
    tallies.note(STRANGER, NOON, "who")
    tally = tallies.note(STRANGER, NOON + timedelta(seconds=7), "another")
    assert (tally.first_at, tally.last_at, tally.who) == (NOON, NOON + timedelta(seconds=7), "who")
    assert tallies.note(KNOWN, NOON).last_at == NOON


def test_what_is_written_and_came_no_more_is_not_due_again():
    tallies = Tallies()
    tallies.claim(tallies.note(STRANGER, NOON))
    assert tallies.due(NOON + SPAN) == []


def test_with_the_hour_the_whole_room_of_an_hour_is_there_again():
    tallies = Tallies(most_per_h=2)
    for hour in range(2):
        from_addresses(tallies, 5, NOON + timedelta(hours=hour))
        assert written(tallies, NOON + timedelta(hours=hour)) == [("anonymous", 1), ("anonymous", 1), (OTHERS, 3)]
        assert written(tallies, NOON + timedelta(hours=hour) + SPAN) == []


def test_a_clock_that_is_set_back_holds_nothing_back_for_so_long():
    tallies = Tallies(most_per_h=2)
    from_addresses(tallies, 5)
    written(tallies)
    tallies.note(Sort("was refused", "GET /x", "anonymous", "2001:db8::0"), NOON)
    back = NOON - timedelta(hours=1)
    assert written(tallies, back) == [("anonymous", 1)]
    assert len(tallies) == 0
    from_addresses(tallies, 1, back)
    assert written(tallies, back) == [("anonymous", 1)]
