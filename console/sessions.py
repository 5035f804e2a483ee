"""Sessions in the database, as Django keeps them; one that ends tells the open sockets of its person."""

from functools import partial
from typing import Any

from django.contrib.sessions.backends import db
from django.db import transaction

from console import lines

KEY_LENGTH = 32


class SessionStore(db.SessionStore):
    """What `SESSION_ENGINE` names."""

    def delete(self, session_key: str | None = None) -> None:
        """End a session, one's own or a named one: by signing out, by a new sign-in, by an administrator."""
        ended = session_key or self.session_key
        super().delete(session_key)
        if ended:
            transaction.on_commit(partial(lines.tell_session, ended), robust=True)

    def _validate_session_key(self, key: Any) -> bool:
        """Ask the database only for what can be a key: a cookie may hold anything."""
        return isinstance(key, str) and len(key) == KEY_LENGTH and key.isascii() and key.isalnum()
