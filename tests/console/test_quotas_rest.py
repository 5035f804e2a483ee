"""Quotas over REST: one's own, those of all for who runs the network, and a change that holds at once."""

import pytest
from django.test import Client

from console import metrics
from console.access import accounts
from console.actions import quota as actions
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor
from console.errors import Refused
from console.models import AuditEntry, Quota
from console.quota import sockets
from console.quota.counters import OverQuota, take
from console.quota.kinds import KINDS, ROWS
from console.quota.leases import fresh_buckets
from console.quota.limits import book
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]
URL = "/api/v1/quotas"


@pytest.fixture
def courier(db):
    book.forget()
    yield add_organisation(SYSTEM, "courier", "Courier", "快递", ["drone_operator"], NOON)
    book.forget()


def quota_in(answer, name):
    return next(quota for quota in answer.json()["quotas"] if quota["quota"] == name)


def test_an_organisation_sees_its_own_quotas_only(signed_in, with_key, courier):
    for caller in (signed_in("administrator", courier.pk), with_key("read", organisation=courier.pk)):
        answer = caller.get(URL)
        assert [row["organisation"] for row in answer.json()["results"]] == ["courier"]
        assert {quota["quota"] for quota in answer.json()["results"][0]["quotas"]} == set(KINDS)
        assert caller.get(f"{URL}/operator").status_code == 404


def test_who_runs_the_network_sees_all_and_changes_them_which_is_audited(
    signed_in, courier, django_capture_on_commit_callbacks
):
    caller = signed_in("administrator")
    assert {row["organisation"] for row in caller.get(URL).json()["results"]} == {"courier", "operator"}
    with django_capture_on_commit_callbacks(execute=True):
        caller.patch(f"{URL}/courier", {"rows_per_day": 5, "sockets": 2}, format="json")
    answer = caller.get(f"{URL}/courier")
    assert (quota_in(answer, "rows_per_day")["limit"], quota_in(answer, "rows_per_day")["is_own"]) == (5, True)
    entry = AuditEntry.objects.get(verb="changed quota")
    assert entry.detail["before"] == {"rows_per_day": None, "sockets": None}
    assert entry.detail["after"] == {"rows_per_day": 5, "sockets": 2}


def test_a_customer_changes_no_quota(signed_in, courier):
    caller = signed_in("administrator", courier.pk)
    assert caller.patch(f"{URL}/courier", {"sockets": 99}, format="json").status_code == 403
    with pytest.raises(Refused):
        actions.change_quota(Actor("them", organisation=courier.pk, sees=frozenset({courier.pk})), courier, {}, NOON)


def test_what_is_no_quota_is_refused_by_name(signed_in, courier):
    answer = signed_in("administrator").patch(f"{URL}/courier", {"socks": 1}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "socks")
    answer = signed_in("administrator").patch(f"{URL}/courier", {"sockets": -1}, format="json")
    assert answer.status_code == 400


def test_a_changed_quota_holds_at_once_and_what_is_shown_is_what_refuses(signed_in, courier):
    caller = signed_in("administrator")
    caller.patch(f"{URL}/courier", {"rows_per_day": 5}, format="json")
    book.forget()  # what the message does, once committed
    take(fresh_buckets([ROWS], courier.pk), 4)
    with pytest.raises(OverQuota):
        take(fresh_buckets([ROWS], courier.pk), 2)
    shown = quota_in(caller.get(f"{URL}/courier"), "rows_per_day")
    assert (shown["used"], shown["limit"], shown["refused"]) == (4, 5, 1)


def test_null_gives_the_settings_figure_again(signed_in, courier, settings):
    caller = signed_in("administrator")
    caller.patch(f"{URL}/courier", {"sockets": 2}, format="json")
    answer = caller.patch(f"{URL}/courier", {"sockets": None}, format="json")
    assert Quota.objects.get().limits == {}
    book.forget()
    assert quota_in(caller.get(f"{URL}/courier"), "sockets")["limit"] == settings.LOFT_QUOTA_SOCKETS
    assert answer.status_code == 200


def test_stored_bytes_are_files_and_rows_of_two_days(courier, monkeypatch):
    monkeypatch.setattr(actions, "_files", [lambda _: {courier.pk: 1_000}])
    take(fresh_buckets([ROWS], courier.pk), 10)
    (row,) = actions.report([courier], now())
    stored = next(quota for quota in row["quotas"] if quota["quota"] == "storage_bytes")
    assert stored["used"] == 1_000 + 10 * actions.BYTES_PER_ROW == actions.stored_bytes(courier.pk, now())


def now():
    from django.utils import timezone

    return timezone.now()


def test_sockets_are_counted_over_processes_and_forgotten_when_unheard_of(courier):
    Quota.objects.create(organisation=courier, limits={"sockets": 2}, changed_at=NOON)
    book.forget()
    lines = [sockets.new_line() for _ in range(3)]
    sockets.hold(courier.pk, lines[0])
    sockets.hold(courier.pk, lines[1])
    sockets.hold(courier.pk, lines[1])  # still there
    with pytest.raises(OverQuota, match="used 2 of 2"):
        sockets.hold(courier.pk, lines[2])
    assert sockets.counts([courier.pk]) == [(2, 1)]
    sockets.release(courier.pk, lines[0])
    sockets.hold(courier.pk, lines[2])
    sockets.client().zadd(f"loft.quota:sockets:{courier.pk}", {lines[1]: 1})  # its process was killed
    assert sockets.counts([courier.pk]) == [(1, 1)]


def test_metrics_name_each_organisation(courier):
    take(fresh_buckets([ROWS], courier.pk), 7)
    text = metrics.page().decode()
    assert 'loft_quota_used{organisation="courier",quota="rows_per_day"} 7.0' in text
    assert 'loft_quota_limit{organisation="operator",quota="sockets"}' in text


def test_the_page_is_for_who_may_see_it(signed_in, courier):
    assert signed_in("administrator", courier.pk).get("/administration/quotas").status_code == 200
    assert signed_in("viewer", courier.pk).get("/administration/quotas").status_code == 403
    assert Client().get("/administration/quotas").status_code == 302


def test_a_session_is_on_its_organisations_account_after_its_first_answer(signed_in, courier):
    caller = signed_in("administrator", courier.pk)
    cookie = caller.cookies["sessionid"].value
    scope = {"headers": [(b"cookie", f"sessionid={cookie}".encode())], "client": ("10.0.0.9", 1), "scheme": "http"}
    assert accounts.account_of(scope).label == "address 10.0.0.9"
    caller.get(URL)
    assert accounts.account_of(scope) == accounts.Account(f"organisation {courier.pk}", courier.pk)
    stranger = scope | {"headers": [(b"cookie", b"sessionid=made-up")]}
    assert accounts.account_of(stranger).organisation is None
