"""Evidence maps: what they say and show, and that they are the same every time."""

import hashlib
import io
import os
import re
import subprocess
import sys
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from console.errors import Unavailable
from network.actions.evidence import html, library, orders, png
from network.actions.evidence.sheet import Dot, Key, Line, Picture, Sheet, ramp
from network.actions.evidence.sheets import digest_of, inventory_at, sheet_of
from network.models import Corridor
from tests.conftest import NOON

COVERAGE = {"kind": "coverage", "height_m": 30.0, "value": "rsrp", "language": "en"}
CIRCLE = {"kind": "circle", "layer": "optical", "direction": "one_way", "threshold_ms": 1.0, "language": "en"}
words = ("Figures", "Legend")


def inputs_of(wanted):
    return {name: value for name, value in wanted.items() if name != "kind"}


def sheet(**fields):
    given = {
        "language": "en", "title": "T", "lead": "L", "paragraphs": (), "figures": (), "legend": (),
        "bounds": (123.4, 28.9, 123.6, 29.1),
    }  # fmt: skip
    return Sheet(**{**given, **fields})


def test_a_circle_counts_the_key_sites_inside_and_names_the_one_outside(town):
    made = sheet_of(town, "circle", inputs_of(CIRCLE), "en")
    figures = dict(made.figures)
    assert figures["Key sites inside"] == "50.0 % (1 / 2)"
    assert figures["Inside after the worst single failure"] == "0.0 % (0 / 2)"
    assert figures["Key sites outside"] == "FAR"
    assert figures["Definition"] == "v1:optical:one_way:1ms:key_sites:none"
    assert made.title == "1 ms circle of Here"


def test_a_sheet_says_that_it_is_modelled_and_from_when_the_inventory_is(town, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    made = sheet_of(town, "circle", inputs_of(CIRCLE), "en")
    assert made.lead == "Modelled, not measured, from the inventory as of 2026-06-01 20:00:00 +0800"


def test_a_sheet_of_an_empty_inventory_says_unknown_and_nothing_good(region):
    made = sheet_of(region, "circle", inputs_of(CIRCLE), "en")
    assert inventory_at(region) is None
    assert dict(made.figures)["Key sites inside"].startswith("unknown")
    empty = sheet_of(region, "coverage", inputs_of(COVERAGE), "en")
    assert dict(empty.figures)["5th percentile of SINR where reached"] == "unknown"


def test_a_coverage_sheet_holds_goal_share_and_a_colour_for_every_class(town):
    made = sheet_of(town, "coverage", inputs_of(COVERAGE), "en")
    assert dict(made.figures)["Covered: RSRP at least -110 dBm and SINR at least -3 dB"].endswith(" %")
    assert dict(made.figures)["Active sectors"] == "1"
    assert [key.word for key in made.legend[:6]] == [
        "< -110 dBm", "-110 … -95 dBm", "-95 … -85 dBm", "-85 … -75 dBm", "-75 … -65 dBm", ">= -65 dBm"
    ]  # fmt: skip
    assert made.legend[6].word == "unknown: no sector within range"
    assert made.picture.classes.max() <= len(made.picture.colours) == 6


def test_a_public_corridor_is_drawn_and_a_private_one_is_not(town):
    for slug, is_public in (("c-1", True), ("c-2", False)):
        Corridor.objects.create(
            region=town, slug=slug, name_en=slug, name_zh=slug, path_lon_lat_deg=[[123.5, 29], [123.51, 29]],
            lowest_m=60, highest_m=120, is_public=is_public, changed_at=NOON,
        )  # fmt: skip
    made = sheet_of(town, "coverage", inputs_of(COVERAGE), "en")
    assert [line.name for line in made.lines] == ["c-1, 60-120 m"]


def test_a_sheet_speaks_chinese_with_the_names_of_the_inventory(town):
    made = sheet_of(town, "circle", inputs_of(CIRCLE), "zh-hans")
    assert made.title == "此地的 1 ms 时延圈"
    assert dict(made.figures)["圈内重点站点"] == "50.0 % (1 / 2)"


@pytest.mark.parametrize("value", ["rsrp", "sinr", "rate", "sensing", "server"])
def test_every_value_of_coverage_has_a_sheet(town, value):
    made = sheet_of(town, "coverage", {**inputs_of(COVERAGE), "value": value}, "en")
    assert made.paragraphs[0]
    assert "{" not in made.paragraphs[0]
    assert made.picture.classes.any()


def test_a_ramp_keeps_its_ends_and_its_order():
    assert ramp(6) == ("#3b2f6b", "#3a5589", "#2c7a8c", "#2f9f7f", "#7cc04f", "#f0dc3c")
    assert (ramp(2)[0], ramp(2)[-1]) == ("#3b2f6b", "#f0dc3c")
    assert len(ramp(7)) == 7


def test_the_digest_changes_with_what_is_asked_and_with_the_inventory(town, make_site):
    before = digest_of(town, "circle", inputs_of(CIRCLE))
    assert before == digest_of(town, "circle", inputs_of(CIRCLE))
    assert before != digest_of(town, "circle", {**inputs_of(CIRCLE), "threshold_ms": 2.0})
    make_site("new", changed_at=NOON + timedelta(seconds=1))
    assert before != digest_of(town, "circle", inputs_of(CIRCLE))


def test_the_digest_changes_when_an_antenna_is_turned_without_a_note_of_when(town):
    before = digest_of(town, "coverage", inputs_of(COVERAGE))
    town.sites.get(slug="near").sectors.update(tilt_deg=12, changed_at=NOON + timedelta(seconds=1))
    assert before != digest_of(town, "coverage", inputs_of(COVERAGE))


@pytest.mark.parametrize("wanted", [COVERAGE, CIRCLE], ids=["coverage", "circle"])
def test_identical_input_gives_identical_bytes(town, wanted):
    first, second = (orders.drawn_of(town, wanted["kind"], inputs_of(wanted)) for _ in range(2))
    assert first == second
    assert set(first.files) == {"map.html", "map.png"}


@pytest.mark.slow
def test_another_process_draws_the_same_bytes():
    code = (
        "from network.actions.evidence import html, png; from tests.network.evidence.test_evidence import sheet, words;"
        "from network.actions.evidence.sheet import Dot; import hashlib;"
        "made = sheet(dots=(Dot((123.5, 29.0), '#ffffff', 4, 'a'),));"
        "print(hashlib.sha256(html.document(made, words) + png.drawing(made, words)).hexdigest())"
    )
    setup = "import django; django.setup();"
    made = sheet(dots=(Dot((123.5, 29.0), "#ffffff", 4, "a"),))
    here = hashlib.sha256(html.document(made, words) + png.drawing(made, words)).hexdigest()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "PYTHONHASHSEED": "7"}
    output = subprocess.run(
        [sys.executable, "-c", setup + code], env=environment, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == here


def test_the_document_links_to_nothing_and_forbids_itself_the_network():
    page = html.document(sheet(), words).decode()
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page)
    assert "unpkg.com" not in page.split("<style>")[0]


