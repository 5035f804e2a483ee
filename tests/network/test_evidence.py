"""Evidence maps: what they say, that they are the same every time, who may ask, how long they stay."""

import hashlib
import io
import os
import re
import subprocess
import sys
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from PIL import Image

from console.actions.audit import Actor
from console.errors import Refused
from console.models import AuditEntry
from network.actions.evidence import html, orders, png, store
from network.actions.evidence.sheet import Dot, Key, Line, Picture, Sheet, ramp
from network.actions.evidence.sheets import digest_of, inventory_at, sheet_of
from network.models import Corridor, EdgeNode, Evidence, EvidenceState, Link
from network.models.evidence import LEASE, QUEUED_FOR
from tests.conftest import NOON

COVERAGE = {"kind": "coverage", "height_m": 30.0, "value": "rsrp", "language": "en"}
CIRCLE = {"kind": "circle", "layer": "optical", "direction": "one_way", "threshold_ms": 1.0, "language": "en"}
PLANNER = Actor("planner")


def inputs_of(wish):
    return {name: value for name, value in wish.items() if name != "kind"}


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "evidence"


@pytest.fixture
def town(region, make_site, make_sector):
    """A data centre with computing, a key site 10 km of fibre away, another that nothing leads to, one antenna."""
    region.radius_m = 2_000
    region.save()
    centre = make_site("dc", kind="data_centre", probe_port=None)
    near = make_site("near", is_key_site=True, lat_deg=29.01)
    make_site("far", is_key_site=True, lat_deg=29.02, lon_deg=123.51)
    EdgeNode.objects.create(
        slug="edge", site=centre, name_en="Edge", name_zh="边缘", cores=8, memory_gb=32, changed_at=NOON
    )
    Link.objects.create(a=centre, b=near, length_km=10, rate_gbps=400, changed_at=NOON)
    make_sector(near)
    return region


@pytest.fixture
def sent():
    return []


def ask(region, sent, wish=CIRCLE, now=NOON, actor=PLANNER):
    return orders.ask(actor, region, wish, now, sent.append)


def sheet(**fields):
    given = {
        "language": "en", "title": "T", "lead": "L", "paragraphs": (), "figures": (), "legend": (),
        "bounds": (123.4, 28.9, 123.6, 29.1),
    }  # fmt: skip
    return Sheet(**{**given, **fields})


# --- What a sheet says -----------------------------------------------------------------------------------------------


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


# --- The digest: what is the same ------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("wish", [COVERAGE, CIRCLE], ids=["coverage", "circle"])
def test_identical_input_gives_identical_bytes(town, wish):
    first, second = (orders.drawn_of(town, wish["kind"], inputs_of(wish)) for _ in range(2))
    assert first == second
    assert set(first.files) == {"map.html", "map.png"}


