import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor import search  # noqa: E402
from nastutor.networks.controller import Controller, IndependentPolicy  # noqa: E402
from nastutor.searchers import Reinforce  # noqa: E402
from nastutor.searchers.reinforce import policy_gradient_loss  # noqa: E402
from nastutor.spaces import LayerwiseSpace, SearchSpace, Variable  # noqa: E402

SECRET = (3, 0, 1, 4, 2, 3)
BANDIT = SearchSpace([Variable("arm", ("left", "middle", "right"))])


def planted(genotype):
    """The number of edges that agree with a secret cell, in percent."""
    return {"val_accuracy": 100 * sum(a == b for a, b in zip(genotype, SECRET)) / len(SECRET)}


def run(searcher, evaluate, budget):
    search(searcher, evaluate, budget, progress=False)
    return searcher


def weights(policy):
    return torch.cat([parameter.detach().flatten() for parameter in policy.parameters()])


def gradient(policy, loss):
    policy.zero_grad()
    loss.backward()
    return torch.cat(
        [torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten() for p in policy.parameters()]
    )


# The gradient, by enumeration


@pytest.fixture(params=["lstm", "independent"])
def policy(request, chains):
    """A policy over 26 chains that is far from uniform."""
    made = Controller(chains, hidden=8) if request.param == "lstm" else IndependentPolicy(chains)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return made


@pytest.fixture
def rewards(chains, landscape):
    return torch.tensor([landscape(g)["val_accuracy"] / 100 for g in chains], dtype=torch.float64)


def estimates(policy, rewards, baseline):
    """The policy gradient that each architecture would give, drawn alone: (26, parameters), and its probability."""
    genotypes = list(policy.space)
    p = policy.log_prob(genotypes).exp().detach()
    rows = [
        -gradient(policy, policy_gradient_loss(policy.log_prob([genotype]), reward[None] - baseline))
        for genotype, reward in zip(genotypes, rewards)
    ]
    return torch.stack(rows), p


def test_the_expected_estimate_is_the_gradient_of_the_expected_reward(policy, rewards):
    exact = gradient(policy, (policy.log_prob(list(policy.space)).exp() * rewards).sum())
    each, p = estimates(policy, rewards, baseline=0.0)
    assert torch.allclose(p @ each, exact, rtol=0, atol=1e-12)
    assert exact.abs().max() > 1e-3


def test_a_baseline_changes_the_variance_and_not_the_expectation(policy, rewards):
    plain, p = estimates(policy, rewards, baseline=0.0)
    based, _ = estimates(policy, rewards, baseline=float(p @ rewards))
    wrong, _ = estimates(policy, rewards, baseline=5.0)
    mean = p @ plain

    def variance(each):
        return float(p @ ((each - mean) ** 2).sum(1))

    for each in (based, wrong):
        assert torch.allclose(p @ each, mean, rtol=0, atol=1e-11)
    assert variance(based) < 0.6 * variance(plain) < 0.1 * variance(wrong)


def test_a_batch_averages_the_estimates_of_its_architectures(policy, rewards):
    each, _ = estimates(policy, rewards, baseline=0.3)
    together = -gradient(policy, policy_gradient_loss(policy.log_prob(list(policy.space)), rewards - 0.3))
    assert torch.allclose(together, each.mean(0), rtol=0, atol=1e-12)


# Learning


@pytest.mark.parametrize(("policy", "rate", "budget"), [("lstm", 0.03, 350), ("independent", 0.2, 900)])
def test_a_planted_cell_is_found_with_certainty(cells, policy, rate, budget):
    """Measured: 0.95 is reached after 200 to 260 evaluations with a memory, 690 to 790 without."""
    for seed in range(3):
        searcher = run(Reinforce(cells, seed, policy=policy, learning_rate=rate), planted, budget)
        last = searcher.trajectory[-1]
        assert last.modal_genotype == SECRET
        assert last.certainty >= 0.95


