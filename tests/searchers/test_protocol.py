"""Laws that every searcher obeys: what `ask` and `tell` promise to whoever drives them."""

import numpy as np
import pytest

from nastutor import search
from nastutor.searchers import NSGA2, BayesianParetoSearch, LargestFirst, ParetoLocalSearch, Proposal, RandomSearch
from nastutor.spaces import SearchSpace


def drive(searcher, landscape, budget, workers=1, shuffle_seed=0, asks_after_none=0):
    """Run a searcher by hand: up to `workers` open proposals, told in a random but fixed order."""
    rng = np.random.default_rng(shuffle_seed)
    proposals, pending = [], []
    while True:
        while len(pending) < workers and len(proposals) < budget:
            proposal = searcher.ask()
            if proposal is None:
                assert all(searcher.ask() is None for _ in range(asks_after_none))
                break
            proposals.append(proposal)
            pending.append(proposal)
        if not pending:
            return proposals
        done = pending.pop(rng.integers(len(pending)))
        searcher.tell(done, landscape(done.genotype)["val_accuracy"])


def test_equal_seeds_give_equal_runs_and_others_do_not(make_searcher, any_space, landscape):
    def run(seed):
        return drive(make_searcher(any_space, seed=seed), landscape, 100)

    first = run(1)
    assert run(1) == first
    assert run(np.random.default_rng(1)) == first, "a generator may be given instead"
    assert run(2) != first


def test_no_global_state_is_touched(make_searcher, cells, landscape):
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    drive(make_searcher(cells, seed=0), landscape, 50)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_global_state_does_not_matter(make_searcher, cells, landscape):
    runs = []
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002
        runs.append(drive(make_searcher(cells, seed=5), landscape, 50))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("workers", [1, 4])
def test_proposals_are_numbered_lie_in_the_space_and_name_earlier_parents(make_searcher, any_space, landscape, workers):
    proposals = drive(make_searcher(any_space, seed=3), landscape, 150, workers)
    assert [proposal.id for proposal in proposals] == list(range(len(proposals)))
    for proposal in proposals:
        assert any_space.validate(proposal.genotype) == proposal.genotype
        assert SearchSpace.canonical(any_space, proposal.genotype) == proposal.genotype, "zero where inactive"
        assert all(0 <= parent < proposal.id for parent in proposal.parents)


@pytest.mark.parametrize("workers", [1, 5])
def test_asking_again_after_none_changes_nothing(make_searcher, chains, landscape, workers):
    runs = [drive(make_searcher(chains, seed=4), landscape, 80, workers, asks_after_none=n) for n in (0, 1, 3)]
    assert runs[0] == runs[1] == runs[2]


def test_a_result_is_taken_once_and_only_for_what_was_asked(make_searcher, cells):
    searcher = make_searcher(cells, seed=0)
    asked = searcher.ask()
    other = asked._replace(genotype=cells.neighbors(asked.genotype)[0])
    for never_asked in (other, Proposal(99, asked.genotype)):
        with pytest.raises(ValueError, match="not pending"):
            searcher.tell(never_asked, 1.0)
    searcher.tell(asked, 1.0)  # the refusals have not spoilt the searcher
    with pytest.raises(ValueError, match="tell each proposal once"):
        searcher.tell(asked, 1.0)


def test_a_search_survives_failures_and_never_chooses_one(make_searcher, cells, landscape):
    def evaluate(genotype, epochs=None):
        if genotype[0] % 2:
            raise MemoryError("does not fit")
        return landscape(genotype)

    history = search(make_searcher(cells, seed=0), evaluate, 120, on_error="record")
    assert len(history) == 120
    failed = [record for record in history if record.value is None]
    assert 0 < len(failed) < 120
    assert all(record.genotype[0] % 2 and "does not fit" in record.error for record in failed)


def test_a_search_in_which_everything_fails_ends(make_searcher, chains):
    def evaluate(genotype, epochs=None):
        raise MemoryError("does not fit")

    history = search(make_searcher(chains, seed=0), evaluate, 60, on_error="record")
    assert all(record.value is None for record in history)
    with pytest.raises(ValueError, match="none succeeded"):
        history.best()


def test_every_argument_is_in_the_settings(make_searcher, cells):
    """The log compares settings; an argument that is left out would let a changed search go on from it."""
    searcher = make_searcher(cells, seed=11)
    settings = searcher.settings()
    assert settings["class"] == type(searcher).__name__
    assert settings["seed"] == 11
    arguments = {name: value for name, value in settings.items() if name != "class"}
    assert propose_the_same(type(searcher)(cells, **arguments), searcher)


def propose_the_same(a, b):
    def value(proposal):
        return float(sum(proposal.genotype))

    for _ in range(60):
        asked = [searcher.ask() for searcher in (a, b)]
        for searcher, proposal in zip((a, b), asked):
            if proposal is not None:
                searcher.tell(proposal, value(proposal))
        if asked[0] != asked[1]:
            return False
    return True


def test_one_objective_methods_refuse_several(make_searcher, cells):
    searcher = make_searcher(cells, seed=0)
    if isinstance(searcher, RandomSearch | LargestFirst | NSGA2 | ParetoLocalSearch | BayesianParetoSearch):
        searcher.tell(searcher.ask(), (1.0, 2.0))  # the first two do not look, the others want them
        return
    with pytest.raises(ValueError, match="maximises one objective, got 2"):
        searcher.tell(searcher.ask(), (1.0, 2.0))


def test_a_searcher_without_a_space_is_refused(make_searcher):
    with pytest.raises(TypeError, match="needs a SearchSpace first, got int"):
        make_searcher(7)
