"""Collects garbage less often while a release is computed.

A release keeps hundreds of thousands of numbers and rows until its end. By default Python examines new objects after
every 700 of them, and from time to time all objects, which took a sixth of the processor time of a release.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 200_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Examines new objects only after every NEW_OBJECTS of them, so that memory in cycles still has a limit. Restores
    the thresholds of the process at the end, also after an error. Also a decorator of functions."""
    thresholds = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
