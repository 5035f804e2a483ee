"""The document: a map by leafmap that carries everything it needs and asks nobody for anything.

leafmap and what it brings weigh 130 MB in memory: they are imported where a document is made, in a worker, never by
the web process.
"""

import base64
from collections.abc import Iterable
from html import escape
from typing import Any

from network.actions.evidence import library
from network.actions.evidence.png import raster_png
from network.actions.evidence.sheet import Dot, Key, Sheet

WATER = "#060d17"
MAP = '<div id="pymaplibregl"></div>'
DATA, RUN = "\n    var data = ", ";\n    pymaplibregl(data)"
"""What leafmap's page has around its data. Each holds a line break, which nothing within its JSON does."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src data: blob:; worker-src blob:; form-action 'none'; base-uri 'none'"
)
"""Of the document itself and of the answer that carries it: no network at all."""
_FILLS = {"land": "#101a2b", "island": "#101a2b", "river": WATER, "lake": WATER}
_RASTER = {"raster-resampling": "nearest", "raster-fade-duration": 0}
_STYLE = """
html, body { height: 100%; margin: 0; background: #0b1118; color: #dce5ee;
  font: 14px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
#pymaplibregl { position: absolute !important; inset: 0 0 0 380px; width: auto !important; height: auto !important; }
#sheet { position: absolute; inset: 0 auto 0 0; width: 380px; box-sizing: border-box; padding: 20px; overflow: auto;
  background: #111a24; border-right: 1px solid #22303f; }
#sheet h1 { margin: 0 0 4px; font-size: 20px; line-height: 1.25; } #sheet h2 { margin: 20px 0 6px; font-size: 14px; }
#sheet p { margin: 6px 0; color: #93a3b3; } #sheet .lead { color: #dce5ee; text-decoration: underline dashed #5a6f85;
  text-underline-offset: 3px; }
#sheet dl { margin: 0; } #sheet dt { color: #93a3b3; font-size: 12px; } #sheet dd { margin: 0 0 8px; font-size: 16px;
  overflow-wrap: anywhere; }
#sheet ul { list-style: none; margin: 0; padding: 0; } #sheet li { display: flex; gap: 8px; align-items: center;
  padding: 2px 0; }
