"""Sessions in the database, as Django keeps them; one that ends tells the open sockets of its person."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from console.after_commit import after_commit
from console.database import condition_of
from console.live import lines
from console.models import SignedIn

KEY_LENGTH = 32
ORIGIN = "origin"
"""Where a session says when it began, from which address, with which browser and in which way."""
ACTING_FOR = "organisation"
"""Where it says for which of their organisations its person acts."""
FORMER_BACKEND, BACKEND = "console.backends.MembershipBackend", "console.access.backends.MembershipBackend"
"""What sessions name that began before the backend moved: an upgrade signs nobody out."""


class SessionStore(db.SessionStore):
    """What `SESSION_ENGINE` names."""

    def decode(self, session_data: Any) -> dict[str, Any]:
        """Return what a session holds."""
        held: dict[str, Any] = super().decode(session_data)
        if held.get(BACKEND_SESSION_KEY) == FORMER_BACKEND:
            held[BACKEND_SESSION_KEY] = BACKEND
        return held

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  as Django calls it
        """Save it; the session of a person is among those that they can see and end."""
        is_new = SESSION_KEY in self and not self.get(ORIGIN, {}).get("is_listed")
        if is_new:
            self[ORIGIN] = {"at_s": timezone.now().timestamp(), **self.get(ORIGIN, {}), "is_listed": True}
        try:
            super().save(must_create)
        except UpdateError as reason:  # Django takes a database that is away for a session that was deleted
            if (error := reason.__context__) and condition_of(error):
                raise error from error.__cause__
            raise
        if is_new:
            self._list(self[ORIGIN])

    def cycle_key(self) -> None:
        """Take another key. Whoever signed in under the old one, it is listed anew under the new one."""
        if ORIGIN in self:
            self[ORIGIN] = {**self[ORIGIN], "is_listed": False}
        super().cycle_key()

    def delete(self, session_key: str | None = None) -> None:
        """End a session, one's own or a named one: by signing out, by a new sign-in, by an administrator."""
        ended = session_key or self.session_key
        super().delete(session_key)
        if ended:
            SignedIn.objects.filter(session_key=ended).delete()
            after_commit(lines.tell_session, ended)

    def _list(self, origin: dict[str, Any]) -> None:
        started_at = datetime.fromtimestamp(origin["at_s"], UTC)
        details = {name: origin[name] for name in ("address", "browser", "way") if origin.get(name)}
        SignedIn.objects.update_or_create(
            session_key=self.session_key,
            defaults={
                "person_id": int(self[SESSION_KEY]),
                "started_at": started_at,
                "active_at": timezone.now(),
                **details,
            },
        )

    def _validate_session_key(self, key: Any) -> bool:
        """Ask the database only for what can be a key: a cookie may hold anything."""
        return isinstance(key, str) and len(key) == KEY_LENGTH and key.isascii() and key.isalnum()
