"""Secrets, settings, errors, lists, metrics, health: small things that everything stands on."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework import serializers

from console import heartbeat
from console.errors import Refused, Unavailable
from console.health import silent
from console.lists import CsvRenderer
from console.problems import problem, shown
from console.redis_clients import client
from console.secret import secret
from tests.conftest import NOON
from tests.stack import ROOT


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = secret(tmp_path / "secrets", "x")
    assert secret(tmp_path / "secrets", "x") == first
    assert len(first) >= 43
    assert stat.S_IMODE(os.stat(tmp_path / "secrets" / "x").st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOFT_PORT", "eighty"), ("LOFT_PORT", "70000"), ("LOFT_UNKNOWN_SERIALS", "perhaps"), ("LOFT_LANGUAGE", "fr")],
)
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path, name, value):
    done = subprocess.run(
        [sys.executable, "-c", "import console.settings"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "LOFT_HOME": str(tmp_path), name: value},
    )  # fmt: skip
    assert done.returncode != 0
    assert name in done.stderr


def test_refused_is_a_409_and_unavailable_a_503_that_says_when_to_try_again():
    assert problem(Refused("no"), {}).status_code == 409
    answer = problem(Unavailable("Redis is away", retry_after_s=3), {})
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert answer.data == {"type": "about:blank", "title": "Unavailable", "status": 503, "detail": "Redis is away"}


def test_a_nested_problem_is_named_by_its_path():
    class Point(serializers.Serializer):
        lat_deg = serializers.FloatField(max_value=90)

    class Path(serializers.Serializer):
        points = Point(many=True)

    class Request:
        data = {"points": [{"lat_deg": 1}, {"lat_deg": 91}]}

        class query_params:  # noqa: N801
            @staticmethod
            def dict():
                return {}

    path = Path(data=Request.data)
    with pytest.raises(serializers.ValidationError) as caught:
        path.is_valid(raise_exception=True)
    errors = problem(caught.value, {"request": Request()}).data["errors"]
    assert errors[0]["field"] == "points[1].lat_deg"
    assert errors[0]["value"] == 91


def test_a_value_is_repeated_in_short_and_as_json_can_carry_it():
    assert shown("x" * 500).endswith("…")
    assert shown(float("inf")) == "inf"
    json.dumps(shown({"a": object}))


def test_csv_disarms_formulas_and_keeps_chinese():
    text = CsvRenderer().render({"results": [{"name": "=1+1", "place": "港城区"}]}).decode("utf-8-sig")
    assert text == "name,place\r\n'=1+1,港城区\r\n"


def test_a_heartbeat_has_an_age_and_a_silent_one_is_named(empty_redis, monkeypatch):
    assert silent("engine", 5) == "engine has never been heard"
    heartbeat.beat("engine", NOON)
    assert heartbeat.age_s("engine", NOON + timedelta(seconds=7)) == pytest.approx(7)
    assert "was last heard" in silent("engine", 5)


def test_metrics_are_not_public(client, db):
    assert client.get("/metrics").status_code == 401


def test_readyz_names_what_is_missing(db, empty_redis, settings):
    from django.test import Client

    settings.LOFT_READINESS = [
        "console.health.redis_answers",
        "console.health.database_answers",
        "console.health.beat_beats",
    ]
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["wrong"] == {"beat_beats": "beat has never been heard"}


def test_redis_is_a_real_server():
    assert client().info("server")["redis_version"].split(".")[0].isdigit()


def test_metrics_say_when_each_part_was_heard(signed_in, empty_redis):
    heartbeat.beat("engine", timezone.now())
    text = signed_in("viewer").get("/metrics").content.decode()
    assert 'loft_heartbeat_age_seconds{part="engine"}' in text
    assert 'part="beat"' not in text
