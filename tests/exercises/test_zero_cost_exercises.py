"""Lesson 07: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest
from scipy import stats

from nastutor.exercises import zero_cost as ex
from nastutor.statistics import Band, partial_rank_correlation


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (9.5, "That is R. Both layers"),
        (-11.0, "The signs are still there"),
        (-5.5, "That is the output with the signs left in"),
        (15.0, "Make the weights positive before R"),
        (12.0, "too small"),
        (math.log(19), "That is its logarithm"),
        (math.log(9.5), "That is the logarithm of R"),
        (90.25, "do not multiply"),
        (30, "too large"),
    ],
)
def test_synflow_by_hand(answer, text):
    says(ex.q1.check(answer), text)


def test_synflow_by_hand_is_that_of_the_package():
    torch = pytest.importorskip("torch")
    from nastutor.training.zero_cost import synflow

    for which in (0, 1, 2):
        exercise = ex.q1.variant(which)
        first, second = (torch.tensor(exercise.given[name]) for name in ("first", "second"))
        network = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, len(second), bias=False)
        )
        with torch.no_grad():
            network[1].weight.copy_(first)
            network[2].weight.copy_(second)
        assert exercise.check(math.exp(synflow(network, torch.zeros(2, 1, 1, 2))))


TRAINING, EVALUATION = ex.q2.official_answer()
UNITS = np.array(ex.q2.given["units"], dtype=float)


def kernel(values):
    return np.array([[(a == b).sum() for b in values > 0] for a in values > 0], dtype=float)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((EVALUATION, TRAINING), "The other way round"),
        ((math.exp(TRAINING), EVALUATION), "In training mode: that is the determinant"),
        ((TRAINING, math.exp(EVALUATION)), "In evaluation mode: that is the determinant"),
        ((TRAINING / math.log(10), EVALUATION), "take the natural logarithm"),
        ((TRAINING, TRAINING), "In evaluation mode: that is the other mode"),
        ((EVALUATION, EVALUATION), "In training mode: that is the other mode"),
        ((TRAINING - 3 * math.log(6), EVALUATION), "K holds counts, not shares"),
        ((4.0, EVALUATION), "In training mode: 4 is too small"),
        ((TRAINING, 9.0), "In evaluation mode: 9 is too large"),
        ((TRAINING, -math.inf), "A finite number"),
        (TRAINING, "a list of two numbers"),
    ],
)
def test_naswot_in_both_modes(answer, text):
    says(ex.q2.check(answer), text)


def test_naswot_by_counting_agreements():
    centred = UNITS - UNITS.mean(axis=0)
    assert ex.q2.check([math.log(np.linalg.det(kernel(values))) for values in (centred, UNITS)])
    code = (centred > 0).astype(float)
    says(ex.q2.check((np.linalg.slogdet(code @ code.T)[1], EVALUATION)), "agree also where both are not positive")
    says(ex.q2.check((TRAINING, np.linalg.slogdet(6 - kernel(UNITS))[1])), "counts where two images differ")


def spearman(x, y):
    return stats.spearmanr(x, y).statistic


def combine(correlate):
    def partial(s, a, p):
        r_sa, r_sp, r_ap = correlate(s, a), correlate(s, p), correlate(a, p)
        return (r_sa - r_sp * r_ap) / math.sqrt((1 - r_sp**2) * (1 - r_ap**2))

    return partial


def one_sided(s, a, p):
    ranks, given = stats.rankdata(s), stats.rankdata(p)
    return spearman(ranks - np.polyval(np.polyfit(given, ranks, 1), given), a)


def without_ties(x):
    return np.argsort(np.argsort(x, kind="stable"), kind="stable")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda s, a, p: spearman(s, a), "the plain rank correlation"),
        (lambda s, a, p: spearman(s, a) - spearman(s, p) * spearman(a, p), "The denominator is missing"),
        (lambda s, a, p: spearman(s, a) - spearman(a, p), "A difference of correlations"),
        (combine(lambda x, y: stats.pearsonr(x, y)[0]), "take their ranks"),
        (one_sided, "removed from the scores alone"),
        (lambda s, a, p: combine(spearman)(p, s, a), "Two lists are exchanged"),
        (combine(lambda x, y: spearman(without_ties(x), without_ties(y))), "Ties have ranks of their own"),
        (lambda s, a, p: 0.123, "Got 0.1230 where"),
        (lambda s, a: 0.1, "TypeError"),
        (lambda s, a, p: "high", "A number is asked for"),
    ],
)  # fmt: skip
def test_partial_correlations(answer, text):
    says(ex.q3.check(answer), text)


def test_the_formula_and_the_package_are_accepted():
    assert ex.q3.check(combine(spearman))
    assert ex.q3.check(partial_rank_correlation)


def test_the_bands_decide_which_proxy_adds(monkeypatch):
    zero, above, near = Band(0.0, -0.2, 0.2), Band(0.5, 0.4, 0.6), Band(0.1, 0.02, 0.18)
    bands = dict.fromkeys(ex.PROXIES, zero) | {"synflow": above, "naswot": above, "snip": near}
    monkeypatch.setattr(ex, "bands_beyond", lambda **given: bands)
    assert ex.q4.check(["naswot", "synflow"]) and ex.q4.check(("synflow", "snip", "naswot"))
    says(ex.q4.check(["synflow"]), "1 of the proxies you leave out")
    says(ex.q4.check(["synflow", "naswot", "grasp"]), "1 of those you name do not")
    says(ex.q4.check(["grasp"]), "2 of the proxies you leave out add something; 1 of those")
    says(ex.q4.check(list(ex.PROXIES)), "All seven?")
    says(ex.q4.check(["synflow", "params"]), "The proxies are grad_norm")
    says(ex.q4.check("synflow"), "a list of names")


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "ImageNet16-120"])
def test_synflow_adds_to_parameters_in_the_best_tenth_of_every_dataset(dataset):
    assert ex.bands_beyond(dataset, 60)["synflow"].low > 0.1


def first(cells, scores):
    return list(range(10))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (first, "Not told apart from no filter"),
        (lambda cells, scores: np.argsort(scores["params"], kind="stable")[:10], "Worse than no filter"),
        (lambda cells, scores: [0] * 10, "10 different whole numbers"),
        (lambda cells, scores: range(195, 205), "from 0 to 199"),
        (lambda cells, scores: np.arange(10) + 0.5, "10 different whole numbers"),
        (lambda cells, scores: range(9), "got 9 values"),
        (lambda cells, scores: cells[:10], "Return 10 indices"),
        (lambda cells, scores: scores["params"] > 0, "got more than 10 values"),
        (lambda cells: range(10), "TypeError"),
    ],
)
def test_filters(answer, text):
    says(ex.q5.check(answer), text)


@pytest.mark.parametrize("name", ["params", "synflow"])
def test_one_score_is_enough_to_pass(name):
    assert ex.q5.check(lambda cells, scores: np.argsort(-scores[name], kind="stable")[:10])
