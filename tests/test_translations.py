"""Chinese and English from the first page on."""

import re

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
        for form in chinese if isinstance(chinese, tuple) else (chinese,):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(form)), text


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_every_problem_that_a_look_may_find_has_its_chinese_on_pages_and_in_notices(domain):
    known = {text for app in APPS for text in known_to(app, domain)}
    problems = {one.text for one in problem.registered()}
    assert len(problems) >= 52
    assert problems - known == set()
