"""Times as callers give them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

TOO_FAR = "expected a time from 1970 to 2200"


def is_near(at: datetime) -> bool:
    """Whether a time is one that we can store, compare and tell, in any zone."""
    return 1970 <= at.year <= 2200


class TimeField(serializers.DateTimeField):
    """A time that a database can hold, and that can be told, in any zone."""

    default_error_messages = {"far": TOO_FAR}

    def to_internal_value(self, value: Any) -> datetime:
        """Read it, and refuse what is beyond."""
        try:
            read = super().to_internal_value(value)
        except OverflowError:  # year 1 without an offset, east of Greenwich
            self.fail("far")
        if not is_near(read):
            self.fail("far")
        return read
