"""Secrets, settings, errors, lists, metrics, health: small things that everything stands on."""

import json
import os
import re
import stat
import subprocess
import sys

import pytest
from django.utils import timezone
from rest_framework import serializers

from console.access.secret import secret
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.errors import Refused, Unavailable
from console.health import silent
from console.redis_clients import client
from console.rest.handler import problem
from console.rest.lists import CsvRenderer
from console.rest.problem import shown
from console.run import heartbeat
from tests.stack import ROOT


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = secret(tmp_path / "secrets", "x")
    assert secret(tmp_path / "secrets", "x") == first
    assert len(first) >= 43
    assert stat.S_IMODE(os.stat(tmp_path / "secrets" / "x").st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOFT_PORT", "eighty"),
        ("LOFT_PORT", "70000"),
        ("LOFT_UNKNOWN_SERIALS", "perhaps"),
        ("LOFT_LANGUAGE", "fr"),
        ("LOFT_LOG_FORMAT", "xml"),
        ("LOFT_DISK_BALLAST_MB", "-1"),
        ("LOFT_DISK_NO_BULK_MB", "1001"),
        ("LOFT_DISK_CLOSED_MB", "501"),  # each at most the one before it
    ],
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


def test_a_heartbeat_has_an_age_and_a_silent_one_is_named(empty_redis, hands):
    assert silent("engine", 5) == "engine has never been heard"
    heartbeat.beat("engine")
    hands.pass_s(7)
    assert heartbeat.age_s("engine") == pytest.approx(7)
    assert "was last heard" in silent("engine", 5)


def test_metrics_are_not_public(client, db):
    assert client.get("/metrics").status_code == 401


@pytest.fixture
def not_ready(db, empty_redis, settings, monkeypatch):
    settings.LOFT_READINESS = ["console.health.redis_answers", "console.health.beat_beats"]
    monkeypatch.setattr("console.views.health._wrong_before", frozenset())


def test_readyz_names_what_is_missing_and_tells_strangers_no_more(not_ready):
    from django.test import Client

    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "wrong": ["beat_beats"], "checked": ["beat_beats", "redis_answers"]}


def test_readyz_tells_an_administrator_and_a_key_what_is_wrong(not_ready, signed_in, with_key):
    for caller in (signed_in("administrator"), with_key("read")):
        assert caller.get("/readyz").json()["reasons"] == {"beat_beats": "beat has never been heard"}
    for caller in (signed_in("viewer"), with_key("reports:write")):
        assert "reasons" not in caller.get("/readyz").json()


def test_readyz_tells_no_customer_what_is_wrong_with_the_installation(not_ready, signed_in, with_key):
    own = add_organisation(SYSTEM, "courier", "Courier", "快递", ["drone_operator"], timezone.now())
    for caller in (signed_in("administrator", own.pk), with_key("read", organisation=own.pk)):
        assert "reasons" not in caller.get("/readyz").json()


def test_readyz_hides_the_words_of_an_exception_and_logs_them_once(not_ready, monkeypatch, caplog):
    from django.test import Client

    def away():
        raise OSError("no such file /srv/secret/redis.sock")

    monkeypatch.setattr("console.health.client", away)
    answers = [Client().get("/readyz") for _ in range(5)]
    assert not [answer for answer in answers if "secret" in answer.content.decode()]
    assert caplog.text.count("/srv/secret/redis.sock") == 1


@pytest.mark.parametrize(
    "path", ["/api/v1/keys", "/api/v1/people", "/api/v1/audit", "/administration/keys", "/map", "/api/v1/alarms"]
)
def test_nobody_stores_what_signed_in_people_see(signed_in, path):
    assert "no-store" in signed_in("administrator").get(path)["Cache-Control"]


def test_nobody_stores_a_token_or_a_first_password(signed_in):
    admin = signed_in("administrator")
    key = admin.post("/api/v1/keys", {"name": "x", "scopes": ["read"]}, format="json")
    someone = admin.post("/api/v1/people", {"username": "li.na", "role": "viewer"}, format="json")
    assert {answer["Cache-Control"] for answer in (key, someone)} == {"no-store"}
    assert key.data["token"]
    assert someone.data["password"]


def test_an_answer_that_says_how_it_may_be_kept_is_left_alone(signed_in):
    from django.http import HttpResponse

    from console.middleware import NotStored

    kept = NotStored(lambda _: HttpResponse(headers={"Cache-Control": "private, max-age=0"}))
    assert kept(None)["Cache-Control"] == "private, max-age=0"


COOKIES = "import console.settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LOFT_BROWSER_COOKIE_NAME)"


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://loft.example", "__Host-sessionid __Host-csrftoken __Host-loft-browser"),
        ("http://127.0.0.1:8000", "sessionid csrftoken loft-browser"),
    ],
)
def test_under_tls_cookies_are_for_this_very_host(tmp_path, url, names):
    done = subprocess.run(
        [sys.executable, "-c", COOKIES], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "LOFT_HOME": str(tmp_path), "LOFT_URL": url},
    )  # fmt: skip
    assert done.stdout.strip() == names
    script = (ROOT / "static" / "console" / "api.js").read_text()
    pattern = re.search(r"document\.cookie\.match\(/(.+)/\)", script)[1]
    match = re.search(pattern, f"a=1; {names.split()[1]}=token; b=2")
    assert match[1] == "token"


def test_redis_is_a_real_server():
    assert client().info("server")["redis_version"].split(".")[0].isdigit()


def test_metrics_say_when_each_part_was_heard(signed_in, empty_redis):
    heartbeat.beat("engine")
    text = signed_in("viewer").get("/metrics").content.decode()
    assert 'loft_heartbeat_age_seconds{part="engine"}' in text
    assert 'part="beat"' not in text
