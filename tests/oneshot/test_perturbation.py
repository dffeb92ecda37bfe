"""Perturbation-based selection: what is removed, in which order, and what tuning changes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from small_supernets import BUILD, RECIPE, small_data  # noqa: E402

from nastutor.networks.batch_norm import batch_statistics  # noqa: E402
from nastutor.oneshot import run_darts  # noqa: E402
from nastutor.oneshot.perturbation import select_by_perturbation  # noqa: E402
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, NONE, POOL, SKIP  # noqa: E402


@pytest.fixture(scope="module")
def searched():
    return run_darts(BUILD, small_data(), RECIPE, progress=False)


def accuracy(network, weights):
    data = small_data()
    images, labels = (torch.from_numpy(part["validation"]) for part in (data.images, data.labels))
    with torch.no_grad(), batch_statistics(network):
        return 100 * (network(images.double(), weights).argmax(1) == labels).double().mean().item()


def test_the_first_edge_is_judged_in_the_mixture_and_the_last_among_decided_edges(searched):
    found = select_by_perturbation(searched.network, searched.alphas[-1], small_data(), RECIPE, seed=1)
    weights = torch.tensor(searched.alphas[-1]).softmax(1)
    for edge in found.order:
        whole = accuracy(searched.network, weights)
        for operation in range(SKIP, 5):
            without = weights.clone()
            without[edge, operation] = 0
            assert found.lost[edge, operation] == pytest.approx(whole - accuracy(searched.network, without))
        assert found.genotype[edge] == np.nanargmax(found.lost[edge])
        weights[edge] = torch.eye(5, dtype=torch.float64)[found.genotype[edge]]
    assert sorted(found.order) == list(range(6)) and np.isnan(found.lost[:, NONE]).all()


def test_to_remove_what_has_no_weight_costs_nothing(searched):
    alpha = np.full((6, 5), -200.0)
    alpha[:, CONV_3X3] = 0
    found = select_by_perturbation(searched.network, alpha, small_data(), RECIPE)
    first = found.order[0]
    assert found.lost[first, [SKIP, CONV_1X1, POOL]].tolist() == [0, 0, 0]
    assert found.genotype[first] == (CONV_3X3 if found.lost[first, CONV_3X3] > 0 else SKIP)


def test_tuning_trains_a_copy_between_the_edges(searched):
    before = {name: value.clone() for name, value in searched.network.state_dict().items()}
    plain, tuned = (
        select_by_perturbation(searched.network, searched.alphas[-1], small_data(), RECIPE, tuning_epochs=epochs)
        for epochs in (0, 2)
    )
    first = plain.order[0]
    assert np.array_equal(plain.order, tuned.order) and not np.array_equal(plain.lost, tuned.lost, equal_nan=True)
    assert np.array_equal(plain.lost[first], tuned.lost[first], equal_nan=True)  # judged before any tuning
    assert all(torch.equal(value, before[name]) for name, value in searched.network.state_dict().items())


def test_none_may_be_chosen_if_asked_for(searched):
    found = select_by_perturbation(searched.network, searched.alphas[-1], small_data(), RECIPE, with_none=True)
    assert not np.isnan(found.lost).any()


def test_fewer_than_no_epochs_are_refused(searched):
    with pytest.raises(ValueError, match="tuning_epochs -1: give 0 or more"):
        select_by_perturbation(searched.network, searched.alphas[-1], small_data(), RECIPE, tuning_epochs=-1)
