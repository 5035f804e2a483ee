"""Codes besides the password (TOTP, RFC 6238): setting them up, looking at one, recovery codes, switching them off."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from console.access.sealing import seal, unseal
from console.actions.audit.audit import Actor, record
from console.errors import Refused
from console.models import Person, RecoveryCode, SignInWay, TotpSecret

STEP_S = 30
WINDOW_STEPS = 1
RECOVERY_CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # what nobody reads as something else
SALT = "console.recovery_code"
MADE_BY = "Loft"


@dataclass(frozen=True)
class Setup:
    """What an authenticator is set up with: by typing the secret in, or by the picture."""

    secret: str
    uri: str
    picture: str


@transaction.atomic
def begin(person: Person, now: datetime) -> Setup:
    """Make a new secret, good for nothing until a first code from it was shown.

    Raises:
        Refused: codes are asked for already.
    """
    if person.totp_since:
        raise Refused("codes are asked for already; switch them off first")
    secret = pyotp.random_base32()
    TotpSecret.objects.update_or_create(
        person=person, defaults={"sealed": seal(secret), "last_step": 0, "made_at": now}
    )
    name = settings.LOFT_URL.partition("://")[2]
    uri = pyotp.TOTP(secret).provisioning_uri(name=f"{person.get_username()}@{name}", issuer_name=MADE_BY)
    picture = segno.make(uri, micro=False).svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    return Setup(secret, uri, picture)


@transaction.atomic
def confirm(actor: Actor, person: Person, code: str, now: datetime) -> list[str]:
    """Ask for codes from now on, once a first one is right; return recovery codes, which cannot be had again.

    Raises:
        Refused: nothing was begun, or the code is wrong.
    """
    if person.totp_since:
        raise Refused("codes are asked for already")
    if not _takes_time_code(person, code, now):
        raise Refused("code: it is not the one that your secret gives now; look at the clock of your device")
    person.totp_since = now
    person.save(update_fields=["totp_since"])
    codes = _new_recovery_codes(person)
    record(actor, "switched codes on", f"person {person.get_username()}", now)
    return codes


@transaction.atomic
def renew_recovery_codes(actor: Actor, person: Person, now: datetime) -> list[str]:
    """Return new recovery codes; the old ones open nothing any more.

    Raises:
        Refused: no codes are asked for.
    """
    if not person.totp_since:
        raise Refused("no codes are asked for")
    codes = _new_recovery_codes(person)
    record(actor, "renewed recovery codes", f"person {person.get_username()}", now)
    return codes


def way_of_code(person: Person, code: str, now: datetime) -> SignInWay | None:
    """Take a code, of either kind, which works this once; return what it was, None when it is wrong or was used."""
    if _takes_time_code(person, code, now):
        return SignInWay.PASSWORD_AND_CODE
    used = RecoveryCode.objects.filter(person=person, code_hash=_hash_of(code), used_at=None).update(used_at=now)
    return SignInWay.PASSWORD_AND_RECOVERY_CODE if used else None


@transaction.atomic
def switch_off(actor: Actor, person: Person, now: datetime, verb: str = "switched codes off") -> None:
    """Ask for no codes any more, and forget secret and recovery codes."""
    TotpSecret.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    was_on = person.totp_since is not None
    person.totp_since = None
    person.save(update_fields=["totp_since"])
    if was_on:
        record(actor, verb, f"person {person.get_username()}", now)


def switch_own_off(actor: Actor, person: Person, now: datetime) -> None:
    """Switch one's own codes off; password and code were looked at before.

    Raises:
        Refused: no codes are asked for, or they are demanded.
    """
    if not person.totp_since:
        raise Refused("no codes are asked for")
    if person.requires_totp:
        raise Refused("codes are required of you; an administrator can reset them when the device is lost")
    switch_off(actor, person, now)


def _takes_time_code(person: Person, code: str, now: datetime) -> bool:
    """Use a code up. Of two requests with the same one, the database lets one through."""
    plain = "".join(code.split())
    kept = TotpSecret.objects.filter(person=person).first()
    secret = unseal(kept.sealed) if kept else None
    if kept is None or secret is None or not (len(plain) == 6 and plain.isascii() and plain.isdecimal()):
        return False
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret, interval=STEP_S)
    for step in range(current - WINDOW_STEPS, current + WINDOW_STEPS + 1):
        if secrets.compare_digest(totp.at(step * STEP_S), plain):
            return bool(TotpSecret.objects.filter(pk=kept.pk, last_step__lt=step).update(last_step=step))
    return False


def _new_recovery_codes(person: Person) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(person=person, code_hash=_hash_of(code)) for code in codes)
    return codes


def _hash_of(code: str) -> str:
    """Return what is kept of a recovery code: 74 random bits under a key, so that no slow hash is needed."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return salted_hmac(SALT, plain, algorithm="sha256").hexdigest()
