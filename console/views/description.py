"""The OpenAPI description and the catalogue of words: made once per language and form, then kept by this process."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.views.i18n import JSONCatalog
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request


@dataclass(frozen=True)
class Kept:
    """An answer's bytes, and what tells them from others."""

    content: bytes
    content_type: str
    etag: str


class DescriptionCache:
    """Answers by key, each made by one thread while others wait for it. There are as many as keys can be named."""

    def __init__(self) -> None:
        self._kept: dict[Any, Kept] = {}
        self._making = threading.Lock()

    def take(self, key: Any, make: Callable[[], tuple[bytes, str]]) -> Kept:
        """Return the answer of a key, made now if nobody asked before."""
        if key not in self._kept:
            with self._making:
                if key not in self._kept:
                    content, content_type = make()
                    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
                    self._kept[key] = Kept(content, content_type, etag)
        return self._kept[key]

    def clear(self) -> None:
        """Forget all, as a process does that starts."""
        self._kept.clear()


cache = DescriptionCache()


class SchemaView(SpectacularAPIView):
    """The OpenAPI description. Building it takes seconds, which a stranger shall not make anybody spend twice."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the description in a language of ours (`?lang=`), in the form that was negotiated."""
        language = _language(request.GET.get("lang"))
        renderer = request.accepted_renderer

        content_type = f"{renderer.media_type}; charset={renderer.charset or 'utf-8'}"

        def make() -> tuple[bytes, str]:
            generator = self.generator_class(urlconf=self.urlconf, api_version=None, patterns=self.patterns)
            with translation.override(language):
                description = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
                rendered = renderer.render(description, renderer.media_type, {})
            return rendered if isinstance(rendered, bytes) else rendered.encode(), content_type

        answer = answer_of(request, cache.take(("schema", language, renderer.media_type, renderer.format), make))
        answer["Content-Disposition"] = f'inline; filename="Loft.{renderer.format}"'
        return answer


class CatalogueView(JSONCatalog):
    """The words of the pages' scripts in the present language."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the catalogue; 304 to whoever has it."""

        def make() -> tuple[bytes, str]:
            made = super(CatalogueView, self).get(request, *args, **kwargs)
            return made.content, made["Content-Type"]

        return answer_of(request, cache.take(("catalogue", _language(None)), make))


def answer_of(request: Any, kept: Kept) -> HttpResponse:
    """Return what is kept, or that the caller has it already."""
    if kept.etag in parse_etags(request.headers.get("If-None-Match", "")):
        answer = HttpResponse(status=304)
    else:
        answer = HttpResponse(kept.content, content_type=kept.content_type)
    answer["ETag"] = kept.etag
    answer["Vary"] = "Accept, Accept-Language, Cookie"
    patch_cache_control(answer, private=True, max_age=0, must_revalidate=True)
    return answer


def _language(asked: str | None) -> str:
    """Return a language of ours: the one asked for, else the present one."""
    ours = dict(settings.LANGUAGES)
    present = translation.get_language() or settings.LANGUAGE_CODE
    return next((language for language in (asked, present) if language in ours), settings.LANGUAGE_CODE)
