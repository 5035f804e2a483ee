"""Static files: names with a hash, JavaScript modules included, and the few files we serve of each npm package."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

Converter = Callable[[re.Match[str]], str]
VENDOR_FILES = {
    "maplibre-gl": ["dist/maplibre-gl.mjs", "dist/maplibre-gl-shared.mjs", "dist/maplibre-gl-worker.mjs",
                    "dist/maplibre-gl.css"],
    "uplot": ["dist/uPlot.esm.js", "dist/uPlot.min.css"],
}  # fmt: skip


class HashedAssets(ManifestStaticFilesStorage):
    """Manifest storage that also rewrites `import './x.js'`, and leaves vendored files as their makers wrote them.

    It reads JavaScript by regular expressions, whatever the case: a comment right before the imports that holds the
    word "import" or "export" is taken for one of them. What a comment says of types, `import("./x.js").Type`, is no
    import: of modules that name each other's types, each would wait for the other's hash.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # as deep as modules may import each other
    manifest_strict = False

    def url_converter(self, name: str, hashed_files: dict[str, Any], *args: Any, **kwargs: Any) -> Converter:
        """Rewrite references in our own files only: a source map that was not brought along would raise."""
        if name.startswith(("vendor/", "drf_spectacular_sidecar/")):
            return lambda match: match.group(0)
        convert: Converter = super().url_converter(name, hashed_files, *args, **kwargs)
        return lambda match: match.group(0) if _is_of_comment(match) else convert(match)


def _is_of_comment(match: re.Match[str]) -> bool:
    before = match.string[: match.start()]
    return match.group(0).startswith("import(") and before.rfind("/**") > before.rfind("*/")


def bring_vendor_files(node_modules: Path, target: Path) -> int:
    """Copy the files we serve from node_modules; return how many. Raises FileNotFoundError naming a missing one."""
    count = 0
    for package, files in VENDOR_FILES.items():
        for file in files:
            destination = target / package / Path(file).name
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(node_modules / package / file, destination)
            count += 1
    return count
