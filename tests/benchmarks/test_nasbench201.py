"""The real table: facts of NAS-Bench-201."""

import numpy as np
import pytest

from nastutor import load_benchmark
from nastutor.arrays import read_arrays
from nastutor.benchmarks.nasbench201 import official_order
from nastutor.hardware.counts import cell_network_costs
from nastutor.resources import data_path

DATASETS = ["cifar10", "cifar100", "ImageNet16-120"]


@pytest.fixture(scope="module")
def raw():
    return read_arrays(data_path("nasbench201.npz"))


@pytest.fixture(scope="module")
def is_zero(cells):
    return np.array([cells.canonical(genotype) == (0,) * 6 for genotype in cells])


@pytest.mark.parametrize(("dataset", "best"), [("cifar10", 91.607), ("cifar100", 73.493), ("ImageNet16-120", 46.733)])
def test_all_cells_are_there_and_the_best_has_the_published_accuracy(open_table, cells, dataset, best):
    table = open_table(dataset)
    assert table.genotypes == list(cells)
    assert len(table) == 15_625
    assert round(table.values("val_accuracy", "all").max(), 3) == best


@pytest.mark.parametrize(
    ("dataset", "classes", "failures"), [("cifar10", 10, 0), ("cifar100", 100, 0), ("ImageNet16-120", 120, 1)]
)
def test_the_341_cells_that_compute_zero_are_at_chance_and_hardly_others(
    open_table, is_zero, dataset, classes, failures
):
    """One other cell learned nothing on ImageNet16-120, with any seed."""
    accuracy = open_table(dataset).values("val_accuracy", "all")
    assert is_zero.sum() == 341
    assert len(set(accuracy[is_zero])) == 1
    assert accuracy[is_zero][0] == pytest.approx(100 / classes, rel=0.03)
    assert (accuracy[~is_zero] < 1.5 * 100 / classes).sum() == failures


def test_a_cell_costs_what_its_convolutions_cost(open_table):
    table = open_table("cifar10")
    genotypes = np.array(table.genotypes)
    ones, threes = (genotypes == 2).sum(axis=1), (genotypes == 3).sum(axis=1)
    millions = 0.073306 + 0.028 * ones + 0.24304 * threes
    np.testing.assert_allclose(table.values("params") / 1e6, millions, atol=1e-9)
    np.testing.assert_array_equal(table.values("macs"), 7_783_040 + 3_932_160 * ones + 35_389_440 * threes)


def test_the_cell_of_3x3_convolutions_has_the_published_parameters_and_flops(open_table):
    """1.531546 million and 220.12 million in NAS-Bench-201's own tables."""
    costs = open_table("cifar10").evaluate((3,) * 6)
    assert costs["params"] == 1_531_546
    assert round(costs["macs"] / 1e6, 2) == 220.12


def test_images_of_half_the_side_take_a_quarter_of_the_convolutions(open_table):
    """ImageNet16-120: 16 pixels and 120 classes; only the classifier (64 inputs) does not shrink."""
    large, small = (open_table(dataset).evaluate((3, 2, 0, 1, 4, 3)) for dataset in ("cifar10", "ImageNet16-120"))
    assert 4 * (small["macs"] - 64 * 120) == large["macs"] - 64 * 10
    assert small["params"] - large["params"] == 65 * 110


def test_dead_convolutions_are_paid_for(cells):
    params, macs = cell_network_costs(np.array([(0,) * 6, (3, 0, 0, 0, 0, 0)]), classes=10, image_size=32)
    assert cells.canonical((3, 0, 0, 0, 0, 0)) == (0,) * 6
    assert params[1] - params[0] == 243_040
    assert macs[1] - macs[0] == 35_389_440


def test_training_seconds_of_the_three_datasets_are_one_cost_model(open_table):
    seconds = {dataset: open_table(dataset).values("train_seconds") for dataset in DATASETS}
    np.testing.assert_allclose(seconds["cifar100"] / seconds["cifar10"], 2.0)
    np.testing.assert_allclose(seconds["ImageNet16-120"] / seconds["cifar10"], 6.068)


