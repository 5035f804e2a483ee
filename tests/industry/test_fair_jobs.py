"""Whose job an edge node takes next, and how many jobs and rows an organisation may have."""

from industry.actions.rotation import Rotation


def test_organisations_take_turns():
    rotation = Rotation()
    assert [rotation.next_of("n", [1, 2, 3]) for _ in range(6)] == [1, 2, 3, 1, 2, 3]


def test_one_that_comes_later_is_next_and_each_node_has_its_own_turns():
    rotation = Rotation()
    for _ in range(5):
        rotation.next_of("n", [1])
    assert rotation.next_of("n", [1, 2]) == 2
    assert rotation.next_of("n", [1, 2]) == 1
    assert rotation.next_of("m", [1, 2]) == 1
    assert rotation.next_of("m", []) is None