#sheet svg { width: 16px; height: 16px; flex: none; } #sheet .foot { font-size: 11px; overflow-wrap: anywhere; }
.maplibregl-popup-content { color: #14202b; }
@media (max-width: 800px) { #sheet { position: static; width: auto; border: 0; }
  #pymaplibregl { position: relative !important; inset: auto; height: 70vh !important; } }
"""


def document(sheet: Sheet, words: "tuple[str, str]") -> bytes:
    """Return a sheet as a document of one file. Equal sheets give equal bytes.

    Args:
        sheet: what it shows.
        words: the headings of figures and legend.
    """
    body = f"<style>{_STYLE}</style>\n<body>\n{_aside(sheet, words)}"
    return page(sheet).replace("<body>", body, 1).encode()


def page(sheet: Sheet) -> str:
    """Return leafmap's page of a sheet's map, its data safe inside a script, and a policy of its own.

    What else stands on a document goes around `MAP`, the one element of its body that is no script.

    Raises:
        ValueError: the page is not one that leafmap made so far; what is in it cannot be made safe.
    """
    made = _safe(_map(sheet))
    comment, _, after = made.partition("<!--")
    made = comment + after.partition("-->")[2]
    language = "zh-Hans" if sheet.language.startswith("zh") else "en"
    made = made.replace('<html lang="en">', f'<html lang="{language}">', 1)
    policy = f'<meta charset="UTF-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return made.replace('<meta charset="UTF-8">', policy, 1)


def _safe(made: str) -> str:
    """Return a page whose data end no script, whatever the names in them say."""
    head, mark, after = made.rpartition(DATA)
    data, end, rest = after.partition(RUN)
    if not (mark and end and f"<body>\n{MAP}" in head and '<meta charset="UTF-8">' in head):
        raise ValueError("leafmap's page is not as expected: its data cannot be made safe")
    return head + mark + data.replace("<", "\\u003c") + end + rest


def _map(sheet: Sheet) -> str:
    with library.importing():
        import ipywidgets  # noqa: PLC0415  see above
        from leafmap import maplibregl  # noqa: PLC0415

    style = {"version": 8, "sources": {}, "layers": [_background()]}
    west, south, east, north = sheet.bounds
    try:
        made = maplibregl.Map(
            center=((west + east) / 2, (south + north) / 2), zoom=9, style=style, controls={"scale": "bottom-right"},
            use_message_queue=True, bounds=((west, south), (east, north)), fit_bounds_options={"padding": 24},
        )  # fmt: skip
        for name, source, layer, opacity in _layers(sheet):
            made.add_source(name, source)
            made.add_layer({"id": name, "source": name, **layer}, opacity=opacity)
        for name in ("lines", "dots"):
            made.add_tooltip(name, template="{{ name }}")  # escapes what it shows
        return str(made.to_html(title=escape(sheet.title)))
    finally:
        ipywidgets.Widget.close_all()


def _background() -> dict[str, Any]:
    return {"id": "water", "type": "background", "paint": {"background-color": WATER}}


def _layers(sheet: Sheet) -> Iterable[tuple[str, dict[str, Any], dict[str, Any], float]]:
    ground = [feature for feature in sheet.base if feature["properties"]["kind"] != "road"]
    roads = [feature for feature in sheet.base if feature["properties"]["kind"] == "road"]
    filled = [_feature(feature["geometry"], colour=_FILLS[feature["properties"]["kind"]]) for feature in ground]
    yield "ground", _collection(filled), _look("fill"), 1.0
    drawn = [_feature(feature["geometry"], colour="#1a2a44", width=1) for feature in roads]
    yield "roads", _collection(drawn), _look("line"), 1.0
    if sheet.picture:
        url = "data:image/png;base64," + base64.b64encode(raster_png(sheet.picture)).decode()
        image = {"type": "image", "url": url, "coordinates": sheet.picture.corners}
        yield "picture", image, {"type": "raster", "paint": dict(_RASTER)}, 0.75
    lines = [
        _feature(
            {"type": "LineString", "coordinates": feature.path},
            colour=feature.colour,
            width=feature.width_px,
            name=feature.name,
        )
        for feature in sheet.lines
    ]
    yield "lines", _collection(lines), _look("line"), 0.9
    yield "dots", _collection([_dot(feature) for feature in sheet.dots]), _look("circle"), 1.0


def _look(kind: str) -> dict[str, Any]:
    colour, width = ["get", "colour"], ["get", "width"]
    paint: dict[str, Any] = {
        "fill": {"fill-color": colour},
        "line": {"line-color": colour, "line-width": width},
        "circle": {
            "circle-color": ["get", "fill"],
            "circle-radius": ["get", "radius"],
            "circle-stroke-color": colour,
            "circle-stroke-width": width,
        },
    }[kind]
    return {"type": kind, "paint": paint}


def _dot(dot: Dot) -> dict[str, Any]:
    fill, width = ("rgba(0,0,0,0)", 2) if dot.is_ring else (dot.colour, 1)
    place = {"type": "Point", "coordinates": list(dot.place)}
    edge = dot.colour if dot.is_ring else "#0b1118"
    return _feature(place, colour=edge, fill=fill, radius=dot.radius_px, width=width, name=dot.name)


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "geojson", "data": {"type": "FeatureCollection", "features": features}}


def _aside(sheet: Sheet, words: tuple[str, str]) -> str:
    figures = "".join(f"<dt>{escape(word)}</dt><dd>{escape(value)}</dd>" for word, value in sheet.figures)
    legend = "".join(f"<li>{_swatch(key)}<span>{escape(key.word)}</span></li>" for key in sheet.legend)
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in sheet.paragraphs)
    return (
        f'<aside id="sheet"><h1>{escape(sheet.title)}</h1><p class="lead">{escape(sheet.lead)}</p>{paragraphs}'
        f"<h2>{escape(words[0])}</h2><dl>{figures}</dl><h2>{escape(words[1])}</h2><ul>{legend}</ul>"
        f'<p class="foot">Loft · {sheet.digest}</p></aside>'
    )


def _swatch(key: Key) -> str:
    shape = {
        "square": f'<rect x="1" y="1" width="14" height="14" rx="2" fill="{key.colour}" stroke="#5a6f85"/>',
        "dot": f'<circle cx="8" cy="8" r="5" fill="{key.colour}"/>',
        "ring": f'<circle cx="8" cy="8" r="5" fill="none" stroke="{key.colour}" stroke-width="2"/>',
        "line": f'<path d="M1 8h14" stroke="{key.colour}" stroke-width="2"/>',
    }[key.shape]
    return f'<svg viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>'
