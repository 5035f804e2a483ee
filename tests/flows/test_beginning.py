"""The first minutes of a healthy Loft, and of one that is started again: what it caused itself is no breach.

First of the flows, while nobody has broken anything in the shared installation yet.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from console.access.roles import ROLES
from tests.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.stack]
MINUTE = timedelta(minutes=1)
SLOW = (
    "Round-trip time above its objective",
    "Error budget burns: round-trip time",
    "Error budget burns: jitter",
    "The probe is too slow to measure",
)
PERSON = re.compile(r"^  (?:sign in as|or as) +(\S+) +password (in )?(\S+)$", re.MULTILINE)


def passwords(stack: Stack) -> dict[str, str]:
    """Return who signs in with what, as somebody reads it who starts Loft."""
    shown = PERSON.findall((stack.home / "up.log").read_text())
    return {name: Path(word).read_text().removesuffix("\n") if is_file else word for name, is_file, word in shown}


def signed_in(caller: httpx.Client, form: dict[str, str]) -> httpx.Response:
    """Send the form; again while the page says that it is busy, as a machine that just starts everything may be."""

    def sent() -> httpx.Response | None:
        answer = caller.post("/login", data=form, headers={"Referer": f"{caller.base_url}/login"})
        return answer if answer.status_code != 503 else None

    return wait_until(sent, "somebody looks at the password", every_s=1)


def test_the_pages_of_the_very_first_start_have_their_styles_scripts_and_words(tmp_path):
    with (
        Stack(tmp_path / "home").running(is_first=True) as stack,
        httpx.Client(base_url=stack.url, timeout=30) as caller,
    ):
        page = caller.get("/login", headers={"Accept-Language": "zh-hans"}).text
        assert "登录" in page
        files = set(re.findall(r'/static/[^"\' >#]+', page))
        assert {name.rpartition(".")[2] for name in files} >= {"css", "js", "svg"}
        assert {name: answer.status_code for name in files if (answer := caller.get(name)).status_code != 200} == {}
        script = next(name for name in files if "/console/" in name and name.endswith(".js"))
        assert re.search(r"\.[0-9a-f]{12}\.js$", script)
        assert (
            caller.get("/i18n/catalogue.json", headers={"Accept-Language": "zh-hans"}).json()["catalog"]["Drone"]
            == "无人机"
        )


def test_every_demo_person_signs_in_over_the_login_page_with_what_is_printed(stack):
    people = passwords(stack)
    assert sorted(people) == sorted(ROLES)
    for name, password in people.items():
        with httpx.Client(base_url=stack.url, timeout=30) as caller:
            page = caller.get("/login").text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
            form = {"csrfmiddlewaretoken": token, "username": name, "password": password}
            answer = signed_in(caller, form)
            assert (answer.status_code, "sessionid" in caller.cookies) == (302, True), name


def test_a_healthy_start_has_no_breach_no_alarm_and_no_minute_of_outage(stack):
    until_all_is_met(stack)
    first = "SELECT COUNT(*) FROM network_servicecount WHERE span_s = 60"
    wait_until(lambda: stack.query(first)[0][0], "the first minute is counted", timeout_s=200, every_s=1)
    assert wrong(stack, started_at(stack)) == []
    assert unknown_s_of_the_first_minute(stack) > 0


def test_neither_has_a_second_start_nor_a_restart_of_what_measures_or_is_measured(stack):
    stack.stop()
    stack.start()
    until_all_is_met(stack)
    assert wrong(stack, started_at(stack)) == []
    for name in ("basestations", "worker-probes"):
        since = datetime.now(UTC)
        stack.kill(name)
        wait_until(lambda: met(stack) == 0, "the sites are unknown", every_s=0.2)
        until_all_is_met(stack)
        assert wrong(stack, since) == []


def until_all_is_met(stack: Stack) -> None:
    probed = stack.query("SELECT COUNT(*) FROM network_site WHERE probe_port IS NOT NULL")[0][0]
    wait_until(lambda: met(stack) == probed, "every site is available", timeout_s=120, every_s=0.5)


def met(stack: Stack) -> int:
    """Return of how many sites the availability is known and met."""
    return stack.query(
        "SELECT COUNT(*) FROM network_agreement "
        "WHERE metric = 'availability' AND kind = 'site' AND ended_at IS NULL AND state = 'met'"
    )[0][0]


def wrong(stack: Stack, since: datetime) -> list:
    """Return what began within a minute: breaches, alarms, and minutes in which somebody was counted as away.

    Without slowness: on a machine that does much else what is measured may truly be slow, start or no start.
    """
    breaches = stack.query(
        "SELECT b.started_at, a.key, a.metric FROM network_breach b JOIN network_agreement a ON a.id = b.agreement_id "
        "WHERE a.metric <> 'rtt_p99'"
    )
    alarms = stack.query("SELECT started_at, specific_problem, subject, detail FROM network_alarm")
    away = stack.query(
        "SELECT c.started_at, a.kind, a.key, c.good, c.total FROM network_servicecount c "
        "JOIN network_agreement a ON a.id = c.agreement_id "
        "WHERE a.metric = 'availability' AND c.span_s = 60 AND c.good < c.total"
    )
    rows = [*breaches, *(row for row in alarms if row[1] not in SLOW), *away]
    return [row for row in rows if timedelta() <= time_of(row[0]) - since < MINUTE]


def time_of(value: str | datetime) -> datetime:
    """Return a time as either database hands it out."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def started_at(stack: Stack) -> datetime:
    """Return when it was started, as it notes itself."""
    return datetime.fromisoformat((stack.home / "run" / "loft.started").read_text().strip())


def unknown_s_of_the_first_minute(stack: Stack) -> float:
    rows = (
        "SELECT MIN(c.unknown_s) FROM network_servicecount c JOIN network_agreement a ON a.id = c.agreement_id WHERE "
        "a.kind = 'site' AND c.span_s = 60 AND c.started_at = (SELECT MIN(started_at) FROM network_servicecount)"
    )
    return stack.query(rows)[0][0]
