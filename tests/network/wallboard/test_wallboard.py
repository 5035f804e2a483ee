"""The wallboard's views: each app registers its own, with a script that there is."""

import json
import re

import pytest

from network.actions import wallboard
from network.actions.wallboard import View
from tests.sources import ROOT

VIEWS = list(wallboard.views().values())


def test_the_views_of_the_network_come_first():
    assert [view.name for view in VIEWS] == ["network", "alarms", "levels", "airspace", "industry"]
    assert [view.name for view in VIEWS if view.is_of_region] == ["network", "levels", "airspace"]


@pytest.mark.parametrize("view", VIEWS, ids=lambda row: row.name)
def test_the_script_of_a_view_is_of_the_app_that_has_the_right_and_exports_it(view):
    assert view.script.split("/")[0] == view.right.split(".")[0]
    exported = (ROOT / "static" / view.script).read_text().split("export const views", 1)[1]
    assert re.search(rf"\b{view.name}\b", exported.split("};", 1)[0])


@pytest.mark.django_db
@pytest.mark.parametrize("view", VIEWS, ids=lambda row: row.name)
def test_the_page_says_where_the_script_of_a_view_is(view, region, signed_in):
    page = signed_in("viewer").get("/wallboard", {"views": view.name})
    [shown] = json.loads(page.context["views"])
    assert shown == {"name": view.name, "region": "", "missing": "", "script": f"/static/{view.script}"}


@pytest.mark.django_db
def test_what_an_app_adds_is_shown_last_and_known_by_name(region, signed_in, monkeypatch):
    monkeypatch.setattr(wallboard, "_registered", wallboard.views())
    wallboard.register(View("barges", "network.view_site", "network/barges.js", is_of_region=True))
    viewer = signed_in("viewer")
    assert [row["name"] for row in json.loads(viewer.get("/wallboard").context["views"])][-1] == "barges"
    [shown] = json.loads(viewer.get("/wallboard?views=barges@here").context["views"])
    assert (shown["region"], shown["script"]) == ("here", "/static/network/barges.js")
    assert "barges" in viewer.get("/wallboard?views=bogus").content.decode()


def test_what_is_told_of_the_views_changes_nothing(monkeypatch):
    wallboard.views().clear()
    assert len(wallboard.views()) == len(VIEWS)
