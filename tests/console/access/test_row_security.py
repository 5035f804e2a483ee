"""The second wall between organisations: what PostgreSQL shows a narrowed connection, whatever the code above asks."""

from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

import psycopg
import pytest
from django.core import checks
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connection, models, transaction
from django.db.models.fields import NOT_PROVIDED
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from airspace.models import Drone
from console.access import narrowing, rowsecurity
from console.access.actor import HOME_PK
from console.access.narrowing import narrow, unnarrowed, widen
from console.actions.access.organisation import add_organisation
from console.actions.audit import audit_chain
from console.actions.audit.audit import SYSTEM, record
from console.models import AuditEntry, AuditLink, Membership, Organisation, OrganisationKind, Person
from console.rest.permissions import visible
from console.views.pages import Page
from industry.models import Model
from network.models import Maintenance, subject
from tests.conftest import NOON
from tests.network.kinds import kind_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls(__name__),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no row-level security"),
]
OWNED = rowsecurity.owned()
COVERED = [model for model in OWNED if not rowsecurity.reason(model)]
CONSTRAINED = {"network.Agreement.kind": "flight", "network.Slice.sst": 1}
numbers = count(1)


class LeakyView(APIView):
    """Forgets to ask whose the drones are, twice."""

    rights: ClassVar[dict[str, str]] = {"GET": "airspace.view_drone"}
    scopes: ClassVar[dict[str, str]] = {"GET": "read"}

    def get(self, request: Any) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT serial FROM airspace_drone ORDER BY serial")
            raw = [row[0] for row in cursor.fetchall()]
        if "fail" in request.GET:
            raise ZeroDivisionError
        return Response({"raw": raw, "rows": [drone.serial for drone in Drone.objects.all()]})


class LeakyPage(Page):
    """Forgets it, too."""

    right = "airspace.view_drone"

    def get(self, request: Any, *_: Any, **__: Any) -> HttpResponse:
        return JsonResponse({"rows": [drone.serial for drone in Drone.objects.all()]})


