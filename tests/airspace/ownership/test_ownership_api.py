"""What two customers, those who run the network and an authority see of each other's drones over REST."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from airspace.actions.ownership import removal
from airspace.actions.ownership.ownership import transfer
from airspace.actions.tracking import drone as drones
from airspace.models import HEARD_FOR_ANOTHER, HEARD_FOR_OWNER, Claim, Drone, LastPosition, Position
from airspace.serializers.drone import last_of, moment
from console.access.actor import HOME_PK
from console.actions.access.apikey import create_key
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor
from console.models import Membership, OrganisationKind, Person
from tests.airspace.tracking.test_drones import now_ms, row, store

pytestmark = pytest.mark.django_db
OPERATOR, AUTHORITY = [OrganisationKind.DRONE_OPERATOR], [OrganisationKind.AUTHORITY]
SORTED_BY = ("at_ms", "battery_pct", "state", "altitude_wgs84_m")


@pytest.fixture
def two(empty_redis):
    """Two drone operators with a drone each, just heard, and an authority."""
    swift, crow = (
        add_organisation(SYSTEM, name, name.title(), name, OPERATOR, timezone.now()) for name in ("swift", "crow")
    )
    guard = add_organisation(SYSTEM, "guard", "Guard", "guard", AUTHORITY, timezone.now())
    made = drones.register({"SW-1": "", "CR-1": ""}, timezone.now(), owners={"SW-1": swift.pk, "CR-1": crow.pk})
    of = {drone.serial: drone for drone in made}
    store(
        [row(of["SW-1"], now_ms(), battery=5.0), row(of["CR-1"], now_ms(), lat=29.1, battery=5.0, status="emergency")]
    )
    return swift, crow, guard, of["SW-1"], of["CR-1"]


@pytest.fixture
def sees(two, signed_in, with_key):
    """The serials that each kind of caller has in its list."""

    def of(caller):
        return {entry["serial"] for entry in caller.get("/api/v1/drones").json()["results"]}

    return of


def test_lists_counts_search_and_csv_hold_ones_own_drones_only(two, sees, signed_in, with_key):
    swift, crow, guard, *_ = two
    assert sees(signed_in("viewer", swift.pk)) == sees(with_key("read", organisation=swift.pk)) == {"SW-1"}
    assert sees(signed_in("viewer", crow.pk)) == {"CR-1"}
    for everyone in (signed_in("viewer"), with_key("read"), signed_in("viewer", guard.pk)):
        assert sees(everyone) == {"SW-1", "CR-1"}
    caller = signed_in("administrator", swift.pk)
    for query in ("search=cr", "serial=CR-1", "organisation=crow", "state=emergency&search=crow", f"id={two[4].pk}"):
        assert caller.get(f"/api/v1/drones?{query}").json()["count"] == 0, query
    assert "CR-1" not in caller.get("/api/v1/drones?format=csv").content.decode()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None), ("patch", "", {"name": "mine"}), ("get", "/trail", None), ("post", "/release", {}),
        ("post", "/transfer", {"organisation": "swift"}), ("post", "/dispute", {"is_verified": True}),
    ],
)  # fmt: skip
def test_a_foreign_drone_is_not_there(two, signed_in, method, path, body):
    caller = signed_in("administrator", two[0].pk)
    answer = getattr(caller, method)(f"/api/v1/drones/{two[4].pk}{path}", body, format="json")
    assert answer.status_code == 404
    assert Drone.objects.get(pk=two[4].pk).organisation == two[1]


def test_traffic_is_everybodys_and_only_where_it_is(two, signed_in, with_key):
    swift, _, _, own, foreign = two
    for caller in (signed_in("viewer", swift.pk), with_key("read", organisation=swift.pk), signed_in("viewer")):
        body = caller.get("/api/v1/traffic").json()
        assert {item["id"] for item in body["results"]} == {own.pk, foreign.pk}
    (entry,) = caller.get(f"/api/v1/traffic?bbox=123,29.05,124,29.2&id={foreign.pk},{own.pk}").json()["results"]
    assert set(entry) == {
        "id", "at", "age_s", "lat_deg", "lon_deg", "altitude_wgs84_m", "height_agl_m", "speed_mps", "track_deg",
    }  # fmt: skip
    assert (entry["id"], entry["lat_deg"]) == (foreign.pk, 29.1)
    text = json.dumps(body)
    assert not [word for word in ("CR-1", "Crow", "crow", "emergency", "battery", "verified") if word in text]
    assert caller.get("/api/v1/traffic?bbox=1").status_code == 400


def test_traffic_of_over_an_hour_ago_is_none(two, signed_in):
    gone = drones.register({"OLD": ""}, timezone.now())[0]
    store([row(gone, now_ms() - 3_601_000)])
    assert gone.pk not in {entry["id"] for entry in signed_in("viewer").get("/api/v1/traffic").json()["results"]}


def test_an_authority_sees_all_and_changes_nothing_of_others(two, signed_in):
    caller = signed_in("administrator", two[2].pk)
    assert caller.get(f"/api/v1/drones/{two[3].pk}").json()["organisation"] == "swift"
    assert caller.patch(f"/api/v1/drones/{two[3].pk}", {"name": "x"}, format="json").status_code == 403
    assert caller.post(f"/api/v1/drones/{two[3].pk}/release").status_code == 403
    assert (
        caller.post(f"/api/v1/drones/{two[3].pk}/transfer", {"organisation": "guard"}, format="json").status_code == 403
    )


def test_an_owner_names_its_drone_and_vouches_for_none(two, signed_in):
    caller = signed_in("operator", two[0].pk)
    url = f"/api/v1/drones/{two[3].pk}"
    assert caller.patch(url, {"name": "Heron"}, format="json").json()["name"] == "Heron"
    for body in ({"is_verified": True}, {"operator": "Crow"}):
        answer = caller.patch(url, body, format="json")
        assert (answer.status_code, "only those who run the network" in answer.json()["detail"]) == (409, True)
    assert signed_in("operator").patch(url, {"is_verified": True}, format="json").json()["is_verified"]


def test_a_drone_is_handed_on_by_those_who_run_the_network_and_its_past_stays_behind(two, signed_in):
    swift, crow, _, own, _ = two
    owner, other, network = signed_in("planner", swift.pk), signed_in("viewer", crow.pk), signed_in("operator")
    url = f"/api/v1/drones/{own.pk}"
    for slug in ("crow", "no-such"):  # nor does the answer tell which organisations there are
        assert (
            "only those who run"
            in owner.post(f"{url}/transfer", {"organisation": slug}, format="json").json()["detail"]
        )
    moved = network.post(f"{url}/transfer", {"organisation": "crow"}, format="json")
    assert (moved.status_code, moved.json()["organisation"], moved.json()["operator"]) == (200, "crow", "Crow")
    assert owner.get(url).status_code == 404
    body = other.get(url).json()
    assert (body["last_position"], body["state"], body["link"]["state"]) == (None, None, "unknown")
    trail = other.get(f"{url}/trail", {"since": "2020-01-01T00:00:00Z"}).json()
    assert (trail["reports"], trail["points"]) == (0, [])
    store([row(own, now_ms() + 1_000)])
    assert other.get(f"{url}/trail", {"since": "2020-01-01T00:00:00Z"}).json()["reports"] == 1
    assert Position.objects.filter(drone=own).count() == 2


def test_an_owner_releases_its_drone_to_those_who_run_the_network(two, signed_in):
    caller = signed_in("operator", two[0].pk)
    assert caller.post(f"/api/v1/drones/{two[3].pk}/release").status_code == 204
    assert caller.get(f"/api/v1/drones/{two[3].pk}").status_code == 404
    assert signed_in("viewer").get(f"/api/v1/drones/{two[3].pk}").json()["organisation"] == "operator"
    assert signed_in("operator", two[0].pk).post(f"/api/v1/drones/{two[3].pk}/release").status_code == 404


def test_a_serial_is_registered_by_hand_for_ones_organisation_once(two, signed_in, with_key):
    swift, crow, *_ = two
    made = signed_in("planner", swift.pk).post("/api/v1/drones", {"serial": "SW-2", "name": "Kite"}, format="json")
    assert (made.status_code, made.json()["organisation"], made.json()["name"]) == (201, "swift", "Kite")
    assert (made.json()["operator"], made.json()["is_verified"]) == ("Swift", False)
    key = with_key("reports:write", organisation=crow.pk)
    taken = key.post("/api/v1/drones", {"serial": "SW-2"}, format="json")
    assert (taken.status_code, "swift" in taken.content.decode().lower()) == (409, False)
    assert key.post("/api/v1/drones", {"serial": "CR-2"}, format="json").json()["organisation"] == "crow"
    assert key.post("/api/v1/drones", {"serial": "a b"}, format="json").status_code == 400
    assert signed_in("viewer", swift.pk).post("/api/v1/drones", {"serial": "SW-3"}).status_code == 403


def test_who_claims_what_is_for_those_who_run_the_network_and_an_authority(two, signed_in, with_key):
    swift, crow, guard, own, _ = two
    key, _ = create_key(Actor("system", organisation=crow.pk), "crow", ["reports:write"], timezone.now())
    now = timezone.now()
    Claim.objects.create(drone=own, key=key, refused=7, first_at=now, last_at=now)
    for caller in (signed_in("viewer"), with_key("read"), signed_in("viewer", guard.pk)):
        (entry,) = caller.get("/api/v1/claims?drone__serial=SW-1").json()["results"]
        assert (entry["owner"], entry["claimant"], entry["key_name"], entry["refused"]) == ("swift", "crow", "crow", 7)
    for caller in (signed_in("administrator", swift.pk), signed_in("administrator", crow.pk)):
        assert caller.get("/api/v1/claims").json()["count"] == 0


def test_a_dispute_is_decided_over_rest(two, signed_in):
    Drone.objects.filter(pk=two[3].pk).update(disputed_at=timezone.now())
    url = f"/api/v1/drones/{two[3].pk}"
    owner, network = signed_in("administrator", two[0].pk), signed_in("operator")
    assert (owner.get(url).json()["is_disputed"], owner.get(url).json()["is_verified"]) == (True, False)
    assert network.get("/api/v1/drones?disputed=true").json()["count"] == 1
    assert network.get("/api/v1/drones?disputed=false").json()["count"] == 1
    assert owner.post(f"{url}/dispute", {"is_verified": True}, format="json").status_code == 409
    body = network.post(f"{url}/dispute", {"is_verified": True}, format="json").json()
    assert (body["is_disputed"], body["is_verified"]) == (False, True)


def test_a_transfer_leaves_the_key_of_each_report_in_the_history(two, signed_in):
    transfer(SYSTEM, two[3], "crow", timezone.now())
    assert signed_in("viewer", two[1].pk).get(f"/api/v1/drones/{two[4].pk}").json()["last_position"]["key"] == 7


def test_lists_of_the_new_owner_are_not_narrowed_by_what_the_former_one_sent(two, signed_in):
    moved = two[4]
    transfer(SYSTEM, moved, "swift", timezone.now())
    caller = signed_in("viewer", two[0].pk)

    def serials(query):
        return [entry["serial"] for entry in caller.get(f"/api/v1/drones?ordering=serial&{query}").json()["results"]]

    whole_city = "bbox=120,25,130,35"
    for query in ("state=emergency", "link=heard", "bbox=122,29.05,124,29.2"):
        assert "CR-1" not in serials(query), query
    assert serials("link=unknown") == ["CR-1"]
    assert serials(whole_city) == ["SW-1"]
    store([row(moved, now_ms() + 1_000, lat=29.1, status="emergency")])
    assert "CR-1" in serials("state=emergency")
    assert serials(whole_city) == ["CR-1", "SW-1"]
    assert serials("link=unknown") == []


def test_lists_of_the_new_owner_are_not_ordered_by_what_the_former_one_sent(two, signed_in):
    swift, _, _, low, moved = two
    high = drones.register({"SW-2": ""}, timezone.now(), owners={"SW-2": swift.pk})[0]
    store([row(high, now_ms())])
    transfer(SYSTEM, moved, "swift", timezone.now())
    caller, at_ms = signed_in("viewer", swift.pk), now_ms()

    def sends(drone, value):
        LastPosition.objects.filter(drone=drone).update(
            at_ms=at_ms - 100_000 + value * 1_000, battery_pct=value, state=value // 25, altitude_wgs84_m=value * 10
        )

    def order(by):
        return [entry["serial"] for entry in caller.get(f"/api/v1/drones?ordering={by}").json()["results"]]

    def orders(value):
        sends(moved, value)
        return [order(f"{sign}last_position__{name}") for name in SORTED_BY for sign in ("", "-")]

    sends(low, 25)
    sends(high, 75)
    assert orders(1) == orders(50) == orders(99)
    Drone.objects.filter(pk=moved.pk).update(owned_since=timezone.now() - timedelta(hours=1))
    for name in SORTED_BY:
        sends(moved, 50)
        assert order(f"-last_position__{name}") == ["SW-2", "CR-1", "SW-1"]
        assert order(f"last_position__{name}") == ["SW-1", "CR-1", "SW-2"]


def test_a_filter_costs_no_more_queries_for_a_fleet_that_was_handed_on(two, signed_in, django_assert_num_queries):
    swift, since = two[0], timezone.now()
    fleet = [
        Drone(serial=f"FL-{number}", organisation=swift, owned_since=since, registered_at=since, changed_at=since)
        for number in range(300)
    ]
    Drone.objects.bulk_create(fleet)
    store([row(drone, now_ms() - 5_000) for drone in fleet])
    caller = signed_in("viewer", swift.pk)
    caller.get("/api/v1/drones")
    with CaptureQueriesContext(connection) as asked:  # on PostgreSQL those that narrow are among them
        caller.get("/api/v1/drones")
    usual = len(asked)
    for query, count in (("bbox=120,25,130,35", 1), ("link=unknown", 300)):
        with django_assert_num_queries(usual):
            assert caller.get(f"/api/v1/drones?{query}").json()["count"] == count


def test_whether_a_report_is_of_the_owners_time_is_judged_to_the_millisecond(two):
    drone, at_ms = two[3], LastPosition.objects.get(drone=two[3]).at_ms
    for off_ms, is_own in ((-1, True), (0, True), (1, False)):
        since = moment(at_ms) + timedelta(milliseconds=off_ms)
        Drone.objects.filter(pk=drone.pk).update(owned_since=since)
        fits = [Drone.objects.filter(rule, pk=drone.pk).exists() for rule in (HEARD_FOR_OWNER, HEARD_FOR_ANOTHER)]
        assert fits == [is_own, not is_own], off_ms
        assert LastPosition.objects.of_owners().filter(drone=drone).exists() is is_own
        assert (last_of(Drone.objects.get(pk=drone.pk)) is not None) is is_own


def test_as_many_serials_are_registered_by_hand_within_an_hour_as_may_be_reported(two, signed_in, with_key, settings):
    swift, crow, *_ = two
    settings.LOFT_NEW_DRONES_PER_KEY_PER_H = 2

    def made(caller, name):
        posted = (caller.post("/api/v1/drones", {"serial": f"{name}-{number}"}, format="json") for number in range(3))
        return [answer.status_code for answer in posted]

    assert made(with_key("reports:write", organisation=crow.pk), "KEY") == [201, 201, 409]
    assert made(signed_in("planner", swift.pk), "PERSON") == [201, 201, 409]
    assert made(signed_in("planner"), "NETWORK") == [201, 201, 201]
    assert Drone.objects.filter(serial__startswith="KEY").count() == 2


def test_traffic_has_no_retired_and_no_deleted_drone(two, signed_in):
    swift, crow, _, own, foreign = two
    removal.retire(SYSTEM, own, timezone.now(), is_retired=True)
    removal.delete(SYSTEM, foreign, timezone.now())
    for caller in (signed_in("viewer", swift.pk), signed_in("viewer", crow.pk), signed_in("viewer")):
        assert caller.get("/api/v1/traffic").json()["count"] == 0


def test_who_only_looks_on_at_those_who_run_the_network_verifies_hands_on_and_decides_nothing(two, person):
    swift, _, _, drone, _ = two
    both = person("administrator", swift.pk)
    Membership.objects.create(person=both, organisation_id=HOME_PK, role="viewer")
    caller = APIClient()
    caller.force_login(Person.objects.get(pk=both.pk))
    Drone.objects.filter(pk=drone.pk).update(disputed_at=timezone.now())
    for method, path, body in (
        ("patch", "", {"is_verified": True}),
        ("post", "/transfer", {"organisation": "crow"}),
        ("post", "/dispute", {"is_verified": True}),
    ):
        answer = getattr(caller, method)(f"/api/v1/drones/{drone.pk}{path}", body, format="json")
        assert (answer.status_code, "only those who run the network" in answer.json()["detail"]) == (409, True), path
    drone.refresh_from_db()
    assert (drone.is_verified, drone.organisation_id, drone.disputed_at is None) == (False, swift.pk, False)


def offered(caller):
    """Return where the map and the list offer a reader to retire and to delete drones."""
    text = caller.get("/map").content.decode()
    offers = [re.search(rf'data-may-{what}="([^"]*)"', text)[1] for what in ("retire", "delete")]
    button = re.search(r'id="drones-delete" data-organisations="([^"]*)"', caller.get("/airspace").content.decode())
    return *offers, button and button[1]


def test_pages_offer_to_retire_and_delete_only_where_rest_would_not_refuse(two, signed_in, person):
    swift, crow, guard, _own, foreign = two
    assert offered(signed_in("viewer")) == ("", "", None)
    assert offered(signed_in("operator")) == ("*", "", None)
    assert offered(signed_in("administrator")) == ("*", "*", "*")
    assert offered(signed_in("operator", swift.pk)) == ("swift", "", None)
    assert offered(signed_in("administrator", guard.pk)) == ("guard", "guard", "guard")  # it sees all
    both = person("administrator", swift.pk)
    Membership.objects.create(person=both, organisation=crow, role="viewer")
    caller = APIClient()
    caller.force_login(both)
    assert offered(caller) == ("swift", "swift", "swift")
    assert caller.delete(f"/api/v1/drones/{foreign.pk}").status_code == 403
    assert caller.delete("/api/v1/drones?verified=false").status_code == 409  # those of both are meant
    assert caller.delete("/api/v1/drones?verified=false&organisation=swift").json() == {"deleted": 1}


def test_a_page_offers_nothing_to_who_acts_for_an_organisation_in_which_they_only_look_on(two, person):
    swift, crow, *_ = two
    looks_on = person("viewer", swift.pk)
    Membership.objects.create(person=looks_on, organisation=crow, role="administrator")
    caller = APIClient()
    caller.force_login(looks_on)
    assert offered(caller) == ("", "", None)
    assert caller.delete(f"/api/v1/drones/{two[4].pk}").status_code == 403
