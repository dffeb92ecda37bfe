"""NAS-Bench-Graph: known facts, and validation for searching, test for reporting."""

import numpy as np
import pytest
from scipy import stats

from nastutor import load_benchmark, search
from nastutor.benchmarks.nasbench_graph import TASKS
from nastutor.searchers import RandomSearch

FACTS = {  # best validation and test accuracy, percent
    "cora": (81.93, 83.13), "citeseer": (72.80, 71.57), "pubmed": (81.13, 78.60), "cs": (92.13, 91.26),
    "physics": (94.00, 93.00), "photo": (94.07, 92.79), "computers": (91.90, 85.58), "arxiv": (73.67, 72.39),
    "proteins": (85.33, 79.26),
}  # fmt: skip


@pytest.fixture(params=TASKS)
def task(request):
    return request.param


def test_the_best_of_each_task(task):
    bench = load_benchmark("nasbench_graph", task=task)
    best = [bench.values(f"{split}_accuracy").max() for split in ("val", "test")]
    assert best == pytest.approx(FACTS[task], abs=6e-3)
    assert len(bench) == (2_021 if task == "proteins" else 26_206)


def test_a_search_sees_validation_and_the_report_is_on_test(task):
    bench = load_benchmark("nasbench_graph", task=task)
    best = search(RandomSearch(bench.space, seed=0), bench.evaluate, budget=20, progress=False).best()
    assert set(best.metrics) == {"val_accuracy", "latency_ms", "params"}
    report = bench.report(best.genotype)
    assert set(report) == {"seeds", "test_accuracy", "latency_ms", "params"} and report["seeds"] == 0
    assert report["test_accuracy"] != best.value


def test_every_way_to_write_a_network_has_its_row():
    bench = load_benchmark("nasbench_graph", task="cora")
    rng = np.random.default_rng(0)
    for genotype in (bench.space.sample(rng) for _ in range(300)):
        assert bench.evaluate(genotype) == bench.evaluate(bench.space.canonical(genotype))


def test_parameters_hardly_rank_here():
    """In NAS-Bench-201 their rank correlation with accuracy is about 0.7."""
    for task, low, high in (("cora", 0.0, 0.1), ("cs", 0.1, 0.2), ("computers", -0.05, 0.05)):
        bench = load_benchmark("nasbench_graph", task=task)
        correlation = stats.spearmanr(bench.values("params"), bench.values("val_accuracy")).statistic
        assert low < correlation < high


@pytest.mark.parametrize("nonsense", [None, 3, "CORA", "", ["cora"]])
def test_unknown_tasks_are_refused_with_the_choices(nonsense):
    with pytest.raises(ValueError, match="choose one of cora, citeseer"):
        load_benchmark("nasbench_graph", task=nonsense)
