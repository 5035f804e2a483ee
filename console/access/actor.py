"""Who asks for something: a person, a key or the system, for which organisation, and whose rows they may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.access.keys import Key
from console.access.roles import Role

if TYPE_CHECKING:
    from console.models import Person

HOME_PK = 1
"""The organisation that runs the installation. Whatever names no owner is its, so that no other sees it."""


@dataclass(frozen=True)
class Actor:
    """Who asks for a change or to see something.

    `sees` are the organisations whose rows it may see, None for all; `organisation` owns what it makes. What the
    system itself does, a command or the schedule, sees all.
    """

    name: str
    person: "Person | None" = None
    key: Key | None = None
    address: str | None = None
    system: str = ""  # another system for which it acts, as it says itself
    organisation: int = HOME_PK
    sees: frozenset[int] | None = None
    roles: Mapping[int, Role] = field(default_factory=dict)

    def may_see(self, organisation: int) -> bool:
        """Whether it may see rows of this organisation."""
        return self.sees is None or organisation in self.sees

    @property
    def runs_the_network(self) -> bool:
        """Whether it belongs to an organisation that runs the network, or is the system itself; in any role."""
        if self.key is not None:
            return self.key.role.acts_on_all
        if self.person is None:
            return self.sees is None
        return self.person.is_superuser or any(role.acts_on_all for role in self.roles.values())

    def may_run(self, right: str) -> bool:
        """Whether it may do what only those who run the network may, by a right that it holds there and not elsewhere.

        Whoever only looks on there and administers a customer does not run the network as far as rights go.
        """
        return self.runs_the_network and self.may_change(HOME_PK, right)

    def may_change(self, organisation: int, right: str) -> bool:
        """Whether it may do to rows of this organisation what needs the right."""
        if self.key is not None:
            return self.key.role.acts_on_all or organisation == self.organisation
        if self.person is None:
            return self.sees is None
        there = [role for number, role in self.roles.items() if number == organisation or role.acts_on_all]
        if self.person.is_superuser or any(role.holds(right) for role in there):
            return True
        return bool(there) and right in self.person.get_user_permissions()  # given by itself, beside the roles

    def trail_of(self, owner: int | None) -> int:
        """Return the organisation in whose audit trail it stands what the actor did to rows of an owner.

        That is the owner where the actor belongs to it. What somebody does by running the network stands in the trail
        of those who run it, whomever they act for: no customer reads there of others, or of the network.
        """
        if owner is not None and owner in self.roles:
            return owner
        if self.person is None or not self.runs_the_network:
            return self.organisation
        return next((number for number, role in self.roles.items() if role.acts_on_all), HOME_PK)

    def may_make(self, right: str) -> bool:
        """Whether it may make things that need the right: in the organisation for which it acts, by its role there."""
        if self.key is not None or self.person is None:
            return True  # scopes say what a key may
        return not self.roles or self.may_change(self.organisation, right)


SYSTEM = Actor("system")
