"""The snapshot of the network: read once per version by one thread, and everything derived goes with it."""

import os
from itertools import pairwise
from threading import Event, Thread

import pytest
from django.db import transaction

from console.access.rowsecurity import owned
from network.actions import snapshot
from network.actions.circle import circle
from network.actions.impact import impact
from network.actions.snapshot import Derived, Snapshots
from network.actions.topology import graph, path, vantage
from network.demo import emulation
from network.models import Corridor, EdgeNode, Link, Region, Sector, Site
from tests.conftest import NOON
from tests.waiting import wait_until


@pytest.fixture
def chain(make_site):
    """A core, a ring point and a station in a row, with computing at the core."""
    sites = [
        make_site(slug, kind=kind, lat_deg=29.0 + number / 100)
        for number, (slug, kind) in enumerate((("core", "core"), ("ring", "optical"), ("bs-000", "macro")))
    ]
    for a, b in pairwise(sites):
        Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=NOON)
    EdgeNode.objects.create(
        slug="edge", site=sites[0], name_en="E", name_zh="E", cores=8, memory_gb=64, changed_at=NOON
    )
    return sites


def everything():
    """Return the snapshot and all that is derived of it."""
    return [graph.snapshot(), graph.read(), path.graph(), vantage.view(), impact._dependence()]


def test_what_did_not_change_costs_one_question_and_is_the_same_object(chain, django_assert_num_queries):
    before = everything()
    with django_assert_num_queries(len(before)):
        after = everything()
    assert all(item is other for item, other in zip(before, after, strict=True))


@pytest.mark.parametrize("model", [Site, Link, EdgeNode])
def test_a_changed_a_removed_and_an_added_record_make_a_new_snapshot_and_drop_what_was_derived(chain, model):
    for change in (_touch, _add, _remove):
        before = everything()
        change(model, chain)
        assert not any(item is other for item, other in zip(before, everything(), strict=True)), change


def _touch(model, chain):
    news = {"changed_at": NOON.replace(hour=13)} if model is EdgeNode else {"revision": 1}
    model.objects.filter(pk=model.objects.order_by("pk").first().pk).update(**news)


def _add(model, chain):
    row = model.objects.order_by("pk").last()
    row.pk = None
    if model is Link:
        row.a, row.b = chain[0], chain[2]
    else:
        row.slug = "added"
    row.save(force_insert=True)


def _remove(model, chain):
    if model is not EdgeNode:
        model.objects.order_by("pk").last().delete()  # the added one, with which nothing is linked
        return
    EdgeNode.objects.get(slug="added").delete()


def test_computing_that_moves_to_another_site_is_seen_though_its_time_is_older(chain):
    assert graph.snapshot().centres == (0,)
    EdgeNode.objects.update(site=chain[2])
    assert graph.snapshot().centres == (2,)
    assert path.latencies_to_computing([chain[2].pk])[chain[2].pk].mean_ms < 1


def test_two_nodes_of_computing_that_move_at_once_are_seen_though_the_sum_of_their_sites_stays(chain, make_site):
    fourth = make_site("bs-001")
    EdgeNode.objects.create(
        slug="second", site=fourth, name_en="E", name_zh="E", cores=8, memory_gb=64, changed_at=NOON
    )
    assert graph.snapshot().centres == (0, 3)
    assert chain[0].pk + fourth.pk == chain[1].pk + chain[2].pk
    EdgeNode.objects.filter(slug="edge").update(site=chain[1])
    EdgeNode.objects.filter(slug="second").update(site=chain[2])
    assert graph.snapshot().centres == (1, 2)


def test_a_rolled_back_change_leaves_nothing_behind(chain):
    before = path.site_latency(chain[2].pk, chain[0].pk).mean_ms
    with transaction.atomic():
        Link.objects.update(length_km=500, revision=1)
        assert path.site_latency(chain[2].pk, chain[0].pk).mean_ms > before
        transaction.set_rollback(True)
    assert path.site_latency(chain[2].pk, chain[0].pk).mean_ms == before


