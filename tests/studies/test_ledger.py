import numpy as np
import pytest

from nastutor import statistics
from nastutor.studies import ledger
from nastutor.studies.more_searches import GRAPH_TASKS, TABLES
from nastutor.studies.searches import load_study, open_table, study_curves


def band_of(words, table):
    (claim,) = [claim for claim in ledger.CLAIMS if words in claim.text]
    return claim.measure(table)


@pytest.mark.parametrize("table", ["cifar100", "glyphs", "cora"])
def test_a_lead_is_the_difference_of_the_mean_reports(table):
    bench = open_table(table)
    means = [
        study_curves(bench, load_study(table, method))[:, step - 1].mean()
        for method, step in (("LocalSearch", 60), ("RandomSearch", 200))
    ]
    assert ledger.lead("LocalSearch", 60, "RandomSearch", 200, table).mean == pytest.approx(means[0] - means[1])


def test_a_run_that_ended_keeps_what_it_had():
    ended = open_table("cora"), load_study("cora", "ProgressiveSearch")
    assert study_curves(*ended)[0, -1] > 0
    assert np.isfinite(ledger.lead("ProgressiveSearch", 200, "RandomSearch", 200, "cifar10").mean)


def test_intervals_on_tables_with_seeds_hold_the_noise_of_training():
    """Runs of largest first end on a handful of cells, so an interval of runs alone has next to no width."""
    bench, runs = open_table("cifar100"), [load_study("cifar100", name) for name in ("LargestFirst", "Reinforce")]
    alone = statistics.difference_band(*(study_curves(bench, rows)[:, 49] for rows in runs))
    both = ledger.lead("LargestFirst", 50, "Reinforce", 50, "cifar100")
    assert both.high - both.low > 1.5 * (alone.high - alone.low)


def test_size_ranks_cells_and_no_graph_networks():
    verdicts = {table: band_of("parameters rank", table).verdict() for table in TABLES}
    assert all((verdict == "holds") == (table not in GRAPH_TASKS) for table, verdict in verdicts.items())
