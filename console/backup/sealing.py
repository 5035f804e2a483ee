"""Encryption of a backup in the age format (age-encryption.org/v1), for a passphrase, for recipients, or for both.

Each backup has an X25519 identity of its own, to which its stream is encrypted; the identity is encrypted with the
passphrase, because the library takes a passphrase only for what is held in memory, and age mixes none with recipients.
age derives the key from a passphrase with scrypt: a second or two, and about 0.6 GB of memory meanwhile.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from console.errors import Refused

MOST_SECRET_BYTES = 65_536
PASSPHRASE = "backup-passphrase"
"""The secret that is made where the settings name neither passphrase nor recipient."""


@dataclass(frozen=True)
class Secret:
    """What opens a backup: the passphrase, or age identities (`AGE-SECRET-KEY-1...`)."""

    passphrase: str = ""
    identities: tuple[str, ...] = ()


class Seal:
    """What one backup is encrypted with."""

    def __init__(self, passphrase: str = "", recipients: Sequence[str] = ()) -> None:
        """Make the backup's own identity.

        Raises:
            Refused: there is neither passphrase nor recipient, or a recipient is none.
        """
        import pyrage  # noqa: PLC0415  of use to this alone

        if not passphrase and not recipients:
            raise Refused("a backup needs a passphrase file or a recipient")
        identity = pyrage.x25519.Identity.generate()
        self._for_whom = [identity.to_public()] if passphrase else []
        self._for_whom += [_recipient(text) for text in recipients]
        self.sealed_identity: bytes = (
            pyrage.passphrase.encrypt(str(identity).encode(), passphrase) if passphrase else b""
        )

    def encrypt(self, source: io.RawIOBase, target: BinaryIO) -> None:
        """Encrypt a stream, 64 KiB at a time. Raises what reading or writing raised."""
        import pyrage  # noqa: PLC0415  of use to this alone

        reading, writing = _Watched(source), _Watched(target)
        try:
            pyrage.encrypt_io(reading, writing, self._for_whom)
        except (pyrage.EncryptError, OSError) as reason:
            raise reading.error or writing.error or reason from None


def decrypt(source: BinaryIO, target: Any, sealed_identity: bytes, secret: Secret) -> None:
    """Decrypt a stream.

    Raises:
        Refused: the secret is another's, or the stream is damaged or was cut short.
    """
    import pyrage  # noqa: PLC0415  of use to this alone

    identities = [_identity(text) for text in secret.identities]
    if secret.passphrase and sealed_identity:
        identities.append(_unsealed(sealed_identity, secret.passphrase))
    if not identities:
        raise Refused(
            "it was made for a passphrase" if sealed_identity else "it was made for recipients: name their identity"
        )
    writing = _Watched(target)
    try:
        pyrage.decrypt_io(source, writing, identities)
    except pyrage.DecryptError as reason:
        if "No matching keys" in str(reason):
            raise Refused("it was made for other recipients") from None
        raise Refused("it is damaged or was cut short") from None
    except OSError:
        if writing.error:
            raise writing.error from None
        raise Refused("it is damaged or was cut short") from None


def secret_in(file: Path, what: str) -> str:
    """Return what stands in the first line of a file that holds a secret.

    Raises:
        Refused: it cannot be read, or holds none.
    """
    try:
        with file.open() as opened:
            text = opened.readline(MOST_SECRET_BYTES).strip()
    except (OSError, ValueError) as reason:
        raise Refused(f"the {what} in {file} cannot be read: {getattr(reason, 'strerror', '') or 'no text'}") from None
    if not text:
        raise Refused(f"the {what} in {file} is empty")
    return text


def identities_in(file: Path) -> tuple[str, ...]:
    """Return the identities of a file as `age-keygen` writes it: one a line, and comments.

    Raises:
        Refused: it cannot be read, or holds none.
    """
    secret_in(file, "identity")
    with file.open() as opened:
        lines = [line.strip() for line in opened.read(MOST_SECRET_BYTES).splitlines()]
    found = tuple(line for line in lines if line and not line.startswith("#"))
    if not found:
        raise Refused(f"the identity in {file} is empty")
    return found


class _Watched:
    """A stream for the library; keeps the error that ended it, of which the library tells the text alone."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.error: Exception | None = None

    def read(self, count: int = -1) -> bytes:
        try:
            return bytes(self._stream.read(count))
        except Exception as reason:
            self.error = reason
            raise

    def write(self, piece: bytes) -> int:
        try:
            return int(self._stream.write(piece))
        except Exception as reason:
            self.error = reason
            raise

    def flush(self) -> None:
        try:
            self._stream.flush()
        except Exception as reason:
            self.error = reason
            raise


def _recipient(text: str) -> Any:
    import pyrage  # noqa: PLC0415  of use to this alone

    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise Refused(f"recipient: {text[:80]} given; expected a public key of age (age1...)") from None


def _identity(text: str) -> Any:
    import pyrage  # noqa: PLC0415  of use to this alone

    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        raise Refused("the identity is none of age (AGE-SECRET-KEY-1...)") from None


def _unsealed(sealed_identity: bytes, passphrase: str) -> Any:
    import pyrage  # noqa: PLC0415  of use to this alone

    try:
        return _identity(pyrage.passphrase.decrypt(sealed_identity, passphrase).decode())
    except (pyrage.DecryptError, OSError, ValueError):
        raise Refused("the passphrase is wrong, or its part of the file is damaged") from None
