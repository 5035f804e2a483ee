"""Slices of the network: made, changed, removed; each with audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from console.actions.audit.audit import Actor, record
from console.errors import Invalid, Refused
from console.models import Organisation
from network.actions.inventory import Problem
from network.actions.service_levels.agreements import hand_over
from network.models import Agreement, Site, Slice, SubjectKind

MOST_SLICES = 1_000
MOST_SITES = 5_000
_NOT_PLAIN = ("sites", "organisation", "tenant")


def make(actor: Actor, values: Mapping[str, Any], now: datetime) -> Slice:
    """Make a slice.

    Raises:
        Invalid: a site does not exist, or the owner does not.
        Refused: the slug is taken, or there are too many.
    """
    sites = _sites(values["sites"])
    owner = _owner(values) or Organisation.objects.get(pk=actor.organisation)
    if Slice.objects.count() >= MOST_SLICES:
        raise Refused(f"there are {MOST_SLICES} slices already, which is the most")
    fields = {name: value for name, value in values.items() if name not in _NOT_PLAIN}
    try:
        with transaction.atomic():
            made = Slice.objects.create(**fields, organisation=owner, changed_at=now)
            made.sites.set(sites)
            record(actor, "made slice", made.slug, now, **fields, organisation=owner.slug, sites=len(sites))
    except IntegrityError as reason:
        raise Refused(f"there is a slice {values['slug']} already") from reason
    return made


def change(actor: Actor, slice_: Slice, values: Mapping[str, Any], now: datetime) -> Slice:
    """Change a slice; its slug stays.

    Raises:
        Invalid: a site does not exist, or the owner does not.
    """
    sites = _sites(values["sites"]) if "sites" in values else None
    fields = {name: value for name, value in values.items() if name not in _NOT_PLAIN}
    owner = _owner(values)
    with transaction.atomic():
        for name, value in fields.items():
            setattr(slice_, name, value)
        if owner is not None and owner.pk != slice_.organisation_id:
            slice_.organisation, fields["organisation"] = owner, owner.slug
            hand_over(SubjectKind.SLICE, slice_.slug, owner.pk, now)
        slice_.changed_at = now
        slice_.save()
        if sites is not None:
            slice_.sites.set(sites)
        record(actor, "changed slice", slice_.slug, now, **fields, **({} if sites is None else {"sites": len(sites)}))
    return slice_


def remove(actor: Actor, slice_: Slice, now: datetime) -> None:
    """Remove a slice.

    Raises:
        Refused: something is promised for it.
    """
    with transaction.atomic():
        if Agreement.objects.in_force().filter(kind=SubjectKind.SLICE, key=slice_.slug).exists():
            raise Refused(f"slice {slice_.slug} has agreements; remove those first")
        record(actor, "removed slice", slice_.slug, now)
        slice_.delete()


def _owner(values: Mapping[str, Any]) -> Organisation | None:
    """Return whose a slice shall be: an organisation, or as it was said before there were any, its name."""
    owner: Organisation | None = values.get("organisation")
    name = values.get("tenant", "")
    if owner is not None or not name:
        return owner
    if organisation := Organisation.objects.filter(Q(name_en=name) | Q(name_zh=name)).first():
        return organisation
    raise Invalid([Problem("tenant", name, "the name of an organisation; better send its slug as organisation")])


def _sites(slugs: Sequence[str]) -> list[Site]:
    sites = Site.objects.in_bulk(list(slugs), field_name="slug")
    if missing := [slug for slug in slugs if slug not in sites]:
        raise Invalid([Problem("sites", missing[0], "slugs of sites that exist")])
    return list(sites.values())
