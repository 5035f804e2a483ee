"""Organisations: who owns what, and in which role people belong to them."""

from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from console.access.actor import HOME_PK, Actor
from console.access.roles import ROLES, Role
from console.words import shown_name

Row = TypeVar("Row", bound=models.Model)


class OrganisationKind(models.TextChoices):
    """What an organisation is; it can be several."""

    NETWORK_OPERATOR = "network_operator", _("Network operator")
    DRONE_OPERATOR = "drone_operator", _("Drone operator")
    MANUFACTURER = "manufacturer", _("Manufacturer")
    MODEL_CUSTOMER = "model_customer", _("Model customer")
    AUTHORITY = "authority", _("Authority")


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows of a model that says by `owner_path` how its organisation is reached."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the rows that the actor may see: its organisations' own, or all for those who see all by right."""
        if actor.sees is None:
            return self
        path: str = self.model.owner_path  # type: ignore[attr-defined]
        return self.filter(**{f"{path}__in": actor.sees})


class Organisation(models.Model):
    """A company or authority. Its kinds say what its people and keys may do beyond their own rows."""

    slug = models.SlugField(max_length=60, unique=True)
    name_en = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    kinds: "models.JSONField[Any]" = models.JSONField(default=list)  # of OrganisationKind
    is_active = models.BooleanField(default=True)
    requires_totp = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    owner_path: ClassVar[str] = "pk"
    open_to_all: ClassVar[dict[str, tuple[object, ...]]] = {"pk": (HOME_PK,)}  # what all share is its; see rowsecurity
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def display_name(self) -> str:
        """What it is called, in the language of whoever reads."""
        return shown_name(self.name_en, self.name_zh)

    def role(self, name: str) -> Role:
        """Return a role in it, which says what its holder may do."""
        return Role(name, frozenset(self.kinds))


class Membership(models.Model):
    """A person's role in one organisation."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role, role) for role in ROLES])

    owner_path: ClassVar[str] = "organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "organisation"], name="one_role_per_person_and_organisation")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.organisation_id}"

    @property
    def organisation_slug(self) -> str:
        """The slug of its organisation."""
        return self.organisation.slug


class Owned(models.Model):
    """Base of rows that an organisation owns."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, default=HOME_PK, related_name="+")
    organisation_id: int

    owner_path: ClassVar[str] = "organisation"

    class Meta:
        abstract = True

    @property
    def owner_pk(self) -> int:
        """The key of the organisation that owns it."""
        assert self.organisation_id is not None  # the column holds no null
        return self.organisation_id
