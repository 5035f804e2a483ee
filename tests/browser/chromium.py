"""A Chromium to test with: named, on the PATH, or unpacked from the npm package that brings one without root."""

import io
import os
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
CACHE = ROOT / "node_modules" / ".cache" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist", "--disable-gpu-compositing",  # WebGL is drawn by software, and pages without it
]  # fmt: skip
NO_WEBGL = ["--disable-gpu", "--disable-3d-apis", "--disable-software-rasterizer"]


@dataclass(frozen=True)
class Chromium:
    """An executable with the environment it needs."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Chromium | str:
    """Return a Chromium, or the reason why there is none."""
    if named := os.environ.get("LOFT_TEST_CHROMIUM"):
        return from_npm() if named == "npm" else Chromium(Path(named))
    for name in NAMES:
        if text := shutil.which(name):
            return Chromium(Path(text))
    return from_npm()


def from_npm() -> Chromium | str:
    """Unpack the npm package's Chromium once, with the libraries it needs; no root wanted."""
    if not (PACKAGE / "chromium.br").exists():
        return "no LOFT_TEST_CHROMIUM, no chromium on PATH, and node_modules/@sparticuz/chromium is not installed"
    binary = CACHE / "chromium"
    if not binary.exists():
        unpack()
    libraries = os.pathsep.join(map(str, [CACHE / "al2023" / "lib", CACHE]))
    environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
    if not Path("/etc/fonts/fonts.conf").exists():
        environment["FONTCONFIG_PATH"] = str(CACHE)
    return Chromium(binary, environment)


def unpack() -> None:
    """Unpack binary, libraries, software GL and fonts into the cache; the binary last, so that a half is no whole."""
    import brotli

    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("al2023", "swiftshader", "fonts"):
        packed = brotli.decompress((PACKAGE / f"{name}.tar.br").read_bytes())
        target = CACHE / name if name == "al2023" else CACHE
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(target, filter="data")
    fresh = CACHE / "chromium.new"
    fresh.write_bytes(brotli.decompress((PACKAGE / "chromium.br").read_bytes()))
    fresh.chmod(0o755)
    fresh.replace(CACHE / "chromium")
