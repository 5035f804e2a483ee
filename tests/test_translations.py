"""Chinese and English from the first page on."""

import re

import pytest

import airspace.actions.troubles
import industry.actions.troubles
from network.actions import clocks, counter_troubles, ground, unfinished
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
    looks = (airspace.actions.troubles, industry.actions.troubles, counter_troubles, unfinished, ground)
    problems = {problem for one in looks for problem in one.PROBLEMS} | {clocks.WRONG, ground.DATABASE_WAS_AWAY}
    assert problems - known == set()
