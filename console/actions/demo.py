"""The demo installation's people and keys. Their secrets are generated and kept in LOFT_HOME/secrets."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group

from console.actions.apikey import create_key
from console.actions.audit import SYSTEM, record
from console.keys import hash_of
from console.models import ApiKey, Person
from console.roles import ROLES
from console.secret import rewrite, secret

PASSWORD_LETTERS = 20
KEYS = {"demo-fleet": ["reports:write", "read"], "demo-factory": ["telemetry:write", "models:infer", "read"]}


def build_people(now: datetime) -> None:
    """Make one person per role and the keys of the demo clients, unless they are there."""
    for role in ROLES:
        password = demo_password(role)  # of a person who is there too: an old file is cut to what works
        if not Person.objects.filter(username=role).exists():
            person = Person.objects.create_user(role, password=password)
            person.groups.add(Group.objects.get(name=role))
            record(SYSTEM, "created person", f"person {role}", now)
    for name, scopes in KEYS.items():
        _ensure_key(name, scopes, now)


def demo_password(role: str) -> str:
    """Return the generated password of a demo person: all that its file holds.

    Files used to hold 64 letters of which the first 20 were the password; such a file is cut to what works.
    """
    found = secret(Path(settings.SECRETS_DIR), password_file(role).name, PASSWORD_LETTERS)
    if len(found) > PASSWORD_LETTERS:
        found = found[:PASSWORD_LETTERS]
        rewrite(Path(settings.SECRETS_DIR), password_file(role).name, found)
    return found


def password_file(role: str) -> Path:
    """Return the file that holds what this demo person types."""
    return Path(settings.SECRETS_DIR) / f"demo-{role}-password"


def token_file(name: str) -> Path:
    """Return the file in which a demo client finds its key."""
    return Path(settings.SECRETS_DIR) / f"{name}.key"


def _ensure_key(name: str, scopes: list[str], now: datetime) -> None:
    file = token_file(name)
    if file.exists() and ApiKey.objects.good_at(now).filter(secret_hash=hash_of(file.read_text().strip())).exists():
        return
    ApiKey.objects.filter(name=name, revoked_at=None).update(revoked_at=now)
    _, token = create_key(SYSTEM, name, scopes, now)
    file.touch(mode=0o600)
    file.write_text(token + "\n")