def test_a_memory_can_keep_several_answers_in_play():
    """The second choice must equal the first: four pairs are right, and the bonus on entropy asks for several.

    Independent choices cannot have two pairs with 0.3 each: their single choices would need 2·√0.3 > 1.
    """
    space = SearchSpace([Variable("a", tuple(range(4))), Variable("b", tuple(range(4)))])
    searcher = Reinforce(space, seed=0, entropy_weight=0.5)
    run(searcher, lambda g: {"val_accuracy": float(g[0] == g[1])}, 3000)
    p = searcher.controller.log_prob([(i, i) for i in range(4)]).exp().detach().numpy()
    assert p.sum() > 0.9
    assert (p > 0.3).sum() >= 2


def test_more_weight_on_entropy_keeps_the_policy_open(cells):
    last = [run(Reinforce(cells, 0, entropy_weight=w), planted, 300).trajectory[-1].entropy for w in (0.0, 0.2, 1.0)]
    assert last[0] < last[1] < last[2]


def test_the_scale_of_the_rewards_does_not_matter(cells, landscape):
    def proposals(scale, shift):
        history = search(
            Reinforce(cells, seed=0), lambda g: {"val_accuracy": scale * landscape(g)["val_accuracy"] + shift}, 200
        )
        return [record.genotype for record in history]

    assert proposals(1, 0) == proposals(0.01, 0) == proposals(1000, -70)


def test_equal_rewards_teach_nothing(cells):
    searcher = Reinforce(cells, seed=0, entropy_weight=0.0)
    before = weights(searcher.controller)
    run(searcher, lambda g: {"val_accuracy": 70.1}, 40)
    assert torch.allclose(weights(searcher.controller), before, rtol=0, atol=1e-9)


# Batches


def test_a_batch_is_asked_completely_and_its_order_does_not_matter(cells, landscape):
    def proposals(order):
        searcher = Reinforce(cells, seed=0, batch_size=6)
        asked = []
        for _ in range(5):
            batch = [searcher.ask() for _ in range(6)]
            assert searcher.ask() is None and searcher.ask() is None
            asked += batch
            for i in order[:-1]:
                searcher.tell(batch[i], landscape(batch[i].genotype)["val_accuracy"])
                assert searcher.ask() is None
            searcher.tell(batch[order[-1]], landscape(batch[order[-1]].genotype)["val_accuracy"])
        return asked

    assert proposals(range(6)) == proposals([3, 5, 0, 1, 4, 2])


def test_the_trajectory_has_the_policy_of_every_batch(cells):
    searcher = run(Reinforce(cells, seed=0, batch_size=20), planted, 400)
    path = searcher.trajectory
    assert [record.evaluations for record in path] == list(range(0, 401, 20))
    assert math.isnan(path[0].baseline) and path[-1].baseline > path[1].baseline + 20
    assert path[0].entropy == pytest.approx(6 * math.log(5), abs=0.05)
    assert path[-1].entropy < 0.8 * path[0].entropy
    for record in path:
        assert np.array(record.probabilities).shape == (6, 5)
        assert record.certainty == pytest.approx(np.prod(np.max(record.probabilities, axis=1)))
        assert record.modal_genotype == tuple(np.argmax(record.probabilities, axis=1))


def test_proposals_lie_in_a_conditional_space_to_the_end():
    space = LayerwiseSpace.small()
    history = search(Reinforce(space, seed=0), lambda g: {"val_accuracy": float(sum(g))}, 150)
    for record in history:
        assert space.validate(record.genotype) == record.genotype
        assert SearchSpace.canonical(space, record.genotype) == record.genotype


# Failures, infeasible architectures, rewards that are none


def test_failures_teach_nothing(cells):
    def evaluate(genotype):
        raise MemoryError("does not fit")

    searcher = Reinforce(cells, seed=0)
    before = weights(searcher.controller)
    search(searcher, evaluate, 50, on_error="record")
    assert torch.equal(weights(searcher.controller), before)
    assert len(searcher.trajectory) == 6


def test_a_failed_evaluation_is_left_out_of_its_batch():
    """A batch of three with one failure moves the policy as the batch of the other two would."""
    searcher = Reinforce(BANDIT, seed=0, batch_size=3, policy="independent")
    batch = [searcher.ask() for _ in range(3)]
    twin = Reinforce(BANDIT, seed=0, batch_size=3, policy="independent")
    for proposal, value in zip(batch, (1.0, None, 5.0)):
        searcher.tell(proposal, value)
    pair = [batch[0].genotype, batch[2].genotype]
    twin._improve(pair, torch.zeros(2), torch.tensor([-1.0, 1.0], dtype=torch.float64))
    assert torch.allclose(weights(searcher.controller), weights(twin.controller), atol=1e-12)
    assert searcher.trajectory[-1].baseline == 3.0


