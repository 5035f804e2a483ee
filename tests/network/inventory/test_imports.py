"""Import and export of the inventory: every format read and written, hostile files refused, the same file twice."""

import json
from importlib.resources import files

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry
from network.actions import inventory
from network.actions.inventory import imports
from network.actions.inventory.exports import export
from network.actions.inventory.imports import graphml
from network.demo import demo
from network.models import Change, Corridor, EdgeNode, Link, Region, Sector, Site
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

SITES = "slug,region,kind,name_en,lat_deg,lon_deg,height_m\n"
TWO_SITES = SITES + "bs-000,here,macro,One,29.0,123.5,30\nbs-001,here,micro,Two,29.01,123.5,12\n"
MODELS = (Region, Site, Sector, Link, EdgeNode, Corridor)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def load(data, file_format, kind=None, region=None, *, is_dry_run=False, **more):
    data = data.encode() if isinstance(data, str) else data
    contents = imports.read_file(data, file_format, kind, region)
    return imports.load(SYSTEM, contents, "sites.csv", NOON, region=region, is_dry_run=is_dry_run, **more)


def outcomes(report):
    return [(line.key, line.outcome.value) for line in report.rows]


def refused(report):
    return {(line.row, error.field): error.expected for line in report.rows for error in line.errors}


def upload(caller, data, file_format="csv", **fields):
    data = data.encode() if isinstance(data, str) else data
    body = {"file": SimpleUploadedFile("sites of May.csv", data), "format": file_format, **fields}
    return caller.post("/api/v1/inventory/imports", body, format="multipart")


def expected_of(answer):
    assert answer.status_code == 400, answer.content
    return {error["field"]: error["expected"] for error in answer.json()["errors"]}


def test_a_dry_run_comes_first_and_changes_nothing(planner, region):
    body = upload(planner, TWO_SITES, kind="site").json()
    assert (body["applied"], body["counts"]) == (False, {"created": 2, "changed": 0, "unchanged": 0, "refused": 0})
    assert [(row["row"], row["key"], row["outcome"]) for row in body["rows"]] == [
        (2, "bs-000", "created"),
        (3, "bs-001", "created"),
    ]
    assert (
        Site.objects.count(),
        Change.objects.count(),
        AuditEntry.objects.filter(verb__startswith="import").count(),
    ) == (0, 0, 0)


def test_an_import_is_in_the_history_and_the_audit_trail(planner, region):
    assert upload(planner, TWO_SITES, kind="site", is_dry_run="false").json()["applied"] is True
    assert set(Change.objects.values_list("key", "reason")) == {
        ("bs-000", "import of sites of May.csv"),
        ("bs-001", "import of sites of May.csv"),
    }
    entry = AuditEntry.objects.get(verb="imported inventory")
    assert (entry.subject, entry.detail["created"]) == ("file sites of May.csv", 2)


def test_the_same_file_twice_changes_nothing(region):
    load(TWO_SITES, "csv", "site")
    again = load(TWO_SITES, "csv", "site")
    assert outcomes(again) == [("bs-000", "unchanged"), ("bs-001", "unchanged")]
    assert Change.objects.count() == 2


def test_a_file_with_fewer_columns_changes_only_those(region):
    load(TWO_SITES, "csv", "site")
    report = load("slug,height_m\nbs-001,18\n", "csv", "site")
    assert outcomes(report) == [("bs-001", "changed")]
    site = Site.objects.get(slug="bs-001")
    assert (site.height_m, site.name_en, site.changed_at) == (18, "Two", NOON)
    assert outcomes(load("slug,height_m\nbs-009,18\n", "csv", "site")) == [("bs-009", "refused")]


def test_every_wrong_row_is_named_and_the_others_are_taken(region):
    report = load(
        TWO_SITES + "bs-002,nowhere,macro,Three,95,123.5,30\nbs-001,here,macro,Four,29.1,123.5,1\n", "csv", "site"
    )
    assert outcomes(report)[:2] == [("bs-000", "created"), ("bs-001", "created")]
    assert refused(report) == {
        (4, "lat_deg"): "a number from -90 to 90",
        (5, "slug"): "a key once in a file; row 3 has it already",
    }
    assert (report.applied, Site.objects.count()) == (True, 2)


