"""Lesson 00: known facts, and the message that each typical mistake gets."""

import numpy as np
import pytest

from nastutor.exercises import start_here as ex
from nastutor.searchers import LocalSearch, RandomSearch, RegularizedEvolution
from nastutor.spaces import COMPANIONS, CellSpace, SearchSpace, Variable
from nastutor.statistics import expected_best_of


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def test_the_companions_rank_as_published(open_table):
    """The share of cells that beat the third confirms that it is NAS-Bench-201's ResNet cell."""
    assert (
        CellSpace().to_string(COMPANIONS["ResNet-like"])
        == "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|"
    )
    shares = [ex.q3.variant(name).official_answer() for name in ("cifar10", "cifar100", "ImageNet16-120")]
    assert [round(share, 1) for share in shares] == [1.5, 2.4, 4.0]
    assert [ex.q2.variant(name).official_answer() for name in ("cifar10", "cifar100")] == [685, 261]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (["search space"] * 5, "1 of 5 are right. Look at line 2"),
        (["space", "estimation", "strategy", "estimation", "strategy"], "does not say what an architecture is worth"),
        (["space", "strategy", "strategy", "strategy", "strategy"], "does not decide what to try next"),
        (["space", "strategy", "strategy", "evolution", "strategy"], "Line 4: 'evolution' is no pillar"),
        (["space"], "a list of 5 strings: got 1 values"),
        ("search space", "a list of 5 strings"),
    ],
)
def test_pillars(answer, text):
    says(ex.q1.check(answer), text)


def test_pillars_may_be_written_short_or_as_a_dictionary():
    short = ["Space", "strategy", " STRATEGY ", "performance", "search strategy"]
    assert ex.q1.check(short)
    assert ex.q1.check(dict(zip(ex.q1.given["lines"].splitlines(), short)))


def test_ranks(open_table):
    bench = open_table("cifar10")
    row = bench.genotypes.index(COMPANIONS["all 3×3"])
    accuracies = bench.values("val_accuracy", seeds="all")
    says(ex.q2.check(684), "Count again from 1")
    says(ex.q2.check(int((accuracies < accuracies[row]).sum()) + 1), "from the worst cell")
    for seeds, text in [("search", "by the search seed alone"), ("report", "by the report seeds")]:
        values = bench.values("val_accuracy", seeds=seeds)
        says(ex.q2.check(int((values > values[row]).sum()) + 1), text)
    says(ex.q2.check(row), "the table is not sorted")
    says(ex.q2.check(accuracies[row]), "That is its accuracy")
    says(ex.q2.check(0), "from 1 to 15,625")
    says(ex.q2.check(10.5), "a whole number")
    says(ex.q2.check(600), "600 is too small: more cells are better")
    says(ex.q2.check(800), "800 is too large: fewer cells are better")
    assert ex.q2.check(np.int64(685)) and ex.q2.check(685.0) and ex.q2.check(np.array([685]))


def test_any_order_among_equals_is_a_rank():
    low = ex.q2.variant(1)
    ranks = low.given["dataset"], low.given["cell"]
    says(low.check(15_626 - ex.rank_of(*ranks)), "from the worst cell")
    other = type(ex.q2)("q", {})
    other.given["cell"] = CellSpace().to_string((0,) * 6)  # one of 341 cells that compute zero
    first = other.official_answer()
    assert other.check(first) and other.check(first + 200) and not other.check(first + 341)


def test_shares(open_table):
    share = ex.q3.official_answer()
    says(ex.q3.check(share / 100), "as a fraction; answer in percent")
    says(ex.q3.check(100 - share), "count those that do")
    says(ex.q3.check(round(share * 156.25)), "how many cells beat it")
    says(ex.q3.check(ex.q3.variant("cifar100").official_answer()), "the share on cifar100")
    says(ex.q3.check(1.0), "More cells beat it")
    says(ex.q3.check(5.0), "Fewer cells beat it")
    assert ex.q3.check(1.5)


def test_doubling(open_table):
    bench = open_table("cifar10")
    seen, others = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy")
    once, twice = expected_best_of(50, seen, others), expected_best_of(100, seen, others)
    gain = twice - once
    assert ex.q4.check(gain) and ex.q4.check((0.9 * gain, 1.5 * gain)) and ex.q4.check([0.6 * gain, gain])
    says(ex.q4.check(twice), "the accuracy after doubling")
    says(ex.q4.check(once), "the accuracy before doubling")
    says(ex.q4.check(expected_best_of(100, seen) - expected_best_of(50, seen)), "report on the other seeds")
    says(ex.q4.check(gain / 100), "in points")
    says(ex.q4.check(100 * gain / once), "relative to the accuracy")
    for answer in (0.15, 3 * gain, [gain], "0.2"):
        says(ex.q4.check(answer), "an interval (low, high)")
    says(ex.q4.check((0.0, 2.0)), "says too little")
    says(ex.q4.check((0.1 * gain, 3 * gain)), "says too little")
    says(ex.q4.check((1.1 * gain, 2 * gain)), "smaller than your interval")
    says(ex.q4.check((0.4 * gain, 0.8 * gain)), "larger than your interval")
    says(ex.q4.check((2, 1)), "the smaller end first")


def test_a_simulated_gain_is_right(open_table):
    """The mean over 2,000 runs of random search."""
    bench = open_table("cifar10")
    seen, others = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy")
    draws = np.random.default_rng(0).integers(len(seen), size=(2000, 100))
    once, twice = (others[part[np.arange(2000), seen[part].argmax(axis=1)]].mean() for part in (draws[:, :50], draws))
    assert ex.q4.check(twice - once)


def test_the_open_search():
    space = CellSpace()
    assert ex.q5.check(lambda seed: LocalSearch(space, seed=seed))
    says(ex.q5.check(lambda seed: RandomSearch(space, seed=seed + 1000)), "The band includes zero")
    says(ex.q5.check(lambda seed: RegularizedEvolution(space, seed=1, population_size=10)), "All runs are the same")
    says(ex.q5.check(RegularizedEvolution), "Your function fails for the input 0: TypeError")
    says(ex.q5.check(RegularizedEvolution(space)), "Give the function itself")
    says(ex.q5.check(lambda seed: space), "must return a searcher")
    says(ex.q5.check(lambda seed: RandomSearch(SearchSpace([Variable("a", (1, 2))]), seed=seed)), "your search fails")

    class Lazy(RandomSearch):
        def ask(self):
            return None

    class SlowStart(RandomSearch):
        """Spends nearly everything on one cell."""

        def ask(self):
            return self._propose(self.space.sample(self.rng) if self.asked % 25 == 0 else (0,) * 6)

    says(ex.q5.check(lambda seed: Lazy(space, seed)), "asks for nothing")
    says(ex.q5.check(lambda seed: SlowStart(space, seed)), "worse than random search")
    used = RandomSearch(space)
    used.ask()
    says(ex.q5.check(lambda seed: used), "Return a fresh searcher")
