"""Fixture with the demonstration of 60 organisations, as in the other tests."""

from tests.posture.conftest import demo_of_60

__all__ = ["demo_of_60"]
