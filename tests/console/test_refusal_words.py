"""Refusals are read in one's own language: each sentence of the code is known, with its Chinese, and filled in alike."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from console import refusal_words
from console.refusal_words import MOST_SHOWN, in_words, register_as, registered
from tests.messages import APPS, known_to

ROOT = Path(__file__).resolve().parents[2]
BY_COMMAND = {"migrations", "backup", "management", "demo", "emulator", "clients", "run", "chaos", "soak"}
"""Rooms whose refusals are read at a terminal only."""
ALSO_BY_COMMAND = {
    "head: {} given; expected NUMBER:HASH as `audit head` prints it",
    "no network {} among the packaged topologies",
    "entry {} is not of the form in which reports are accepted",
}
OF_THE_OPERATOR = re.compile(r"evidence maps are drawn by leafmap")
HOLE = re.compile(r"%\(\w+\)s")


def shape_of(node: ast.expr) -> str | None:
    """A sentence with {} for what is filled in; None where it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp):
        left, right = shape_of(node.left), shape_of(node.right)
        return f"{left or '{}'}{right or '{}'}"
    return None


def sentences() -> dict[str, str]:
    """Every sentence with which an action refuses, and where it stands."""
    found = {}
    for path in (path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))):
        if BY_COMMAND & set(path.relative_to(ROOT).parts):
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_refusal = isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Refused", "Unavailable")
            if is_refusal and call.args and (shape := shape_of(call.args[0])):
                found[shape] = f"{path.relative_to(ROOT)}:{call.lineno}"
    return found


def test_every_sentence_with_which_an_action_refuses_is_registered():
    known = {HOLE.sub("{}", text) for text in registered()}
    found = {shape: place for shape, place in sentences().items() if not OF_THE_OPERATOR.match(shape)}
    assert len(found) > 80
    assert {shape: place for shape, place in found.items() if shape not in known | ALSO_BY_COMMAND} == {}


def test_every_refusal_for_people_has_its_chinese():
    known = {text for app in APPS for text in known_to(app, "django")}
    assert set(registered().values()) - known == set()


@pytest.mark.parametrize("text", sorted(registered()))
def test_a_refusal_is_recognised_and_what_is_filled_in_stays(text):
    values = {name: f"<{name}>" for name in re.findall(r"%\((\w+)\)s", text)}
    words = registered()[text]
    with override("zh-hans"):
        told = in_words(text % values)
    assert told != text % values, "it is translated"
    assert re.search(r"[\u4e00-\u9fff]", told)
    kept = re.findall(r"%\((\w+)\)s", words)
    assert all(f"<{name}>" in told for name in kept), told


def test_english_readers_and_programs_have_the_sentence_as_it_is():
    sentence = "until_at: none given; expected when the shelving ends"
    assert in_words(sentence) == sentence
    with override("zh-hans"):
        assert in_words("what nobody registered") == "what nobody registered"
        assert in_words("") == ""


def test_a_right_within_a_refusal_is_said_in_words():
    with override("zh-hans"):
        told = in_words("person: eve given; expected somebody with the right network.acknowledge_alarm")
    assert "network." not in told
    assert "确认告警" in told


def test_of_several_sentences_that_fit_the_one_counts_that_says_most(monkeypatch):
    monkeypatch.setattr(refusal_words, "_known", {})
    register_as({"%(a)s is %(b)s": "%(a)s: %(b)s", "%(a)s is held already": "held: %(a)s"})
    with override("zh-hans"):
        assert in_words("BS-1 is held already") == "held: BS-1"
        assert in_words("BS-1 is away") == "BS-1: away"


def test_words_for_people_fill_in_nothing_that_the_sentence_has_not():
    with pytest.raises(ValueError, match="b, which"):
        register_as({"%(a)s is away": "%(b)s is away"})


def test_a_sentence_longer_than_any_is_not_looked_for(monkeypatch):
    looked: list[str] = []

    class Pattern:
        def fullmatch(self, sentence: str) -> None:
            looked.append(sentence)

    monkeypatch.setattr(refusal_words, "_known", {"%(a)s is away": (Pattern(), "%(a)s is away")})
    with override("zh-hans"):
        assert in_words("x" * MOST_SHOWN) == "x" * MOST_SHOWN
        assert in_words("x" * 100_000 + " is away") == "x" * 100_000 + " is away"
    assert looked == ["x" * MOST_SHOWN], "what is filled in comes from requests"


@pytest.mark.django_db
def test_a_refused_request_is_answered_in_the_language_of_whoever_asks(signed_in):
    api = signed_in("administrator")
    body = {"username": "eve", "role": "viewer"}
    assert api.post("/api/v1/people", body, format="json").status_code == 201
    english = api.post("/api/v1/people", body, format="json")
    chinese = api.post("/api/v1/people", body, format="json", headers={"accept-language": "zh-hans"})
    assert english.status_code == chinese.status_code == 409
    assert english.json()["detail"] == "username: a person named eve exists already"
    assert chinese.json()["detail"] == "已有名为 eve 的人员"
