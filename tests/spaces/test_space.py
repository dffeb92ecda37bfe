"""Laws that hold in every search space, checked on random conditional ones."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.spaces import CellSpace, SearchSpace, Variable


@st.composite
def spaces(draw):
    """One to six variables of one to four choices; up to two conditions on earlier ones (some never hold)."""
    variables = []
    for position in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([str, int, float, "x = {}".format]))
        choices = tuple(kind(value) for value in range(draw(st.integers(1, 4))))
        when = {}
        for earlier in draw(st.lists(st.sampled_from(variables), max_size=2)) if variables else []:
            when[earlier.name] = tuple(draw(st.lists(st.sampled_from(earlier.choices), unique=True)))
        variables.append(Variable(f"v{position}", choices, when))
    return SearchSpace(variables)


generators = st.integers(0, 2**32).map(np.random.default_rng)


def is_mutable(space, genotype):
    active = space.active(genotype)
    return any(is_active and len(v.choices) > 1 for v, is_active in zip(space.variables, active))


def activity_by_definition(space, genotype):
    """The docstring of Variable, word by word, on names and choices instead of positions and indices."""
    state = {}
    for variable, value in zip(space.variables, genotype):
        holds = all(state[name][0] and state[name][1] in values for name, values in variable.when.items())
        state[variable.name] = (holds, variable.choices[value])
    return tuple(holds for holds, _ in state.values())


@given(spaces(), generators)
def test_sample_is_valid_and_zero_where_it_is_inactive(space, rng):
    genotype = space.sample(rng)
    assert space.validate(genotype) == genotype
    assert all(type(value) is int for value in genotype)
    assert all(is_active or value == 0 for value, is_active in zip(genotype, space.active(genotype)))
    assert space.canonical(genotype) == genotype


@given(spaces(), generators)
def test_activity_follows_its_definition_and_is_known_as_one_goes(space, rng):
    genotype = space.sample(rng)
    mask = space.active(genotype)
    assert mask == activity_by_definition(space, genotype)
    for length in range(len(genotype)):
        assert space.active(genotype[:length]) == mask[: length + 1]


@given(spaces())
def test_iteration_is_complete_ordered_and_as_long_as_size_says(space):
    found = list(space)
    assert found == sorted(set(found))
    assert len(found) == space.size
    every = np.ndindex(*(len(variable.choices) for variable in space.variables))
    assert set(found) == {space.canonical(genotype) for genotype in every}


@given(spaces(), generators)
def test_strings_and_descriptions_are_read_back(space, rng):
    genotype = space.sample(rng)
    assert space.from_string(space.to_string(genotype)) == genotype
    assert space.encode(space.decode(genotype)) == genotype
    described = space.decode(genotype)
    assert space.decode(space.encode(described)) == described


@given(spaces())
def test_different_architectures_have_different_strings(space):
    assert len({space.to_string(genotype) for genotype in space}) == space.size


@given(spaces(), generators)
def test_mutation_changes_one_active_variable_and_what_hangs_on_it(space, rng):
    parent = space.sample(rng)
    if not is_mutable(space, parent):
        with pytest.raises(ValueError, match="nothing to mutate"):
            space.mutate(parent, rng)
        return
    child = space.mutate(parent, rng)
    assert space.validate(child) == space.canonical(child) == child
    before, after = space.active(parent), space.active(child)
    changed = [i for i in range(len(parent)) if before[i] and after[i] and parent[i] != child[i]]
    assert len(changed) == 1
    for position, (was_active, is_active) in enumerate(zip(before, after)):
        if was_active != is_active:
            assert position > changed[0]


@given(spaces(), generators)
def test_neighbors_are_all_changes_of_one_active_variable(space, rng):
    genotype = space.sample(rng)
    neighbors = space.neighbors(genotype)
    active = space.active(genotype)
    alternatives = [len(v.choices) - 1 for v, is_active in zip(space.variables, active) if is_active]
    assert len(neighbors) == len(set(neighbors)) == sum(alternatives)
    assert genotype not in neighbors
    drawn = []
    for neighbor in neighbors:
        assert space.validate(neighbor) == space.canonical(neighbor) == neighbor
        both = [a and b for a, b in zip(active, space.active(neighbor))]
        changed = [i for i, stayed in enumerate(both) if stayed and genotype[i] != neighbor[i]]
        assert len(changed) == 1
        new = [i for i, (a, b) in enumerate(zip(active, space.active(neighbor))) if b and not a]
        assert all(neighbor[i] == 0 for i in new), "variables that become active take their first choice"
        drawn.append((changed[0], neighbor[changed[0]]))
    assert drawn == sorted(drawn), "by variable, then value"


@given(spaces(), generators, st.sampled_from(["uniform", "one_point"]))
def test_crossover_takes_what_a_parent_has(space, rng, kind):
    a, b = space.sample(rng), space.sample(rng)
    child = space.crossover(a, b, rng, kind)
    assert space.validate(child) == space.canonical(child) == child
    in_a, in_b, in_child = space.active(a), space.active(b), space.active(child)
    for i in range(len(child)):
        offered = {parent[i] for parent, mask in ((a, in_a), (b, in_b)) if mask[i]}
        if in_child[i] and offered:
            assert child[i] in offered
    assert space.crossover(a, a, rng, kind) == a


def test_one_point_crossover_takes_a_head_of_one_and_a_tail_of_the_other(cells):
    rng = np.random.default_rng(0)
    children = {cells.crossover((0,) * 6, (1,) * 6, rng, "one_point") for _ in range(300)}
    assert children == {(0,) * k + (1,) * (6 - k) for k in range(1, 6)}


def test_uniform_crossover_reaches_every_mixture(cells):
    rng = np.random.default_rng(0)
    assert len({cells.crossover((0,) * 6, (1,) * 6, rng) for _ in range(1000)}) == 64


def chi_square(counts, expected):
    return sum((counts[key] - n) ** 2 / n for key, n in expected.items())


def test_mutation_is_uniform_over_variables_then_values(chains):
    """Depth has 2 alternatives, activation 1, kernel_2 2: a third of the children each."""
    rng = np.random.default_rng(0)
    parent, draws = (1, 0, 1, 0), 12_000
    counts = Counter(chains.mutate(parent, rng) for _ in range(draws))
    expected = {(0, 0, 0, 0): draws / 6, (1, 1, 1, 0): draws / 3, (1, 0, 0, 0): draws / 6, (1, 0, 2, 0): draws / 6}
    expected |= {(2, 0, 1, kernel): draws / 18 for kernel in range(3)}  # kernel_3 becomes active: drawn afresh
    assert set(counts) == set(expected)
    assert chi_square(counts, expected) < 22.5, "99.9 % quantile, 6 degrees of freedom"


def test_mutation_of_a_cell_is_uniform_over_its_neighbors(cells):
    rng = np.random.default_rng(1)
    parent, draws = (3, 0, 4, 1, 3, 1), 24_000
    counts = Counter(cells.mutate(parent, rng) for _ in range(draws))
    assert set(counts) == set(cells.neighbors(parent))
    assert chi_square(counts, dict.fromkeys(counts, draws / 24)) < 49.8, "99.9 % quantile, 23 degrees of freedom"


def test_sampling_is_uniform_over_each_active_variable(chains):
    """Depths are equally frequent, although there are nine times as many chains of depth 3 as of depth 1."""
    rng = np.random.default_rng(2)
    draws = 18_000
    counts = Counter(chains.sample(rng) for _ in range(draws))
    expected = {genotype: draws / 6 / 3 ** genotype[0] for genotype in chains}
    assert set(counts) == set(expected)
    assert chi_square(counts, expected) < 52.7, "99.9 % quantile, 25 degrees of freedom"


def test_a_chain_of_conditions_ends_where_one_does_not_hold():
    """c asks for b = 0 only; with a = 0, b is inactive, so its zero must not count as the choice 0."""
    space = SearchSpace(
        [
            Variable("a", (0, 1)),
            Variable("b", (0, 1), when={"a": (1,)}),
            Variable("c", (0, 1), when={"b": (0,)}),
        ]
    )
    assert space.active((0, 0, 0)) == (True, False, False)
    assert list(space) == [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 0)]


def test_the_size_of_a_huge_space_is_exact():
    layers = [Variable(f"layer_{i}", tuple(range(10)), when={"depth": tuple(range(i, 41))}) for i in range(1, 41)]
    space = SearchSpace([Variable("depth", tuple(range(41))), *layers])
    assert space.size == sum(10**depth for depth in range(41))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SearchSpace([]), "at least one variable"),
        (lambda: SearchSpace([Variable("a", (1,)), Variable("a", (2,))]), "two variables are named 'a'"),
        (lambda: SearchSpace([Variable("a", (1,), when={"b": (1,)}), Variable("b", (1,))]), "not an earlier variable"),
        (lambda: SearchSpace([Variable("a", (1,), when={"a": (1,)})]), "not an earlier variable"),
        (lambda: SearchSpace([Variable("a", (1,)), Variable("b", (1,), when={"a": (7,)})]), "a = 7, which is not"),
        (lambda: Variable("a", ()), "no choices"),
        (lambda: Variable("a", (1, "1")), "must read differently"),
        (lambda: Variable("a", (1, 1.0)), "must differ"),
        (lambda: Variable("a=b", (1,)), "no '=' in names"),
        (lambda: Variable("a", ("x|y",)), r"no '\|'"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize(
    ("genotype", "message"),
    [
        ((0, 0, 0), "has 4 values here, got 3"),
        ("0000", "use space.from_string"),
        (7, "tuple of 4 integers"),
        ((0, 2, 0, 0), r"value 2 of variable 'activation': choose 0…1 \(relu, gelu\)"),
        ((-1, 0, 0, 0), "value -1 of variable 'depth'"),
        ((0, 0.0, 0, 0), "value 0.0 of variable 'activation'"),
        ((0, None, 0, 0), "value None of variable 'activation'"),
    ],
)
def test_a_bad_genotype_is_refused_with_the_variable_and_its_choices(chains, genotype, message):
    with pytest.raises(ValueError, match=message):
        chains.validate(genotype)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read ''"),
        ("depth=1", "lacks 'activation'"),
        ("depth=1|activation=relu|kernel_2=3", "'kernel_2' has no effect here"),
        ("depth=1|activation=tanh", "activation = 'tanh'"),
        ("depth=1|activation=relu|width=3", "cannot read 'width=3'"),
        ("depth=1|depth=1|activation=relu", "cannot read 'depth=1'"),
        ("depth=1|activation", "cannot read 'activation'"),
    ],
)
def test_a_bad_string_is_refused_with_its_fault(chains, text, message):
    with pytest.raises(ValueError, match=message):
        chains.from_string(text)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"depth": 1, "activation": "relu", "width": 3}, "'width' is not a variable"),
        ({"depth": 1, "activation": "relu", "kernel_3": 3}, "'kernel_3' has no effect here"),
        ({"depth": 4, "activation": "relu"}, "depth = 4: choose one of"),
        ({"depth": 2, "activation": "relu"}, "lacks 'kernel_2'"),
    ],
)
def test_a_bad_description_is_refused_with_its_fault(chains, description, message):
    with pytest.raises(ValueError, match=message):
        chains.encode(description)


def test_an_unknown_crossover_is_refused(chains):
    with pytest.raises(ValueError, match="crossover kind 'two_point': choose one of uniform, one_point"):
        chains.crossover((0,) * 4, (0,) * 4, np.random.default_rng(0), "two_point")


def test_signatures_tell_spaces_apart(chains):
    def build(depths=(1, 2, 3), deep=(3,)):
        return SearchSpace([Variable("depth", depths), Variable("kernel", (1, 3), when={"depth": deep})])

    assert build().signature() == build().signature()
    different = [build(), build(deep=(2, 3)), build(depths=(1, 3, 2)), chains, CellSpace()]
    assert len({str(space.signature()) for space in different}) == len(different)