def test_rows_are_numbered_alike_everywhere_and_arrays_cannot_be_written(chain):
    this_snapshot, network = graph.snapshot(), graph.read()
    assert [site.slug for site in this_snapshot.sites] == ["core", "ring", "bs-000"] == list(network.slugs)
    assert this_snapshot.site_ids == network.site_ids.tolist() == path.graph().site_ids == vantage.view().site_ids
    with pytest.raises(ValueError, match="read-only"):
        network.people[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        network.topology.length_m[0] = 1.0


def test_of_parallel_links_the_shortest_is_the_way_and_the_emulator_is_told_it_by_slugs(chain):
    Link.objects.create(a=chain[1], b=chain[0], length_km=2, rate_gbps=100, changed_at=NOON)
    Link.objects.create(a=chain[2], b=chain[1], length_km=9, rate_gbps=100, changed_at=NOON)
    ms = {(links["a"], links["b"]): links["ms"] for links in emulation._links()}
    assert set(ms) == {("core", "ring"), ("ring", "bs-000")}
    assert ms["core", "ring"] == pytest.approx(ms["ring", "bs-000"] * 2 / 5, rel=0.2)


def test_the_prober_stands_at_a_core_of_a_region_that_is_probed(chain):
    assert vantage.view().net.vantage == 0
    assert vantage.view().behind_site(chain[1].pk) == {chain[1].pk, chain[2].pk}
    assert vantage.behind_links(["ring~bs-000"]) == {"ring~bs-000": [chain[2].pk]}
    Site.objects.update(probe_port=None, probe_host="", revision=1)
    assert vantage.view() is None
    assert vantage.behind_links(["ring~bs-000"]) == {}


def test_too_large_an_inventory_is_refused_each_time_and_ways_are_still_found(chain, monkeypatch, region):
    monkeypatch.setattr(graph, "MOST_SITES", 2)
    for _ in range(2):
        with pytest.raises(Exception, match="holds 3 sites"):
            circle.readings(region)
    assert path.site_latency(chain[2].pk, chain[0].pk) is not None


@pytest.mark.parametrize("model", [Site, Link, EdgeNode, Sector, Region, Corridor])
def test_what_all_callers_share_is_of_no_table_that_row_security_narrows(model):
    assert model not in owned()


def test_of_threads_that_find_a_change_one_reads_and_the_others_take_what_it_read():
    held, begun, may_end, reads = Snapshots(), Event(), Event(), []

    def read():
        reads.append(1)
        begun.set()
        may_end.wait(10)
        return object()

    result = []
    threads = [Thread(target=lambda: result.append(held.get("x", lambda: (1,), read))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert (len(reads), len(set(map(id, result))), len(result)) == (1, 1, 8)


def test_who_waited_asks_for_the_version_again_and_reads_what_came_meanwhile():
    held, asked = Snapshots(), []
    held._lock.acquire()  # another thread reads

    def ask():
        asked.append(len(asked) + 1)
        return (asked[-1],)

    result = []
    waiting = Thread(target=lambda: result.append(held.get("x", ask, lambda: f"read at {asked[-1]}")))
    waiting.start()
    wait_until(lambda: asked, "it asked")
    held._lock.release()
    waiting.join(10)
    assert held.get("x", lambda: (asked[-1],), lambda: "anew") == result[0]
    assert asked in ([1, 2], [1])  # [1] where it came to the lock only after it was free
    assert result == [f"read at {asked[-1]}"]


def test_nobody_waits_without_end_for_another(monkeypatch):
    monkeypatch.setattr(snapshot, "WAIT_S", 0.01)
    held, begun, may_end = Snapshots(), Event(), Event()

    def slow():
        begun.set()
        may_end.wait(10)
        return "slow"

    thread = Thread(target=lambda: held.get("x", lambda: (1,), slow))
    thread.start()
    begun.wait(10)
    assert held.get("x", lambda: (2,), lambda: "own") == "own"
    may_end.set()
    thread.join(10)
    assert not held._lock.locked()


def test_nobody_waits_without_end_for_what_another_derives(monkeypatch):
    monkeypatch.setattr(snapshot, "WAIT_S", 0.01)
    derived, begun, may_end = Derived(), Event(), Event()

    def slow():
        begun.set()
        may_end.wait(10)

    thread = Thread(target=lambda: derived.get("x", slow), daemon=True)
    thread.start()
    assert begun.wait(10)
    texts = []
    waiting = Thread(target=lambda: texts.append(derived.get("x", lambda: "own")), daemon=True)
    waiting.start()
    waiting.join(5)
    may_end.set()
    thread.join(10)
    assert texts == ["own"]


def test_who_asked_before_another_thread_read_takes_what_that_one_read():
    held, asked = Snapshots(), []

    def ask():
        asked.append(1)
        if len(asked) == 1:  # between its question and its look another thread asks and reads
            held.get("x", lambda: (2,), lambda: "newer")
            held._held, was = {}, held._held
            held._lock = _Switch(lambda: held._held.update(was))
            return (1,)
        return (2,)

    assert held.get("x", ask, lambda: "again") == "newer"


class _Switch:
    """A lock before which something happens."""

    def __init__(self, before):
        self.before = before

    def acquire(self, **_):
        self.before()
        return True

    def release(self):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_does_not_wait_for_a_thread_of_its_parent():
    held = Snapshots()
    held._lock.acquire()
    child = os.fork()
    if not child:
        os._exit(held._lock.locked())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert held._lock.locked()  # the parent's stays as it was


def test_a_reading_that_fails_is_tried_again_and_leaves_no_lock():
    held = Snapshots()
    with pytest.raises(ZeroDivisionError):
        held.get("x", lambda: (1,), lambda: 1 // 0)
    assert held.get("x", lambda: (1,), lambda: "found") == "found"
    Snapshots.forget()
    assert held.get("x", lambda: (1,), lambda: "anew") == "anew"


def test_what_is_derived_is_worked_out_once_may_be_nothing_and_may_rest_on_another():
    derived, calls = Derived(), []

    def make():
        calls.append(1)
        return derived.get("below", lambda: None)

    assert [derived.get("above", make) for _ in range(3)] == [None] * 3
    assert calls == [1]
    with pytest.raises(ValueError, match="no"):
        derived.get("fails", _fail)
    assert derived.get("fails", lambda: 3) == 3


def _fail():
    raise ValueError("no")
