"""Organisations with a row of every model that has an owner, each marked so that any trace of it is recognised.

Keys are the same in all tables, and slugs and names one word, so that an address is filled in without knowing its view.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from console.models import AuditEntry, AuditLink, Membership, Organisation, Person
from industry.models import JobState
from network.kernels.sla.sla import Metric
from network.kernels.topology.definition import OFFICIAL
from network.models import Corridor, EdgeNode, HoldKind, Link, Region, Sector, Site, SubjectKind

OURS = ("console", "network", "airspace", "industry")
KINDS = ["drone_operator", "manufacturer", "model_customer"]
TEXTS = (models.CharField, models.TextField)
NUMBERS = (models.IntegerField, models.BigIntegerField)


@dataclass(frozen=True)
class Mark:
    """What tells the rows of one organisation from all others: a word, a key, a uuid and an amount."""

    word: str
    number: int
    uuid: UUID
    amount: float

    def marks(self) -> tuple[str, ...]:
        """Return what must not be found where they are nobody's business."""
        return self.word, str(self.number), str(self.uuid), str(self.amount)

    def as_of(self, other: "Mark", text: str) -> str:
        """Return a text with what marks another's rows in place of what marks these."""
        for own, foreign in zip(self.marks(), other.marks(), strict=True):
            text = text.replace(own, foreign)
        return text


def _mark(word: str, digit: int) -> Mark:
    return Mark(
        word, int(f"{digit}") * 111_111_111 + 7, UUID(f"{digit}" * 32), float(f"{digit}{digit}.{digit}7{digit}3")
    )


ALPHA, GHOST, BRAVO, HOME = _mark("zzalpha", 5), _mark("zzghost", 6), _mark("zzbravo", 7), _mark("zzhomes", 8)
"""Who asks, nobody, a competitor, and those who run the network."""
LONG_AGO = timedelta(days=3)
"""Longer than alarms stand without being called stale."""
INTERNAL = "zzprobe"
"""Marks how the network's own people measure its sites."""


LEFT_AS_THEY_ARE = {Organisation, Person, Membership, AuditEntry, AuditLink}
"""Organisations and people are who they are, and a trail is chained."""
SAYS_SHARED = {"is_for_all"}
"""Columns by which an owner gives a row to everyone."""
NOW = object()
STATES_BY_HAND = {"Alarm": [{"held": kind} for kind in HoldKind.values] + [{"ended_at": NOW, "acknowledged_at": NOW}]}
"""States that are words without a list of choices, or more than one column."""


def owned_models() -> list[type[models.Model]]:
    """Return every model whose rows organisations own."""
    return [model for app in OURS for model in apps.get_app_config(app).get_models() if hasattr(model, "owner_path")]


def make_organisation(mark: Mark, kinds: list[str], now: datetime) -> Organisation:
    """Make an organisation that is told by its mark."""
    fields = {"slug": mark.word, "name_en": mark.word, "name_zh": mark.word, "kinds": kinds, "made_at": now}
    return Organisation.objects.create(pk=mark.number, **fields)


