"""Wire shapes of what to do about a problem."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed
from network.models.alarms.runbook import MOST_TEXT


@dataclass(frozen=True)
class Texts:
    """What is written, in both languages."""

    text_en: str
    text_zh: str


class RunbookSerializer(serializers.Serializer[Any]):
    """What to do about a problem, as the reader's organisation has it."""

    problem = serializers.CharField(help_text="Code of the problem, as alarms have it.")
    text = serializers.CharField(help_text="In the reader's language, a line a step; where there is none, the other.")
    text_en = serializers.CharField()
    text_zh = serializers.CharField()
    is_standard = serializers.BooleanField(help_text="Nobody of the organisation has written another.")
    changed_at = serializers.DateTimeField(allow_null=True)
    changed_by = serializers.CharField(allow_blank=True)


class TextsSerializer(Typed[Texts]):
    """What to do from now on."""

    text_en = serializers.CharField(
        max_length=MOST_TEXT, allow_blank=True, help_text="English. Both empty: the standard text again."
    )
    text_zh = serializers.CharField(max_length=MOST_TEXT, allow_blank=True, help_text="Chinese.")
    makes = Texts
