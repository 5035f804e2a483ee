"""Which roles a value that the identity provider says of a person stands for. Read by the settings; imports nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from console.roles import ROLES


@dataclass(frozen=True)
class MappedRole:
    """A role in an organisation (by its slug) that a value of the claim gives."""

    value: str
    organisation: str
    role: str


def oidc_roles(words: Iterable[str]) -> tuple[MappedRole, ...]:
    """Read `value=organisation:role` entries of `LOFT_OIDC_ROLES`.

    Raises:
        ValueError: an entry is written otherwise, or names a role that there is not.
    """
    mapped = []
    for word in (word.strip() for word in words if word.strip()):
        value, is_given, place = word.rpartition("=")
        organisation, _, role = place.partition(":")
        if not (is_given and value and organisation) or role not in ROLES:
            raise ValueError(f"LOFT_OIDC_ROLES: {word} given; expected value=organisation:role, a role of {ROLES}")
        mapped.append(MappedRole(value, organisation, role))
    return tuple(mapped)
