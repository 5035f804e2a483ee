"""What things are called: in the reader's language, to those who may see them, and a key only where there is no name."""

import json
import re

import pytest
from django.utils.translation import override

from console.access.actor import Actor
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.names import MOST, names_for
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
    assert set(names_for(everybody)) >= {"organisation", "region", "edge_node", "model"}
    assert names_for(everybody)["organisation"]["port"] == "Port"
    assert list(names_for(customer)["organisation"]) == ["port"]
    assert names_for(Actor("c", sees=frozenset()))["organisation"] == {}
    with override("zh-hans"):
        assert names_for(customer)["organisation"] == {"port": "港口"}


def test_a_model_of_another_organisation_is_not_named(port):
    Model.objects.create(name="own", title_en="Own", title_zh="自有", organisation=port)
    Model.objects.create(name="for-all", title_en="For all", title_zh="公用", is_for_all=True)
    Model.objects.create(name="secret", title_en="Secret", title_zh="机密")
    assert names_for(Actor("a", sees=frozenset({port.pk})))["model"] == {"own": "Own", "for-all": "For all"}
    assert set(names_for(Actor("b", sees=None))["model"]) == {"own", "for-all", "secret"}


def test_names_cost_one_query_of_each_kind_however_many_there_are(port, django_assert_num_queries):
    kinds = len(names_for(Actor("a", sees=None)))
    with django_assert_num_queries(kinds):
        names = names_for(Actor("a", sees=None))
    assert all(len(of_kind) <= MOST for of_kind in names.values())


def test_every_page_hands_the_names_to_its_scripts(port, signed_in):
    page = (
        signed_in("administrator").get("/administration/keys", headers={"accept-language": "zh-hans"}).content.decode()
    )
    told = re.search(r'<script id="names" type="application/json">(.*?)</script>', page)
    assert told, "the frame holds them"
    assert json.loads(told[1])["organisation"]["port"] == "港口"
    words = re.search(r'<script id="scope-words" type="application/json">(.*?)</script>', page)
    assert words
    assert json.loads(words[1])["reports:write"] not in ("", "reports:write")
