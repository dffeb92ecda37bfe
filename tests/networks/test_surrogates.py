"""Surrogates: an ensemble trained at once is one trained member by member, and it learns to rank."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy import stats  # noqa: E402

from nastutor.networks.surrogates import (  # noqa: E402
    Guess,
    LSTMEnsemble,
    MLPEnsemble,
    rank_targets,
    ranks,
    shared_choices,
)
from nastutor.spaces import LayerwiseSpace  # noqa: E402
from nastutor.spaces.encodings import one_hot  # noqa: E402


def additive(space, seed=0):
    """A value that is a sum of one contribution for each choice, and its architectures and one-hot encoding."""
    rng = np.random.default_rng(seed)
    genotypes = [space.sample(rng) for _ in range(700)]
    features = one_hot(space, genotypes)
    return features, features @ rng.normal(size=features.shape[1])


@pytest.fixture(scope="module")
def cell_data(cells):
    return additive(cells)


def make(kind, space, **options):
    if kind == "lstm":
        return LSTMEnsemble(space, **options)
    return MLPEnsemble(sum(len(variable.choices) for variable in space.variables), **options)


ROUNDED = 1e-5
"""What the rounding of weights after a training may change in a prediction."""
both = pytest.mark.parametrize("kind", ["mlp", "lstm"])


# Batched training is separate training


def train_alone(network, read, features, targets, steps):
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=1e-3)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.01 * (1 - step / steps)
        loss = (read(network, torch.from_numpy(features)) - torch.from_numpy(targets)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_a_batched_ensemble_of_mlps_equals_networks_trained_one_by_one(cell_data):
    features, targets = cell_data[0][:60], rank_targets(cell_data[1][:60])
    ensemble = MLPEnsemble(features.shape[1], members=3, width=8, seed=1)
    networks = []
    for member in range(3):
        sizes = [(features.shape[1], 8), (8, 8), (8, 1)]
        first, second, last = (torch.nn.Linear(*size, dtype=torch.float64) for size in sizes)
        with torch.no_grad():
            for linear, (weight, bias) in zip((first, second, last), ensemble.layers):
                linear.weight.copy_(weight[member].T)
                linear.bias.copy_(bias[member, 0])
        networks.append(torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.ReLU(), last))
    ensemble.fit(features, targets, steps=40)
    for network, predicted in zip(networks, ensemble.predict(features)):
        train_alone(network, lambda net, x: net(x)[:, 0], features, targets, steps=40)
        alone = network(torch.from_numpy(features))[:, 0].detach().numpy()
        np.testing.assert_allclose(predicted, alone, atol=ROUNDED)


class LSTM(torch.nn.Module):
    """One member by torch's own modules."""

    def __init__(self, ensemble, member):
        super().__init__()
        width = ensemble.width
        self.vectors = torch.nn.Parameter(ensemble.vectors[member].detach().clone())
        self.lstm = torch.nn.LSTM(width, width, batch_first=True, dtype=torch.float64)
        self.head = torch.nn.Linear(width, 1, dtype=torch.float64)
        with torch.no_grad():
            self.lstm.weight_ih_l0.copy_(ensemble.of_input[member].T)
            self.lstm.weight_hh_l0.copy_(ensemble.of_state[member].T)
            self.lstm.bias_ih_l0.copy_(ensemble.bias[member, 0])
            self.lstm.bias_hh_l0.zero_().requires_grad_(False)
            self.head.weight.copy_(ensemble.head[member].T)
            self.head.bias.copy_(ensemble.head_bias[member, 0])
        self.lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, words):
        return self.head(self.lstm(self.vectors[words])[0][:, -1])[:, 0]


