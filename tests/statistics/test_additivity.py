import itertools

import numpy as np
import pytest

from nastutor.statistics import sum_of_parts, sum_of_replacements

GENOTYPES = list(itertools.product(range(3), range(2), range(3)))
PARTS = np.random.default_rng(0).normal(size=(3, 3))
SUMS = np.array([sum(PARTS[i, value] for i, value in enumerate(genotype)) for genotype in GENOTYPES])


def test_both_are_exact_where_values_are_sums():
    assert np.allclose(sum_of_parts(GENOTYPES, SUMS), SUMS)
    for parent in GENOTYPES:
        assert np.allclose(sum_of_replacements(GENOTYPES, SUMS, parent), SUMS)


def test_each_is_predicted_by_the_others_alone():
    for left_out in (0, 7, 17):
        others = [i for i in range(len(GENOTYPES)) if i != left_out]
        values = SUMS + np.random.default_rng(1).normal(size=len(SUMS))
        found = sum_of_parts(GENOTYPES, values)[left_out]
        one_hot = np.array([[g[i] == v for i in range(3) for v in range(3)] for g in GENOTYPES], float)
        fitted, *_ = np.linalg.lstsq(one_hot[others], values[others], rcond=None)
        assert np.isclose(found, one_hot[left_out] @ fitted)


def test_a_sum_knows_nothing_of_an_interaction():
    pairs = list(itertools.product(range(2), range(2)))
    exclusive = np.array([0.0, 1.0, 1.0, 0.0])
    assert np.corrcoef(sum_of_replacements(pairs, exclusive, (0, 0)), exclusive)[0, 1] < 0.01


def test_what_is_not_known_is_nan_and_a_parent_must_be_known():
    some = [genotype for genotype in GENOTYPES if genotype != (2, 0, 0)]
    values = np.array([SUMS[GENOTYPES.index(genotype)] for genotype in some])
    unknown = np.isnan(sum_of_replacements(some, values, (0, 0, 0)))
    assert unknown.tolist() == [genotype[0] == 2 for genotype in some]
    with pytest.raises(ValueError, match="not among the 17 genotypes"):
        sum_of_replacements(some, values, (2, 0, 0))
    lonely = [*GENOTYPES[:4], (9, 0, 0)]
    assert np.isnan(sum_of_parts(lonely, np.arange(5.0))[-1])
