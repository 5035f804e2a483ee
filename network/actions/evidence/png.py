"""The picture: the same sheet as a PNG, drawn without a browser."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from network.actions.evidence.sheet import Key, Picture, Sheet

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

WIDTH_PX, HEIGHT_PX, SHEET_PX, MARGIN_PX = 1600, 1000, 460, 24
GROUND, PANEL, INK, MUTED = "#060d17", "#111a24", "#dce5ee", "#93a3b3"
FILLS = {"land": "#101a2b", "island": "#101a2b", "river": GROUND, "lake": GROUND}
ROAD = "#1a2a44"
RASTER_ALPHA = 191
CHINESE_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
)


def writes(language: str) -> bool:
    """Whether a picture can hold the words of a language: Chinese takes a font that not every machine has."""
    return not language.startswith("zh") or _chinese_font() is not None


def raster_png(picture: Picture) -> bytes:
    """Return a raster as a PNG with a palette, the unknown transparent."""
    return _bytes(_indexed(picture), transparency=0)


def drawing(sheet: Sheet, words: tuple[str, str]) -> bytes:
    """Return a sheet as a PNG of 1600 by 1000 pixels. Equal sheets give equal bytes.

    Args:
        sheet: what it shows; its language is one that this machine `writes`.
        words: the headings of figures and legend.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415  only where something is drawn

    made = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), GROUND)
    place = _projection(sheet.bounds)
    pen = ImageDraw.Draw(made, "RGBA")
    _draw_base(pen, sheet.base, place)
    if sheet.picture:
        _paste(made, sheet.picture, place)
    for line in sheet.lines:
        pen.line(_points(line.path, place), fill=line.colour, width=max(1, round(line.width_px)))
    for dot in sheet.dots:
        [(x, y)] = _points([dot.place], place)
        fill, edge = (None, dot.colour) if dot.is_ring else (dot.colour, "#0b1118")
        pen.circle((x, y), dot.radius_px, fill=fill, outline=edge, width=2 if dot.is_ring else 1)
    _draw_sheet(pen, sheet, words)
    return _bytes(made)


def _projection(bounds: tuple[float, float, float, float]) -> Any:
    """Return a function from longitude and latitude [degrees] to pixels: Web-Mercator, the bounds inside the frame."""
    west, south, east, north = bounds
    left, low, right, high = *_mercator(west, south), *_mercator(east, north)
    width, height = WIDTH_PX - SHEET_PX - 2 * MARGIN_PX, HEIGHT_PX - 2 * MARGIN_PX
    scale = min(width / (right - left), height / (high - low))
    x0 = SHEET_PX + MARGIN_PX + (width - scale * (right - left)) / 2
    y0 = MARGIN_PX + (height - scale * (high - low)) / 2

    def place(lon_deg: Any, lat_deg: Any) -> tuple[Any, Any]:
        x, y = _mercator(lon_deg, lat_deg)
        return x0 + scale * (x - left), y0 + scale * (high - y)

    return place


def _mercator(lon_deg: Any, lat_deg: Any) -> tuple[Any, Any]:
    return np.radians(lon_deg), np.arcsinh(np.tan(np.radians(lat_deg)))


def _points(path: Iterable[Sequence[float]], place: Any) -> list[tuple[float, float]]:
    lon_lat_deg = np.array([point[:2] for point in path], float).reshape(-1, 2)
    x, y = place(lon_lat_deg[:, 0], lon_lat_deg[:, 1])
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _draw_base(pen: "ImageDraw.ImageDraw", base: Iterable[dict[str, Any]], place: Any) -> None:
    for feature in base:
        kind, geometry = feature["properties"]["kind"], feature["geometry"]
        if kind == "road":
            pen.line(_points(geometry["coordinates"], place), fill=ROAD, width=1)
        else:
            pen.polygon(_points(geometry["coordinates"][0], place), fill=FILLS[kind])


def _indexed(picture: Picture) -> "Image.Image":
    from PIL import Image  # noqa: PLC0415

    made = Image.fromarray(picture.classes)
    made.putpalette([0, 0, 0, *(part for colour in picture.colours for part in _rgb(colour))])
    return made


