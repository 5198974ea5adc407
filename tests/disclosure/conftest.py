"""The demonstration of 60 organisations, as the other tests know it."""

from tests.posture.conftest import sown_widely

__all__ = ["sown_widely"]
