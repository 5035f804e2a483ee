"""The bench of the probe, in small."""

from network.bench import probe


def test_the_bench_measures_the_probe_beside_a_thread_per_target():
    cpu, error, emulator = probe.rows(targets=20, rounds=1)
    assert (cpu.name, error.name, emulator.name) == ("probe_cpu", "probe_p99_error_us", "emulator_cpu")
    assert 0 < cpu.value < 1
    assert cpu.baseline > 0
    assert error.value > 0
    assert error.baseline > 0
    assert 0 < emulator.value < 1
    assert "20 sites at 1 Hz" in cpu.note