def test_names_cannot_break_out_of_the_document():
    nasty = "</script><script>alert(1)</script>"
    made = sheet(title=nasty, lead=nasty, figures=((nasty, nasty),), legend=(Key("#ffffff", nasty),),
                 lines=(Line([[123.4, 29], [123.5, 29]], "#ffffff", 1, nasty),))  # fmt: skip
    page = html.document(made, words).decode()
    assert "<script>alert(1)" not in page
    assert page.count("</script>") == html.document(sheet(), words).decode().count("</script>")


@pytest.mark.parametrize("mark", ["var data = ", ";\n    pymaplibregl(data)", "<body>", "<!--", "\n    var data = "])
def test_a_name_that_quotes_the_page_around_it_leaves_the_others_safe(mark):
    """As when a name holds what the data are found by, behind one that holds a script."""
    nasty = "</script><script>alert(1)</script>"
    made = sheet(dots=tuple(Dot((123.5, 29.0), "#ffffff", 4, name) for name in (nasty, f"x {mark} y", nasty)))
    page = html.document(made, words).decode()
    assert "<script>alert(1)" not in page
    assert page.count("</script>") == html.document(sheet(), words).decode().count("</script>")
    assert page.count('<aside id="sheet">') == 1


@pytest.mark.parametrize("lost", [html.DATA, html.RUN, html.MAP, '<meta charset="UTF-8">'])
def test_a_page_that_is_not_as_leafmap_made_it_so_far_is_refused(monkeypatch, lost):
    whole = f'<meta charset="UTF-8">\n<body>\n{html.MAP}\n<script>{html.DATA}{{}}{html.RUN};\n</script>'
    monkeypatch.setattr(html, "_map", lambda _: whole)
    assert "Content-Security-Policy" in html.page(sheet())
    monkeypatch.setattr(html, "_map", lambda _: whole.replace(lost, ""))
    with pytest.raises(ValueError, match="not as expected"):
        html.page(sheet())


def test_a_document_leaves_no_widget_behind():
    html.document(sheet(), words)
    import ipywidgets

    assert not ipywidgets.widgets.widget._instances


