"""The audit trail's hash chain. Pure functions: what is hashed of a row, and how a row is tied to the one before it.

The form of what is hashed never changes, for every row that was ever written is checked against it.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

BEFORE_THE_FIRST = "0" * 64


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Return a row's fields as JSON that is the same whichever database they were read from.

    Keys are sorted, times are UTC with microseconds, and a number without fraction is a whole one: PostgreSQL keeps
    JSON numbers as decimals, so that 1e20 comes back as an integer.
    """
    return json.dumps(_plain(fields), sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def digest(fields: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row's fields, in hexadecimal."""
    return hashlib.sha256(canonical(fields)).hexdigest()


def link(previous: str, number: int, row_digest: str) -> str:
    """Return the hash of the row with this number: over the hash before it, the number and the digest of its fields.

    The function `loft_audit_chain` in PostgreSQL computes the same.
    """
    return hashlib.sha256(f"{previous}\n{number}\n{row_digest}".encode()).hexdigest()


def address_text(address: str | None) -> str | None:
    """Return an address in its one usual form; a database may have stored another."""
    return None if address is None else str(ip_address(address.partition("/")[0]))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
