"""What the tests of exercises share."""

import pytest


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Only processor time ends a check here: on a loaded machine it may wait long for that."""
    monkeypatch.setattr("nastutor.exercises.time_limit.PATIENCE", 1000)
