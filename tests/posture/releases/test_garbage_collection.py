import gc

import pytest

from posture.releases.garbage_collection import NEW_OBJECTS, rare_collections


@rare_collections()
def stopped() -> None:
    raise ValueError(f"stopped with {gc.get_threshold()}")


def test_the_thresholds_of_the_process_are_restored_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match=f"stopped with .{NEW_OBJECTS}, "):
        stopped()
    assert gc.get_threshold() == before
