"""How much the documents of each organisation take on the disk, and refusing more to who has used up its share."""

from collections import Counter
from datetime import datetime

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from console.actions.audit.audit import SYSTEM, Actor
from console.actions.quota import stored_bytes
from console.quota.counters import OverQuota
from console.quota.kinds import STORAGE
from console.quota.limits import book
from network.models import Evidence, SlaReport

AGAIN_S = 3_600.0
_DOCUMENTS = (Evidence, SlaReport)


def file_bytes(organisations: list[int]) -> dict[int, int]:
    """Return the bytes of evidence maps and reports of each of the organisations."""
    total = Counter[int]()
    for model in _DOCUMENTS:
        first, second = (Coalesce(F(name), 0) for name in model.fields_of("bytes").values())
        size = Sum(first + second)
        rows = model.objects.filter(organisation__in=organisations).order_by()
        total.update(dict(rows.values_list("organisation").annotate(size=size)))
    return dict(total)


def check_room(actor: Actor, organisation: int, now: datetime) -> None:
    """Refuse another document to an organisation that stores as much as it may.

    Raises:
        OverQuota: it does.
    """
    if actor is SYSTEM:
        return
    book.read()
    most, used = book.of(organisation, STORAGE), stored_bytes(organisation, now)
    if used >= most:
        raise OverQuota(STORAGE, "organisation", most, min(used, most), AGAIN_S)