def test_all_or_nothing_takes_nothing_where_one_row_is_wrong(region):
    report = load(TWO_SITES + "bs-002,here,tower,Three,29,123.5,30\n", "csv", "site", is_all_or_nothing=True)
    assert (report.applied, report.counts["refused"], Site.objects.count()) == (False, 1, 0)


def test_rows_may_build_on_each_other_whatever_their_order(region):
    features = [
        {"properties": {"record": "link", "a": "bs-000", "b": "bs-001", "rate_gbps": 100}, "geometry": None},
        *({"properties": {"record": "site", "slug": f"bs-00{n}", "region": "here", "kind": "macro", "name_en": f"S{n}"},
           "geometry": {"type": "Point", "coordinates": [123.5, 29 + n / 100]}} for n in range(2)),
    ]  # fmt: skip
    report = load(json.dumps({"type": "FeatureCollection", "features": features}), "geojson")
    assert [row for _, row in outcomes(report)] == ["created"] * 3
    assert Link.objects.get().length_km == pytest.approx(1.1085 * 1.4, abs=2e-3)


def test_two_sites_of_one_name_and_a_link_to_itself_are_refused(region):
    report = load(TWO_SITES + "bs-002,here,macro,two,29,123.5,30\n", "csv", "site")
    assert refused(report) == {
        (4, "name_en"): "a name that no other site of the region has; bs-001 has this one",
        (4, "name_zh"): "a name that no other site of the region has; bs-001 has this one",
    }
    assert "another site" in refused(load("a,b,rate_gbps\nbs-000,bs-000,10\n", "csv", "link"))[2, "b"]


def test_a_moved_site_of_a_file_moves_its_links_too(region):
    load(TWO_SITES, "csv", "site")
    load("a,b,rate_gbps\nbs-001,bs-000,10\n", "csv", "link")
    load("slug,lat_deg\nbs-000,28.99\n", "csv", "site")
    assert Link.objects.get().length_km == pytest.approx(2 * 1.1085 * 1.4, abs=4e-3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ((SITES + "bs-0,here,macro,北岗,29,123,30\n").encode("gb18030"), "byte 66 is 0xB1"),
        (TWO_SITES.encode("utf-16"), "byte 0 is 0xFF, as in UTF-16"),
        (TWO_SITES.encode("utf-16-le"), "byte 1 is 0x00"),
        (b"\x89PNG\r\n\x1a\n\x00", "byte 0 is 0x89"),
    ],
    ids=["GB18030", "UTF-16 with its mark", "UTF-16 without", "a picture"],
)
def test_a_wrong_encoding_is_named_with_the_byte_that_gives_it_away(planner, region, data, says):
    expected = expected_of(upload(planner, data, kind="site", is_dry_run="false"))["file"]
    assert expected.startswith("UTF-8 text")
    assert says in expected
    assert Site.objects.count() == 0


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf" + TWO_SITES.encode(), TWO_SITES.replace(",", ";"), TWO_SITES.replace("\n", "\r\n")]
)
def test_a_byte_order_mark_semicolons_and_line_ends_of_spreadsheets_are_read(region, data):
    assert load(data, "csv", "site").counts["created"] == 2


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        ("", "file", "empty"),
        ("slug,colour\nx,red\n", "line 1", "given: column 'colour'"),
        ("slug,slug\nx,y\n", "line 1", "given: column 'slug' twice"),
        ("region,kind\nhere,macro\n", "line 1", "given: no column slug"),
        ("slug\nx,y,z\n", "line 2", "at most 1, as the header; given: 3 cells"),
        ('slug\n"x\n', "line 2", "quoted as CSV"),
        ("slug," + "x," * 70 + "\n", "line 1", "at most 64; given: 72 columns"),
        ("slug\n" + "x\n" * 20_002, "lines", "at most 20000 in one file"),
        ("slug,name_en\nx," + "n" * 140_000 + "\n", "line 2", "field larger than field limit"),
    ],
)
def test_a_table_that_is_none_is_refused_as_a_whole(planner, region, data, field, says):
    assert says in expected_of(upload(planner, data, kind="site"))[field]


