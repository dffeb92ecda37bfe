import pytest

from nastutor import claim
from nastutor.lessons.claims import Claim, ClaimError, ledger


@pytest.fixture(autouse=True)
def restored_ledger():
    before = list(ledger)
    yield
    ledger[:] = before


@pytest.mark.parametrize("value", [0.5, 0.3])
def test_a_claim_that_holds_is_printed_with_its_numbers_and_entered(capsys, value):
    claim("evolution beats random search", value, 0.3)
    assert capsys.readouterr().out == (f"holds: evolution beats random search (measured {value}, needs at least 0.3)\n")
    assert ledger[-1] == Claim("evolution beats random search", value, 0.3)


@pytest.mark.parametrize(
    ("value", "margin"),
    [
        (0.29, 0.3),
        (float("nan"), 0.3),
        (float("inf"), 0.3),
        (0.5, float("nan")),
    ],
)
def test_a_claim_that_does_not_hold_stops_the_lesson_and_is_not_entered(capsys, value, margin):
    before = list(ledger)
    with pytest.raises(ClaimError, match="does not hold here: evolution beats random search: measured"):
        claim("evolution beats random search", value, margin)
    assert ledger == before
    assert capsys.readouterr().out == ""


def test_a_failed_claim_fails_a_test():
    assert issubclass(ClaimError, AssertionError)
