"""Settings of the installation that changed since its last start: which, from what to what, secrets only as changed."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from console.access.secret import kept, rewrite
from console.actions.audit.audit import SYSTEM, record

FILE = "last-settings"
DEFAULT = None
"""What a setting is that was not given."""
CHANGED = "changed"
_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY$|_URL$|^LOFT_SMTP_USER$")
_SHOWN_URLS = {"LOFT_URL", "LOFT_STATIONS_URL"}
_WITHIN_URL = re.compile(r"(?<=://)\S*@")
"""Name and password in a URL; what is taken for them by mistake is a path with an @, which nobody misses."""
HIDDEN = "***@"
_DIGEST = re.compile(r" [0-9a-f]{64}$")


def note_settings(now: datetime) -> list[str]:
    """Record which settings were given otherwise than at the last start; return their names."""
    folder = Path(settings.SECRETS_DIR)
    salt, before = _last(folder)
    after = {name: _kept(name, text, salt) for name, text in settings.LOFT_GIVEN.items()}
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if names:
        changes = {name: [_shown(name, before), _shown(name, after)] for name in names}
        record(SYSTEM, "changed settings", "settings of the installation", now, changed=changes)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rewrite(folder, FILE, json.dumps({"salt": salt, "given": after}))
    return names


def is_secret(name: str) -> bool:
    """Whether a setting's value is told to nobody."""
    return bool(_SECRET.search(name)) and name not in _SHOWN_URLS


def _last(folder: Path) -> tuple[str, dict[str, str]]:
    try:
        noted: dict[str, Any] = json.loads(kept(folder, FILE) or "{}")
    except ValueError:
        noted = {}
    return noted.get("salt") or secrets.token_hex(16), noted.get("given") or {}


def _kept(name: str, text: str, salt: str) -> str:
    digest = hmac.new(salt.encode(), text.encode(), "sha256").hexdigest()
    if is_secret(name):
        return digest
    shown = _WITHIN_URL.sub(HIDDEN, text)
    return text if shown == text else f"{shown} {digest}"  # so that another password in it is a change


def _shown(name: str, given: Mapping[str, str]) -> str | None:
    if name not in given:
        return DEFAULT
    return CHANGED if is_secret(name) else _open(given[name])[:200]


def _open(kept_text: str) -> str:
    shown = _WITHIN_URL.sub(HIDDEN, kept_text)
    return shown.rpartition(" ")[0] if _DIGEST.search(shown) and HIDDEN in shown else shown
