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


REFUSED = {
    "the name of a right": r"\b(console|network|airspace|industry)\.[a-z]+_[a-z]+",
    "the name of a field or a metric": r"(?<![%(\w])[a-z]+_[a-z0-9_]+\b(?!\)s)",
    "slug": r"\bslugs?\b",
    "suffers": r"\bsuffer",
    "let back": r"\blet(ting)? (it |them )?back\b",
    "keep out": r"\b(keep|kept) (this person )?out\b",
    "unwell": r"\bunwell\b",
    "anew": r"\banew\b",
    "demand": r"\bdemand",
}


@pytest.mark.parametrize("refused", REFUSED)
def test_no_page_says_what_the_glossary_refuses(refused):
    pattern = re.compile(REFUSED[refused], re.IGNORECASE)
    assert [english for english, _ in SAID if pattern.search(_without_names(english))] == []


def _without_names(text):
    """A sentence without what is filled into it."""
    return re.sub(r"%\(\w+\)s|\{\w+\}", "", text)


def test_a_name_to_be_filled_in_is_no_code():
    refused = re.compile(REFUSED["the name of a field or a metric"])
    assert not refused.search(_without_names("From (%(time_zone)s)"))
    assert refused.search("Objective of rtt_p99")


def test_what_the_glossary_refuses_is_written_down_there():
    page = (ROOT / "docs/glossary.md").read_text()
    listed = page[page.index("## Words that are on no page") :]
    assert all(word in listed for word in ("slug", "suffers", "let back", "keep out", "unwell", "demand"))


def test_two_terms_are_never_the_same_word_in_chinese():
    assert len(set(TERMS.values())) == len(TERMS)
