"""What to do about a problem: a standard text of Loft, or what an organisation wrote for its own people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from console.access.actor import Actor
from console.actions.audit.audit import record
from console.words import shown_name
from network.actions.alarms import problem, runbook_texts
from network.models import Runbook
from network.models.alarms.alarm import in_both_languages

_standard: dict[str, str] = dict(runbook_texts.TEXTS)


@dataclass(frozen=True)
class Instructions:
    """What to do about a problem, in both languages; who wrote it and when, where an organisation did."""

    problem: str
    text_en: str
    text_zh: str
    is_standard: bool = True
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def text(self) -> str:
        """Return it in the language of whoever reads; where there is none, the other."""
        return shown_name(self.text_en, self.text_zh) or self.text_zh


def register(texts: Mapping[str, str]) -> None:
    """Add the standard texts of an app's problems by code: English, and message ids."""
    _standard.update(texts)


def known(code: str) -> bool:
    """Whether a problem is registered."""
    return any(registered.code == code for registered in problem.registered())


def standard(code: str) -> Instructions:
    """Return the standard text of a problem: its own, else that of its type; of one that nobody knows none."""
    text = _standard.get(code)
    if text is None:
        types = [registered.alarm_type for registered in problem.registered() if registered.code == code]
        text = runbook_texts.BY_TYPE[types[0]] if types else ""
    return Instructions(code, *in_both_languages(text))


def runbook(organisation: int, code: str) -> Instructions:
    """Return what an organisation's people do about a problem."""
    row = Runbook.objects.filter(organisation=organisation, problem=code).first()
    if row is None:
        return standard(code)
    return Instructions(code, row.text_en, row.text_zh, False, row.changed_at, row.actor)


def write(actor: Actor, code: str, text_en: str, text_zh: str, now: datetime) -> Instructions:
    """Keep what the people of the actor's organisation do about a problem; both texts empty: the standard one again."""
    owner = actor.organisation
    with transaction.atomic():
        before = runbook(owner, code)
        if text_en or text_zh:
            said = {"text_en": text_en, "text_zh": text_zh, "changed_at": now, "actor": actor.name}
            Runbook.objects.update_or_create(organisation_id=owner, problem=code, defaults=said)
        else:
            Runbook.objects.filter(organisation=owner, problem=code).delete()
        after = runbook(owner, code)
        record(actor, "wrote runbook", code, now, owner=owner, before=before.text_en, after=after.text_en)
    return after