def told_by(code, **environment):
    """Return what another process prints, which begins with Django set up and `drawn()` at hand."""
    begin = (
        "import django; django.setup(); import importlib.util, os, sys\n"
        "def drawn():\n"
        "    from network.actions.evidence import html\n"
        "    from tests.network.evidence.test_evidence import sheet, words\n"
        "    return html.document(sheet(), words)\n"
    )
    kept = {name: value for name, value in os.environ.items() if name != "LOFT_EVIDENCE_PACKAGES"}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "console.settings", "OPENBLAS_NUM_THREADS": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-c", begin + code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_what_all_processes_share_does_not_hold_what_draws():
    code = (
        "from console.run.processes import prepare_to_fork; prepare_to_fork(); import console.run.web, network.tasks\n"
        "print([name for name in ('leafmap', 'maplibre', 'ipywidgets', 'pandas', 'pydantic', 'PIL') if name in sys.modules])\n"
        "from django.conf import settings; print(str(settings.LOFT_EVIDENCE_PACKAGES) in sys.path)"
    )
    assert told_by(code).splitlines() == ["[]", "False"]


@pytest.mark.slow
def test_a_process_forked_from_all_that_is_shared_draws_by_leafmap():
    code = (
        "from console.run.processes import prepare_to_fork; prepare_to_fork()\n"
        "from console.run.forking import Apart\n"
        "def draws():\n"
        "    page = drawn()\n"
        "    return 'leafmap.maplibregl' in sys.modules, b'pymaplibregl(data)' in page\n"
        "print(Apart(draws).result(), 'leafmap' in sys.modules)"
    )
    assert told_by(code) == "(True, True) False"


@pytest.mark.slow
def test_leafmap_comes_from_its_folder_and_takes_the_place_of_nothing_else():
    code = (
        "from django.conf import settings; from pathlib import Path\n"
        "is_beside = importlib.util.find_spec('leafmap') is not None\n"
        "drawn(); import leafmap, numpy, PIL\n"
        "folder = settings.LOFT_EVIDENCE_PACKAGES\n"
        "print(is_beside, *(Path(one.__file__).is_relative_to(folder) for one in (leafmap, numpy, PIL)))"
    )
    is_beside, *is_apart = told_by(code).split()
    assert is_apart == ["False" if is_beside == "True" else "True", "False", "False"]


@pytest.mark.slow
def test_a_folder_named_by_the_setting_is_searched_last(tmp_path):
    for name in ("only_there", "PIL"):
        (tmp_path / f"{name}.py").write_text("")
    code = (
        "from network.actions.evidence import library\n"
        "for _ in range(2):\n"
        "    with library.importing():\n"
        "        import only_there, PIL\n"
        "print(only_there.__file__, PIL.__file__, sys.path.count(os.environ['LOFT_EVIDENCE_PACKAGES']), sys.path[-1])"
    )
    there, pillow, count, last = told_by(code, LOFT_EVIDENCE_PACKAGES=str(tmp_path)).split()
    assert there == str(tmp_path / "only_there.py")
    assert not pillow.startswith(str(tmp_path))
    assert (count, last) == ("1", str(tmp_path))


def test_without_leafmap_the_error_names_what_is_missing_and_how_to_install_it(settings, tmp_path):
    settings.LOFT_EVIDENCE_PACKAGES = tmp_path / "evidence"
    with pytest.raises(Unavailable) as exception_info, library.importing():
        import no_such_library  # noqa: F401
    for words_of_it in (
        "leafmap",
        "no_such_library",
        "make run",
        "deploy/requirements-evidence.lock",
        str(tmp_path / "evidence"),
    ):
        assert words_of_it in str(exception_info.value)


def test_a_picture_is_north_up_and_shows_classes_in_their_colours():
    corners = [[123.4, 29.1], [123.6, 29.1], [123.6, 28.9], [123.4, 28.9]]
    classes = np.array([[1, 1], [2, 2]], np.uint8)  # the northern row is of class 1
    made = sheet(picture=Picture(classes, ("#ff0000", "#0000ff"), corners))
    drawn = Image.open(io.BytesIO(png.drawing(made, words))).convert("RGB")
    middle = png.SHEET_PX + (png.WIDTH_PX - png.SHEET_PX) // 2
    north, south = drawn.getpixel((middle, 300)), drawn.getpixel((middle, 700))
    assert north[0] > 150 > north[2]
    assert south[2] > 150 > south[0]


def test_an_unknown_pixel_is_transparent():
    picture = Picture(np.array([[0, 1]], np.uint8), ("#ff0000",), [[0, 1], [1, 1], [1, 0], [0, 0]])
    drawn = Image.open(io.BytesIO(png.raster_png(picture))).convert("RGBA")
    assert drawn.getpixel((0, 0))[3] == 0
    assert drawn.getpixel((1, 0)) == (255, 0, 0, 255)


def test_long_words_and_chinese_stay_on_the_sheet():
    font = png._font("en", 14)
    for text in ("x" * 400, "覆盖" * 200, "many short words " * 40):
        assert all(font.getlength(line) <= 400 for line in png._lines(text, font, 400))
        assert "".join(png._lines(text, font, 400)).replace(" ", "") == text.replace(" ", "")
