"""Growing architectures: prefixes, what completes them, and what extends them."""

import itertools
import re

import pytest

from nastutor.spaces import CellSpace, LayerwiseSpace, SearchSpace, Variable
from nastutor.spaces.cell import NONE, SKIP

CELLS = CellSpace()
TINY = LayerwiseSpace(
    depths=(1, 2), filters=(8,), types=("conv", "identity", "dilated_conv"), kernel_sizes=(1, 3), strides=(1,),
    activations=("relu",), normalizations=("batch", "group"), attention=(False,),
)  # fmt: skip

both = pytest.mark.parametrize("space", [CELLS, TINY], ids=["cells", "chains"])


def prefixes(space):
    """All prefixes, stage by stage."""
    levels = [space.expansions(())]
    while grown := [more for prefix in levels[-1] for more in space.expansions(prefix)]:
        levels.append(grown)
    return levels


def test_cells_grow_node_by_node_and_chains_layer_by_layer():
    assert [len(level) for level in prefixes(CELLS)] == [5, 125, 15_625]
    layer = 1 + 2 * 2 * 2 * 2
    assert [len(level) for level in prefixes(TINY)] == [layer, layer**2]
    small = LayerwiseSpace.small()
    assert small.stages == (8, 16, 24, 32)
    assert len(small.expansions(())) == len(small.expansions((3,) + (0,) * 7)) == 2_593


@both
def test_prefixes_have_the_lengths_of_the_stages_are_in_order_and_extend_what_they_came_from(space):
    levels = prefixes(space)
    assert [len(level[0]) for level in levels] == list(space.stages)
    for level, length in zip(levels, space.stages):
        assert level == sorted(set(level))
        assert {len(prefix) for prefix in level} == {length}
    for earlier, later in itertools.pairwise(levels):
        assert {prefix[: len(earlier[0])] for prefix in later} == set(earlier)
    assert space.expansions(levels[-1][0]) == []


@both
def test_each_prefix_of_a_stage_completes_to_an_architecture_of_its_own(space):
    for level in prefixes(space):
        completed = [space.complete(prefix) for prefix in level]
        assert len(set(completed)) == len(level)
        for genotype in completed:
            assert space.validate(genotype) == genotype
            assert SearchSpace.canonical(space, genotype) == genotype, "zero where inactive"


def test_the_last_stage_of_cells_is_the_space_and_all_stages_of_chains_are():
    assert [CELLS.complete(prefix) for prefix in prefixes(CELLS)[-1]] == list(CELLS)
    chains = [TINY.complete(prefix) for level in prefixes(TINY) for prefix in level]
    assert len(chains) == TINY.size and set(chains) == set(TINY)


def test_an_unfinished_cell_passes_its_last_node_on():
    assert CELLS.complete((4,)) == (4, NONE, SKIP, NONE, NONE, SKIP)
    assert CELLS.complete((3, 1, 2)) == (3, 1, 2, NONE, NONE, SKIP)
    assert CELLS.formula(CELLS.complete((3,))) == CELLS.formula((NONE, NONE, NONE, 3, NONE, NONE))
    assert CELLS.complete((3,)) == CELLS.complete((3, NONE, SKIP))


def test_an_unfinished_chain_is_a_shallow_chain():
    space = LayerwiseSpace.small()
    text = "conv-f16-k3-s1-relu-batch-skip|depthwise_conv-f8-k5-s2-gelu-group-se"
    genotype = space.from_string(text)
    assert space.complete(genotype[1:17]) == genotype
    assert space.complete([3, 2, 1, 0, 0, 0, 0, 0]) == space.from_string("identity"), "unused fields become zero"


def test_spaces_that_do_not_grow_say_so():
    plain = SearchSpace([Variable("depth", (1, 2))])
    for space in (plain, LayerwiseSpace.full(), LayerwiseSpace(depths=(1, 3), filters=(8,))):
        for ask in (lambda s: s.stages, lambda s: s.complete((0,)), lambda s: s.expansions(())):
            with pytest.raises(ValueError, match=r"has no stages: .* LayerwiseSpace of depths 1, 2, 3"):
                ask(space)


@pytest.mark.parametrize("prefix", [(), (1, 2), (0,) * 7])
def test_a_prefix_of_another_length_is_refused(prefix):
    with pytest.raises(ValueError, match=re.escape("(1, 3, 6)") if prefix else "nothing is decided"):
        CELLS.complete(prefix)
    if prefix:
        with pytest.raises(ValueError, match=re.escape(f"a prefix of {len(prefix)} values")):
            CELLS.expansions(prefix)


def test_a_value_that_is_no_choice_is_refused():
    with pytest.raises(ValueError, match=re.escape("operation 5 on edge (0, 1): choose 0…4")):
        CELLS.complete((5,))
    with pytest.raises(ValueError, match="'layer_1_kernel_size': choose 0…1"):
        TINY.complete((0, 0, 2, 0, 0, 0, 0, 0))
    with pytest.raises(ValueError, match="no layer is decided"):
        TINY.complete(())
