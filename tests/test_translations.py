"""Chinese and English from the first page on."""

import re
from itertools import product

import pytest

from network.actions.alarms import problem
from tests.messages import APPS, known_to, missing

PLACEHOLDER = re.compile(r"%\((\w+)\)|\{(\w+)\}")


def test_every_string_that_people_see_has_its_chinese():
    assert missing() == {}


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_a_translation_fills_in_the_same_names(app, domain):
    for text, chinese in known_to(app, domain).items():
        for form in _forms(chinese):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(form)), text


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_a_string_has_the_same_chinese_in_every_app(domain):
    """One catalogue is made of all: of two translations only the first app's would ever be seen, on pages of both."""
    seen = {}
    for app in APPS:
        for text, chinese in known_to(app, domain).items():
            seen.setdefault(text, set()).add(chinese)
    assert {text: chinese for text, chinese in seen.items() if len(chinese) > 1} == {}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (r"\borganisations?\b", "组织"),
        (r"\bjobs?\b", "任务"),
        (r"\bmachines?\b", "机器"),
        (r"\bdrones?\b", "无人机|架"),
        (r"\bquotas?\b", "配额"),
        (r"\bAPI keys?\b|\b(this|new|with the|a) key\b(?! (here|sites?)\b)", "密钥|按键"),
        (r"\bthe right to %", "权限"),
        (r"\bevidence\b", "佐证"),
        (r"\bmonthly reports?\b", "月度报告"),
        (r"^retire\b|, retire\b", "停用"),
        (r"^(push settings|settings pushed)\b", "设置"),
        (r"\bsign-ins?\b|\bsign in\b|\bsigned (in|out)\b", "登录|当前用户"),
    ],
)
def test_a_word_has_the_same_chinese_wherever_it_stands(english, chinese):
    word, term = re.compile(english, re.IGNORECASE), re.compile(chinese)
    wrong, count = [], 0
    for app, domain in product(APPS, ("django", "djangojs")):
        for text, form in known_to(app, domain).items():
            if word.search(text):
                count += 1
                wrong += [(app, domain, text) for form in _forms(form) if not term.search(form)]
    assert count
    assert wrong == []


def _forms(chinese):
    return chinese if isinstance(chinese, tuple) else (chinese,)


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_every_problem_that_a_look_may_find_has_its_chinese_on_pages_and_in_notices(domain):
    known = {text for app in APPS for text in known_to(app, domain)}
    problems = {refusal.text for refusal in problem.registered()}
    assert len(problems) >= 52
    assert problems - known == set()


def test_every_circumstance_of_the_table_of_severities_has_its_chinese():
    known = {text for app in APPS for text in known_to(app, "django")}
    grades = {grade.text for known_problem in problem.registered() for grade in known_problem.grades}
    assert len(grades) >= 8
    assert grades - known == set()
