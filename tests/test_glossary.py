"""The glossary: what it calls a thing is what the console calls it, in both languages and everywhere."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| ([a-z][^|]*?) \| ([^|]+?) \| ([^|]+?) \| ([^|]*?) ?\|$", re.MULTILINE)


def glossary():
    """Return the Chinese of each term."""
    return {
        term: chinese for term, chinese, _, _ in ROW.findall((ROOT / "docs/glossary.md").read_text()) if term != "term"
    }


def catalogue():
    """Yield what is said in English and in Chinese, by all apps."""
    for path in sorted(ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    several = message.id if isinstance(message.id, tuple) else (message.id,)
                    chinese = message.string[0] if isinstance(message.string, tuple) else message.string
                    yield from ((english, chinese) for english in several)


TERMS = glossary()
SAID = list(catalogue())


def plural(term):
    return term[:-1] + "ies" if term.endswith(("ory", "ity")) else term + ("es" if term.endswith("h") else "s")


def test_the_glossary_has_the_words_of_the_field():
    assert len(TERMS) > 50
    assert TERMS["edge node"] == "边缘节点"


@pytest.mark.parametrize("term", TERMS)
def test_a_term_alone_is_said_as_the_glossary_says_it(term):
    alone = {(english, chinese) for english, chinese in SAID if english.casefold() in (term, plural(term))}
    assert alone, f"the console never says {term}"
    assert {chinese for _, chinese in alone} == {TERMS[term]}


@pytest.mark.parametrize("term", ["corridor", "key site", "edge node", "slice", "base station", "error budget"])
def test_a_term_within_a_sentence_is_the_same_word(term):
    word = re.compile(rf"\b({term}|{plural(term)})\b", re.IGNORECASE)
    assert [pair for pair in SAID if word.search(pair[0]) and TERMS[term] not in pair[1]] == []