def test_a_text_too_long_is_an_error_of_its_row(region):
    report = load(SITES + f"x,here,macro,{'n' * 500},29,123,30\n", "csv", "site")
    assert refused(report)[2, "name_en"] == "a line of 1 to 80 characters"


def test_a_format_a_kind_and_a_region_that_there_are_not_are_named(planner, region):
    assert "a CSV file holds one kind" in expected_of(upload(planner, TWO_SITES))["kind"]
    assert "not a valid choice" in expected_of(upload(planner, TWO_SITES, "xlsx"))["format"]
    assert "slug of a region" in expected_of(upload(planner, TWO_SITES, kind="site", region="nowhere"))["region"]
    assert "file" in expected_of(planner.post("/api/v1/inventory/imports", {"format": "csv"}, format="multipart"))


BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE graphml [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<graphml><graph><node id="&c;"/></graph></graphml>"""
ABROAD = b'<!DOCTYPE g SYSTEM "file:///etc/passwd"><graphml/>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (BILLION_LAUGHS, "given: a document type"),
        (ABROAD, "given: a document type"),
        (b"<graphml>&a;</graphml>", "undefined entity"),
        (b"<svg/>", "given: the element svg"),
        (b"<graphml><graph>", "no element found"),
        (b"<graphml>" + b"<g>" * 20, "too many elements"),
        (b"<graphml><graph><node id='1'><graph><node id='2'/></graph></node></graph></graphml>", "a node inside of another"),
        (b"<graphml><graph><node id='1'><data key='k'>" + b"x" * 200_000 + b"</data></node></graph></graphml>", "a long text"),
        (b"<graphml><graph><edge source='1' target='2'/></graph></graphml>", "the id of a node"),
        (b"<graphml><graph><node id='1'/><node id='1'/></graph></graphml>", "one id per node"),
    ],
)  # fmt: skip
def test_a_hostile_or_broken_graph_is_refused_and_changes_nothing(planner, region, data, says):
    expected = " ".join(expected_of(upload(planner, data, "graphml", region="here", is_dry_run="false")).values())
    assert says in expected
    assert Site.objects.count() == 0


def test_a_graph_has_at_most_so_many_nodes(monkeypatch):
    monkeypatch.setattr("network.actions.inventory.imports.rows.MOST_ROWS", 3)
    nodes = "".join(f"<node id='{n}'/>" for n in range(4))
    with pytest.raises(imports.Unreadable, match="at most 3 in one file"):
        graphml.read(f"<graphml><graph>{nodes}</graph></graphml>".encode(), "here")


@pytest.mark.parametrize(
    ("data", "file_format", "field", "says"),
    [
        ("[" * 100_000, "geojson", "file", "line 1, column 33: nested more than 32 deep"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "geojson", "file", "NaN is no JSON number"),
        ('{"type": "FeatureCollection",', "geojson", "file", "line 1, column 30"),
        ('{"type": "Feature"}', "geojson", "type", "FeatureCollection"),
        ('{"type": "FeatureCollection", "features": 3}', "geojson", "features", "a list of objects"),
        ('{"type": "FeatureCollection", "features": [{"properties": {}}]}', "geojson", "features[0].properties.record", "one of region"),
        ('{"type": "FeatureCollection", "features": [{}]}', "geojson", "features[0].properties", "an object"),
        ("[]", "node-link", "file", "a JSON object"),
        ('{"nodes": {}, "edges": []}', "node-link", "nodes", "a list of objects"),
        ('{"nodes": [{"name": "x"}], "edges": []}', "node-link", "nodes[0].id", "one id per node"),
        ('{"nodes": [{"id": 1}], "links": [{"source": 1, "target": 2}]}', "node-link", "edges[0].target", "the id of a node"),
    ],
)  # fmt: skip
def test_json_that_is_no_inventory_is_refused_as_a_whole(planner, region, data, file_format, field, says):
    assert says in expected_of(upload(planner, data, file_format))[field]


def test_a_corridor_comes_as_a_line(region):
    properties = {"record": "corridor", "slug": "c-1", "name_en": "Line", "lowest_m": 60, "highest_m": 120}
    line = {"type": "LineString", "coordinates": [[123.4, 29.0, 80], [123.5, 29.1, 80]]}
    document = {"type": "FeatureCollection", "features": [{"properties": properties, "geometry": line}]}
    assert outcomes(load(json.dumps(document), "geojson", region="here")) == [("c-1", "created")]
    assert Corridor.objects.get().path_lon_lat_deg == [[123.4, 29.0], [123.5, 29.1]]


@pytest.mark.parametrize(("name", "nodes", "links"), [("Chinanet", 38, 62), ("Cernet", 37, 54)])
def test_a_real_backbone_loads_twice_without_a_second_change(region, name, nodes, links):
    data = (files("topohub") / "data" / "topozoo" / f"{name}.json").read_bytes()
    report = load(data, "node-link", region="here")
    assert report.counts == {"created": nodes + links, "changed": 0, "unchanged": 0, "refused": 0}
    assert "ecmp_fwd" in report.ignored
    assert load(data, "node-link", region="here").counts["unchanged"] == nodes + links
    assert set(Site.objects.values_list("kind", flat=True)) == {"core"}
    assert not Link.objects.filter(is_length_surveyed=True).exists()


def test_a_topology_zoo_graph_is_read_by_the_names_it_uses(region):
    data = b"""<?xml version="1.0" encoding="utf-8"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">
      <key attr.name="Latitude" attr.type="double" for="node" id="d1"/><key attr.name="Longitude" for="node" id="d2"/>
      <key attr.name="label" attr.type="string" for="node" id="d3"/><key attr.name="Network" for="graph" id="d4"/>
      <graph edgedefault="undirected"><data key="d4">Zoo</data>
        <node id="0"><data key="d1">31.2</data><data key="d2">121.5</data><data key="d3">Shanghai</data></node>
        <node id="1"><data key="d1">30.3</data><data key="d2">120.2</data><data key="d3">Hangzhou</data></node>
        <edge source="0" target="1"/></graph></graphml>"""
    report = load(data, "graphml", region="here")
    assert outcomes(report) == [("here-0", "created"), ("here-1", "created"), ("here-0~here-1", "created")]
    assert Site.objects.get(slug="here-0").name_en == "Shanghai"


@pytest.fixture
def metropolis(db):
    demo.build(NOON)
    site = Site.objects.get(slug="bs-001")
    inventory.change(SYSTEM, "site", "bs-001", {"name_en": "=1+1", "name_zh": '<北岗> & "港"', "people": 12}, NOON)
    return site


@pytest.mark.parametrize(
    ("file_format", "kind"),
    [("csv", kind) for kind in inventory.KINDS] + [("geojson", None), ("graphml", None), ("node-link", None)],
)
def test_what_was_exported_comes_back_unchanged_and_restores_what_was_changed(metropolis, file_format, kind):
    data = export(file_format, kind)
    report = load(data, file_format, kind)
    assert report.counts["unchanged"] == len(report.rows) > 1
    assert Change.objects.count() == 1
    if kind in (None, "site"):
        inventory.change(SYSTEM, "site", "bs-001", {"height_m": 77, "name_zh": "别名"}, NOON)
        assert load(data, file_format, kind).counts["changed"] == 1
        assert Site.objects.get(slug="bs-001").name_en == "=1+1"


def test_an_export_restores_an_inventory_that_is_gone(metropolis):
    data, counts = export("geojson"), [model.objects.count() for model in MODELS]
    for model in (Corridor, EdgeNode, Link, Sector, Site, Region):
        model.objects.all().delete()
    assert load(data, "geojson").counts["created"] == sum(counts)
    assert [model.objects.count() for model in MODELS] == counts
    assert export("geojson") == data


def test_an_export_is_no_formula_to_a_spreadsheet(metropolis):
    assert ",'=1+1," in export("csv", "site").decode("utf-8-sig")
    assert all(not line.startswith(("=", "+", "@")) for line in export("csv", "site").decode("utf-8-sig").splitlines())


def test_an_export_holds_the_records_of_a_region(metropolis):
    document = json.loads(export("geojson", region=demo.BACKBONE_SLUG))
    assert {feature["properties"]["record"] for feature in document["features"]} == {"region", "site", "link"}
    graph = json.loads(export("node-link", region=demo.BACKBONE_SLUG))
    assert (len(graph["nodes"]), len(graph["edges"])) == (38, 62)


def test_an_export_is_fetched_as_a_file(signed_in, two):
    viewer = signed_in("viewer")
    answer = viewer.get("/api/v1/inventory/export?format=csv&kind=site&region=here")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="here-site.csv"'
    assert viewer.get("/api/v1/inventory/export?format=graphml")["Content-Type"] == "application/graphml+xml"
    assert json.loads(viewer.get("/api/v1/inventory/export?format=node-link").content)["nodes"][0]["id"] == "bs-000"
    assert viewer.get("/api/v1/inventory/export?format=csv").status_code == 409
    assert viewer.get("/api/v1/inventory/export?format=graphml&kind=sector").status_code == 409
    assert viewer.get("/api/v1/inventory/export?format=xlsx").status_code == 400
    assert viewer.get("/api/v1/inventory/export").status_code == 400


@pytest.fixture
def two(region):
    load(TWO_SITES, "csv", "site")


def test_who_may_import(signed_in, with_key, region):
    assert upload(signed_in("viewer"), TWO_SITES, kind="site").status_code == 403
    assert upload(with_key("read"), TWO_SITES, kind="site").status_code == 403
    assert upload(with_key("inventory:write"), TWO_SITES, kind="site").status_code == 200


def test_an_upload_of_four_gigabytes_is_refused_unread(planner, region):
    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    request_meta = {"HTTP_CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": Unread()}
    path, kind = "/api/v1/inventory/imports", "multipart/form-data; boundary=x"
    large = planner.generic("POST", path, b"x", kind, CONTENT_LENGTH=str(4 * 2**30), **request_meta)
    assert (large.status_code, "4294967296 bytes given" in large.json()["detail"]) == (413, True)
    assert Change.objects.count() == 0


def test_an_import_of_400_rows_is_written_in_batches(region, django_assert_max_num_queries):
    rows = "".join(f"bs-{n:04d},here,macro,S{n},29.{n:04d},123.5,30\n" for n in range(400))
    with django_assert_max_num_queries(30):
        assert load(SITES + rows, "csv", "site").counts["created"] == 400
    with django_assert_max_num_queries(30):
        assert load(SITES + rows.replace(",30\n", ",31\n"), "csv", "site").counts["changed"] == 400


def test_the_command_imports_and_exports(region, tmp_path, capsys):
    path = tmp_path / "sites.csv"
    path.write_text(TWO_SITES)
    call_command("inventory", "import", str(path), "--format=csv", "--kind=site")
    assert json.loads(capsys.readouterr().out)["applied"] is False
    call_command("inventory", "import", str(path), "--format=csv", "--kind=site", "--apply", "--all-or-nothing")
    assert (json.loads(capsys.readouterr().out)["counts"]["created"], Site.objects.count()) == (2, 2)
    call_command("inventory", "export", "--format=geojson", "--output", str(tmp_path / "all.geojson"))
    assert len(json.loads((tmp_path / "all.geojson").read_text())["features"]) == 3
    path.write_bytes(TWO_SITES.encode("utf-16"))
    with pytest.raises(CommandError, match="UTF-8 text"):
        call_command("inventory", "import", str(path), "--format=csv", "--kind=site")


def test_half_a_surrogate_pair_in_a_file_is_refused_by_its_place(planner, region):
    odd = '{"type": "FeatureCollection", "features": [{"properties": {"record": "site", "slug": "x", "\\ud800": "\\ud800"}}]}'
    assert "line 1, column 92: half of a surrogate pair" in expected_of(upload(planner, odd, "geojson"))["file"]
    graph = '{"nodes": [{"id": 1, "\\ud800": 2}], "edges": []}'
    assert "half of a surrogate pair" in expected_of(upload(planner, graph, "node-link"))["file"]
