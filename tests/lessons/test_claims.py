import pytest

from nastutor import claim, claim_on
from nastutor.lessons.claims import Claim, ClaimError, ledger, verdicts
from nastutor.statistics import Band


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


BANDS = {"cells": Band(2.0, 1.0, 3.0), "glyphs": Band(0.5, -0.5, 1.5), "graphs": Band(-1.0, -2.0, -0.125)}


def test_a_claim_on_several_tables_prints_where_it_repeats(capsys):
    verdicts = claim_on("size ranks", BANDS)
    assert verdicts == {"cells": "holds", "glyphs": "cannot be told", "graphs": "does not hold"}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "size ranks: holds on 1 of 3 tables"
    assert lines[3] == "  does not hold   graphs: -1.00 [-2.00, -0.12]"


def test_so_many_tables_are_a_claim(capsys):
    claim_on("size ranks", BANDS, at_least=1)
    assert ledger[-1] == Claim("size ranks (tables on which it holds)", 1, 1)
    with pytest.raises(ClaimError, match=r"size ranks .*measured 1, needs at least 2"):
        claim_on("size ranks", BANDS, at_least=2)


def test_a_table_of_verdicts_has_its_own_header_if_one_is_given():
    rows = [("a", "1", "yes"), ("b", "2", "no")]
    assert verdicts(rows).data.splitlines()[1:] == ["|---|---|---|", "| a | 1 | yes |", "| b | 2 | no |"]
    assert verdicts(rows, header=("x", "y", "z")).data.startswith("| x | y | z |\n|---|---|---|\n| a |")
