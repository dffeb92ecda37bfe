"""The study of collapse and its cures: what is stored is what its command describes, and is judged by the table."""

import numpy as np
import pytest

from nastutor.spaces.cell import NONE
from nastutor.studies import collapse


@pytest.fixture(scope="module")
def study():
    return collapse.load_collapse_study()


@pytest.mark.parametrize("method", collapse.METHODS)
def test_every_method_has_its_present_settings_and_as_many_runs_as_the_others(study, method):
    assert str(study.stored[f"{method}/settings"]) == collapse.describe(method)
    own = {len(array) for name, array in study.stored.items() if name.startswith(f"{method}/") and array.ndim}
    assert own == {6 if method == "felt gradient" else len(study("weight decay", "seconds"))}


def test_no_derived_cell_holds_none(study):
    for method in collapse.METHODS:
        if f"{method}/genotype" in study.stored:
            assert not (study(method, "genotype") == NONE).any(), method


def test_the_last_cell_is_the_answer_and_follows_from_alpha(study):
    for method in ("weight decay", "partial channels", "dropped skips", "GDAS", "two cells, first order"):
        assert np.array_equal(study(method, "genotypes")[:, -1], study(method, "genotype"))
        assert np.array_equal(study.derived(method)[:, -1], study(method, "genotype"))


def test_alpha_waits_for_the_warm_up_of_partial_channels(study):
    alphas = study("partial channels", "alphas")
    warm_up = collapse.METHODS["partial channels"][1]["warm_up"]
    assert np.array_equal(alphas[:, 0], alphas[:, warm_up]) and not np.array_equal(alphas[:, 0], alphas[:, warm_up + 1])


def test_the_supernet_comes_back_as_it_was_left(study):
    """An operation taken out of an edge costs what is stored, so perturbation chooses the stored cell again."""
    torch = pytest.importorskip("torch")
    network = study.supernet(1)
    stored = study("two cells, first order", "weights")[1]
    assert np.array_equal(torch.nn.utils.parameters_to_vector(network.parameters()).detach().numpy(), stored)


def test_perturbation_at_the_end_of_the_search_finds_better_cells_than_alpha(study):
    found = {
        name: study.test_accuracy(study("two cells, first order", name)) for name in ("genotype", "by_perturbation")
    }
    assert found["by_perturbation"].min() > found["genotype"].max()


def test_what_a_finite_step_feels_is_nearer_to_the_papers_difference_than_to_autograd_at_short_steps(study):
    """By the largest and the smallest of the lengths, in the mean of six pairs of batches."""
    errors = study("felt gradient", "errors").mean(axis=0)
    names = ("first_order", "without_second_term", "paper", "autograd")
    shortest, longest = (dict(zip(names, errors[i])) for i in (0, -1))
    assert min(shortest, key=shortest.get) == "paper"
    assert min(longest, key=longest.get) == "autograd"
    assert all(row["first_order"] > row["without_second_term"] for row in (shortest, longest))