def test_a_batched_ensemble_of_lstms_equals_torchs_own_trained_one_by_one(cells, cell_data):
    features, targets = cell_data[0][:40], rank_targets(cell_data[1][:40])
    words = torch.from_numpy(features.reshape(40, 6, 5).argmax(axis=2))  # of cells, the operation on each edge
    ensemble = LSTMEnsemble(cells, members=2, width=6, seed=1)
    networks = [LSTM(ensemble, member) for member in range(2)]
    ensemble.fit(features, targets, steps=25)
    for network, predicted in zip(networks, ensemble.predict(features)):
        train_alone(network, lambda net, _: net(words), features, targets, steps=25)
        np.testing.assert_allclose(predicted, network(words).detach().numpy(), atol=ROUNDED)


def test_an_lstm_does_not_read_inactive_variables():
    """A chain of two layers in a space of two is predicted as the same chain is where four layers are allowed."""
    options = {"filters": (8, 16), "kernel_sizes": (1, 3), "activations": ("relu",), "attention": (False,)}
    shallow, deep = (LayerwiseSpace(depths=range(1, most + 1), **options) for most in (2, 4))
    a, b = LSTMEnsemble(shallow, width=8), LSTMEnsemble(deep, width=8)
    same = [deep.decode(deep.sample(np.random.default_rng(seed))) for seed in range(40)]
    same = [layers for layers in same if len(layers) <= 2]
    assert len(same) > 5
    words = [
        [
            (name, str(choice))
            for name, choices in [("depth", space.depths), *space.choices.items()]
            for choice in choices
        ]
        for space in (shallow, deep)
    ]
    with torch.no_grad():
        for mine, yours in zip(a.parameters, b.parameters):
            if mine is a.vectors:
                mine.copy_(yours[:, [words[1].index(word) for word in words[0]]])
            else:
                mine.copy_(yours)
    np.testing.assert_array_equal(
        a.predict(one_hot(shallow, [shallow.encode(layers) for layers in same])),
        b.predict(one_hot(deep, [deep.encode(layers) for layers in same])),
    )


def test_choices_are_shared_between_variables_whose_names_differ_in_numbers(cells, chains):
    assert shared_choices(cells).tolist() == [0, 1, 2, 3, 4] * 6
    assert shared_choices(chains).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7]


# Learning


@both
def test_it_ranks_unseen_architectures_of_a_planted_additive_problem(kind, cells, cell_data):
    """Measured Spearman correlations on 300 unseen cells after 400: 1.00 and 0.99. The LSTM has to learn to count."""
    features, values = cell_data
    ensemble = make(kind, cells, members=2)
    ensemble.fit(features[:400], rank_targets(values[:400]), steps=150)
    predicted = ensemble.predict(features[400:]).mean(axis=0)
    assert stats.spearmanr(predicted, values[400:]).statistic > 0.95


@both
def test_its_members_agree_on_what_they_saw_more_than_on_the_rest(kind, cells, cell_data):
    features, values = cell_data
    ensemble = make(kind, cells)
    ensemble.fit(features[:60], rank_targets(values[:60]), steps=150)
    spread = ensemble.predict(features).std(axis=0)
    assert spread[:60].mean() < 0.8 * spread[60:].mean()


