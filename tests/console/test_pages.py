"""Pages of the console: who sees them, in which language, and under which policy."""

import re
from pathlib import Path

import pytest
from django.test import Client

TEMPLATES = sorted(Path(__file__).parents[2].glob("templates/**/*.html"))
READS = {"filters", "drones-filters", "pairs", "export"}
PAGES = ["/administration/keys", "/administration/people", "/administration/audit"]


@pytest.mark.parametrize("path", PAGES)
def test_an_administrator_sees_the_page(signed_in, path):
    answer = signed_in("administrator").get(path)
    assert answer.status_code == 200
    assert answer.context["place"] == "administration"


@pytest.mark.parametrize("path", PAGES)
def test_an_operator_is_told_which_right_is_missing(signed_in, path):
    answer = signed_in("operator").get(path)
    assert answer.status_code == 403
    assert b"You lack the right to" in answer.content


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_comes_back(db, path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/login?next={path}"


def test_every_page_carries_the_strict_policy_and_no_inline_code(signed_in):
    answer = signed_in("administrator").get("/administration/keys")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    text = answer.content.decode()
    assert " style=" not in text
    assert " onclick=" not in text


def test_a_page_speaks_chinese_when_asked(signed_in):
    reader = signed_in("administrator")
    reader.post("/i18n/setlang/", {"language": "zh-hans", "next": "/administration/keys"})
    text = reader.get("/administration/keys").content.decode()
    assert 'lang="zh-Hans"' in text
    assert "API 密钥" in text


def test_the_scripts_get_their_words_as_json(signed_in):
    answer = signed_in("viewer").get("/i18n/catalogue.json?language=zh-hans")
    assert answer["Content-Type"] == "application/json"


def test_sign_out_ends_the_session(signed_in):
    reader = signed_in("administrator")
    reader.post("/logout")
    assert reader.get("/administration/keys").status_code == 302


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_form_sent_before_its_script_is_there_puts_nothing_into_the_address(template):
    text = re.sub(r"<template.*?</template>", "", template.read_text(), flags=re.DOTALL)
    forms = re.findall(r"<form\b[^>]*>", text)
    wrong = [
        form for form in forms if 'method="post"' not in form and not any(f'id="{read}"' in form for read in READS)
    ]
    assert wrong == []
