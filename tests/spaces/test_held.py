"""Networks with recipes, and spaces of which a part is held."""

import numpy as np
import pytest
from garbage import GARBAGE

from nastutor.searchers import LargestFirst
from nastutor.spaces import FCNetSpace, HeldSpace, LayerwiseSpace
from nastutor.spaces.fcnet import ARCHITECTURE, RECIPE

SPACE = FCNetSpace(inputs=9)
DEFAULT = (2, 2, 0, 0, 0, 0, 1, 1, 2)


def test_architectures_times_recipes():
    sizes = [HeldSpace(SPACE, free, DEFAULT).size for free in (ARCHITECTURE, RECIPE)]
    assert sizes == [144, 432] and np.prod(sizes) == SPACE.size == 62_208


def test_weights_are_those_of_a_network_written_out():
    """9 inputs, 64 and 64 units, one output: two matrices, a row, and a bias for each unit."""
    assert SPACE.weights(DEFAULT) == 9 * 64 + 64 + 64 * 64 + 64 + 64 + 1
    assert HeldSpace(SPACE, RECIPE, DEFAULT).weights((0, 0, 5, 0, 3)) == SPACE.weights(DEFAULT)


def test_what_is_held_stays_and_what_is_free_is_all_reached():
    names = [variable.name for variable in SPACE.variables]
    for free in (ARCHITECTURE, RECIPE, ("batch_size", "n_units_2")):
        part = HeldSpace(SPACE, free, DEFAULT)
        whole = [part.whole(genotype) for genotype in part]
        assert len(set(whole)) == part.size and all(genotype in SPACE for genotype in whole)
        for position, name in enumerate(names):
            values = {genotype[position] for genotype in whole}
            assert values == (
                set(range(len(SPACE.variables[position].choices))) if name in free else {DEFAULT[position]}
            )


def test_the_largest_architecture_comes_first_whatever_the_recipe():
    part = HeldSpace(SPACE, ARCHITECTURE, DEFAULT)
    assert part.whole(LargestFirst(part, seed=0).order[0])[:2] == (5, 5)


def test_nonsense_is_refused():
    for value in GARBAGE:
        for make in (
            lambda value: HeldSpace(value, RECIPE, DEFAULT),
            lambda value: HeldSpace(SPACE, value, DEFAULT),
            lambda value: HeldSpace(SPACE, RECIPE, value),
        ):
            with pytest.raises(ValueError, match=r"give|list|choose|genotype|integers|values"):
                make(value)
    with pytest.raises(ValueError, match="without conditions"):
        HeldSpace(LayerwiseSpace.small(), ("depth",), (0,) * 33)
    with pytest.raises(ValueError, match="list some of n_units_1"):
        HeldSpace(SPACE, ("depth",), DEFAULT)
