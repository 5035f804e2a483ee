"""Lists whose rows are about a subject, which is named in the reader's language."""

from collections.abc import Mapping
from typing import Any

from console.rest.lists import ListView
from network.actions.alarms.managed_object import Name, names_of


class NamesSubjects(ListView):
    """A list of rows with `kind` and `key`: their names are read once per page, each kind with one query."""

    subject_names: Mapping[tuple[str, str], Name] = {}

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the rows of the page, having read what their subjects are called."""
        rows = super().paginate_queryset(queryset)
        self.subject_names = names_of((row.kind, row.key) for row in rows or [])
        return rows

    def get_serializer_context(self) -> dict[str, Any]:
        """Hand the names to the rows."""
        return {**super().get_serializer_context(), "subject_names": self.subject_names}
