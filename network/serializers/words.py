"""Words of ours on the wire, in the language of whoever asks: `Accept-Language`, or the choice of the page."""

from typing import Any

from django.utils.translation import get_language, gettext
from rest_framework import serializers


class WordsField(serializers.CharField):
    """A constant text of the console, such as a definition, by its catalogue; or sentences of it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"help_text": "In the language asked for: Accept-Language en or zh-Hans.", **options})

    def to_representation(self, value: Any) -> str:
        """Return it in the present language; as it is where the catalogue knows none."""
        sentences = [gettext(str(item)) for item in (value if isinstance(value, tuple) else (value,))]
        return ("" if get_language() == "zh-hans" else " ").join(sentences)
