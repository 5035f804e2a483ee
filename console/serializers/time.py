"""Times as callers give them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers


class TimeField(serializers.DateTimeField):
    """A time that a database can hold, and that can be told, in any zone."""

    default_error_messages = {"far": "expected a time from 1970 to 2200"}

    def to_internal_value(self, value: Any) -> datetime:
        """Read it, and refuse what is beyond."""
        read = super().to_internal_value(value)
        if not 1970 <= read.year <= 2200:
            self.fail("far")
        return read
