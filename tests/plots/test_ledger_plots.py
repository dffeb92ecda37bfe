"""Pictures of the ledger show every row once, with the sign of its verdict."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.studies.verdicts import OUT_OF_REACH, load_verdicts

ROWS = [row for row in load_verdicts() if row.verdict != OUT_OF_REACH]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_bars_add_up_to_the_rows_of_each_group():
    groups = {lesson: [row for row in ROWS if row.lesson == lesson] for lesson in ("02", "11")}
    ax = plots.plot_verdict_counts(groups)
    widths = np.reshape([bar.get_width() for bar in ax.patches], (3, 2))  # verdicts, groups
    assert widths.sum(axis=0).tolist() == [len(rows) for rows in groups.values()]
    assert widths[0].tolist() == [sum(row.verdict == "holds" for row in rows) for rows in groups.values()]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["02", "11"]


def test_a_claim_is_drawn_with_a_sign_a_table():
    rows = [row for row in ROWS if row.claim == "size-early"]
    ax = plots.plot_claim(rows)
    signs = [text.get_text() for text in ax.texts]
    assert signs == [{"holds": "+", "does not hold": "−", "cannot be told": "?"}[row.verdict] for row in rows]
    ends = [sorted(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2][1:]
    assert ends == [[row.low, row.high] for row in rows]
