"""The OpenAPI description: adds the routes that bypass Django, which describe themselves in `OPENAPI`."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def add_raw_routes(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:  # noqa: FBT001  drf-spectacular calls it so
    """Put each raw route's own description beside those of the views."""
    for route, name in settings.LOFT_RAW_ROUTES.items():
        result["paths"][route] = import_string(f"{name.rsplit('.', 1)[0]}.OPENAPI")
    return result
