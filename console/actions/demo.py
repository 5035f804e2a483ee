"""The demo installation's people and keys. Their secrets are generated and kept in LOFT_HOME/secrets."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from console.access.actor import HOME_PK
from console.access.keys import hash_of
from console.access.roles import ROLES
from console.access.secret import rewrite, secret
from console.actions.access.apikey import create_key
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor, record
from console.models import ApiKey, Membership, Organisation, Person

PASSWORD_LETTERS = 20
_FLIES, _MAKES = ["reports:write", "read"], ["telemetry:write", "models:infer", "read"]
ORGANISATIONS = [  # slug, name, Chinese name, kinds
    ("lanwan-express", "Lanwan Express", "蓝湾速运", ["drone_operator"]),
    ("harbour-inspection", "Harbour Inspection", "港湾巡检", ["drone_operator"]),
    ("skyline-medical", "Skyline Medical", "天际医疗", ["drone_operator"]),
    ("lanwan-industry", "Lanwan Industry", "蓝湾工业", ["manufacturer", "model_customer"]),
    ("cuiling-holding", "Cuiling Holding", "翠岭控股", ["manufacturer", "model_customer"]),
    ("city-airspace", "City Airspace Authority", "市低空管理局", ["authority"]),
]
KEYS = {  # name: whose it is, and what it may do
    "demo-fleet": ("lanwan-express", _FLIES),
    "demo-fleet-harbour": ("harbour-inspection", _FLIES),
    "demo-fleet-skyline": ("skyline-medical", _FLIES),
    "demo-factory": ("lanwan-industry", _MAKES),
    "demo-factory-cuiling": ("cuiling-holding", _MAKES),
}


def build_people(now: datetime) -> None:
    """Make the demo's organisations, one person per role and the keys of its clients, unless they are there."""
    owners = build_organisations(now)
    for role in ROLES:
        password = demo_password(role)  # of a person who is there too: an old file is cut to what works
        if not Person.objects.filter(username=role).exists():
            person = Person.objects.create_user(role, password=password)
            Membership.objects.create(person=person, organisation_id=HOME_PK, role=role)
            record(SYSTEM, "created person", f"person {role}", now)
    for name, (slug, scopes) in KEYS.items():
        _ensure_key(name, owners[slug], scopes, now)


def build_organisations(now: datetime) -> dict[str, Organisation]:
    """Make the demo's organisations unless they are there; return every organisation by its slug."""
    known = {organisation.slug: organisation for organisation in Organisation.objects.all()}
    for slug, name_en, name_zh, kinds in ORGANISATIONS:
        if slug not in known:
            known[slug] = add_organisation(SYSTEM, slug, name_en, name_zh, kinds, now)
    return known


def demo_password(role: str) -> str:
    """Return the generated password of a demo person: all that its file holds.

    Files used to hold 64 letters of which the first 20 were the password; such a file is cut to what works.
    """
    demo_password = secret(Path(settings.SECRETS_DIR), password_file(role).name, PASSWORD_LETTERS)
    if len(demo_password) > PASSWORD_LETTERS:
        demo_password = demo_password[:PASSWORD_LETTERS]
        rewrite(Path(settings.SECRETS_DIR), password_file(role).name, demo_password)
    return demo_password


def password_file(role: str) -> Path:
    """Return the file that holds what this demo person types."""
    return Path(settings.SECRETS_DIR) / f"demo-{role}-password"


def token_file(name: str) -> Path:
    """Return the file in which a demo client finds its key."""
    return Path(settings.SECRETS_DIR) / f"{name}.key"


def _ensure_key(name: str, owner: Organisation, scopes: list[str], now: datetime) -> None:
    file = token_file(name)
    good = ApiKey.objects.good_at(now).filter(organisation=owner)
    if file.exists() and good.filter(secret_hash=hash_of(file.read_text().strip())).exists():
        return
    ApiKey.objects.filter(name=name, revoked_at=None).update(revoked_at=now)
    _, token = create_key(Actor("system", organisation=owner.pk), name, scopes, now)
    file.touch(mode=0o600)
    file.write_text(token + "\n")
