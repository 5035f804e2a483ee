"""The demo factory: believable machines, and a client that keeps trying."""

import httpx
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from industry.kernels.catalogue.machinery import new_mill, reading, step
from industry.management.commands import factory as command
from industry.serializers.reading import input_problems


def life(count: int, seed: int = 1) -> list[dict]:
    rng = np.random.default_rng(seed)
    mill, rows = new_mill("mill-01", rng), []
    for _ in range(count):
        mill = step(mill, rng)
        rows.append(reading(mill, rng))
    return rows


def test_every_reading_is_one_that_the_api_takes():
    assert [list(input_problems(row)) for row in life(1000)] == [[]] * 1000


def test_wear_grows_until_the_tool_is_changed_between_200_and_245_minutes():
    wear = np.array([row["tool_wear_min"] for row in life(1000)])
    changes = np.flatnonzero(np.diff(wear) < 0)
    assert len(changes) >= 3
    assert np.all((wear[changes] > 197) & (wear[changes] <= 246))
    assert wear[changes + 1].max() == 0


def test_torque_and_speed_trade_off_at_about_six_kilowatts():
    rows = life(500)
    power_w = np.array([row["torque_nm"] * row["rotational_speed_rpm"] * 2 * np.pi / 60 for row in rows])
    assert np.median(power_w) == pytest.approx(6280, rel=0.03)


def test_the_same_seed_makes_the_same_machines():
    assert life(50, seed=3) == life(50, seed=3) != life(50, seed=4)


def line(*answers: object) -> tuple[httpx.Client, list[httpx.Request]]:
    waiting, seen = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        given = waiting.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return httpx.Client(base_url="http://loft", transport=httpx.MockTransport(answer)), seen


@pytest.fixture
def slept(monkeypatch):
    naps: list[float] = []
    monkeypatch.setattr(command.time, "sleep", naps.append)
    return naps


def test_a_busy_or_absent_server_is_asked_again_with_the_same_key(slept):
    taken = httpx.Response(202, json={"refused": []})
    caller, seen = line(httpx.Response(503, headers={"Retry-After": "3"}), httpx.ConnectError("gone"), taken)
    assert command.send(caller, "/api/v1/factories/works/readings", []) == {"refused": []}
    assert slept == [3.0, 1.0]
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1


def test_a_refusal_ends_with_the_servers_words(slept):
    caller, _ = line(httpx.Response(403, json={"detail": "no scope"}))
    with pytest.raises(CommandError, match="no scope"):
        command.send(caller, "/api/v1/factories/works/readings", [])


@pytest.mark.parametrize("words", [{"machines": "0"}, {"rate": "-1"}, {"batches": "x"}])
def test_a_wrong_argument_is_refused(words):
    with pytest.raises(CommandError):
        call_command("factory", *(f"--{name}={value}" for name, value in words.items()))


def test_without_a_key_it_says_what_to_do(settings, tmp_path):
    settings.SECRETS_DIR = tmp_path
    with pytest.raises(CommandError, match="expected --key, or `prepare` first"):
        call_command("factory")


@pytest.mark.django_db
def test_each_demo_factory_is_fed_by_the_key_of_its_organisation(settings, tmp_path):
    from django.utils import timezone

    from console.actions.access.apikey import find_key
    from console.actions.demo import build_people
    from console.models import Organisation

    settings.SECRETS_DIR = tmp_path
    build_people(timezone.now())
    for row in command.FACTORIES:
        key = find_key(command._demo_token(row[0]), timezone.now())
        assert key is not None
        assert key.organisation == Organisation.objects.get(slug=row[-1]).pk
