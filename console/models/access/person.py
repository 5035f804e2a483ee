"""People who sign in."""

from functools import cached_property
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Prefetch

from console.access.actor import Actor
from console.access.roles import Role
from console.models.access.display import Displayed
from console.models.access.organisation import Membership, ScopedQuerySet


class PersonQuerySet(ScopedQuerySet["Person"]):
    """Ways to pick people."""

    def visible_to(self, actor: Actor) -> "PersonQuerySet":
        """Return the people who belong to an organisation that the actor may see, each once."""
        if actor.sees is None:
            return self
        return self.filter(pk__in=Membership.objects.filter(organisation__in=actor.sees).values("person"))

    def seen_by(self, actor: Actor) -> "PersonQuerySet":
        """Return the people whom the actor may see, each with those memberships only that the actor may see."""
        seen = Membership.objects.visible_to(actor).select_related("organisation")
        return self.visible_to(actor).prefetch_related(Prefetch("memberships", seen))

    def with_role(self, role: str, actor: Actor) -> "PersonQuerySet":
        """Return those who have a role in an organisation that the actor may see."""
        return self.filter(pk__in=Membership.objects.visible_to(actor).filter(role=role).values("person"))

    def holding(self, right: str) -> "PersonQuerySet":
        """Return the active people who hold a right in one of their organisations, or by themselves."""
        memberships = Membership.objects.filter(organisation__is_active=True).select_related("organisation")
        by_role = [row.person_id for row in memberships if row.organisation.role(row.role).holds(right)]
        direct = self.model.objects.with_perm(right, backend="django.contrib.auth.backends.ModelBackend")
        return self.filter(is_active=True).filter(pk__in=[*by_role, *direct.values_list("pk", flat=True)])


class PersonManager(UserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]  # made by Django
    """Makes people, and picks them."""

    use_in_migrations = False


class Person(Displayed, AbstractUser):
    """Someone who signs in. What they may do comes from their roles in organisations, see `console.access.roles`."""

    must_change_password = models.BooleanField(default=False)
    totp_since = models.DateTimeField(null=True, blank=True)  # since when a code is asked for at each sign-in

    owner_path: ClassVar[str] = "memberships__organisation"
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        permissions = [
            ("view_audit", "Can read the audit trail"),
            ("manage_people", "Can manage people and their roles"),
        ]

    @cached_property
    def roles(self) -> dict[int, Role]:
        """Their role by organisation, as it was when first asked for."""
        return {row.organisation_id: row.organisation.role(row.role) for row in self.active_memberships}

    @cached_property
    def active_memberships(self) -> list[Membership]:
        """Their memberships of active organisations in the order they joined, as they were when first asked for."""
        return list(self.memberships.filter(organisation__is_active=True).select_related("organisation"))

    @property
    def requires_totp(self) -> bool:
        """Whether a setting or one of their organisations demands a code besides the password."""
        if settings.LOFT_REQUIRE_TOTP == "everybody" or any(
            row.organisation.requires_totp for row in self.active_memberships
        ):
            return True
        administers = self.is_superuser or any(row.role == "administrator" for row in self.active_memberships)
        return settings.LOFT_REQUIRE_TOTP == "administrators" and administers

    @property
    def sees(self) -> frozenset[int] | None:
        """The organisations whose rows they may see, None for all."""
        sees_all = self.is_superuser or any(role.sees_all for role in self.roles.values())
        return None if sees_all else frozenset(self.roles)

    def sees_by(self, right: str) -> frozenset[int] | None:
        """Return the organisations whose rows they may see by a right, None for all: those where their role holds it.

        Who administers one organisation and only looks on in another reads the keys and the trail of the first.
        """
        holding = {number: role for number, role in self.roles.items() if role.holds(right)}
        if len(holding) == len(self.roles) or self.is_superuser or right in self.get_all_permissions():
            return self.sees
        return None if any(role.sees_all for role in holding.values()) else frozenset(holding)
