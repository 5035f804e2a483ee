"""Rights in words: no page says `network.change_site` to anybody."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from console.access import right_words
from console.access.right_words import Lacking, lacking, what, words_of_all

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"\b(?:console|network|airspace|industry)\.(?:view|add|change|delete|acknowledge|manage)_[a-z]+\b")
IN_TEMPLATES = re.compile(r"\blacking\.([a-z]+\.[a-z_]+)")


def rights_named_by(folder, suffix):
    """Every right that a page could say is missing."""
    return {right for path in (ROOT / folder).rglob(f"*{suffix}") for right in NAMED.findall(path.read_text())}


VIEWS = [f"{app}/views" for app in ("console", "network", "airspace", "industry")]
ON_PAGES = sorted(
    rights_named_by("static", ".js")
    | rights_named_by("templates", ".html")
    | {right for folder in VIEWS for right in rights_named_by(folder, ".py")}
)


def test_a_right_is_a_verb_and_what_it_is_about():
    assert what("network.change_site") == "change sites"
    assert what("console.manage_people") == "manage people"
    assert lacking("airspace.view_drone") == "You lack the right to see drones."


def test_it_is_said_in_the_language_of_the_reader():
    with translation.override("zh-hans"):
        assert lacking("network.change_site") == "您没有更改站点的权限。"
        assert words_of_all()["things"]["drone"] == "无人机"


@pytest.mark.parametrize("right", ["network.view_nonsense", "network.bend_site", "", "nothing", "network."])
def test_a_right_without_words_is_said_without_its_code(right):
    assert what(right) == ""
    assert lacking(right) == "You lack a right for this."


def test_scripts_and_templates_name_dozens_of_rights():
    assert len(ON_PAGES) > 40


@pytest.mark.parametrize("right", ON_PAGES)
def test_every_right_that_a_page_names_has_words_in_both_languages(right):
    english = what(right)
    assert english
    with translation.override("zh-hans"):
        assert what(right) not in ("", english)


@pytest.mark.parametrize("kind", ["site", "sector", "link", "edgenode", "corridor", "region"])
@pytest.mark.parametrize("verb", ["add", "change", "delete"])
def test_every_right_of_the_inventory_has_words(verb, kind):
    assert what(f"network.{verb}_{kind}")


def test_a_template_asks_for_the_sentence_as_it_asks_for_the_right():
    said = Template("{{ lacking.network.add_agreement }}").render(Context({"lacking": Lacking()}))
    assert said == "You lack the right to add agreements."


def test_what_templates_ask_for_is_known():
    asked = {right for path in (ROOT / "templates").rglob("*.html") for right in IN_TEMPLATES.findall(path.read_text())}
    assert len(asked) > 5
    assert [right for right in asked if not what(right)] == []


def test_the_sentences_are_not_to_be_listed():
    with pytest.raises(TypeError, match="by name"):
        list(Lacking())


def test_the_words_of_the_page_are_those_of_the_server(db, signed_in):
    html = signed_in("viewer").get("/account").content.decode()
    found = re.search(r'data-right-words="(.+?)"', html)
    assert found
    assert json.loads(unescape(found[1])) == words_of_all()


def test_no_template_says_the_name_of_a_right():
    spoken = re.compile(r"\{%\s*(?:block)?translate[^%]*" + NAMED.pattern)
    assert [path.name for path in (ROOT / "templates").rglob("*.html") if spoken.search(path.read_text())] == []


def test_verbs_leave_one_place_for_the_thing():
    assert all(str(words).count("%(things)s") == 1 for words in right_words.VERBS.values())