class StreamingPage(Page):
    """Asks while it is sent."""

    right = "airspace.view_drone"

    def get(self, request: Any, *_: Any, **__: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse(f"{drone.serial} " for drone in Drone.objects.iterator())


urlpatterns = [
    path("leaky", LeakyView.as_view()),
    path("leaky-page", LeakyPage.as_view()),
    path("streaming-page", StreamingPage.as_view()),
    path("", include("console.urls")),
]


@pytest.fixture(autouse=True)
def bound(db):
    """A role that policies bind, and nothing narrowed afterwards."""
    if rowsecurity.bypassed():
        pytest.skip("the role of TEST_DATABASE_URL bypasses row-level security; tests.postgres makes one that does not")
    yield
    widen()


def customer(slug: str) -> Organisation:
    return add_organisation(SYSTEM, slug, slug, slug, [OrganisationKind.DRONE_OPERATOR], NOON)


@pytest.fixture
def two(db):
    """Two customers with a drone each."""
    swift, crow = customer("swift"), customer("crow")
    for owner, serial in ((swift, "SW-1"), (crow, "CR-1")):
        Drone.objects.create(serial=serial, organisation=owner, registered_at=NOON, changed_at=NOON)
    return swift, crow


def draft(model: type[models.Model], owner: Organisation) -> models.Model:
    """Return a row of a model, not saved, that the organisation owns; what it refers to is saved."""
    if model is Organisation:
        return Organisation(slug=f"o{next(numbers)}", made_at=NOON)
    fields = (field for field in model._meta.concrete_fields if not isinstance(field, models.CompositePrimaryKey))
    return model(**{field.name: value for field in fields if (value := value_of(field, owner)) is not None})


def value_of(field: Any, owner: Organisation) -> Any:
    if field.is_relation and field.name == "organisation":
        return owner
    if (known := CONSTRAINED.get(str(field))) is not None:
        return known
    if field.null or field.default is not NOT_PROVIDED or isinstance(field, models.AutoField):
        return None
    if field.model is Membership:
        return Person.objects.create_user(f"p{next(numbers)}")
    return made(field.related_model, owner) if field.is_relation else plain_value_of(field, next(numbers))


def plain_value_of(field: Any, number: int) -> Any:
    """Return a value that fits: another one for every number where the field has room for it."""
    if field.choices:
        return field.choices[-1][0]
    values = {
        models.CharField: f"{number:x}",
        models.DateTimeField: NOON + timedelta(seconds=number),
        models.DateField: (NOON + timedelta(days=number)).date(),
        models.JSONField: {},
        models.BinaryField: b"x",
        models.FloatField: number % 80 + 1.0,
        models.PositiveSmallIntegerField: number % 2 + 1,
    }
    return next((values[kind] for kind in type(field).__mro__ if kind in values), number)


def made(model: type[models.Model], owner: Organisation) -> models.Model:
    """Return a saved row that the organisation owns."""
    if model is Organisation:
        return owner
    row = draft(model, owner)
    row.save(force_insert=True)
    if model is Person:
        Membership.objects.create(person=row, organisation=owner, role="viewer")
    return row


def keys_of(model: type[models.Model]) -> set[Any]:
    """Return the keys of all rows that the connection shows, asked in SQL."""
    composite = isinstance(model._meta.pk, models.CompositePrimaryKey)
    names = model._meta.pk.field_names if composite else [model._meta.pk.column]
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {", ".join(names)} FROM "{model._meta.db_table}"')  # noqa: S608
        return {row if composite else row[0] for row in cursor.fetchall()}


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(current_setting('{rowsecurity.SETTING}', true), '')")
        return cursor.fetchone()[0]


def test_every_table_that_has_an_owner_is_covered_or_says_why_not(capsys):
    assert len(OWNED) >= 29
    assert rowsecurity.missing() == []
    covered = {policy.table for policy in rowsecurity.policies()}
    assert {model._meta.db_table for model in COVERED} == covered
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind = 'r'")
        assert {row[0] for row in cursor.fetchall()} == covered
    call_command("rowsecurity")
    assert capsys.readouterr().out.count("covered") == len(covered)


@pytest.mark.parametrize("model", COVERED, ids=lambda model: model._meta.label)
def test_a_narrowed_connection_sees_its_own_rows_of_a_table_and_after_it_all(two, model):
    swift, crow = two
    own, foreign = made(model, swift), made(model, crow)
    everything = keys_of(model)
    narrow({swift.pk})
    seen = keys_of(model)
    assert own.pk in seen
    assert foreign.pk not in seen
    narrow(frozenset())
    assert {own.pk, foreign.pk}.isdisjoint(keys_of(model))
    widen()
    assert keys_of(model) == everything


@pytest.mark.parametrize("model", COVERED, ids=lambda model: model._meta.label)
def test_a_narrowed_connection_writes_no_row_of_others(two, model):
    swift, crow = two
    foreign, another, table = made(model, crow), draft(model, crow), model._meta.db_table
    narrow({swift.pk})
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        another.save(force_insert=True)
    if model is AuditEntry:
        return  # nobody changes any
    with connection.cursor() as cursor:
        column = model._meta.concrete_fields[-1].column
        cursor.execute(f'UPDATE "{table}" SET "{column}" = "{column}"')  # noqa: S608
        changed = cursor.rowcount
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        opened = 1 if model is Organisation else 0  # it sees who runs the network, and may not change it
        assert changed == cursor.fetchone()[0] - opened
    widen()
    assert foreign.pk in keys_of(model)


def test_a_row_is_not_handed_to_others(two):
    swift, crow = two
    narrow({swift.pk})
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Drone.objects.update(organisation=crow)


def test_what_its_model_opens_to_all_is_read_by_all_and_changed_by_none(two):
    swift, _ = two
    shared = Model.objects.create(name="shared", is_for_all=True)
    Model.objects.create(name="secret")
    times = {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "made_at": NOON}
    Maintenance.objects.create(kind="site", key="bs-1", reason="mast", **times)
    Maintenance.objects.create(kind="flight", key="CR-1", reason="rest", **times)
    narrow({swift.pk})
    assert [model.name for model in Model.objects.select_related("organisation")] == ["shared"]
    assert [maintenance.kind for maintenance in Maintenance.objects.all()] == ["site"]
    assert Model.objects.filter(pk=shared.pk).update(name="mine") == 0


def test_rows_about_a_kind_that_an_upgrade_adds_are_open_once_the_policies_were_put_up_anew(two, monkeypatch):
    times = {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "made_at": NOON}
    Maintenance.objects.create(kind="river", key="r-1", reason="flood", **times)
    monkeypatch.setitem(subject._registered, "river", kind_of("river", metrics=("coverage",), is_shared=True))
    assert [policy.name for policy in rowsecurity.missing()] == ["loft_open_kind"]
    narrow({two[0].pk})
    assert Maintenance.objects.count() == 0
    widen()
    connection.check_constraints()  # a table with rows to be checked is not altered
    assert (rowsecurity.install(), rowsecurity.missing()) == (1, [])
    narrow({two[0].pk})
    assert [maintenance.kind for maintenance in Maintenance.objects.all()] == ["river"]


@pytest.mark.parametrize("model", COVERED, ids=lambda model: model._meta.label)
def test_the_wall_hides_nothing_that_the_first_one_shows(two, person, model, rf):
    swift, crow = two
    for owner in (swift, crow, Organisation.objects.get(pk=HOME_PK)):
        made(model, owner)
    if not hasattr(model, "owner_path"):
        return
    request = Request(rf.get("/"))
    request.user, request.auth = person("viewer", swift.pk), None
    shown = set(visible(model.objects.all(), request).values_list("pk", flat=True))
    narrow({swift.pk})
    assert shown
    assert set(visible(model.objects.all(), request).values_list("pk", flat=True)) == shown


def test_a_view_or_page_that_forgets_whose_rows_they_are_leaks_nothing(two, signed_in, with_key):
    swift, crow = two
    for caller in (signed_in("viewer", swift.pk), with_key("read", organisation=swift.pk)):
        assert caller.get("/leaky").json() == {"raw": ["SW-1"], "rows": ["SW-1"]}
    assert signed_in("viewer", crow.pk).get("/leaky-page").json() == {"rows": ["CR-1"]}
    for caller in (signed_in("viewer"), with_key("read")):
        assert caller.get("/leaky").json()["raw"] == ["CR-1", "SW-1"]
    assert signed_in("viewer").get("/leaky-page").json() == {"rows": ["CR-1", "SW-1"]}


def test_the_next_request_on_the_connection_begins_with_nothing_narrowed(two, signed_in):
    swift, _ = two
    customer, operator = signed_in("viewer", swift.pk), signed_in("viewer")
    customer.raise_request_exception = False
    for query in ("", "?fail"):
        assert customer.get(f"/leaky{query}").status_code == (500 if query else 200)
        assert setting() == ""
        assert operator.get("/leaky").json()["raw"] == ["CR-1", "SW-1"]


def test_an_answer_sent_piece_by_piece_stays_narrowed_until_it_is_closed(two, rf, person):
    swift, _ = two

    def respond(request):
        request.user = person("viewer", swift.pk)
        return StreamingPage.as_view()(request)

    answer = narrowing.Widened(respond)(rf.get("/"))
    assert (setting(), b"".join(answer)) == (str(swift.pk), b"SW-1 ")
    answer._resource_closers.pop()()
    assert setting() == ""


def test_who_sees_all_costs_no_query_and_a_customer_two(two, django_assert_num_queries):
    with django_assert_num_queries(0):
        narrow(None)
        widen()
    with django_assert_num_queries(2):
        narrow({two[0].pk})
        widen()


def test_what_is_asked_for_everyone_is_seen_whole_and_narrowed_again_after_it(two):
    narrow({two[0].pk})
    with unnarrowed():
        assert Drone.objects.count() == 2
        with unnarrowed():
            assert Drone.objects.count() == 2
        assert Drone.objects.count() == 2
    assert Drone.objects.count() == 1
    with pytest.raises(ProgrammingError), transaction.atomic(), unnarrowed(), connection.cursor() as cursor:
        cursor.execute("SELECT nonsense")
    assert Drone.objects.count() == 1


def test_policies_are_put_up_where_they_lack_and_only_there(db):
    assert rowsecurity.install() == 0
    with connection.cursor() as cursor:
        cursor.execute("DROP POLICY loft_own ON airspace_drone")
        cursor.execute("CREATE POLICY loft_former ON airspace_drone USING (true)")
        cursor.execute("ALTER TABLE network_alarm NO FORCE ROW LEVEL SECURITY")
        cursor.execute("COMMENT ON POLICY loft_whole ON network_slice IS 'older'")
    assert {policy.table for policy in rowsecurity.missing()} == {"airspace_drone", "network_alarm", "network_slice"}
    assert {check.id for check in checks.run_checks(include_deployment_checks=True)} >= {"loft.W002"}
    assert rowsecurity.stale() == [("loft_former", "airspace_drone")]
    assert rowsecurity.install() == 4
    assert (rowsecurity.missing(), rowsecurity.stale()) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_what_a_customer_does_is_written_down_and_tied_to_the_last_link_of_all():
    swift, _ = customer("swift"), customer("crow")
    record(SYSTEM, "looked", "at all", NOON)
    before = AuditLink.objects.head().number
    narrow({swift.pk})
    record(SYSTEM, "looked", "as a customer", NOON)
    widen()
    assert AuditLink.objects.head().number == before + 1
    assert AuditEntry.objects.get(subject="as a customer").link.number == before + 1
    assert audit_chain.verify().problem == ""


def test_who_belongs_nowhere_still_sees_their_own_account(two, client):
    stranger = Person.objects.create_user("stranger", password="long enough 1")
    client.force_login(stranger)
    assert client.get("/account").status_code == 200
    assert client.get("/api/v1/me/sessions").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_opened_within_a_narrowed_request_is_narrowed_too_and_the_next_one_is_not():
    swift, _ = customer("swift"), customer("crow")
    narrow({swift.pk})
    connection.close()
    assert setting() == str(swift.pk)
    with pytest.raises(OperationalError), connection.cursor() as cursor:  # the server ends the line
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    widen()
    assert (connection.connection, setting()) == (None, "")


@pytest.mark.django_db(transaction=True)
def test_a_role_that_passes_every_policy_is_told_of():
    named = connection.settings_dict
    try:
        line = psycopg.connect(
            user="postgres", host=named["HOST"], port=named["PORT"], dbname="postgres", autocommit=True
        )
    except psycopg.OperationalError:
        pytest.skip("no superuser at hand to let the role bypass policies")
    with line:
        line.execute("ALTER ROLE loft BYPASSRLS")
        try:
            assert rowsecurity.bypassed()
            assert "loft.W001" in {check.id for check in checks.run_checks(include_deployment_checks=True)}
        finally:
            line.execute("ALTER ROLE loft NOBYPASSRLS")
    assert not rowsecurity.bypassed()
