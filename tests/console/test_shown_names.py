"""What things are called: in the reader's language, to those who may see them, and a key only where there is no name."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from console.access.actor import Actor
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.names import MOST, kinds, names_for
from console.views.pages import Page
from console.words import shown_name
from industry.models import Model
from tests.conftest import NOON


@pytest.mark.parametrize(
    ("language", "chinese", "shown"), [("en", "港口", "Port"), ("zh-hans", "港口", "港口"), ("zh-hans", "", "Port")]
)
def test_a_thing_is_called_in_the_language_of_the_reader_and_without_chinese_as_in_english(language, chinese, shown):
    with override(language):
        assert shown_name("Port", chinese) == shown


@pytest.fixture
def port(db):
    return add_organisation(SYSTEM, "port", "Port", "港口", ["drone_operator"], NOON)


def test_names_are_told_by_kind_and_key_of_what_the_actor_may_see(port):
    everybody, customer = Actor("a", sees=None), Actor("b", sees=frozenset({port.pk}))
    assert kinds() >= {"organisation", "region", "edge_node", "model"}
    assert names_for(everybody, ["organisation"])["organisation"]["port"] == "Port"
    assert list(names_for(customer, ["organisation"])["organisation"]) == ["port"]
    assert names_for(Actor("c", sees=frozenset()), ["organisation"]) == {"organisation": {}}
    with override("zh-hans"):
        assert names_for(customer, ["organisation"]) == {"organisation": {"port": "港口"}}


def test_a_model_of_another_organisation_is_not_named(port):
    Model.objects.create(name="own", title_en="Own", title_zh="自有", organisation=port)
    Model.objects.create(name="for-all", title_en="For all", title_zh="公用", is_for_all=True)
    Model.objects.create(name="secret", title_en="Secret", title_zh="机密")
    customer, everybody = Actor("a", sees=frozenset({port.pk})), Actor("b", sees=None)
    assert names_for(customer, ["model"]) == {"model": {"own": "Own", "for-all": "For all"}}
    assert set(names_for(everybody, ["model"])["model"]) == {"own", "for-all", "secret"}


def test_names_cost_one_query_of_each_kind_however_many_there_are(port, django_assert_num_queries):
    with django_assert_num_queries(len(kinds())):
        names = names_for(Actor("a", sees=None), kinds())
    assert all(len(of_kind) <= MOST for of_kind in names.values())
    with django_assert_num_queries(0):
        assert names_for(Actor("a", sees=None), []) == {}


ROOT = Path(__file__).resolve().parents[2]
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"


def scripts_of(template: str) -> Iterator[Path]:
    """The scripts that a template, and what it includes, asks for."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    yield from (STATIC / name for name in re.findall(r"static '([^']+\.js)'", text))
    for other in re.findall(r'\{% (?:include|extends) "([^"]+)"', text):
        yield from scripts_of(other)


def with_imports(script: Path, seen: set[Path]) -> set[Path]:
    """A script and whatever it imports."""
    if script not in seen and script.exists():
        seen.add(script)
        for name in re.findall(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", script.read_text(encoding="utf-8")):
            with_imports((script.parent / name).resolve(), seen)
    return seen


def pages(base: type[Page] = Page) -> Iterator[type[Page]]:
    for page in base.__subclasses__():
        yield page
        yield from pages(page)


def test_each_page_hands_over_the_names_that_its_scripts_ask_for_and_costs_nothing_for_others():
    texts = {path.resolve(): path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")}
    learnt = {kind for text in texts.values() for kind in re.findall(r'\blearn\("(\w+)", ', text)}
    asked = {path: set(re.findall(r'\bnamedBy\(\s*"(\w+)"', text)) - learnt for path, text in texts.items()}
    import_module(settings.ROOT_URLCONF)  # whose pages are known then
    reached: set[str] = set()
    for page in pages():
        if page.template_name:
            scripts: set[Path] = set()
            for script in scripts_of(page.template_name):
                with_imports(script.resolve(), scripts)
            assert set(page.names) == set().union(*(asked.get(script, set()) for script in scripts)), page
            reached |= {kind for script in scripts for kind in asked.get(script, ())}
    assert reached == set().union(*asked.values()) == kinds(), "a page hands over what any script asks for"


def test_a_page_hands_the_names_to_its_scripts(port, signed_in):
    page = (
        signed_in("administrator").get("/administration/keys", headers={"accept-language": "zh-hans"}).content.decode()
    )
    told = re.search(r'<script id="names" type="application/json">(.*?)</script>', page)
    assert told, "the frame holds them"
    assert json.loads(told[1])["organisation"]["port"] == "港口"
    words = re.search(r'<script id="scope-words" type="application/json">(.*?)</script>', page)
    assert words
    assert json.loads(words[1])["reports:write"] not in ("", "reports:write")
