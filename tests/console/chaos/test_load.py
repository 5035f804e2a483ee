"""The load: every answer counts, and what is not answered for good is sent again."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from console.chaos.load import AGAIN_AFTER_S, Sender, Verdict, loads
from console.chaos.plan import Fault, Kind
from console.chaos.run import Ledger, Outcome, table
from tests.waiting import wait_until


class Server(ThreadingHTTPServer):
    """Answers with what it is told, then with 202."""

    def __init__(self, codes: list[int]) -> None:
        self.codes, self.bodies = codes, []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append((self.headers["Authorization"], json.loads(body)))
        code = self.server.codes.pop(0) if self.server.codes else 202
        if code == 0:
            return  # the line is closed without an answer
        text = b'{"accepted": 2}'
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


class Pairs:
    name, key, items = "pairs", "demo-fleet", 2

    def begin(self, ask) -> None:
        pass

    def post(self, at_ms):
        return "/pairs", [{"at": at_ms}]

    def accepted(self, at_ms, answer) -> int:
        return answer["accepted"]

    def judge(self) -> Verdict:
        return Verdict(0, 0, 0)


@pytest.fixture
def run():
    def with_codes(*codes: int, until=None):
        is_enough = until or (lambda bodies: len(bodies) > len(codes) + 5)
        with Server(list(codes)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            sender = Sender(Pairs(), server.url, "a token", rate=100, threads=1)
            sender.start()
            wait_until(lambda: is_enough(server.bodies), "enough was sent")
            sender.stop()
            server.shutdown()
            return sender.account, server.bodies

    return with_codes


def test_all_is_counted_and_sent_with_the_key(run):
    account, bodies = run()
    assert account.sent == len(bodies) == account.answers["202"]
    assert account.accepted == 2 * account.sent
    assert {token for token, _ in bodies} == {"Bearer a token"}


def test_a_post_waits_from_its_first_try_until_it_is_answered_for_good(run):
    account, _ = run(503, 503, 503)
    assert account.longest_wait_s >= 3 * AGAIN_AFTER_S
    assert (account.timed_out, account.given_up) == (0, 0)


def test_what_the_end_of_the_run_cuts_short_is_given_up(run):
    account, _ = run(*[503] * 5, until=lambda bodies: len(bodies) == 3)
    assert (account.given_up, account.accepted) == (1, 0)
    assert account.longest_given_up_s >= AGAIN_AFTER_S
    assert account.longest_wait_s == 0


@pytest.mark.parametrize("code", [0, 429, 500, 503])
def test_what_is_not_taken_now_is_sent_again_as_it_was(run, code):
    account, bodies = run(code, code)
    assert bodies[0] == bodies[1] == bodies[2]
    assert account.answers["no answer" if code == 0 else str(code)] == 2
    assert account.accepted == 2 * account.sent
    assert account.refused == 0


def test_what_is_refused_for_good_is_not_sent_again(run):
    account, bodies = run(400)
    assert bodies[0] != bodies[1]
    assert (account.refused, account.answers["400"]) == (1, 1)


def test_no_two_posts_have_the_same_time(run):
    _, bodies = run()
    assert max(Counter(body[0]["at"] for _, body in bodies).values()) == 1


def test_apps_bring_their_loads():
    assert [load.name for load in loads()] == ["positions", "readings"]


def row(**values: int) -> dict[str, object]:
    return {
        "sent": 2, "accepted": 20, "refused": 0, "answers": {"202": 2}, "longest_wait_s": 1.5, "timed_out": 0,
        "given_up": 0, "longest_given_up_s": 0.0, "stored": 20, "lost": 0, "doubled": 0, "unfinished": 0, **values,
    }  # fmt: skip


def fault(at_s: float = 1.0) -> Fault:
    return Fault(at_s, Kind.KILL, "web")


WRONG = [({}, True), ({"lost": 1}, False), ({"doubled": 1}, False), ({"refused": 1}, False)]


@pytest.mark.parametrize(("wrong", "is_good"), WRONG)
def test_a_ledger_is_good_where_nothing_was_lost_doubled_or_refused_for_good(wrong, is_good):
    outcomes = [Outcome(fault(), whole_s=0.5), Outcome(fault(), whole_s=2.25)]
    ledger = Ledger(outcomes, {"positions": row(), "readings": row(**wrong)})
    plain = ledger.as_plain()
    assert plain["good"] is is_good
    assert (plain["lost"], plain["doubled"]) == (wrong.get("lost", 0), wrong.get("doubled", 0))
    assert (plain["longest_wait_s"], plain["longest_until_whole_s"]) == (1.5, 2.2)
    assert "20 accepted, 20 stored" in table(ledger)


def test_a_fault_after_which_it_was_never_whole_is_no_good_and_has_no_time():
    ledger = Ledger([Outcome(fault(), whole_s=0.5), Outcome(fault())], {"positions": row()})
    assert not ledger.is_good
    assert (ledger.not_whole, ledger.longest_until_whole_s) == (1, 0.5)
    assert "kill web: NOT whole again" in table(ledger)


def test_a_fault_that_could_not_happen_counts_as_none_and_says_why():
    ledger = Ledger([Outcome(fault(), "it is away"), Outcome(fault(), whole_s=1.0)], {"positions": row()})
    assert ledger.is_good
    plain = ledger.as_plain()
    assert (plain["faults"], plain["could_not_happen"]) == (["kill web"], ["kill web: could not happen: it is away"])
    assert "1 faults\n  kill web: could not happen: it is away" in table(ledger)


def test_how_long_a_fault_took_counts_where_no_other_followed_meanwhile():
    ledger = Ledger([Outcome(fault(), whole_s=9.0, is_followed=True), Outcome(fault(), whole_s=3.0)])
    assert ledger.longest_until_whole_s == 3.0


def test_a_wait_that_the_end_of_the_run_cut_short_is_told_apart():
    ledger = Ledger([], {"positions": row(given_up=1, longest_given_up_s=7.0)})
    plain = ledger.as_plain()
    assert (plain["longest_wait_s"], plain["is_wait_cut"]) == (7.0, True)
    assert "1 given up at the end, after up to 7.0 s" in table(ledger)


def test_a_ledger_without_a_load_is_not_good():
    assert not Ledger().is_good
