"""What the inventory was at a time, and what it will be if every plan holds.

A record without changes has been as it is from before the records began, or from its own `valid_from` on. Before its
first change it was what that change replaced. A time in the future adds what is planned until then.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from console.errors import Refused
from network.actions.inventory.fields import Values
from network.actions.inventory.kinds import KINDS, Kind
from network.models import Change

MOST_RECORDS = 50_000
MOST_CHANGES = 200_000


def values_at(kind: str, key: str, at: datetime) -> Values | None:
    """Return one record's values as they held, or will hold, at a time; None when there was no such record."""
    kind_ = KINDS[kind]
    key = kind_.normal_key(key)
    changes = Change.objects.filter(kind=kind, key=key)
    return _at(at, kind_.current(kind_.query(key)), list(_known(changes))).get(key)


def records_at(kind: str, at: datetime) -> dict[str, Values]:
    """Return the values of every record of a kind at a time, by key.

    Raises:
        Refused: there are more records or changes than one answer can hold.
    """
    changes = Change.objects.filter(kind=kind)
    if changes.count() > MOST_CHANGES:
        raise Refused(f"the history of {KINDS[kind].word}s holds more than {MOST_CHANGES} changes")
    current = KINDS[kind].current()
    if len(current) > MOST_RECORDS:
        raise Refused(
            f"the inventory holds {len(current)} {KINDS[kind].word}s; at most {MOST_RECORDS} are looked back at"
        )
    return _at(at, current, list(_known(changes)))


def rows_at(kind: str, at: datetime) -> list[Any]:
    """Return the records of a kind at a time as unsaved rows, in the order of their keys; as `records_at`."""
    refs = {name: {row.slug: row for row in rows_at(name, at)} for name in {ref.kind for ref in KINDS[kind].refs}}
    records = sorted(records_at(kind, at).items())
    return [row for _, values in records if (row := _row(KINDS[kind], values, refs)) is not None]


def merged(change: Change, current: Values | None) -> Values | None:
    """Return a record's values once a planned change holds: what the plan changes, on top of what the record is then.

    Raises:
        Refused: the plan adds what exists, or changes or removes what does not.
    """
    if change.before is None and current is not None:
        raise Refused(f"{change.kind} {change.key} exists already")
    if change.before is None or change.values is None:
        if change.before is not None and current is None:
            raise Refused(f"there is no {change.kind} {change.key}")
        return change.values
    if current is None:
        raise Refused(f"there is no {change.kind} {change.key}")
    planned = {name: value for name, value in change.values.items() if change.before.get(name) != value}
    return {**current, **planned}


def _known(changes: Any) -> Iterable[Change]:
    kept = changes.filter(Q(applied_at__isnull=False) | Q(withdrawn_at__isnull=True, problem=""))
    return kept.order_by("valid_from", "pk")  # type: ignore[no-any-return]


def _at(at: datetime, current: dict[str, tuple[Values, datetime | None]], changes: list[Change]) -> dict[str, Values]:
    past: dict[str, list[Change]] = {}
    for change in changes:
        if change.applied_at is not None:
            past.setdefault(change.key, []).append(change)
    values_by_key = {
        key: values for key, (values, since) in current.items() if key in past or since is None or since <= at
    }
    for key, done in past.items():
        if done[-1].valid_from > at:  # else what the record is now has held since its last change
            held = [change.values for change in done if change.valid_from <= at]
            _put(values_by_key, key, held[-1] if held else done[0].before)
    for change in changes:
        if change.applied_at is None and change.valid_from <= at:
            _put(values_by_key, change.key, _planned(change, values_by_key))
    return values_by_key


def _planned(change: Change, records: dict[str, Values]) -> Values | None:
    try:
        return merged(change, records.get(change.key))
    except Refused:  # it will not be possible then, so it changes nothing
        return records.get(change.key)


def _put(records: dict[str, Values], key: str, values: Values | None) -> None:
    if values is None:
        records.pop(key, None)
    else:
        records[key] = values


def _row(kind: Kind, values: Values, refs: dict[str, dict[str, Any]]) -> Any:
    known = {field.name: values[field.name] for field in kind.fields if field.name in values}
    for ref in kind.refs:
        if values[ref.name] not in refs[ref.kind]:
            return None
        known[ref.name] = refs[ref.kind][values[ref.name]]
    return kind.model(**known)
