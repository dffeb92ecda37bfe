"""The ledger is complete, each verdict follows from its interval, and what changes is noticed."""

import math

import pytest

from nastutor.studies.ledger import CLAIMS
from nastutor.studies.more_searches import TABLES
from nastutor.studies.paper_claims import PAPER_CLAIMS
from nastutor.studies.searches import SEQUENCE_TASKS
from nastutor.studies.verdicts import NOT_HERE, OUT_OF_REACH, differences, load_verdicts, over, summary, write

STORED = load_verdicts()
SEARCHED_ANEW = ("hyperband", "nsga")
"""Their searches take seconds: `make ledger` runs them."""
BY_KEY = {(row.claim, row.table): row for row in STORED}


def test_every_claim_is_there_once_on_each_of_its_tables():
    expected = [(claim.id, table) for claim in CLAIMS for table in TABLES]
    expected += [(claim.id, task) for claim in CLAIMS for task in SEQUENCE_TASKS]
    expected += [(claim.id, table) for claim in PAPER_CLAIMS for table in claim.measures]
    expected += [(claim[0], "none") for claim in NOT_HERE]
    assert [(row.claim, row.table) for row in STORED] == expected and len(set(expected)) == len(expected)
    assert len({row.claim for row in STORED if row.verdict != OUT_OF_REACH}) >= 40


def test_each_verdict_follows_from_its_interval():
    for row in STORED:
        if row.verdict == OUT_OF_REACH:
            assert math.isnan(row.mean) and row.runs
        else:
            said = "holds" if row.low > 0 else "does not hold" if row.high < 0 else "cannot be told"
            assert row.verdict == said
            assert row.low <= row.mean <= row.high or all(map(math.isnan, row[6:9]))


@pytest.mark.parametrize(
    "claim", [claim for claim in PAPER_CLAIMS if claim.id not in SEARCHED_ANEW], ids=lambda claim: claim.id
)
def test_what_is_stored_is_what_is_computed(claim):
    for table, measure in claim.measures.items():
        row = BY_KEY[claim.id, table]
        assert tuple(map(float, measure())) == pytest.approx((row.mean, row.low, row.high), abs=1e-4)
        assert row[:4] == claim[:4]


EVERYWHERE = (*TABLES, *SEQUENCE_TASKS)


@pytest.mark.parametrize(
    ("claim", "table"),
    [
        pytest.param(claim, table, marks=[] if number % len(EVERYWHERE) == place else pytest.mark.long)
        for number, claim in enumerate(CLAIMS)
        for place, table in enumerate(EVERYWHERE)
    ],
    ids=lambda part: getattr(part, "id", part),
)
def test_what_is_stored_of_searches_is_what_is_computed(claim, table):
    """Each claim on one table, by turns; on all of them in `make test-long`."""
    row = BY_KEY[claim.id, table]
    band = claim.measure(table)
    assert tuple(map(float, band)) == pytest.approx(row[6:9], abs=1e-4, nan_ok=True) and band.verdict() == row.verdict
    assert row[:4] == (claim.id, claim.lesson, claim.paper, claim.text)


def test_a_file_is_read_as_it_was_written_and_damage_is_noticed(tmp_path):
    path = tmp_path / "ledger.csv"
    write(STORED, path)
    assert not differences(STORED, load_verdicts(path))
    content = path.read_text()
    for damage in (
        "",
        content.replace("claim,", "name,", 1),
        content.replace("holds", "holds,9", 1),
        content[:-3] + "\n,,",
    ):
        path.write_text(damage)
        with pytest.raises(ValueError, match=r"ledger\.csv is damaged"):
            load_verdicts(path)


def test_other_verdicts_numbers_and_missing_claims_are_told():
    first, *rest = STORED
    assert differences(STORED, STORED) == []
    assert differences(STORED, rest) == [f"{first.claim} on {first.table}: only in the stored ledger"]
    other = "does not hold" if first.verdict == "holds" else "holds"
    (said,) = differences(STORED, [first._replace(verdict=other), *rest])
    assert said == f"{first.claim} on {first.table}: {first.verdict} is stored, {other} computed"
    (said,) = differences(STORED, [first._replace(mean=first.mean + 0.01), *rest])
    assert "computed" in said
    (said,) = differences(STORED, [first._replace(mean=math.nan), *rest])
    assert "computed" in said
    assert differences(STORED, [first._replace(mean=first.mean + 1e-5), *rest]) == []


def test_a_summary_counts_the_verdicts():
    rows = [row for row in STORED if row.claim == STORED[0].claim]
    line = summary(rows)
    assert line.startswith(STORED[0].claim) and line.endswith(STORED[0].text)
    assert sum(int(part.split()[-1]) for part in line[25:75].split(", ")) == len(rows)


def test_what_intervals_are_over_is_said_for_each_table_where_it_differs():
    assert over([BY_KEY["collapse", "glyphs"], BY_KEY["collapse", "glyphs, eight cells"]]) == "6 runs"
    said = over([row for row in STORED if row.claim == "aging"])
    assert "runs of searches (cifar10, " in said and said.endswith(
        "a quarter of the evaluations (recall, counting, text)"
    )


def test_where_there_is_no_number_none_is_shown():
    assert {row.number for row in STORED if row.verdict == OUT_OF_REACH} == {"no number"}
    assert BY_KEY["one-look-top", "recall"].number == "no number"
    assert STORED[0]._replace(mean=1.0, low=-0.5, high=2.5).number == "1.00 [-0.50, 2.50]"
