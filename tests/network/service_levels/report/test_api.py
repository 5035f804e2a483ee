"""Monthly reports over REST and their page: who may ask, what is refused, the files."""

from datetime import timedelta
from uuid import uuid4

import pytest

from network.actions.documents import store
from network.models import (
    SlaReport,
)
from tests.conftest import NOON
from tests.network.service_levels.report.conftest import HOUR, SINCE, URL

WISH = {"month": "2026-06", "region": "here"}


def ready(region):
    claim = uuid4()
    kept = store.keep(claim, {"report.html": b"<!DOCTYPE html>", "report.csv": b"a,b"}, "reports")
    return SlaReport.objects.create(
        region=region, month="2026-06", language="en", since_at=SINCE, until_at=SINCE + HOUR, state="ready", claim=claim,
        asked_by="p", asked_at=NOON, ready_at=NOON, expires_at=NOON + timedelta(days=9), html_bytes=15, csv_bytes=3,
        html_sha256=kept["report.html"].sha256, csv_sha256=kept["report.csv"].sha256,
    )  # fmt: skip


def test_an_operator_asks_and_a_viewer_only_reads(counted, signed_in):
    answer = signed_in("operator").post(URL, WISH, format="json")
    assert (answer.status_code, answer.json()["state"], answer.json()["html_url"]) == (202, "queued", None)
    viewer = signed_in("viewer")
    assert viewer.post(URL, WISH, format="json").status_code == 403
    assert viewer.get(URL).json()["results"][0]["id"] == answer.json()["id"]
    assert viewer.get(f"{URL}/{answer.json()['id']}").json()["until_at"] == "2026-06-01T01:00:00+08:00"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"region": "here"}, "month"), ({"month": "2026-13", "region": "here"}, "month"), ({"month": "2026-06"}, "region"),
     ({**WISH, "language": "fr"}, "language"), ({**WISH, "month": "06/2026"}, "month")],
)  # fmt: skip
def test_a_request_that_cannot_be_read_names_its_field(counted, signed_in, wanted, field):
    answer = signed_in("operator").post(URL, wanted, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_month_to_come_is_refused_and_a_strange_region_not_found(counted, signed_in):
    operator = signed_in("operator")
    assert operator.post(URL, {**WISH, "month": "2026-07"}, format="json").status_code == 409
    assert operator.post(URL, {**WISH, "region": "there"}, format="json").status_code == 404


def test_files_are_downloads_that_may_reach_nothing(counted, media, signed_in, with_key):
    order, viewer = ready(counted), signed_in("viewer")
    for name, content in (("report.html", b"<!DOCTYPE html>"), ("report.csv", b"a,b")):
        answer = viewer.get(f"{URL}/{order.uuid}/{name}")
        assert b"".join(answer.streaming_content) == content
        assert answer["Content-Disposition"] == f'attachment; filename="loft-sla-here-2026-06.{name[7:]}"'
        assert answer["Content-Security-Policy"].startswith("sandbox allow-scripts; default-src 'none'")
    answer = with_key("read").get(f"{URL}/{order.uuid}/report.csv")
    assert b"".join(answer.streaming_content) == b"a,b"


def test_files_that_are_not_ready_or_gone_are_not_found(counted, media, signed_in):
    order, viewer = ready(counted), signed_in("viewer")
    (media / order.claim.hex / "report.csv").unlink()
    assert viewer.get(f"{URL}/{order.uuid}/report.csv").status_code == 404
    SlaReport.objects.update(state="failed")
    assert viewer.get(f"{URL}/{order.uuid}/report.html").status_code == 404
    assert viewer.get(f"{URL}/{uuid4()}").status_code == 404


def test_the_page_offers_regions_and_the_form_only_to_those_who_may_ask(counted, signed_in):
    operator, viewer = (signed_in(role).get("/reports").content.decode() for role in ("operator", "viewer"))
    assert 'id="new"' in operator
    assert '<option value="here">Here</option>' in operator
    assert 'id="new"' not in viewer
    assert "the right to add monthly reports" in viewer
