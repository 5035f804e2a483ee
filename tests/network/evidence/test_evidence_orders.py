"""Orders of evidence: asked for, drawn by workers that may be killed, kept and let go of; who may ask over REST."""

import hashlib
import os
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from console.actions.audit.audit import Actor
from console.errors import Refused, Unavailable
from console.models import AuditEntry
from network.actions.documents import store
from network.actions.evidence import orders
from network.models import Evidence, OrderState
from network.models.order import LEASE, QUEUED_FOR, OrderQuerySet
from tests.conftest import NOON

COVERAGE = {"kind": "coverage", "height_m": 30.0, "value": "rsrp", "language": "en"}
CIRCLE = {"kind": "circle", "layer": "optical", "direction": "one_way", "threshold_ms": 1.0, "language": "en"}
PLANNER = Actor("planner")
URL = "/api/v1/evidence"


def inputs_of(wanted):
    return {name: value for name, value in wanted.items() if name != "kind"}


@pytest.fixture
def sent():
    return []


def ask(region, sent, wanted=CIRCLE, now=NOON, actor=PLANNER):
    return orders.ask(actor, region, wanted, now, sent.append)


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_is_sent_drawn_and_lies_there_with_its_digests(town, media, sent):
    asked = ask(town, sent)
    assert sent == [str(asked.uuid)]
    orders.draw(asked.uuid, lambda: NOON)
    evidence = Evidence.objects.get(uuid=asked.uuid)
    assert (evidence.state, evidence.problem, evidence.attempts) == ("ready", "", 1)
    content = store.path_of(evidence.claim, "map.html").read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (evidence.html_bytes, evidence.html_sha256)
    assert hashlib.sha256(store.path_of(evidence.claim, "map.png").read_bytes()).hexdigest() == evidence.png_sha256
    assert evidence.expires_at == NOON + timedelta(days=90)


def test_asking_is_on_the_audit_trail(town, sent):
    ask(town, sent)
    entry = AuditEntry.objects.get(verb="asked for evidence")
    assert (entry.subject, entry.detail["threshold_ms"]) == ("circle of here", 1.0)


def test_the_same_asked_twice_is_drawn_once_and_kept_longer(town, sent):
    first = ask(town, sent)
    second = ask(town, sent, now=NOON + timedelta(hours=2))
    assert second.uuid == first.uuid
    assert Evidence.objects.get().expires_at == NOON + timedelta(days=90, hours=2)


@pytest.mark.parametrize("name", ["map.html", "map.png"])
def test_what_is_ready_without_its_files_is_drawn_anew(town, media, sent, name):
    first = ask(town, sent)
    claim = uuid4()
    Evidence.objects.update(state=OrderState.READY, claim=claim)
    store.keep(claim, {"map.html": b"h", "map.png": b"p"})
    assert ask(town, sent).uuid == first.uuid
    store.path_of(claim, name).unlink()  # as after a backup of the database alone
    assert ask(town, sent).uuid != first.uuid


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
    evidence = Evidence.objects.get()
    assert evidence.state == "failed"
    assert evidence.problem.startswith("the map would take 1 MB")
    assert not list(media.glob("*"))


@pytest.mark.parametrize("place", ["drawn_of", "store.keep"])
def test_what_a_failure_holds_of_the_installation_is_logged_and_not_told(town, media, sent, monkeypatch, caplog, place):
    def full(*_):
        raise OSError(28, "No space left on device", "/srv/loft/media/evidence")

    asked = ask(town, sent)
    monkeypatch.setattr(orders, "drawn_of", lambda *_: orders.Drawn("d", {"map.html": b"h", "map.png": b"p"}))
    owner, _, name = place.rpartition(".")
    monkeypatch.setattr(store if owner else orders, name, full)
    orders.draw(asked.uuid, lambda: NOON)
    evidence = Evidence.objects.get()
    assert (evidence.state, evidence.problem) == ("failed", "OSError: the log of this installation says more")
    assert f"evidence {evidence.uuid} failed" in caplog.text
    assert "/srv/loft/media/evidence" in caplog.text
    assert "Traceback" in caplog.text


def test_what_is_missing_to_draw_by_is_told(town, media, sent, monkeypatch):
    def away(*_):
        raise Unavailable("evidence maps are drawn by leafmap, which cannot be imported")

    asked = ask(town, sent)
    monkeypatch.setattr(orders, "drawn_of", away)
    orders.draw(asked.uuid, lambda: NOON)
    assert Evidence.objects.get().problem == "evidence maps are drawn by leafmap, which cannot be imported"


def test_an_inventory_that_keeps_changing_is_refused_and_not_shown_half(town, monkeypatch):
    seen = iter(range(99))
    monkeypatch.setattr(orders, "digest_of", lambda *_: str(next(seen)))
    with pytest.raises(Refused, match="the inventory changed"):
        orders.drawn_of(town, "circle", inputs_of(CIRCLE))