def changes_of(
    model: type[models.Model], rows: dict[type[models.Model], Any], now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what a row may be besides: as it is, old, over, part of another, and in each other word of its columns."""
    for state in STATES_BY_HAND.get(model.__name__, []):
        yield {name: now if value is NOW else value for name, value in state.items()}
    row, fields = rows[model], [field for field in model._meta.concrete_fields if not field.primary_key]
    times = [field for field in fields if isinstance(field, models.DateTimeField)]
    yield {}
    yield {time.attname: value - LONG_AGO for time in times if (value := getattr(row, time.attname))}
    for field in fields:
        value = getattr(row, field.attname)
        if field.name in SAYS_SHARED:
            continue
        if isinstance(field, models.BooleanField):
            yield {field.attname: not value}
        elif isinstance(field, models.DateTimeField) and value is None:
            yield {field.attname: now}
        elif isinstance(field, models.ForeignKey) and value is None and field.related_model in rows:
            yield {field.attname: rows[field.related_model].pk}  # type: ignore[index]
        elif field.choices:
            yield from ({field.attname: word} for word, _ in field.flatchoices if word != value)


def _unique(model: type[models.Model]) -> set[str]:
    """Return the columns that are unique, alone or together with others."""
    alone = {
        field.name
        for field in (*model._meta.concrete_fields, *model._meta.pk_fields)
        if field.unique or field in model._meta.pk_fields
    }
    return alone | {name for constraint in model._meta.constraints for name in getattr(constraint, "fields", ())}


class Shared:
    """A small network that all stand on: two sites with a link, an edge node and a corridor."""

    def __init__(self, now: datetime) -> None:
        word, place = ALPHA.word, {"lat_deg": 29.0, "lon_deg": 123.5}
        named = {"name_en": "A place", "name_zh": "某地"}
        self.region = Region.objects.create(pk=ALPHA.number, slug=word, radius_m=3_000, **named, **place)
        self.site, self.other = (
            Site.objects.create(
                pk=ALPHA.number + number, region=self.region, slug=f"{word}{end}", kind="macro", height_m=30, **named,
                **place | {"lat_deg": 29.0 + number / 100}, changed_at=now, probe_host=f"{INTERNAL}.example", probe_port=7_733,
                probe_secret=INTERNAL, probe_path=f"/{INTERNAL}",
            )
            for number, end in enumerate(("", "2"))
        )  # fmt: skip
        Sector.objects.create(
            pk=ALPHA.number, slug=word, site=self.site, height_m=30, power_dbm=53, carrier_ghz=4.9, bandwidth_mhz=100, changed_at=now
        )  # fmt: skip
        Link.objects.create(pk=ALPHA.number, a=self.site, b=self.other, length_km=2, rate_gbps=10, changed_at=now)
        EdgeNode.objects.create(
            pk=ALPHA.number, slug=word, site=self.site, cores=8, memory_gb=32, changed_at=now, **named
        )
        Corridor.objects.create(
            pk=ALPHA.number, region=self.region, slug=word, path_lon_lat_deg=[[123.5, 29.0], [123.51, 29.01]],
            lowest_m=50, highest_m=100, changed_at=now, **named,
        )  # fmt: skip


class Rows:
    """One row of every owned model, for one organisation. A new model is made from what its fields say."""

    def __init__(self, mark: Mark, organisation: Organisation, shared: Shared, now: datetime) -> None:
        self.mark, self.shared, self.now = mark, shared, now
        person = Person.objects.create_user(
            mark.word, f"{mark.word}@example.org", "x", pk=mark.number, first_name=mark.word
        )
        membership = Membership.objects.create(
            pk=mark.number, person=person, organisation=organisation, role="administrator"
        )
        self.of: dict[type[models.Model], Any] = {Organisation: organisation, Person: person, Membership: membership}
        self._under_way: set[type[models.Model]] = set()
        self._variants = 0
        self._made: dict[type[models.Model], list[Any]] = {}
        for model in owned_models():
            self._row(model)
        for model, row in self.of.items():
            for field in model._meta.many_to_many:
                if field.related_model is Site:
                    getattr(row, field.name).set([shared.site])

    def fingerprint(self) -> str:
        """Return a digest of every column of every row."""
        digest = hashlib.sha256()
        for model in owned_models():
            for row in (
                model._base_manager.filter(**{model.owner_path: self.of[Organisation].pk}).order_by("pk").values()
            ):  # type: ignore[attr-defined]
                digest.update(f"{model.__name__} {sorted(row.items(), key=lambda pair: pair[0])}\n".encode())
        return digest.hexdigest()

    def add_variants(self) -> dict[str, int]:
        """Add rows in the other states that their columns allow, so that what is counted in any of them is there.

        Returns how many there are of each model. What a constraint forbids is left out.
        """
        return {
            model.__name__: sum(self._variant(model, change) for change in changes_of(model, self.of, self.now))
            for model in owned_models()
            if model not in LEFT_AS_THEY_ARE
        }

    def _variant(self, model: type[models.Model], change: dict[str, Any]) -> bool:
        fields = [field for field in model._meta.concrete_fields if not field.primary_key or field.is_relation]
        values = {field.attname: getattr(self.of[model], field.attname) for field in fields} | change
        unique, texts = (
            _unique(model),
            {field.name for field in fields if isinstance(field, TEXTS) and not field.choices},
        )
        self._variants += 1
        for names in (set(), unique, unique | texts):
            changed = [
                field
                for field in fields
                if field.name in names and field.attname not in change and values[field.attname]
            ]
            other = {field.attname: self._another(field, values[field.attname]) for field in changed}
            with contextlib.suppress(DatabaseError), transaction.atomic():
                made = model._base_manager.create(**values | other)
                self._made.setdefault(model, []).append(made.pk)
                return True
        return False

    def _another(self, field: "models.Field[Any, Any]", value: Any) -> Any:
        """Return a value that no row has in this column yet; of a relation, a variant of the row that it leads to."""
        number = self._variants
        if field.is_relation:
            others = self._made.get(field.related_model, [value])  # type: ignore[arg-type]
            return others[number % len(others)]
        if isinstance(field, models.UUIDField):
            return uuid4()
        if isinstance(field, models.DateTimeField):
            return value - timedelta(seconds=number)
        if isinstance(field, TEXTS) and not field.choices:
            return f"{value}{number}"[-(field.max_length or 500) :]
        return value + number if isinstance(field, NUMBERS) else value

    def _row(self, model: type[models.Model]) -> Any:
        if model not in self.of:
            self._under_way.add(model)
            if model is AuditLink:
                return self._link()
            given = {**self._by_hand().get(model.__name__, {})}
            for field in model._meta.concrete_fields:
                if field.attname not in given and field.name not in given:
                    given |= self._value(field)
            self.of[model] = model._base_manager.create(**given)
        return self.of[model]

    def _link(self) -> AuditLink:
        """Return the link of the row of the trail, made with it; on PostgreSQL at the commit, or when it is asked for."""
        entry = self._row(AuditEntry)
        if connection.vendor == "postgresql":
            connection.check_constraints()
        self.of[AuditLink] = AuditLink.objects.get(entry=entry)
        return self.of[AuditLink]

    def _value(self, field: "models.Field[Any, Any]") -> dict[str, Any]:
        """Return what a column holds, as an argument; nothing where its default or null has to do."""
        if isinstance(field, models.ForeignKey):
            return self._related(field)
        for kind, value in self._plain(field):
            if isinstance(field, kind):
                return {} if value is None else {field.name: value}
        return {}

    def _related(self, field: "models.ForeignKey[Any, Any]") -> dict[str, Any]:
        target: Any = field.related_model
        if target in (Region, Site):
            return {field.name: self.shared.region if target is Region else self.shared.site}
        if target in self._under_way and target not in self.of:
            return {}
        return {field.name: self._row(target)}

    def _plain(self, field: Any) -> list[tuple[Any, Any]]:
        mark, is_key = self.mark, field.primary_key
        bare = None if field.has_default() or field.null else 1
        text = f"{mark.word} {field.name}"[: field.max_length or 500]
        of_text = mark.word if field.max_length and field.max_length < 41 else text
        return [
            (models.AutoField, mark.number), (models.UUIDField, mark.uuid if is_key or not field.null else None),
            (models.SlugField, mark.word), (models.GenericIPAddressField, "203.0.113.77"),
            (TEXTS, (bare and field.choices[0][0]) if field.choices else of_text if (field.max_length or 99) >= len(mark.word) else None),
            (models.JSONField, {"note": mark.word} if bare or field.default is dict else [mark.word] if field.default is list else None),
            (models.DateTimeField, bare and self.now), (models.BooleanField, None), (models.FloatField, bare and mark.amount),
            ((models.PositiveSmallIntegerField, models.SmallIntegerField), bare), (NUMBERS, bare and mark.number),
        ]  # fmt: skip

    def _by_hand(self) -> dict[str, dict[str, Any]]:
        """Return what cannot be guessed from a field: what constraints and readers of free fields ask for."""
        mark, now, later = self.mark, self.now, self.now + timedelta(days=30)
        at_ms = int(now.timestamp() * 1000)
        there = {
            "at_ms": at_ms,
            "received_ms": at_ms,
            "processed_ms": at_ms,
            "lat_deg": mark.amount,
            "lon_deg": mark.amount,
        }
        # what those who run the network promise themselves of a site is its state, which everyone sees
        promised: dict[str, Any] = (
            {"kind": SubjectKind.SLICE, "key": mark.word, "site": None} if mark is HOME else {"kind": SubjectKind.SITE}
        )
        order = {"state": "ready", "expires_at": later, "problem": ""}
        return {
            "ApiKey": {"scopes": ["read"], "prefix": mark.word[-7:]},
            "Quota": {"limits": {}},
            "AlarmHold": {"kind": "suppressed"},
            "Alarm": {"severity": "major", "held": "", "hold": None, "detail": {"note": mark.word, "value": mark.amount}},
            "Agreement": promised | {"metric": Metric.AVAILABILITY.value, "objective": 0.9, "value": mark.amount},
            "ComplianceStatus": {"burn_alert": "page", "state": "breached"},
            "ServiceCount": {"span_s": 60, "good": mark.number, "total": mark.number, "unknown_s": 0, "excluded_s": 0},
            "Maintenance": {"kind": "slice", "key": mark.word, "starts_at": now, "ends_at": later},
            "NoticeChannel": {"kind": "webhook", "search": ""},
            "Evidence": order | {"kind": "coverage", "inputs": {"note": mark.word}},
            "SlaReport": order | {"month": "2026-05", "language": "en"},
            "ConfigurationJob": {"request": {"cells": {mark.word: {}}}, "state": "acknowledged"},
            "PlacementPlan": {"request": self._wanted(), "proposal": None},
            "Position": there, "LastPosition": there | {"state": 1},
            "ModelVersion": {"card": {"threshold": 0.5, "title": {"en": mark.word, "zh": mark.word}, "note": mark.word}},
            "Factory": {"lat_deg": 29.0, "lon_deg": 123.5},
            "Job": {
                "state": JobState.DONE, "kind": "readings", "node_slug": "zzalpha", "result": {"highest_risk": 0.7, "at_risk": [mark.word]},
                "candidates": [{"node": mark.word, "network_ms": mark.amount}], "latency_budget_ms": mark.amount,
            },
            "Score": {"risk": 0.7},
            "IdempotentRequest": {"answer": {"note": mark.word}},
        }  # fmt: skip

    def _wanted(self) -> dict[str, Any]:
        return {"definition": OFFICIAL.as_json(), "most_sites": 1, "times": 1, "from_scratch": False}
