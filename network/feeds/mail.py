"""E-mail: words for people, and the same signed JSON as a webhook's body attached."""

import smtplib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from network.feeds import NotSent

MOST_ADDRESSES = 10


def addresses_of(target: str) -> list[str]:
    """Return the addresses of a target."""
    return [part.strip() for part in target.split(",") if part.strip()]


def problem_of(target: str) -> str | None:
    """Return why a target is no list of addresses; None where it is one."""
    addresses = addresses_of(target)
    if not 1 <= len(addresses) <= MOST_ADDRESSES:
        return f"expected 1 to {MOST_ADDRESSES} e-mail addresses with commas between them"
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            return f"{address!r} is not an e-mail address"
    return None


def send(target: str, words: tuple[str, str], body: bytes, headers: Mapping[Any, Any]) -> None:
    """Send one message; return only when the relay has taken it.

    Args:
        target: addresses with commas between them.
        words: subject and text.
        body: JSON, attached byte by byte as it was signed.
        headers: what to send beside the usual ones.

    Raises:
        NotSent: no relay is set, it is away, or it did not take the message.
    """
    if not settings.EMAIL_HOST:
        raise NotSent("no mail relay is set; LOFT_SMTP_HOST names one")
    subject, text = words
    one_line = " ".join(subject.split())[:200]
    message = EmailMessage(one_line, text, settings.DEFAULT_FROM_EMAIL, addresses_of(target), headers=dict(headers))
    message.attach("alarm.json", body, "application/json")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as reason:
        raise NotSent(f"the relay refused {', '.join(sorted(reason.recipients))}", is_away=False) from reason
    except smtplib.SMTPResponseException as reason:
        reply = (
            reason.smtp_error.decode(errors="replace") if isinstance(reason.smtp_error, bytes) else reason.smtp_error
        )
        raise NotSent(f"the relay answered with {reason.smtp_code}: {reply}") from reason
    except (smtplib.SMTPException, OSError) as reason:
        raise NotSent(f"{type(reason).__name__}: {reason}") from reason
