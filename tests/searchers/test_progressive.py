"""Progressive search: it grows cells and chains, and knows how well its surrogate foresaw each stage."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor import repeat, search  # noqa: E402
from nastutor.searchers import ProgressiveSearch, RandomSearch  # noqa: E402
from nastutor.spaces import LayerwiseSpace  # noqa: E402

DEEP = LayerwiseSpace.small()
SHALLOW = LayerwiseSpace(
    depths=(1, 2, 3), filters=(8, 16), kernel_sizes=(3,), strides=(1,), activations=("relu",),
    normalizations=("batch",), skip=(False,), attention=(False,),
)  # fmt: skip
QUICK = {"beam_size": 12, "members": 2, "steps": 5, "max_candidates": 300}

surrogates = pytest.mark.parametrize("surrogate", ["mlp", "lstm"])


def count(genotype):
    """A cell is the better, the more 3×3 convolutions (3) it has; skips and pooling help a little."""
    return {"val_accuracy": sum((0.0, 2.0, 5.0, 10.0, 3.0)[operation] for operation in genotype)}


def width(genotype):
    """A chain is the better, the more filters and the larger the kernels of its layers; depth helps by this alone."""
    layers = DEEP.decode(genotype)
    return {"val_accuracy": float(sum(layer.get("filters", 0) + layer.get("kernel_size", 0) for layer in layers))}


def genotypes(history):
    return [record.genotype for record in history]


# Stages


def test_it_evaluates_all_small_cells_then_the_beam_of_each_stage_and_finishes(cells, landscape):
    searcher = ProgressiveSearch(cells, seed=0, beam_size=20, members=2, steps=5)
    history = search(searcher, landscape, 1000)
    asked = genotypes(history)
    first = {cells.complete(prefix) for prefix in cells.expansions(())}
    assert set(asked[:5]) == first
    assert searcher.ask() is None and searcher.ask() is None
    sizes = [len(guess.genotypes) for guess in searcher.trajectory]
    assert sizes[0] == 5 and all(0 < size <= 20 for size in sizes) and sum(sizes) == len(asked) == len(set(asked))
    assert [guess.candidates for guess in searcher.trajectory] == [5, 125, 20 * 125]
    assert [guess.trained_on for guess in searcher.trajectory] == [0, 5, 5 + sizes[1]]
    second = {cells.complete(more) for prefix in cells.expansions(()) for more in cells.expansions(prefix)}
    assert set(asked[5 : 5 + sizes[1]]) <= second - first


def test_what_is_known_from_an_earlier_stage_stays_in_the_beam_without_a_second_evaluation(cells, landscape):
    searcher = ProgressiveSearch(cells, seed=0, beam_size=125, members=2, steps=2)
    search(searcher, landscape, 126)
    assert [len(guess.genotypes) for guess in searcher.trajectory] == [5, 120], "5 of the 125 are known"
    assert len(searcher.beam) == 125 and searcher.trajectory[1].candidates == 125


def test_each_architecture_names_the_one_that_it_has_grown_from(cells, landscape):
    history = search(ProgressiveSearch(cells, seed=1, **QUICK), landscape, 1000)
    proposals = [record.proposal for record in history]
    assert all(not proposal.parents for proposal in proposals[:5])
    for proposal in proposals[5:]:
        (parent,) = proposal.parents
        assert any(proposals[parent].genotype[:size] == proposal.genotype[:size] for size in (1, 3))


@pytest.mark.parametrize("budget", [3, 11, 15, 50, 100, 600])
def test_for_a_budget_the_beam_is_as_large_as_all_stages_allow(cells, landscape, budget):
    searcher = ProgressiveSearch.for_budget(cells, budget, seed=2, members=1, steps=1)
    history = search(searcher, landscape, budget)
    sizes = [len(guess.genotypes) for guess in searcher.trajectory]
    assert len(sizes) == 3 and sizes[2] > 0 and len(history) <= budget
    beam = searcher.beam_size
    assert min(5, beam) + 2 * beam <= budget < min(5, beam + 1) + 2 * (beam + 1) or beam == 125
    assert searcher.settings() == ProgressiveSearch(cells, 2, beam, members=1, steps=1).settings()


def test_chains_have_a_beam_for_a_budget_too_and_one_that_is_too_small_is_refused(landscape):
    searcher = ProgressiveSearch.for_budget(SHALLOW, 20, members=1, steps=1)
    assert len(search(searcher, landscape, 1000)) <= 20 and len(searcher.trajectory) == 3
    with pytest.raises(ValueError, match="budget 2: give a whole number, at least 3"):
        ProgressiveSearch.for_budget(SHALLOW, 2)


def test_chains_grow_in_depth(landscape):
    searcher = ProgressiveSearch(DEEP, seed=0, **QUICK)
    history = search(searcher, landscape, 1000)
    depths = [len(DEEP.decode(genotype)) for genotype in genotypes(history)]
    assert depths == [1] * 12 + [2] * 12 + [3] * 12 + [4] * 12
    assert [guess.candidates for guess in searcher.trajectory] == [300] * 4, "a sample of 2,593 and of 12 · 2,593"


# Quality


@surrogates
def test_the_surrogate_foresees_larger_cells_from_smaller_ones(cells, surrogate):
    """Measured at stage 2, from 5 values: 0.97 and 0.86."""
    searcher = ProgressiveSearch(cells, seed=0, beam_size=60, surrogate=surrogate)
    history = search(searcher, count, 1000)
    assert math.isnan(searcher.trajectory[0].correlation) and np.isnan(searcher.trajectory[0].predicted).all()
    assert searcher.trajectory[1].correlation > 0.7
    if surrogate == "mlp":  # an LSTM's gates saturate: it does not see that more is still better
        assert history.best().genotype == (3,) * 6


@surrogates
def test_it_finds_deep_chains_that_random_search_does_not(surrogate):
    """The best has 4 · (32 + 7) = 156."""
    searcher = ProgressiveSearch(DEEP, seed=0, beam_size=30, surrogate=surrogate, members=2, max_candidates=1000)
    best = search(searcher, width, 100).best().value
    random = max(search(RandomSearch(DEEP, seed=seed), width, 100).best().value for seed in range(5))
    assert best > random
    assert best >= 145


def test_it_reaches_the_best_hundredth_of_the_real_cells(open_table):
    """Measured on CIFAR-10: all runs of 200 evaluations; random search needs about 100 evaluations on average."""
    table = open_table("cifar10")
    top = np.quantile(table.values("val_accuracy", "search"), 0.99)
    histories = repeat(lambda seed: ProgressiveSearch(table.space, seed=seed), table.evaluate, 205, range(3))
    assert all(history.best().value > top for history in histories)


# The protocol (its other laws are for searchers of any space and budget)


def test_it_waits_within_a_stage_and_asking_again_changes_nothing(cells, landscape):
    searcher, other = (ProgressiveSearch(cells, seed=0, **QUICK) for _ in range(2))
    opened = [searcher.ask() for _ in range(5)]
    assert searcher.ask() is None and searcher.ask() is None
    for proposal in reversed(opened):
        searcher.tell(proposal, landscape(proposal.genotype)["val_accuracy"])
    for proposal in [other.ask() for _ in range(5)]:
        other.tell(proposal, landscape(proposal.genotype)["val_accuracy"])
    assert searcher.ask() == other.ask(), "the order of the results does not matter either"


def test_every_argument_is_in_the_settings(cells):
    arguments = {"seed": 4, "beam_size": 7, "surrogate": "lstm", "members": 2, "steps": 3, "max_candidates": 9}
    assert ProgressiveSearch(cells, **arguments).settings() == {"class": "ProgressiveSearch"} | arguments


def test_it_refuses_what_was_not_asked_and_several_objectives(cells):
    searcher = ProgressiveSearch(cells, seed=0)
    proposal = searcher.ask()
    with pytest.raises(ValueError, match="not pending"):
        searcher.tell(proposal._replace(id=1), 1.0)
    with pytest.raises(ValueError, match="maximises one objective, got 2"):
        searcher.tell(proposal, (1.0, 2.0))


# Failures and constraints


def test_what_fails_does_not_grow(cells, landscape):
    def evaluate(genotype):
        if genotype[0] == 3:
            raise MemoryError("does not fit")
        return landscape(genotype)

    searcher = ProgressiveSearch(cells, seed=0, beam_size=30, members=2, steps=5)
    history = search(searcher, evaluate, 1000, on_error="record")
    failed = {record.proposal.id for record in history if record.value is None}
    assert failed
    assert not failed & {parent for record in history for parent in record.proposal.parents}
    assert all(genotype[0] != 3 for guess in searcher.trajectory for genotype in guess.genotypes)


def test_a_search_in_which_all_small_cells_fail_ends(cells):
    def evaluate(genotype):
        raise MemoryError("does not fit")

    searcher = ProgressiveSearch(cells, seed=0, **QUICK)
    assert len(search(searcher, evaluate, 100, on_error="record")) == 5
    assert searcher.ask() is None


def test_infeasible_architectures_rank_below_feasible_ones(cells):
    """The value rises with 3×3 convolutions, of which at most two are allowed."""

    def evaluate(genotype):
        return count(genotype) | {"params": float(genotype.count(3))}

    searcher = ProgressiveSearch(cells, seed=0, beam_size=60)
    history = search(searcher, evaluate, 1000, constraints={"params": (None, 2)})
    assert history.best().genotype.count(3) <= 2
    last = [record for record in history if record.genotype in searcher.trajectory[-1].genotypes]
    assert np.mean([record.violation == 0 for record in last]) > 0.5


# Repeating a run


@surrogates
@pytest.mark.parametrize("space", ["cells", "chains"])
def test_a_resumed_search_equals_the_uninterrupted_one(tmp_path, cells, landscape, surrogate, space):
    space = cells if space == "cells" else SHALLOW

    def run(budget, log=None):
        return genotypes(search(ProgressiveSearch(space, 3, surrogate=surrogate, **QUICK), landscape, budget, log=log))

    whole = run(100)
    for done in (3, 11, 20):
        log = tmp_path / f"{done}.jsonl"
        assert run(done, log) == whole[:done]
        assert run(100, log) == whole


def test_a_parallel_search_equals_the_serial_one_and_resumes(tmp_path, cells, landscape):
    def run(budget, **options):
        return genotypes(search(ProgressiveSearch(cells, seed=3, **QUICK), landscape, budget, **options))

    serial = run(100)
    with ThreadPoolExecutor(4) as pool:
        options = {"executor": pool, "workers": 4}
        assert run(100, ordered=True, **options) == serial
        run(13, ordered=True, log=tmp_path / "log.jsonl", **options)
        assert run(100, ordered=True, log=tmp_path / "log.jsonl", **options) == serial
        assert sorted(run(100, **options)) == sorted(serial), "whatever comes first"


@surrogates
def test_equal_seeds_give_equal_runs_others_do_not_and_no_global_state_is_touched(cells, landscape, surrogate):
    def run(seed):
        return genotypes(search(ProgressiveSearch(cells, seed, surrogate=surrogate, **QUICK), landscape, 100))

    before = torch.get_rng_state()
    first = run(1)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(3)
    assert run(1) == run(np.random.default_rng(1)) == first != run(2)
    torch.set_rng_state(before)


# Misuse


def test_a_beam_larger_than_what_it_is_chosen_from_is_refused(cells):
    for size, allowed in [(0, "at least 1"), (126, r"1…125 \(the prefixes of the second stage\)")]:
        with pytest.raises(ValueError, match=f"beam_size {size}: give a whole number, {allowed}"):
            ProgressiveSearch(cells, beam_size=size)
    single = LayerwiseSpace(depths=(1,), filters=(8,), kernel_sizes=(3,), types=("conv",), strides=(1,))
    with pytest.raises(ValueError, match=r"beam_size 40: give a whole number, 1…36 \(the prefixes of the only stage\)"):
        ProgressiveSearch(single, beam_size=40)
    assert ProgressiveSearch(single, beam_size=36).beam_size == 36


def test_a_space_that_does_not_grow_is_refused(chains):
    for space in (chains, LayerwiseSpace.full()):
        with pytest.raises(ValueError, match="has no stages: progressive search needs a space that grows"):
            ProgressiveSearch(space)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"surrogate": "gp"}, "surrogate 'gp': choose one of mlp, lstm"),
        ({"steps": 0}, "steps 0: give a whole number, at least 1"),
        ({"members": 0}, "members 0: give a whole number, at least 1"),
        ({"beam_size": 20, "max_candidates": 19}, "max_candidates 19: give a whole number, at least 20"),
    ],
)
def test_arguments_out_of_range_are_refused(cells, options, message):
    with pytest.raises(ValueError, match=message):
        ProgressiveSearch(cells, **options)
