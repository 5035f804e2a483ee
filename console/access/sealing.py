"""Small secrets that the database keeps for us, sealed with a key derived from Django's secret key.

A dump of the database alone opens none of them. Whoever changes the secret key keeps the old one in
`SECRET_KEY_FALLBACKS`, else people set up their codes anew.
"""

import base64
import logging

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

log = logging.getLogger(__name__)
PURPOSE = b"loft.sealing.1"


def seal(secret: str) -> str:
    """Return what the database may keep of a secret."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Return a secret that was sealed here; None when it was sealed with another key, or is damaged."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken:
        log.exception("a sealed secret could not be opened: was the secret key changed?")
        return None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(key: str | bytes) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(force_bytes(key))
    return base64.urlsafe_b64encode(derived)
