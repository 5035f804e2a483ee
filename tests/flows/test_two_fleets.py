"""Two drone operators on one installation: each reports its own, sees its own, and of the other where it flies."""

from tests.flows.test_reports_to_map import report, rows_of
from tests.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

FOREIGN_BIT = 32
OWN, THEIRS = "TWO-LANWAN", "TWO-HARBOUR"


def test_two_fleets_report_side_by_side_and_neither_can_report_the_others(stack: Stack):
    lanwan, harbour = stack.with_key("demo-fleet"), stack.with_key("demo-fleet-harbour")
    first = lanwan.post("/api/v1/reports?durable=1", json=[report(OWN, battery_pct=5.0)])
    assert (first.status_code, first.json()["accepted"]) == (200, 1)
    assert harbour.post("/api/v1/reports?durable=1", json=[report(THEIRS, status="emergency")]).status_code == 200
    answer = harbour.post(
        "/api/v1/reports?durable=1", json=[report(OWN, lat_deg=28.0), report(THEIRS, status="emergency")]
    )
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    (refused,) = answer.json()["refused"]
    assert (refused["index"], refused["field"], refused["value"]) == (0, "serial", OWN)
    assert "lanwan" not in answer.text.lower().replace(OWN.lower(), "")
    assert harbour.post("/api/v1/reports", json=[report(OWN, lat_deg=28.0)]).status_code == 400
    assert stack.query("SELECT count(*) FROM airspace_position WHERE lat_deg = 28.0") == [(0,)]
    keys = dict(stack.query("SELECT k.name, k.id FROM console_apikey k"))
    sql = "SELECT d.serial, p.key_id FROM airspace_position p JOIN airspace_drone d ON d.id = p.drone_id"
    assert {(OWN, keys["demo-fleet"]), (THEIRS, keys["demo-fleet-harbour"])} <= set(stack.query(sql))
    _each_sees_its_own(stack, lanwan, harbour)
    _the_operator_is_told(stack)


def _each_sees_its_own(stack: Stack, lanwan, harbour) -> None:
    wait_until(lambda: lanwan.get("/api/v1/drones", params={"serial": OWN}).json()["count"] == 1, "it is listed")
    own = lanwan.get("/api/v1/drones", params={"serial": OWN}).json()["results"][0]
    assert harbour.get("/api/v1/drones", params={"search": OWN}).json()["count"] == 0
    assert harbour.get(f"/api/v1/drones/{own['id']}").status_code == 404
    assert harbour.get(f"/api/v1/drones/{own['id']}/trail").status_code == 404
    wait_until(lambda: harbour.get("/api/v1/traffic", params={"id": own["id"]}).json()["count"] == 1, "it is traffic")
    seen = harbour.get("/api/v1/traffic", params={"id": own["id"]})
    assert seen.json()["results"][0]["lat_deg"] == 29.01
    assert not {"serial", "battery_pct", "operator", "name", "status"} & set(seen.json()["results"][0])
    theirs = harbour.get("/api/v1/drones", params={"serial": THEIRS}).json()["results"][0]["id"]
    stack.manage("shell", "-v", "0", "-c", _MEMBER)
    states = _states_on_the_map(stack, {own["id"], theirs})
    assert states == {own["id"]: FOREIGN_BIT, theirs: 2 | 8}  # theirs: an emergency, and unverified


def _states_on_the_map(stack: Stack, ids: set[int]) -> dict[int, int]:
    states: dict[int, int] = {}
    with stack.socket("harbour", "map") as line:
        line.send('{"view": [123.5, 29.0, 123.52, 29.02]}')
        while not ids <= set(states):
            message = line.recv(timeout=PATIENCE_S)
            if isinstance(message, bytes):
                states |= {row[0]: row[6] for rows in rows_of(message).values() for row in rows if row[0] in ids}
    return states


def _the_operator_is_told(stack: Stack) -> None:
    network = stack.signed_in("viewer")

    def claims() -> list[dict]:
        return network.get("/api/v1/claims", params={"drone__serial": OWN}).json()["results"]

    wait_until(lambda: claims() and claims()[0]["refused"] >= 2, "what was refused is counted")
    assert (claims()[0]["owner"], claims()[0]["claimant"]) == ("lanwan-express", "harbour-inspection")
    wait_until(lambda: OWN in network.get("/api/v1/alarms", params={"limit": 200}).text, "the alarm is there")
    assert "loft_foreign_reports_refused_total" in network.get("/metrics").text


_MEMBER = """
from console.actions.demo import demo_password
from console.models import Membership, Organisation, Person
if not Person.objects.filter(username="harbour").exists():
    person = Person.objects.create_user("harbour", password=demo_password("harbour"))
    owner = Organisation.objects.get(slug="harbour-inspection")
    Membership.objects.create(person=person, organisation=owner, role="viewer")
"""
