"""Who hangs on a single link, as planned and after failures: by hand, on small networks."""

from network.kernels.topology.redundancy import hanging, newly

RING = [(0, 1), (1, 2), (2, 3), (3, 0)]  # 0 is the data centre


def test_in_a_ring_nobody_hangs_on_a_single_link_and_on_a_spur_everybody_behind_does():
    assert hanging(4, RING, [0]) == {}
    spur = [*RING, (2, 4), (4, 5)]
    assert hanging(6, spur, [0]) == {4: {4, 5}, 5: {5}}


def test_a_ring_that_is_cut_hangs_by_both_its_ends():
    cut = [(0, 1), (1, 1), (2, 3), (3, 0)]  # between 1 and 2
    assert newly(hanging(4, cut, [0]), hanging(4, RING, [0])) == {0: {1}, 2: {2}, 3: {2, 3}}


def test_a_second_data_centre_and_a_parallel_link_are_other_ways():
    line = [(0, 1), (1, 2)]
    assert hanging(3, line, [0]) == {0: {1, 2}, 1: {2}}
    assert hanging(3, line, [0, 2]) == {}
    assert hanging(3, [*line, (0, 1)], [0]) == {1: {2}}


def test_who_reaches_no_data_centre_hangs_on_nothing():
    assert hanging(3, [(1, 2)], [0]) == {}
    assert hanging(2, [(0, 1)], []) == {}


def test_what_hung_before_is_not_new():
    assert newly({7: frozenset({1, 2}), 8: frozenset({3})}, {7: frozenset({2}), 8: frozenset({3})}) == {7: {1}}
