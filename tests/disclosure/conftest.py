"""Fixture with the demonstration of 60 organisations, as in the other tests."""

from tests.posture.conftest import sown_widely

__all__ = ["sown_widely"]
