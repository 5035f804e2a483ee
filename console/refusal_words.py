"""Refusals in the language of whoever reads them.

Actions refuse in English sentences, which programs and logs have as they are. For people who read another language each
app registers its sentences, with `%(name)s` for what is filled in; the answer has the translated one. A sentence that
names fields, as programs want it, is registered with the words for people that stand for it.
"""

import re
from collections.abc import Mapping

from django.utils.translation import get_language, gettext

from console.access.right_words import what

MOST_SHOWN = 600
"""Characters of a sentence that is looked for: what is filled in comes from requests; looking costs their square."""
_HOLE = re.compile(r"%\((\w+)\)s")
_RIGHT = re.compile(r"[a-z]+\.[a-z]+_[a-z]+")
_known: dict[str, tuple[re.Pattern[str], str]] = {}


def register(*texts: str) -> None:
    """Add sentences that are the same for programs and people."""
    register_as({text: text for text in texts})


def register_as(texts: Mapping[str, str]) -> None:
    """Add sentences for programs, each with that for people, which fills in no more than the other does."""
    for text, words in texts.items():
        if missing := set(_HOLE.findall(words)) - set(_HOLE.findall(text)):
            raise ValueError(
                f"words: {words!r} given; expected no {', '.join(sorted(missing))}, which {text!r} has not"
            )
        _known[text] = (_pattern_of(text), words)


def registered() -> dict[str, str]:
    """Return every sentence with the words for people."""
    return {text: words for text, (_, words) in _known.items()}


def in_words(sentence: str) -> str:
    """Return a refusal in the present language; as it is where that is English, it is unknown or it is long."""
    if (get_language() or "en").startswith("en") or len(sentence) > MOST_SHOWN:
        return sentence
    found = [(text, match) for text, (pattern, _) in _known.items() if (match := pattern.fullmatch(sentence))]
    if not found:
        return gettext(sentence) if sentence else sentence
    text, match = max(found, key=lambda pair: len(_HOLE.sub("", pair[0])))  # the one that says most itself
    return gettext(_known[text][1]) % {name: _filled(value) for name, value in match.groupdict().items()}


def _filled(value: str) -> str:
    """Return what stands in a sentence: a right in words."""
    return what(value) or value if _RIGHT.fullmatch(value) else value


def _pattern_of(text: str) -> re.Pattern[str]:
    parts = _HOLE.split(text)  # text and names by turns
    pieces = [f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(pieces), re.DOTALL)
