"""An acknowledged answer was flushed to the disk before."""

import pytest

from tests.faults import options
from tests.faults.installation import Template
from tests.faults.syncs import flushes_of_saves

pytestmark = pytest.mark.alone

SAVES_FLUSHED = 200


def test_every_save_is_flushed(template: Template) -> None:
    found = flushes_of_saves(template, options.seeded(f"flushes on {template.name}"), saves=SAVES_FLUSHED)
    print(f"{found} flushes for {SAVES_FLUSHED} saves", flush=True)
    assert found >= SAVES_FLUSHED