def test_another_process_draws_the_same_bytes():
    code = (
        "from network.actions.evidence import html, png; from tests.network.test_evidence import sheet, words;"
        "from network.actions.evidence.sheet import Dot; import hashlib;"
        "made = sheet(dots=(Dot((123.5, 29.0), '#ffffff', 4, 'a'),));"
        "print(hashlib.sha256(html.document(made, words) + png.drawing(made, words)).hexdigest())"
    )
    setup = "import django; django.setup();"
    made = sheet(dots=(Dot((123.5, 29.0), "#ffffff", 4, "a"),))
    here = hashlib.sha256(html.document(made, words) + png.drawing(made, words)).hexdigest()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "PYTHONHASHSEED": "7"}
    told = subprocess.run(
        [sys.executable, "-c", setup + code], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == here


words = ("Figures", "Legend")

# --- The document ----------------------------------------------------------------------------------------------------


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


def test_a_document_leaves_no_widget_behind():
    import ipywidgets

    html.document(sheet(), words)
    assert not ipywidgets.widgets.widget._instances


def test_the_web_process_does_not_load_what_draws():
    code = (
        "import django; django.setup(); import console.asgi, console.urls, network.tasks, sys;"
        "print([name for name in ('leafmap', 'pandas', 'ipywidgets', 'PIL', 'matplotlib') if name in sys.modules])"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# --- The picture -----------------------------------------------------------------------------------------------------


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


# --- From asking to ready --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_is_sent_drawn_and_lies_there_with_its_digests(town, media, sent):
    asked = ask(town, sent)
    assert sent == [str(asked.uuid)]
    orders.draw(asked.uuid, lambda: NOON)
    one = Evidence.objects.get(uuid=asked.uuid)
    assert (one.state, one.problem, one.attempts) == ("ready", "", 1)
    content = store.path_of(one.claim, "map.html").read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (one.html_bytes, one.html_sha256)
    assert hashlib.sha256(store.path_of(one.claim, "map.png").read_bytes()).hexdigest() == one.png_sha256
    assert one.expires_at == NOON + timedelta(days=90)


def test_asking_is_on_the_audit_trail(town, sent):
    ask(town, sent)
    entry = AuditEntry.objects.get(verb="asked for evidence")
    assert (entry.subject, entry.detail["threshold_ms"]) == ("circle of here", 1.0)


def test_the_same_asked_twice_is_drawn_once_and_kept_longer(town, sent):
    first = ask(town, sent)
    second = ask(town, sent, now=NOON + timedelta(hours=2))
    assert second.uuid == first.uuid
    assert Evidence.objects.get().expires_at == NOON + timedelta(days=90, hours=2)


def test_the_same_asked_of_another_inventory_is_drawn_anew(town, make_site, sent):
    first = ask(town, sent)
    make_site("new", changed_at=NOON + timedelta(seconds=1))
    assert ask(town, sent).uuid != first.uuid


def test_a_person_may_ask_for_so_many_maps_an_hour(town, sent, settings):
    settings.LOFT_EVIDENCE_PER_PERSON_PER_H = 2
    for threshold_ms in (1.0, 2.0):
        ask(town, sent, {**CIRCLE, "threshold_ms": threshold_ms})
    with pytest.raises(Refused, match="2 maps were asked for in the last hour"):
        ask(town, sent, {**CIRCLE, "threshold_ms": 3.0})
    ask(town, sent, {**CIRCLE, "threshold_ms": 3.0}, actor=Actor("somebody else"))
    ask(town, sent, {**CIRCLE, "threshold_ms": 4.0}, now=NOON + timedelta(hours=1, seconds=1))


def test_a_map_that_cannot_be_drawn_has_failed_and_says_why(town, media, sent, monkeypatch):
    asked = ask(town, sent)
    monkeypatch.setattr(orders, "MOST_BYTES", 1_000)
    orders.draw(asked.uuid, lambda: NOON)
    one = Evidence.objects.get()
    assert one.state == "failed"
    assert one.problem.startswith("the map would take 1 MB")
    assert not list(media.glob("*"))


def test_an_inventory_that_keeps_changing_is_refused_and_not_shown_half(town, monkeypatch):
    seen = iter(range(99))
    monkeypatch.setattr(orders, "digest_of", lambda *_: str(next(seen)))
    with pytest.raises(Refused, match="the inventory changed"):
        orders.drawn_of(town, "circle", inputs_of(CIRCLE))


def test_only_one_worker_takes_a_map(town, sent):
    asked = ask(town, sent)
    assert Evidence.take(asked.uuid, NOON) is not None
    assert Evidence.take(asked.uuid, NOON) is None


# --- Killed workers, retention ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_map_is_taken_up_again_once_and_then_has_failed(town, media, sent):
    asked = ask(town, sent)
    Evidence.take(asked.uuid, NOON)  # and dies
    assert orders.requeue_lost(NOON + LEASE, sent.append) == 0
    later = NOON + LEASE + timedelta(seconds=1)
    assert orders.requeue_lost(later, sent.append) == 1
    assert sent == [str(asked.uuid)] * 2
    Evidence.take(asked.uuid, later)  # and dies again
    assert orders.requeue_lost(later + LEASE + timedelta(seconds=1), sent.append) == 1
    assert len(sent) == 2
    one = Evidence.objects.get()
    assert (one.state, one.problem) == ("failed", "its worker was lost 2 times")


@pytest.mark.django_db(transaction=True)
def test_a_message_that_the_broker_lost_is_sent_again(town, sent):
    ask(town, sent)
    assert orders.requeue_lost(NOON + QUEUED_FOR + timedelta(seconds=1), sent.append) == 1
    assert len(sent) == 2


def test_a_worker_that_lost_its_claim_ends_nothing_and_leaves_no_file(town, media, sent, monkeypatch):
    asked = ask(town, sent)
    other = uuid4()

    def stolen(*_):
        Evidence.objects.update(claim=other)
        return orders.Drawn("digest", {"map.html": b"h", "map.png": b"p"})

    monkeypatch.setattr(orders, "drawn_of", stolen)
    orders.draw(asked.uuid, lambda: NOON)
    one = Evidence.objects.get()
    assert (one.state, one.claim) == ("drawing", other)
    assert not list(media.glob("*"))


def test_old_maps_go_with_their_files_and_so_does_what_a_killed_worker_left(town, media, sent):
    kept, old = uuid4(), uuid4()
    for claim, threshold_ms, now in ((old, 1.0, NOON), (kept, 2.0, NOON + timedelta(days=1))):
        one = ask(town, sent, {**CIRCLE, "threshold_ms": threshold_ms}, now=now)
        store.keep(claim, {"map.html": b"h"})
        Evidence.objects.filter(uuid=one.uuid).update(claim=claim, state=EvidenceState.READY)
    left = uuid4()
    store.keep(left, {"map.html": b"half"})
    os.utime(media / left.hex, (0, 0))
    assert orders.delete_old(NOON + timedelta(days=90)) == 1
    assert [path.name for path in media.iterdir()] == [kept.hex]
    assert Evidence.objects.get().claim == kept


def test_what_a_worker_is_just_writing_is_left_alone(town, media):
    store.keep(uuid4(), {"map.html": b"h"})
    assert store.sweep(set(), NOON.replace(year=2020)) == 0


# --- REST ------------------------------------------------------------------------------------------------------------

URL = "/api/v1/evidence"


def ready(region, **fields):
    claim = uuid4()
    kept = store.keep(claim, {"map.html": b"<!DOCTYPE html>", "map.png": b"\x89PNG"})
    given = {
        "kind": "circle", "region": region, "inputs": inputs_of(CIRCLE), "digest": "d", "state": "ready",
        "claim": claim, "asked_by": "p", "asked_at": NOON, "ready_at": NOON, "expires_at": NOON + timedelta(days=90),
        "html_bytes": 15, "html_sha256": kept["map.html"].sha256, "png_bytes": 4, "png_sha256": "p",
    }  # fmt: skip
    return Evidence.objects.create(**{**given, **fields})


def test_the_official_reading_is_drawn_where_nothing_else_is_asked(town, signed_in):
    answer = signed_in("planner").post(URL, {"kind": "circle", "region": "here"}, format="json")
    assert answer.status_code == 202
    assert answer.json()["inputs"] == {
        "language": "en",
        "layer": "optical",
        "direction": "one_way",
        "threshold_ms": 1.0,
    }
    assert (answer.json()["state"], answer.json()["html_url"]) == ("queued", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "poem", "region": "here"}, "kind"),
        ({"kind": "coverage", "region": "here", "height_m": 301}, "height_m"),
        ({"kind": "coverage", "region": "here", "value": "luck"}, "value"),
        ({"kind": "coverage", "region": "here", "layer": "ip"}, "layer"),
        ({"kind": "circle", "region": "here", "height_m": 30}, "height_m"),
        ({"kind": "circle", "region": "here", "threshold_ms": 0}, "threshold_ms"),
        ({"kind": "circle", "region": "here", "language": "fr"}, "language"),
        ({"kind": "circle"}, "region"),
    ],
)
def test_bad_input_is_named_and_draws_nothing(town, signed_in, body, field):
    answer = signed_in("planner").post(URL, body, format="json")
    assert answer.status_code == 400
    assert field in [one["field"] for one in answer.json()["errors"]]
    assert not Evidence.objects.exists()


