"""What the settings of the identity provider mean: the roles that its values stand for, and which issuers may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from environs import EnvValidationError

from console.access.roles import ROLES


@dataclass(frozen=True)
class MappedRole:
    """A role in an organisation (by its slug) that a value of the claim gives."""

    value: str
    organisation: str
    role: str


def oidc_roles(words: Iterable[str]) -> tuple[MappedRole, ...]:
    """Read `value=organisation:role` entries of `LOFT_OIDC_ROLES`.

    Raises:
        EnvValidationError: an entry is written otherwise, or names a role that there is not.
    """
    mapped = []
    for word in (word.strip() for word in words if word.strip()):
        value, is_given, place = word.rpartition("=")
        organisation, _, role = place.partition(":")
        if not (is_given and value and organisation) or role not in ROLES:
            wrong = f"LOFT_OIDC_ROLES: {word} given; expected value=organisation:role, a role of {ROLES}"
            raise EnvValidationError(wrong, [wrong])
        mapped.append(MappedRole(value, organisation, role))
    return tuple(mapped)


def secure_issuer(issuer: str) -> None:
    """Take https, and http on this machine alone.

    Raises:
        EnvValidationError: it is anything else.
    """
    if issuer and not _is_secure(issuer):
        wrong = f"LOFT_OIDC_ISSUER: {issuer} given; expected a URL with a host, and a port if any, that begins with https://"
        raise EnvValidationError(wrong, [wrong])


def _is_secure(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # no host or port can be read from it
        return False
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")
    return port != 0 and (is_here or (parts.scheme == "https" and bool(parts.hostname)))