def test_infeasible_architectures_do_not_attract_however_good_they_are(cells):
    def evaluate(genotype):
        return {
            "val_accuracy": planted(genotype)["val_accuracy"] + 500 * (genotype[0] == 1),
            "params": genotype[0] == 1,
        }

    searcher = Reinforce(cells, seed=0)
    history = search(searcher, evaluate, 600, constraints={"params": (None, 0)})
    assert any(record.violation for record in history)
    assert searcher.controller.probabilities()[0][1] < 0.02
    assert searcher.trajectory[-1].baseline <= 100


def test_where_nothing_is_feasible_nothing_is_learned(cells):
    searcher = Reinforce(cells, seed=0)
    before = weights(searcher.controller)
    search(searcher, lambda g: planted(g) | {"params": 5.0}, 50, constraints={"params": (None, 0)})
    assert torch.equal(weights(searcher.controller), before)


@pytest.mark.parametrize(
    ("value", "violation"), [(math.nan, 0), (math.inf, 0), (np.float32("-inf"), 0), (1.0, math.nan)]
)
def test_rewards_that_are_not_finite_are_refused_and_spoil_nothing(cells, value, violation):
    searcher = Reinforce(cells, seed=0)
    proposal = searcher.ask()
    with pytest.raises(ValueError, match=r"(value|violation) .*(nan|inf)\S*: give a"):
        searcher.tell(proposal, value, violation)
    searcher.tell(proposal, 1.0)


# Reproducibility


@pytest.mark.parametrize("stop", [1, 9, 10, 11, 35])
@pytest.mark.parametrize("workers", [None, 3])
def test_a_stopped_search_goes_on_as_if_it_had_not_been(any_space, landscape, tmp_path, stop, workers):
    def go(budget, **log):
        searcher = Reinforce(any_space, seed=7)
        with ThreadPoolExecutor(3) as pool:
            options = {"executor": pool, "ordered": True, "workers": workers} if workers else {}
            history = search(searcher, landscape, budget, **options, **log)
        return [(r.proposal, r.value) for r in history], weights(searcher.controller)

    whole, end = go(50)
    log = tmp_path / "run.jsonl"
    assert go(stop, log=log)[0] == whole[:stop]
    resumed, same_end = go(50, log=log)
    assert resumed == whole and torch.equal(end, same_end)


def test_the_seed_decides_and_global_generators_do_not(cells, landscape):
    def genotypes(seed):
        return [record.genotype for record in search(Reinforce(cells, seed), landscape, 60)]

    torch.manual_seed(1)
    first, before = genotypes(0), torch.get_rng_state()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert genotypes(0) == first == genotypes(np.random.default_rng(0))
    assert genotypes(1) != first


def test_learning_runs_on_one_thread_and_gives_the_others_back(cells, landscape, monkeypatch):
    seen = []
    improve = Reinforce._improve
    monkeypatch.setattr(Reinforce, "_improve", lambda *a: (seen.append(torch.get_num_threads()), improve(*a)))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        search(Reinforce(cells, seed=0), landscape, 20)
        assert seen == [1, 1] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"batch_size": 0}, "batch_size 0: give a whole number, at least 1"),
        ({"learning_rate": 0.0}, "learning_rate 0.0: give a number above 0"),
        ({"entropy_weight": -0.1}, "entropy_weight -0.1: give a number of at least 0"),
        ({"entropy_weight": math.nan}, "entropy_weight nan"),
        ({"baseline_decay": 1.0}, "baseline_decay 1.0: give a number of at least 0 and less than 1"),
        ({"policy": "gru"}, "policy 'gru': choose one of lstm, independent"),
        ({"hidden": 0}, "hidden 0: give a whole number, at least 1"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(cells, options, match):
    with pytest.raises(ValueError, match=match):
        Reinforce(cells, **options)
