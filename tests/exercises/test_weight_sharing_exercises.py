"""Lesson 08: known facts, and the message that each typical mistake gets."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from nastutor.exercises import weight_sharing as ex
from nastutor.studies.oneshot import load_oneshot_study


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((4**6, 7680, 3125), "`none` is a choice as well"),
        ((64, 7680, 3125), "operations without weights make paths too"),
        ((5**12, 7680, 3125), "all cells have the same genotype"),
        ((30, 7680, 3125), "multiply, they do not add up"),
        ((15625, 3840, 3125), "each cell has its own"),
        ((15625, 6912, 3125), "the 1×1 kernels are missing"),
        ((15625, 1280, 3125), "each edge has its own kernels"),
        ((15625, 960, 3125), "input × output channels"),
        ((15625, 3072, 3125), "nine weights per pair"),
        ((15625, 7872, 3125), "have no bias"),
        ((15625, 7680, 15625), "only paths that chose it"),
        ((15625, 7680, 15625 - 4**6), "how many use some 3×3"),
        ((15625, 7680, 1024), "`none` on another edge is allowed"),
        ((15625, 7680, 6250), "the 3×3 alone"),
        ((15625, 7000, 3125), "too small"),
        (15625, "a list of three whole numbers"),
    ],
)
def test_paths_and_weights(answer, text):
    says(ex.q1.check(answer), text)


def test_the_counts_are_those_of_the_supernet():
    pytest.importorskip("torch")
    from nastutor.studies.oneshot import supernet

    network = supernet()
    kernels = sum(p.numel() for name, p in network.named_parameters() if "kernels" in name)
    using = sum(genotype[0] == 3 for genotype in network.space)
    assert ex.q1.check((network.space.size, kernels, using))


ROWS = np.array(ex.q2.given["counts"], dtype=float)
CHI = stats.chisquare(ROWS, axis=1).statistic


def spoiled(row, value):
    return [value if i == row else chi for i, chi in enumerate(CHI)]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (spoiled(0, CHI[0] / 500), "First row: take the counts themselves"),
        (spoiled(0, ((ROWS[0] - 100) ** 2 / ROWS[0]).sum()), "First row: divide by what is expected"),
        (spoiled(0, np.abs(ROWS[0] - 100).sum() / 100), "First row: the differences are to be squared"),
        (spoiled(1, ((ROWS[1] - 100) ** 2).sum()), "Second row: divide by what is expected"),
        (spoiled(1, CHI[1] / 5), "Second row: the five terms are added up"),
        (spoiled(1, CHI[1] / 4), "Second row: do not divide by the degrees"),
        (spoiled(1, math.sqrt(CHI[1])), "Second row: do not take the root"),
        (spoiled(2, 5.0), "Third row: 5 is too large"),
        (CHI[:2], "a list of three numbers"),
    ],
)
def test_chi_squared(answer, text):
    says(ex.q2.check(answer), text)


def test_the_counts_are_what_the_samplers_draw_and_only_the_second_is_unfair():
    pytest.importorskip("torch")
    given = dict(ex.q2.given)
    counts = given.pop("counts")
    assert ex.sample_counts(**given) == counts
    assert ex.q2.check(CHI)
    assert CHI[0] < 9.49 < CHI[1] and CHI[2] == 0


def test_recalibrations():
    torch = pytest.importorskip("torch")
    from nastutor.networks.batch_norm import recalibrate

    def package(network, images):
        recalibrate(network, images)
        return network

    def running_average(network, images):
        network.train()
        with torch.no_grad():
            for batch in images.split(64):
                network(batch)
        return network.eval()

    def one_batch(network, images):
        return ex.recalibrated(network, images[:64])

    def last_batch(network, images):
        return ex.recalibrated(network, images[-64:])

    def in_evaluation_mode(network, images):
        network.eval()(images)
        return network

    def still_training(network, images):
        return ex.recalibrated(network, images).train()

    def trained(network, images):
        ex.recalibrated(network, images)
        with torch.no_grad():
            network.classifier.weight.mul_(1.01)
        return network

    def ones(network, images):
        ex.recalibrated(network, images)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_var.fill_(1)
        return network

    assert ex.q3.check(package)
    for answer, text in [
        (running_average, "not the plain averages"),
        (one_batch, "of the first batch alone"),
        (last_batch, "of the last batch alone"),
        (in_evaluation_mode, "only training mode moves them"),
        (lambda network, images: network, "only training mode moves them"),
        (still_training, "still in training mode"),
        (trained, "A weight has changed"),
        (ones, "the variances are not"),
        (lambda network, images: images, "Return the network"),
        (lambda network: network, "TypeError"),
    ]:
        says(ex.q3.check(answer), text)


SHARED, ALONE = (np.array(ex.q4.given[name]) for name in ("shared", "alone"))
BEST = np.argsort(-ALONE, kind="stable")[:4]
ALL_TAU, BEST_TAU = ex.q4.official_answer()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((BEST_TAU, ALL_TAU), "The other way round"),
        (((1 + ALL_TAU) / 2, BEST_TAU), "All: that is the share of concordant pairs"),
        (((1 - ALL_TAU) / 2, BEST_TAU), "All: that is the share of discordant pairs"),
        ((15 * ALL_TAU, BEST_TAU), "All: divide by the number of pairs, 15"),
        ((15 * ALL_TAU / 36, BEST_TAU), "All: each pair counts once"),
        ((-ALL_TAU, BEST_TAU), "All: the sign"),
        ((stats.spearmanr(SHARED, ALONE).statistic, BEST_TAU), "All: that is Spearman's"),
        ((ALL_TAU, np.corrcoef(SHARED[BEST], ALONE[BEST])[0, 1]), "Best: that is Pearson's"),
        ((ALL_TAU, 0.4), "Best: 0.4 is too large"),
        (ALL_TAU, "a list of two numbers"),
    ],
)
def test_kendall_by_hand(answer, text):
    says(ex.q4.check(answer), text)


def test_kendall_of_those_that_shared_weights_call_best():
    best = np.argsort(-SHARED, kind="stable")[:4]
    taken = stats.kendalltau(SHARED[best], ALONE[best]).statistic
    says(ex.q4.check((ALL_TAU, taken)), "choose them by what they reach alone")


def test_kendall_is_that_of_scipy():
    for which in range(4):
        exercise = ex.q4.variant(which)
        shared, alone = (np.array(exercise.given[name]) for name in ("shared", "alone"))
        best = np.argsort(-alone, kind="stable")[: exercise.given["best"]]
        assert exercise.check([stats.kendalltau(shared[rows], alone[rows]).statistic for rows in (np.arange(6), best)])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda cells, shared: int(np.argmax(shared)), "not told apart from the random pick"),
        (lambda cells, shared: int(np.argmin(shared)), "Is the index that of the best"),
        (lambda cells, shared: 25, "a whole number from 0 to 24"),
        (lambda cells, shared: -1, "a whole number from 0 to 24"),
        (lambda cells, shared: 1.0, "a whole number from 0 to 24"),
        (lambda cells, shared: cells[0], "a whole number from 0 to 24"),
        (lambda cells, shared: shared > 50, "a whole number from 0 to 24"),
        (lambda cells: 0, "TypeError"),
    ],
)
def test_picks(answer, text):
    says(ex.q5.check(answer), text)


def test_a_pick_may_be_a_number_of_numpy():
    assert ex.q5.check(lambda cells, shared: np.int64(ex.large_and_promising(cells, shared)))


def test_a_pick_cannot_change_what_is_stored():
    def choose(cells, shared):
        chosen = ex.large_and_promising(cells, shared)
        shared[:] = 0
        cells.clear()
        return chosen

    before = [shared.copy() for pools in ex.pools_of(**ex.q5.given) for _, shared, *_ in pools]
    says(ex.q5.check(choose), "Your function changes what it is given")
    assert all((a == b).all() for a, (_, b, *_) in zip(before, itertools.chain(*ex.pools_of(**ex.q5.given))))


def test_the_largest_cell_is_not_ahead_of_itself():
    params = {cell: load_oneshot_study().table.report(cell)["params"] for cell in load_oneshot_study().table.space}

    def largest(cells, shared):
        return int(np.argmax([params[cell] for cell in cells]))

    verdict = ex.q5.check(largest)
    assert verdict and "to the most parameters 0.00 [0.00, 0.00]" in verdict.message


def test_the_pools_are_stored_cells_with_their_truth():
    study = load_oneshot_study()
    for run, pools in enumerate(ex.pools_of(10)):
        known = set(map(tuple, study("uniform paths", "RandomSearch")[run].tolist()))
        for cells, shared, truth, largest in pools:
            assert known.issuperset(cells) and len(cells) == len(shared) == len(truth) == 10
            assert truth[3] == study.truth[study.table.space.canonical(cells[3])]
            params = [study.table.report(cell)["params"] for cell in cells]
            assert params[largest] == max(params)


def test_a_paired_band_is_narrower_where_runs_belong_together():
    rng = np.random.default_rng(0)
    common = rng.normal(0, 5, 20)
    a, b = common + rng.normal(1, 0.5, 20), common + rng.normal(0, 0.5, 20)
    paired = ex.paired_band(a, b)
    assert paired.low > 0 and paired.high - paired.low < 1
    assert math.isclose(paired.mean, a.mean() - b.mean())