@both
def test_equal_seeds_give_equal_networks_others_do_not_and_no_global_state_is_touched(kind, cells, cell_data):
    def predict(seed):
        ensemble = make(kind, cells, members=2, width=4, seed=seed)
        ensemble.fit(cell_data[0][:20], rank_targets(cell_data[1][:20]), steps=5)
        return ensemble.predict(cell_data[0]).tolist()

    before = torch.get_rng_state()
    first = predict(1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(5)
    assert predict(1) == first != predict(2)
    torch.set_rng_state(before)


@both
def test_what_processors_differ_by_does_not_grow_from_one_training_to_the_next(kind, cells, cell_data):
    features, values = cell_data
    one, other = (make(kind, cells, members=2, width=16, seed=5) for _ in range(2))
    with torch.no_grad():
        for parameter in other.parameters:
            parameter.mul_(1 + 1e-13)
    for known in (20, 30, 40):
        for ensemble in (one, other):
            ensemble.fit(features[:known], rank_targets(values[:known]), steps=30)
        assert all(torch.equal(a, b) for a, b in zip(one.parameters, other.parameters))
    np.testing.assert_array_equal(one.predict(features), other.predict(features))


def test_the_next_training_begins_with_the_same_inputs_of_relus_in_whatever_order_sums_are_taken(cells, cell_data):
    """Else an input that should be zero is above or below it as the order will have it, and its unit learns or not."""
    features, values = cell_data
    ensemble = MLPEnsemble(30, members=2)
    ensemble.fit(features[:60], rank_targets(values[:60]), steps=30)
    (first, bias), (second, _), _ = ensemble.layers
    order = np.random.default_rng(0)
    columns, units = order.permutation(30), order.permutation(64)
    x = torch.from_numpy(features)
    inputs = x @ first + bias
    assert torch.equal(inputs, x[:, columns] @ first[:, columns] + bias)
    hidden = inputs.relu()
    assert torch.equal(hidden @ second, hidden[:, :, units] @ second[:, units])


def test_predictions_do_not_depend_on_the_batches_in_which_they_are_made(cells, cell_data):
    ensemble = MLPEnsemble(30, members=2)
    np.testing.assert_array_equal(ensemble.predict(cell_data[0]), ensemble.predict(cell_data[0], batch=99))


@pytest.mark.parametrize("argument", ["members", "width"])
def test_an_ensemble_of_nothing_is_refused(argument, cells):
    for kind in ("mlp", "lstm"):
        with pytest.raises(ValueError, match=f"{argument} 0: choose at least 1"):
            make(kind, cells, **{argument: 0})


# Targets


def test_equal_scores_share_their_rank_and_infeasible_ones_come_last():
    assert ranks([5.0, 1.0, 5.0, 7.0]).tolist() == [1.5, 0, 1.5, 3]
    feasible, slightly, badly = (-0.0, 10.0), (-1.0, 99.0), (-2.0, 100.0)
    assert ranks([badly, feasible, slightly, feasible]).tolist() == [0, 2.5, 1, 2.5]
    values = np.random.default_rng(0).integers(0, 20, 100)
    np.testing.assert_array_equal(ranks(values), stats.rankdata(values) - 1)


def test_targets_are_centred_of_variance_one_and_know_the_order_only():
    values = np.random.default_rng(0).normal(size=200)
    targets = rank_targets(values)
    assert targets.mean() == pytest.approx(0, abs=1e-12)
    assert targets.var() == pytest.approx(1, abs=1e-4)
    np.testing.assert_array_equal(targets, rank_targets(np.exp(9 * values)))


def test_what_has_no_rank_is_refused():
    with pytest.raises(ValueError, match="no scores"):
        ranks([])
    with pytest.raises(ValueError, match="score 1 is NaN"):
        rank_targets([1.0, math.nan])


def test_a_guess_is_measured_by_spearmans_correlation_without_the_failures():
    genotypes = [(i,) for i in range(5)]
    guess = Guess(10, 100, genotypes, np.array([0.1, 0.3, 0.2, 0.9, 0.4]))
    scores = {(0,): (0.0, 1.0), (1,): (0.0, 2.0), (2,): (-3.0, 99.0), (4,): (0.0, 5.0)}
    measured = guess.measure(scores)
    assert measured.genotypes == [(0,), (1,), (2,), (4,)]
    assert measured.measured.tolist() == [1, 2, 99, 5]
    expected = stats.spearmanr([0.1, 0.3, 0.2, 0.4], [2, 3, 1, 4]).statistic
    assert measured.correlation == pytest.approx(expected)
    assert math.isnan(guess.correlation) and math.isnan(guess.measure({}).correlation)
    assert math.isnan(guess.measure({(0,): (0.0, 1.0), (1,): (0.0, 1.0)}).correlation)
