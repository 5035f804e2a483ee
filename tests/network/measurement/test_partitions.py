"""Raw samples on PostgreSQL lie in a partition per day; elsewhere they do not, and nothing else differs."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from network.actions.equipment import counters
from network.actions.measurement import latency_histogram
from network.kernels.measurement import latency_histogram as kernel
from network.models import CounterHour, CounterReading, SampleDigest, Site, StampSample
from network.models.measurement import partition
from tests.conftest import NOON
from tests.retention import deleted

pytestmark = pytest.mark.django_db
on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="partitions are PostgreSQL's")
SAMPLES = "network_stampsample"
DAY = timedelta(days=1)


def sample(site: Site, at) -> StampSample:
    return StampSample.objects.create(
        site=site, sent_at=at, packets=3, lost=0, rtt_ms=1.0, rtts_ms=[1.031274, 1.102938, 1.238461],
        lost_forward=0, lost_backward=0, residence_ms=0.102938, probe_delay_ms=1.024,
        jitter_ms=0.5, one_way_refusal="no_answer", held=1,
    )  # fmt: skip


def partitions() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text, count(*) FROM {SAMPLES} GROUP BY 1 ORDER BY 1")  # noqa: S608
        return dict(cursor.fetchall())


@pytest.mark.skipif(connection.vendor == "postgresql", reason="there they do")
def test_without_postgresql_nothing_is_partitioned_and_old_rows_are_deleted(make_site):
    site = make_site()
    sample(site, NOON)
    assert (partition.prepare(NOON), partition.size_bytes(SAMPLES)) == (0, 0)
    latency_histogram.draw_minutes(NOON + DAY)
    assert deleted("samples", NOON + 2 * DAY + timedelta(hours=1)) == 1


@on_postgres
def test_the_present_and_the_days_to_come_have_a_partition_after_the_migration():
    assert len(partition.days_of(SAMPLES)) == len(partition.days_of("network_counterreading")) == 9


@on_postgres
def test_a_day_is_given_its_partition_with_the_rows_it_had_already(make_site):
    site = make_site()
    kept = [sample(site, NOON + hour * timedelta(hours=1)).pk for hour in (-13, 0, 11, 12)]
    assert partitions() == {f"{SAMPLES}_default": 4}
    assert partition.prepare(NOON) == 18  # nine days of two tables: yesterday to a week ahead
    assert partition.prepare(NOON) == 0
    assert partitions() == {f"{SAMPLES}_p20260531": 1, f"{SAMPLES}_p20260601": 2, f"{SAMPLES}_p20260602": 1}
    assert sorted(StampSample.objects.values_list("pk", flat=True)) == sorted(kept)
    moved = StampSample.objects.values_list("jitter_ms", "one_way_refusal", "held", "is_second_look").distinct()
    assert list(moved.order_by()) == [(0.5, "no_answer", 1, False)]  # later columns too, and in the same order


@on_postgres
def test_a_new_row_goes_into_the_partition_of_its_day_and_can_be_read_changed_and_deleted(make_site):
    partition.prepare(NOON)
    made = sample(make_site(), NOON)
    assert partitions() == {f"{SAMPLES}_p20260601": 1}
    StampSample.objects.filter(pk=made.pk).update(rtt_ms=2.0)
    made.refresh_from_db()
    assert made.rtt_ms == 2.0
    Site.objects.get().delete()
    assert StampSample.objects.count() == 0


@on_postgres
def test_keys_go_on_and_a_site_that_is_not_there_is_refused(make_site):
    site = make_site()
    first, second = sample(site, NOON), sample(site, NOON)
    assert second.pk == first.pk + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [SAMPLES])
        assert cursor.fetchone()[0] == 1
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [SAMPLES])
        assert cursor.fetchone()[0] >= 3  # the key, by site and time, by time


@on_postgres
def test_the_same_period_of_a_sites_counters_is_kept_once(make_site):
    site = make_site()
    rows = [CounterReading(site=site, to_at=NOON, period_s=10.0, version=0) for _ in range(2)]
    CounterReading.objects.bulk_create(rows, ignore_conflicts=True)
    assert CounterReading.objects.count() == 1


@on_postgres
def test_whole_days_go_by_dropping_their_partitions(make_site):
    site = make_site()
    partition.prepare(NOON)
    for days in (-1, 0, 1):
        sample(site, NOON + days * DAY)
    sample(site, NOON - 40 * DAY)  # of a day without a partition
    days = len(partition.days_of(SAMPLES))
    now = NOON + DAY + timedelta(hours=3)
    latency_histogram.draw_minutes(now)
    assert deleted("samples", now) == 2  # yesterday, and the row without a day
    assert len(partition.days_of(SAMPLES)) == days - 1
    assert list(StampSample.objects.order_by("sent_at").values_list("sent_at", flat=True)) == [NOON, NOON + DAY]


@on_postgres
def test_a_thousand_targets_take_what_the_documentation_states(make_site):
    site = make_site()
    partition.prepare(NOON)
    rows = 20_000
    before = partition.size_bytes(SAMPLES)
    StampSample.objects.bulk_create(
        StampSample(site=site, sent_at=NOON + timedelta(milliseconds=number), packets=3, lost=0, rtt_ms=1.102938,
                    rtts_ms=[1.031274, 1.102938, 1.238461 + number / 1e6], lost_forward=0, lost_backward=0,
                    residence_ms=0.102938, forward_ms=0.561234, backward_ms=0.541704, one_way_error_ms=0.061035,
                    jitter_ms=0.041172, jitter_forward_ms=0.031415, jitter_backward_ms=0.027182, spread_ms=0.207134,
                    reordered=0, duplicates=0, held=0, probe_delay_ms=1.024)
        for number in range(rows)
    )  # fmt: skip
    sample_bytes = (partition.size_bytes(SAMPLES) - before) / rows
    print(f"a sample takes {sample_bytes:.0f} bytes")
    assert 2 * 1_000 * 43_200 * sample_bytes < 30e9  # two days at one round in two seconds
    SampleDigest.objects.bulk_create(
        SampleDigest(site=site, span_s=60, started_at=NOON + timedelta(minutes=number), rounds=30, answered_rounds=30,
                     untrusted_rounds=0, packets=90, lost=0, histogram=kernel.encode([1.0 + 0.01 * ((number + k) % 50) for k in range(90)]))
        for number in range(5_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('network_sampledigest')")
        minute_bytes = cursor.fetchone()[0] / 5_000
    print(f"a minute takes {minute_bytes:.0f} bytes")
    assert 1_000 * 7 * 1_440 * minute_bytes < 4e9


@on_postgres
def test_a_thousand_sites_counters_take_what_the_documentation_states(make_site):
    site = make_site()
    partition.prepare(NOON)
    table, rows = "network_counterreading", 5_000
    rng, edges = np.random.default_rng(1), [float(edge) for edge in range(-130, -49, 10)]

    def cells():
        counts = rng.integers(0, 400, (3, 2, 10)).tolist()
        return [
            {"sector": f"bs-000-{number}", "is_active": True, "devices": 613, "drones": 1, "prb_use_share": 0.4312,
             "throughput_mbps": 92.13, "rsrp_dbm": {"edges": edges, "counts": rsrp}, "sinr_db": {"edges": edges, "counts": sinr}}
            for number, (rsrp, sinr) in enumerate(counts, 1)
        ]  # fmt: skip

    before = partition.size_bytes(table)
    CounterReading.objects.bulk_create(
        CounterReading(site=site, to_at=NOON + timedelta(seconds=number), period_s=10, version=0, devices=613, drones=1,
                       prb_use_share=0.43, throughput_mbps=92.13, power_w=1_000.5, temperature_c=31.2, cells=cells())
        for number in range(rows)
    )  # fmt: skip
    reading_bytes = (partition.size_bytes(table) - before) / rows
    print(f"a reading takes {reading_bytes:.0f} bytes")
    assert 2 * 1_000 * 2_880 * reading_bytes < 5e9  # two days at one reading in thirty seconds
    figures = {name: [613.2471, 511.0, 702.0] for name in counters.FIGURES}
    CounterHour.objects.bulk_create(
        CounterHour(site=site, started_at=NOON + timedelta(hours=number), readings=120, known_s=1_200, figures=figures)
        for number in range(rows)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('network_counterhour')")
        hour_bytes = cursor.fetchone()[0] / rows
    print(f"an hour of counters takes {hour_bytes:.0f} bytes")
    assert 1_000 * 8_760 * hour_bytes < 7e9


@on_postgres
def test_the_tables_that_every_round_rewrites_keep_room_in_their_pages():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE 'fillfactor=50' = ANY(reloptions) ORDER BY relname")
        assert cursor.fetchall() == [("network_agreement",), ("network_sitehealth",)]