def test_a_region_that_is_not_there_is_not_found(signed_in):
    assert signed_in("planner").post(URL, {"kind": "circle", "region": "gone"}, format="json").status_code == 404


def test_a_viewer_downloads_and_does_not_ask(town, media, signed_in):
    one, viewer = ready(town), signed_in("viewer")
    assert viewer.post(URL, {"kind": "circle", "region": "here"}, format="json").status_code == 403
    answer = viewer.get(f"{URL}/{one.uuid}/map.html")
    assert b"".join(answer.streaming_content) == b"<!DOCTYPE html>"
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="loft-circle-here-20260601-1200.html"'
    assert answer["Content-Security-Policy"].startswith("sandbox allow-scripts; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["ETag"] == f'"{one.html_sha256}"'


def test_a_stranger_gets_no_map(town, media, client):
    one = ready(town)
    assert client.get(f"{URL}/{one.uuid}/map.html").status_code in (401, 403)
    assert client.get(f"{URL}/{one.uuid}/map.png").status_code in (401, 403)


def test_a_key_reads_and_cannot_ask(town, media, with_key):
    one, caller = ready(town), with_key("read")
    answer = caller.get(f"{URL}/{one.uuid}/map.png")
    assert (b"".join(answer.streaming_content), answer["Content-Type"]) == (b"\x89PNG", "image/png")
    answer.close()
    assert caller.post(URL, {"kind": "circle", "region": "here"}, format="json").status_code == 403


def test_a_map_that_is_not_ready_or_whose_file_is_gone_is_not_found(town, media, signed_in):
    viewer = signed_in("viewer")
    assert viewer.get(f"{URL}/{ready(town, state='drawing').uuid}/map.html").status_code == 404
    gone = ready(town)
    store.discard(gone.claim)
    assert viewer.get(f"{URL}/{gone.uuid}/map.html").status_code == 404
    assert viewer.get(f"{URL}/{UUID(int=0)}/map.html").status_code == 404


def test_the_list_is_filtered_and_costs_the_same_with_more_rows(town, media, signed_in, django_assert_max_num_queries):
    for _ in range(5):
        ready(town)
    ready(town, kind="coverage")
    viewer = signed_in("viewer")
    with django_assert_max_num_queries(8):
        answer = viewer.get(f"{URL}?kind=circle")
    assert answer.json()["count"] == 5
    assert answer.json()["results"][0]["html_url"].endswith("/map.html")
