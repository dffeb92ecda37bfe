import math

import numpy as np
import pytest
from scipy import stats

torch = pytest.importorskip("torch")

from nastutor.networks.controller import Controller, IndependentPolicy  # noqa: E402
from nastutor.spaces import LayerwiseSpace, SearchSpace, Variable  # noqa: E402


@pytest.fixture(params=["lstm", "independent"])
def make_policy(request):
    """Either policy, with weights large enough that its choices are far from uniform."""

    def make(space, seed=0, spread=1.0, **options):
        policy = (
            Controller(space, hidden=12, **options) if request.param == "lstm" else IndependentPolicy(space, **options)
        )
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in policy.parameters():
                parameter.copy_(spread * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
        return policy

    return make


def distribution(policy, space):
    genotypes = list(space)
    return genotypes, policy.log_prob(genotypes).exp().detach().numpy()


def test_the_probabilities_of_all_architectures_add_up_to_one(make_policy, chains):
    for seed in range(5):
        genotypes, p = distribution(make_policy(chains, seed), chains)
        assert len(genotypes) == 26 and p.sum() == pytest.approx(1, abs=1e-12)
        assert p.max() > 3 * p.mean(), "and are not uniform"


def test_the_entropies_of_the_choices_average_to_the_entropy_of_the_policy(make_policy, chains):
    for seed in range(5):
        policy = make_policy(chains, seed)
        genotypes, p = distribution(policy, chains)
        along = policy.entropy(genotypes).detach().numpy()
        assert p @ along == pytest.approx(stats.entropy(p), abs=1e-12)


def test_samples_come_with_the_probabilities_that_are_claimed(make_policy, chains):
    policy = make_policy(chains, spread=0.5)
    genotypes, p = distribution(policy, chains)
    walk = policy.sample(4000, np.random.default_rng(0))
    counts = np.array([walk.genotypes.count(genotype) for genotype in genotypes])
    assert counts.sum() == 4000
    rare = 4000 * p < np.sort(4000 * p)[5]  # χ² wants at least five expected a bin: the rarest share one
    observed, expected = ([*x[~rare], x[rare].sum()] for x in (counts, 4000 * p))
    assert min(expected) > 5
    assert stats.chisquare(observed, expected).pvalue > 0.01
    again = policy.score(walk.genotypes)
    assert torch.equal(again.log_prob, walk.log_prob) and torch.equal(again.entropy, walk.entropy)


def test_samples_of_a_conditional_space_are_zero_where_inactive(make_policy):
    space = LayerwiseSpace.small()
    walk = make_policy(space).sample(200, np.random.default_rng(0))
    assert len({genotype[0] for genotype in walk.genotypes}) == 4, "all depths occur"
    for genotype, active in zip(walk.genotypes, walk.active.tolist()):
        assert space.validate(genotype) == genotype
        assert SearchSpace.canonical(space, genotype) == genotype
        assert tuple(active) == space.active(genotype)


def test_inactive_variables_add_no_probability_and_no_entropy(make_policy):
    space = LayerwiseSpace.small()
    genotype = space.from_string("identity")
    policy = make_policy(space)
    walk = policy.score([genotype])
    first, second = walk.tables[:2]  # the depth, the type of layer 1; nothing else is active
    assert walk.active.sum() == 2
    assert walk.log_prob.item() == pytest.approx((first[0, genotype[0]] + second[0, genotype[1]]).item(), abs=1e-12)
    entropy = sum(stats.entropy(table[0].exp().detach().numpy()) for table in (first, second))
    assert walk.entropy.item() == pytest.approx(entropy, abs=1e-12)
    walk.log_prob.sum().backward()
    for parameter in policy.parameters():
        if parameter.grad is not None:
            assert parameter.grad.isfinite().all()


def test_the_controller_remembers_and_independent_choices_do_not(cells):
    prefix_a, prefix_b = (0, 0, 0, 0, 0, 0), (4, 3, 0, 0, 0, 0)
    for policy, remembers in [(Controller(cells), True), (IndependentPolicy(cells), False)]:
        tables = policy.score([prefix_a, prefix_b]).tables
        assert torch.allclose(tables[0][0], tables[0][1], atol=0), "nothing is known yet"
        assert (not torch.equal(tables[5][0], tables[5][1])) == remembers, "the first two choices matter for the last"


def test_the_first_policy_is_nearly_uniform(make_policy, cells):
    uniform = 6 * math.log(5)
    assert Controller(cells).entropy([(0,) * 6]).item() == pytest.approx(uniform, abs=0.02)
    assert IndependentPolicy(cells).entropy([(0,) * 6]).item() == pytest.approx(uniform, abs=1e-12)


def test_probabilities_of_independent_choices_are_the_marginal_ones():
    space = SearchSpace([Variable("a", (1, 2, 3)), Variable("b", (1, 2)), Variable("c", (1,))])
    policy = IndependentPolicy(space)
    with torch.no_grad():
        policy.logits[0].copy_(torch.tensor([[0.0, 1.0, -1.0]]))
    genotypes, p = distribution(policy, space)
    for position, shown in enumerate(policy.probabilities()):
        marginal = [sum(p[i] for i, g in enumerate(genotypes) if g[position] == value) for value in range(len(shown))]
        assert shown == pytest.approx(marginal, abs=1e-12)
    assert policy.modal_genotype() == genotypes[p.argmax()]


def test_the_greedy_path_has_one_row_per_variable_and_nan_where_inactive(make_policy, chains):
    policy = make_policy(chains)
    for depth in range(3):
        with torch.no_grad():  # force the depth by a bias that no other logit reaches
            bias = policy.heads.bias[:3] if isinstance(policy, Controller) else policy.logits[0][0]
            bias.copy_(1000.0 * torch.nn.functional.one_hot(torch.tensor(depth), 3))
        rows = policy.probabilities()
        assert [len(row) for row in rows] == [3, 2, 3, 3]
        assert [bool(np.isnan(row).all()) for row in rows] == [False, False, depth < 1, depth < 2]
        assert all(row.sum() == pytest.approx(1) for row in rows if not np.isnan(row).any())
        genotypes, p = distribution(policy, chains)
        if p.max() > 0.5:
            assert policy.modal_genotype() == genotypes[p.argmax()]


def test_temperature_flattens_and_the_tanh_constant_bounds(make_policy, cells):
    plain = make_policy(cells).score([(0,) * 6]).tables[0]
    flat = make_policy(cells, temperature=5.0).score([(0,) * 6]).tables[0]
    assert torch.allclose(flat, torch.log_softmax(plain / 5, dim=-1), atol=1e-12)
    bounded = make_policy(cells, spread=50.0, temperature=5.0, tanh_constant=1.1)
    highest = math.exp(1.1) / (math.exp(1.1) + 4 * math.exp(-1.1))  # 0.69: such a policy is never certain
    p = np.array(bounded.probabilities())
    assert p.max() <= highest + 1e-12 and p.max() > 0.3
    lowest = math.exp(-1.1) / (math.exp(-1.1) + 4 * math.exp(1.1))
    assert p.min() >= lowest - 1e-12


def test_equal_seeds_give_equal_weights_and_global_generators_stay_as_they_are(cells):
    before = torch.get_rng_state()
    a, b, c = (Controller(cells, seed) for seed in (1, 1, 2))
    a.sample(5, np.random.default_rng(0))
    assert torch.equal(torch.get_rng_state(), before)
    states = [torch.cat([p.flatten() for p in policy.parameters()]) for policy in (a, b, c)]
    assert torch.equal(states[0], states[1]) and not torch.equal(states[0], states[2])
    assert states[0].abs().max() <= 0.1, "uniform in ±0.1, as in NASNet"


@pytest.mark.parametrize(
    ("genotype", "match"),
    [
        ((0, 0, 1, 0), r"\(0, 0, 1, 0\) is not zero where it is inactive: give \(0, 0, 0, 0\)"),
        ((0, 2, 0, 0), "value 2 of variable 'activation'"),
        ((0, 0), "has 4 values here, got 2"),
    ],
)
def test_genotypes_outside_the_space_have_no_probability_and_are_refused(make_policy, chains, genotype, match):
    with pytest.raises(ValueError, match=match):
        make_policy(chains).log_prob([genotype])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"hidden": 0}, "hidden 0: give at least 1"),
        ({"temperature": 0}, "temperature 0: give a number above 0"),
        ({"tanh_constant": -1.0}, "tanh_constant -1.0: give a number above 0, or None"),
    ],
)
def test_the_controller_refuses_what_cannot_be_meant(cells, options, match):
    with pytest.raises(ValueError, match=match):
        Controller(cells, **options)
