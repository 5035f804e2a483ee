"""The bench of counters over HTTP, in small."""

from network.bench import stations


def test_the_bench_reads_every_site_and_says_what_that_costs():
    (cpu,) = stations.rows(sites=120, readings=1)
    assert cpu.name == "counters_cpu"
    assert 0 < cpu.value < 0.5
    assert "120 sites of 3 cells every 30 s" in cpu.note
