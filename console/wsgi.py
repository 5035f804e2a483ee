"""Pages and REST as a WSGI application; `console.asgi` mounts it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
_django = get_wsgi_application()  # first: it sets Django up

from console.middleware import readable  # noqa: E402  isort: skip

application = readable(_django)