@pytest.mark.parametrize("dataset", DATASETS)
def test_latency_is_in_milliseconds(open_table, dataset):
    latency = open_table(dataset).values("latency_ms")
    assert latency.min() > 5
    assert latency.max() < 30


def test_more_layers_in_a_row_take_longer(open_table):
    """A chain of three 3×3 convolutions is slower on the GPU than skips alone, on average over the rest."""
    table = open_table("cifar10")
    genotypes, latency = np.array(table.genotypes), table.values("latency_ms")
    is_chain = (genotypes[:, [0, 2, 5]] == 3).all(axis=1)
    assert latency[is_chain].mean() > latency[~is_chain].mean() + 2


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_search_sees_its_seed_and_the_report_is_made_of_the_others(open_table, raw, dataset, seed):
    table = open_table(dataset, seed)
    correct, images = raw[f"{dataset}_correct"], raw[f"{dataset}_images"]
    others = [other for other in range(3) if other != seed]
    for row in range(0, 15_625, 97):
        genotype = table.genotypes[row]
        report = table.report(genotype)
        trained = [count for count in correct[row, others] if count >= 0]
        assert table.evaluate(genotype)["val_accuracy"] == 100 * int(correct[row, seed]) / images
        assert report["val_accuracy"] == pytest.approx(100 * sum(map(int, trained)) / len(trained) / images)
        assert report["seeds"] == len(trained)


def test_the_third_seed_is_missing_for_7456_cells_which_are_reported_on_one_seed(open_table, raw):
    table = open_table("cifar10")
    is_missing = raw["cifar10_correct"][:, 2] < 0
    assert is_missing.sum() == 7_456
    seeds = np.array([table.report(genotype)["seeds"] for genotype in table.genotypes])
    np.testing.assert_array_equal(seeds, np.where(is_missing, 1, 2))


@pytest.mark.parametrize("dataset", ["cifar100", "ImageNet16-120"])
def test_choosing_by_one_seed_flatters_the_chosen(open_table, dataset):
    """The winner's curse: the ten best by one seed lose 0.75 points on the others; cells in general lose 0.13."""
    table = open_table(dataset)
    lost = table.values("val_accuracy", "search") - table.values("val_accuracy", "report")
    top = np.argsort(-table.values("val_accuracy", "search"), kind="stable")[:10]
    assert lost[top].mean() > 0.6
    assert abs(lost.mean()) < 0.2


# Refusals


def test_the_third_seed_may_not_be_searched():
    with pytest.raises(
        ValueError, match=r"search_seed 2, which was not trained for every architecture; choose one of \[0, 1\]"
    ):
        load_benchmark("nasbench201", dataset="cifar10", search_seed=2)


@pytest.mark.parametrize("dataset", ["CIFAR-10", "imagenet", ""])
def test_an_unknown_dataset_is_refused_with_the_choices(dataset):
    with pytest.raises(ValueError, match="choose one of cifar10, cifar100, ImageNet16-120"):
        load_benchmark("nasbench201", dataset=dataset)


def test_an_option_that_is_mistyped_is_not_ignored():
    with pytest.raises(TypeError, match="datset"):
        load_benchmark("nasbench201", datset="cifar100")


def test_there_are_no_learning_curves(open_table):
    with pytest.raises(ValueError, match="NAS-Bench-201 cifar10 has no learning curves"):
        open_table("cifar10").evaluate((0,) * 6, epochs=12)


def test_the_official_order_has_the_cells_that_its_authors_check(cells):
    order = official_order()
    assert sorted(order) == list(cells)
    assert {index: cells.to_string(order[index]) for index in (0, 9, 123)} == {
        0: "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
        9: "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|",
        123: "|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|",
    }