def _paste(made: "Image.Image", picture: Picture, place: Any) -> None:
    from PIL import Image  # noqa: PLC0415

    (west, north), (east, south) = picture.corners[0], picture.corners[2]
    (left, top), (right, bottom) = _points([(west, north), (east, south)], place)
    table = np.zeros((256, 4), np.uint8)
    table[1 : 1 + len(picture.colours)] = [[*_rgb(colour), RASTER_ALPHA] for colour in picture.colours]
    size = round(right) - round(left), round(bottom) - round(top)
    pixels: NDArray[np.uint8] = table[picture.classes]
    shown = Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)
    made.paste(shown, (round(left), round(top)), shown)


def _draw_sheet(pen: "ImageDraw.ImageDraw", sheet: Sheet, words: tuple[str, str]) -> None:
    pen.rectangle((0, 0, SHEET_PX, HEIGHT_PX), fill=PANEL)
    y = _write(pen, MARGIN_PX, sheet.title, _font(sheet.language, 24), INK)
    y = _write(pen, y + 4, sheet.lead, _font(sheet.language, 15), INK)
    for text in sheet.paragraphs:
        y = _write(pen, y + 8, text, _font(sheet.language, 14), MUTED)
    y = _write(pen, y + 16, words[0], _font(sheet.language, 16), INK)
    for word, value in sheet.figures:
        y = _write(pen, y + 6, word, _font(sheet.language, 13), MUTED)
        y = _write(pen, y, value, _font(sheet.language, 17), INK)
    y = _write(pen, y + 16, words[1], _font(sheet.language, 16), INK) + 4
    for key in sheet.legend:
        _swatch(pen, key, y)
        y = _write(pen, y, key.word, _font(sheet.language, 14), INK, indent_px=28) + 4
    _write(pen, HEIGHT_PX - 40, f"Loft · {sheet.digest}", _font("en", 11), MUTED)


def _swatch(pen: "ImageDraw.ImageDraw", key: Key, y: float) -> None:
    x, middle = MARGIN_PX, y + 9
    if key.shape == "square":
        pen.rectangle((x, y + 2, x + 14, y + 16), fill=key.colour, outline="#5a6f85")
    elif key.shape == "line":
        pen.line((x, middle, x + 14, middle), fill=key.colour, width=2)
    else:
        fill, edge = (None, key.colour) if key.shape == "ring" else (key.colour, key.colour)
        pen.circle((x + 7, middle), 6, fill=fill, outline=edge, width=2)


def _write(pen: "ImageDraw.ImageDraw", y: float, text: str, font: "Font", colour: str, indent_px: int = 0) -> float:
    """Write a text in lines as wide as the sheet; return where the next begins. [px]."""
    lines = "\n".join(_lines(text, font, SHEET_PX - 2 * MARGIN_PX - indent_px))
    pen.multiline_text((MARGIN_PX + indent_px, y), lines, font=font, fill=colour, spacing=4)
    return float(pen.multiline_textbbox((0, y), lines + "\n", font=font, spacing=4)[3])


def _lines(text: str, font: "Font", width_px: float) -> Iterable[str]:
    line = ""
    for piece in _pieces(text):
        if line and font.getlength(line + piece.rstrip()) > width_px:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def _pieces(text: str) -> Iterable[str]:
    """Yield what a line may break after: a word with its space, a Chinese character, a long word in parts."""
    piece = ""
    for sign in text:
        piece += sign
        if sign == " " or ord(sign) > 0x2E7F or len(piece) >= 40:
            yield piece
            piece = ""
    yield piece


def _font(language: str, size_px: int) -> "Font":
    from PIL import ImageFont  # noqa: PLC0415

    chinese = _chinese_font() if language.startswith("zh") else None
    return ImageFont.truetype(chinese, size_px, index=2) if chinese else ImageFont.load_default(size_px)


def _chinese_font() -> str | None:
    return next((path for path in CHINESE_FONTS if Path(path).exists()), None)


def _rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _bytes(made: "Image.Image", **options: Any) -> bytes:
    out = io.BytesIO()
    made.save(out, "PNG", **options)
    return out.getvalue()
