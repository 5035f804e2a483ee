"""Base of commands that work on the database: what is wrong with it is one sentence, and no traceback."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from console.run.fitness import Unfit, require_fit, sentence_of


class WritingCommand(BaseCommand):
    """A command that writes into the database, and so only into one whose schema it knows. `is_start`: see there."""

    is_start = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it.

        Raises:
            CommandError: it must not work on this database, or the database cannot answer.
        """
        try:
            require_fit(is_start=self.is_start)
            return super().execute(*args, **options)
        except (Unfit, DatabaseError) as reason:
            sentence = sentence_of(reason)
            if sentence is None:
                raise
            raise CommandError(sentence) from None
