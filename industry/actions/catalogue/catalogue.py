"""Registering the models that ship with Loft."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from console.actions.audit.audit import SYSTEM, record
from industry import runtimes
from industry.models import Model, ModelVersion


@transaction.atomic
def register_catalogue(now: datetime) -> int:
    """Register every shipped model version that is new or was trained anew; return how many. Safe to repeat."""
    return sum(
        _register(json.loads(path.read_text(encoding="utf-8")), path, now) for path in runtimes.catalogue_cards()
    )


SCENARIO = _("Models that at least one factory's workload uses, over all regions.")
"""What an AI scenario that runs is."""


def count_scenarios() -> int:
    """Return how many AI scenarios run, by the definition of `SCENARIO`."""
    return Model.objects.filter(workloads__isnull=False).distinct().count()


def _register(card: dict[str, Any], path: Path, now: datetime) -> bool:
    name, number = path.parent.parent.name, int(path.parent.name)
    known = ModelVersion.objects.filter(model__name=name, number=number).first()
    if known and known.card == card:
        return False
    model, _ = Model.objects.update_or_create(
        name=name, defaults={"title_en": card["title"]["en"], "title_zh": card["title"]["zh"], "is_for_all": True}
    )
    fields = {"sha256": card["sha256"], "card": card, "registered_at": now}
    version, _ = ModelVersion.objects.update_or_create(model=model, number=number, defaults=fields)
    record(SYSTEM, "registered model", f"model {version}", now, sha256=card["sha256"])
    return True
