"""Pages of industry: who may see them, in which language, and that every word has its translation."""

import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from rest_framework.test import APIClient

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import Membership
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]
LOCALE = "locale/zh_Hans/LC_MESSAGES"
PAGES = ["/industry", "/industry/factories/works", "/models"]


@pytest.mark.parametrize("path", PAGES)
def test_a_viewer_sees_the_page_and_a_stranger_the_login(path, factory, signed_in, client):
    page = signed_in("viewer").get(path)
    assert page.status_code == 200
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", PAGES)
def test_a_person_without_the_right_is_told_which_one_is_missing(path, factory, roles, client):
    from console.models import Person

    client.force_login(Person.objects.create_user("nobody", password="a long test password"))
    answer = client.get(path)
    assert answer.status_code == 403
    assert "You lack the right to see" in answer.content.decode()


def test_the_page_of_a_factory_says_how_long_risks_are_kept(factory, signed_in, settings):
    settings.LOFT_READING_RETENTION_H = 30
    assert 'data-risks-kept-s="108000"' in signed_in("viewer").get("/industry/factories/works").content.decode()


def test_an_unknown_factory_is_a_404(factory, signed_in):
    assert signed_in("viewer").get("/industry/factories/none").status_code == 404


def test_the_factory_is_named_in_the_persons_language(factory, signed_in):
    caller = signed_in("viewer")
    assert "<h1>Works</h1>" in caller.get("/industry/factories/works").content.decode()
    caller.cookies["django_language"] = "zh-hans"
    chinese = caller.get("/industry/factories/works").content.decode()
    assert "<h1>工厂</h1>" in chinese
    assert "推理任务" in chinese


def test_only_who_may_change_workloads_is_offered_it(factory, signed_in):
    assert 'data-may-change="yes"' in signed_in("operator").get("/industry/factories/works").content.decode()
    assert 'data-may-change=""' in signed_in("viewer").get("/industry/factories/works").content.decode()


def test_who_looks_on_in_the_factorys_organisation_is_offered_nothing_by_a_right_held_elsewhere(factory, person):
    rival = add_organisation(SYSTEM, "rival", "Rival", "对手", ["manufacturer"], NOON)
    for theirs, elsewhere, offered in (("viewer", "administrator", ""), ("administrator", "viewer", "yes")):
        reader = person(theirs, factory.organisation_id)
        Membership.objects.create(person=reader, organisation=rival, role=elsewhere)
        caller = APIClient()
        caller.force_login(reader)
        page = caller.get("/industry/factories/works").content.decode()
        assert f'data-may-delete="{offered}" data-may-change="{offered}"' in page
        workload = f"/api/v1/factories/works/workloads/{factory.workloads.get().pk}"
        status = caller.patch(workload, {"enabled": True}, format="json").status_code
        assert status == (200 if offered else 403)


def words_of(pattern: str, folder: str, expression: str) -> set[str]:
    return {
        word
        for path in (ROOT / folder).rglob(pattern)
        for word in re.findall(expression, path.read_text(encoding="utf-8"))
    }


def translated(name: str) -> set[str]:
    """Return the words that have a Chinese one in any app's catalogue: a page has all of them in one."""
    return {word for path in ROOT.glob(f"*/{LOCALE}/{name}") for word in _translated_in(path)}


def _translated_in(path: Path) -> set[str]:
    with path.open("rb") as file:
        return {str(message.id) for message in read_po(file, locale="zh_Hans") if message.id and message.string}


def test_every_word_of_the_scripts_and_the_cards_is_translated():
    words = words_of("*.js", "static/industry", r'gettext\("((?:[^"\\]|\\.)*)"\)')
    for path in (ROOT / "industry/catalogue").rglob("card.json"):
        card = json.loads(path.read_text(encoding="utf-8"))
        words |= {
            card["split"],
            card["limits"],
            card["data"]["kind"],
            *(baseline["name"] for baseline in card["baselines"]),
        }
    assert words - translated("djangojs.po") == set()


def test_every_word_of_the_templates_and_rows_is_translated():
    words = words_of("*.html", "templates/industry", r'{% translate "([^"]*)" %}')
    words |= words_of("*.py", "industry", r'\b_\("([^"]*)"\)')
    assert words - translated("django.po") == set()


def test_pages_hold_no_inline_style_or_script(factory, signed_in):
    for path in PAGES:
        text = signed_in("viewer").get(path).content.decode()
        assert " style=" not in text
        scripts = re.findall(r"<script[^>]*>", text)
        assert scripts
        assert not [tag for tag in scripts if "src=" not in tag and 'type="application/json"' not in tag]
