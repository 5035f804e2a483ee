"""How every process logs (Django's `LOGGING`): one line a record on standard error, where the supervisor takes it.

What has handlers of its own (uvicorn) gives them up, so that every line is cut and counted.
"""

from typing import Any

_LOGS = "console.run.loglines."
FORMS = {"line": _LOGS + "OneLine", "json": _LOGS + "OneObject"}
SOCKET_LINES = "uvicorn.error.lines"
"""What is said of each WebSocket: two lines for each that opens tell nobody anything and cost a tenth of it."""


def logging_of(level: str, form: str, most_same: int) -> dict[str, Any]:
    """Return the configuration.

    Args:
        level: the least severe that is written.
        form: "line" for people, "json" for programs.
        most_same: of a warning or worse, how many of a kind are written before the others are only counted.
    """
    handler = {"class": _LOGS + "SparingHandler", "formatter": "record", "most_same": most_same}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"record": {"()": FORMS[form]}},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": "INFO"},
            **{name: {"level": "INFO", "propagate": True} for name in ("uvicorn", "uvicorn.error")},
            "uvicorn.access": {"level": "WARNING", "propagate": True},
            SOCKET_LINES: {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "py.warnings": {"level": "WARNING"},
        },
    }
