"""What a process does once it serves."""

import gc

from gateway.bootstrap.process import spare_the_collector


def test_what_stays_is_left_out_when_garbage_is_collected() -> None:
    """What comes later is not."""
    stays: list[object] = []
    spare_the_collector()
    later: list[object] = []
    gone_over = set(map(id, gc.get_objects()))
    assert id(later) in gone_over
    assert id(stays) not in gone_over
