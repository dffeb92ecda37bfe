"""The elastic space: counted by hand, contained in the layerwise space, and a space like any other."""

import inspect
import itertools
import math
from collections import Counter

import numpy as np
import pytest
import test_space

from nastutor.spaces import ElasticSpace

SMALL = ElasticSpace.small()
TINY = ElasticSpace(depths=(1, 2), widths=((4, 6), (8,)), kernels=(3, 5))
UNEVEN = ElasticSpace(depths=(1, 3), widths=((4, 6), (8,), (5, 9)), kernels=(1, 3, 7))

both = pytest.mark.parametrize("space", [SMALL, UNEVEN], ids=["small", "uneven"])


def samples(space, count, seed=0):
    rng = np.random.default_rng(seed)
    return [space.sample(rng) for _ in range(count)]


def by_hand(space):
    """Count: a stage has a width, and for each depth so many kernels."""
    kernels = sum(len(space.kernels) ** depth for depth in space.depths)
    return math.prod(len(widths) * kernels for widths in space.widths)


def test_the_size_is_counted_by_hand():
    assert SMALL.size == (3 * (2 + 4 + 8)) ** 2 == len(set(SMALL)) == 1764
    assert UNEVEN.size == by_hand(UNEVEN) == 60 * 30 * 60
    assert len({tuple(SMALL.stages_of(genotype)) for genotype in SMALL}) == SMALL.size


def test_the_space_of_the_paper_has_its_size():
    """Per block 3 kernels and 3 expansions, 2 to 4 blocks in each of 5 units; here a width a stage, so fewer."""
    paper = ((3 * 3) ** 2 + (3 * 3) ** 3 + (3 * 3) ** 4) ** 5
    assert f"{paper:.0e}" == "2e+19"
    assert ElasticSpace((2, 3, 4), ((3, 4, 6),) * 5, (3, 5, 7)).size == (3 * (3**2 + 3**3 + 3**4)) ** 5


@both
def test_whatever_is_made_is_read_back(space):
    rng = np.random.default_rng(1)
    for a, b in itertools.pairwise(samples(space, 100)):
        for genotype in (
            a,
            space.mutate(a, rng),
            space.crossover(a, b, rng),
            space.canonical(a),
            space.neighbors(a)[0],
        ):
            assert space.encode(space.decode(space.validate(genotype))) == genotype
            assert space.from_string(space.to_string(genotype)) == genotype


LAWS = {name: test.hypothesis.inner_test for name, test in vars(test_space).items() if hasattr(test, "hypothesis")}


@pytest.mark.parametrize("law", LAWS)
def test_the_laws_of_all_spaces_hold(law):
    """Those of `test_space`, which takes random spaces, on this one."""
    names = inspect.signature(LAWS[law]).parameters
    for seed in range(10 if "rng" in names else 1):
        given = {"space": TINY, "rng": np.random.default_rng(seed), "kind": ("uniform", "one_point")[seed % 2]}
        LAWS[law](**{name: given[name] for name in names})


@both
def test_the_blocks_beyond_the_depth_are_inactive(space):
    for genotype in samples(space, 50):
        values = space.decode(genotype)
        for stage, (_, kernels) in enumerate(space.stages_of(genotype), start=1):
            active = [name for name in values if name.startswith(f"stage_{stage}_kernel")]
            assert len(active) == len(kernels) == values[f"stage_{stage}_depth"]
        assert sum(space.active(genotype)) == len(values)


def test_sampling_is_uniform_over_the_depths():
    counts = Counter(len(SMALL.stages_of(genotype)[1][1]) for genotype in samples(SMALL, 6000))
    assert sum((counts[depth] - 2000) ** 2 / 2000 for depth in (1, 2, 3)) < 13.8  # chi-square, 2 degrees, 0.001


@both
def test_every_architecture_is_a_chain_of_the_layerwise_space(space):
    chains = space.layerwise
    found = set()
    for genotype in [space.smallest, space.largest, *samples(space, 300)]:
        layers = space.layers(genotype)
        assert chains.decode(chains.encode(layers)) == layers
        assert [layer["stride"] for layer in layers].count(2) == len(space.widths) - 1
        found.add((genotype, chains.to_string(chains.encode(layers))))
    genotypes, texts = zip(*found)
    assert len(set(genotypes)) == len(set(texts)) == len(found)


def test_a_chain_reads_like_the_architecture():
    genotype = SMALL.from_string(
        "stage_1_depth=2|stage_1_width=9|stage_1_kernel_1=5|stage_1_kernel_2=3"
        "|stage_2_depth=1|stage_2_width=24|stage_2_kernel_1=3"
    )
    chain = SMALL.layerwise.to_string(SMALL.layerwise.encode(SMALL.layers(genotype)))
    assert chain == ("conv-f9-k5-s1-relu-batch-skip|conv-f9-k3-s1-relu-batch-skip|conv-f24-k3-s2-relu-batch-skip")
    assert SMALL.stages_of(genotype) == [(9, (5, 3)), (24, (3,))]


@both
def test_a_restricted_space_has_the_largest_choices(space):
    whole = space.restricted(len(space.depths), min(map(len, space.widths)), len(space.kernels))
    assert whole.depths == space.depths and whole.kernels == space.kernels
    alone = space.restricted(1, 1, 1)
    assert alone.size == 1 and space.encode(alone.decode(alone.smallest)) == space.largest
    part = space.restricted(2, 1, 2)
    for genotype in samples(part, 20):
        inside = space.encode(part.decode(genotype))
        assert space.stages_of(inside) == part.stages_of(genotype)
        assert all(width == widths[-1] for (width, _), widths in zip(space.stages_of(inside), space.widths))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), ((4,),), (3,)), r"depths \(\): give at least one"),
        (((1,), (), (3,)), r"widths \(\): give at least one stage"),
        (((1,), ((4,), ()), (3,)), r"widths \(\): give at least one, each once"),
        (((2, 1), ((4,),), (3,)), r"depths \(2, 1\): list them from small to large"),
        (((1,), ((4, 4),), (3,)), r"widths \(4, 4\): .* each once"),
        ((4, ((4,),), (3,)), "depths 4: give a list"),
        ((range(1, 10**30), ((4,),), (3,)), "depths .*: give at most 1,000"),
        (((1,), ((4,),), (2,)), "kernel_sizes: 2 is even"),
        (((0, 1), ((4,),), (3,)), "depths: 0 is not a positive integer"),
        (((1,), ((4.5,),), (3,)), "widths: 4.5 is not a positive integer"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ElasticSpace(*arguments)


def test_a_restriction_outside_the_choices_is_refused():
    for counts, message in [((0, 1, 1), "depths 0: .* 1…3"), ((1, 4, 1), "widths 4: .* 1…3"),
                            ((1, 1, 3), "kernels 3: .* 1…2"), ((1.0, 1, 1), "depths 1.0: give a whole")]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            SMALL.restricted(*counts)