def test_only_one_worker_takes_a_map(town, sent):
    asked = ask(town, sent)
    assert Evidence.objects.take(asked.uuid, NOON) is not None
    assert Evidence.objects.take(asked.uuid, NOON) is None


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_map_is_taken_up_again_once_and_then_has_failed(town, media, sent):
    asked = ask(town, sent)
    Evidence.objects.take(asked.uuid, NOON)  # and dies
    assert orders.requeue_lost(NOON + LEASE, sent.append) == 0
    later = NOON + LEASE + timedelta(seconds=1)
    assert orders.requeue_lost(later, sent.append) == 1
    assert sent == [str(asked.uuid)] * 2
    Evidence.objects.take(asked.uuid, later)  # and dies again
    assert orders.requeue_lost(later + LEASE + timedelta(seconds=1), sent.append) == 1
    assert len(sent) == 2
    evidence = Evidence.objects.get()
    assert (evidence.state, evidence.problem) == ("failed", "its worker was lost 2 times")


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
    evidence = Evidence.objects.get()
    assert (evidence.state, evidence.claim) == ("drawing", other)
    assert not list(media.glob("*"))


def test_old_maps_go_with_their_files_and_so_does_what_a_killed_worker_left(town, media, sent):
    kept, old = uuid4(), uuid4()
    for claim, threshold_ms, now in ((old, 1.0, NOON), (kept, 2.0, NOON + timedelta(days=1))):
        row = ask(town, sent, {**CIRCLE, "threshold_ms": threshold_ms}, now=now)
        store.keep(claim, {"map.html": b"h"})
        Evidence.objects.filter(uuid=row.uuid).update(claim=claim, state=OrderState.READY)
    left = uuid4()
    store.keep(left, {"map.html": b"half"})
    os.utime(media / left.hex, (0, 0))
    assert orders.delete_old(NOON + timedelta(days=90)) == 1
    assert [path.name for path in media.iterdir()] == [kept.hex]
    assert Evidence.objects.get().claim == kept


def test_a_map_that_is_asked_for_again_while_the_old_go_stays_with_its_files(town, media, sent, monkeypatch):
    row, claim = ask(town, sent), uuid4()
    store.keep(claim, {"map.html": b"h", "map.png": b"p"})
    Evidence.objects.update(state=OrderState.READY, claim=claim)
    function = OrderQuerySet.order_by

    def found_then_asked_for(rows, *fields):
        old = function(rows, *fields)
        if fields == ("expires_at",):
            old = list(old)
            Evidence.objects.update(expires_at=NOON + timedelta(days=180))
        return old

    monkeypatch.setattr(OrderQuerySet, "order_by", found_then_asked_for)
    assert orders.delete_old(NOON + timedelta(days=90)) == 0
    assert Evidence.objects.get().uuid == row.uuid
    assert store.lies(claim, ["map.html", "map.png"])


def test_a_folder_that_goes_while_it_is_looked_at_is_no_failure(media, monkeypatch):
    for _ in range(2):
        store.keep(uuid4(), {"map.html": b"h"})
    first, second = sorted(media.iterdir())
    monkeypatch.setattr(store, "sorted", lambda _: [second, media / "gone", first], raising=False)
    assert store.sweep(set(), NOON.replace(year=2100)) == 2
    assert not list(media.iterdir())


def test_what_a_worker_is_just_writing_is_left_alone(town, media):
    store.keep(uuid4(), {"map.html": b"h"})
    assert store.sweep(set(), NOON.replace(year=2020)) == 0


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
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Evidence.objects.exists()


def test_a_region_that_is_not_there_is_not_found(signed_in):
    assert signed_in("planner").post(URL, {"kind": "circle", "region": "gone"}, format="json").status_code == 404


def test_a_viewer_downloads_and_does_not_ask(town, media, signed_in):
    order, viewer = ready(town), signed_in("viewer")
    assert viewer.post(URL, {"kind": "circle", "region": "here"}, format="json").status_code == 403
    answer = viewer.get(f"{URL}/{order.uuid}/map.html")
    assert b"".join(answer.streaming_content) == b"<!DOCTYPE html>"
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="loft-circle-here-20260601-1200.html"'
    assert answer["Content-Security-Policy"].startswith("sandbox allow-scripts; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["ETag"] == f'"{order.html_sha256}"'


def test_a_stranger_gets_no_map(town, media, client):
    order = ready(town)
    assert client.get(f"{URL}/{order.uuid}/map.html").status_code in (401, 403)
    assert client.get(f"{URL}/{order.uuid}/map.png").status_code in (401, 403)


def test_a_key_reads_and_cannot_ask(town, media, with_key):
    order, caller = ready(town), with_key("read")
    answer = caller.get(f"{URL}/{order.uuid}/map.png")
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
