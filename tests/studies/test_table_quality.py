"""The measures of a table find what was put in."""

import numpy as np
import pytest

from nastutor.resources import data_path
from nastutor.studies.table_quality import main, measure, noise_near, read_counts, standardised_difference


def test_noise_and_spread_are_recovered():
    rng = np.random.default_rng(0)
    truth = rng.normal(80, 4, (4_000, 1))
    found = measure(truth + rng.normal(0, 1, (4_000, 3)))
    assert found["seed_noise"] == pytest.approx(1, rel=0.05)
    assert found["seed_noise_top_half"] == pytest.approx(1, rel=0.05)
    assert found["spread"] == pytest.approx(np.sqrt(16 + 1 / 3), rel=0.05)
    assert 1 > found["rank_correlation"] > found["rank_correlation_top_half"] > found["rank_correlation_top_decile"] > 0


def test_pure_noise_has_no_rank_correlation_anywhere():
    found = measure(np.random.default_rng(0).normal(80, 1, (4_000, 3)))
    for part in ["", "_top_half", "_top_decile"]:
        assert abs(found[f"rank_correlation{part}"]) < 0.1


def test_a_table_and_its_shards_give_the_same_report(tmp_path, capsys):
    rng = np.random.default_rng(0)
    genotypes, counts = rng.integers(0, 5, (40, 6)), rng.integers(300, 900, (40, 3, 2))
    np.savez(tmp_path / "table.npz", genotypes=genotypes, val_correct=counts)
    (tmp_path / "shards").mkdir()
    for i in (0, 1):
        rows = slice(20 * i, 20 * i + 20)
        np.savez(tmp_path / "shards" / f"00{i}.npz", genotypes=genotypes[rows], val_correct=counts[rows])
    main([str(tmp_path / "table.npz")])
    report = capsys.readouterr().out
    main([str(tmp_path / "shards")])
    assert capsys.readouterr().out == report and report.startswith("40 cells;")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no shards in"):
        read_counts(tmp_path / "empty")


def test_language_models_are_measured_by_accuracy_and_by_bits_on_each_task(capsys):
    main([str(data_path("sequences_table.npz"))])
    titles = [line for line in capsys.readouterr().out.splitlines() if "language models" in line]
    assert [title.split(";")[0].split(", ")[1] for title in titles] == [
        f"{what} on {task}" for task in ("recall", "counting", "text") for what in ("accuracy", "−bits")
    ]


def test_seeds_that_see_no_difference_have_no_rank_correlation():
    solved = np.concatenate([np.full((20, 3), 100.0), np.random.default_rng(0).uniform(30, 90, (80, 3))])
    found = measure(solved)
    assert np.isnan(found["rank_correlation_top_decile"]) and found["rank_correlation"] > 0.3


def test_noise_is_that_of_the_cells_nearby():
    rng = np.random.default_rng(0)
    good, bad = rng.normal(90, 0.5, (300, 3)), rng.normal(50, 4, (300, 3))
    accuracy = np.concatenate([good, bad])
    assert noise_near(accuracy, 90) == pytest.approx(0.5, rel=0.1)
    assert noise_near(accuracy, 50) == pytest.approx(4, rel=0.1)
    assert noise_near(accuracy, 70, cells=600) == pytest.approx(np.sqrt((0.25 + 16) / 2), rel=0.1)


def test_a_difference_that_is_seed_noise_alone_has_unit_variance():
    rng = np.random.default_rng(0)
    for new, known in [(1, 3), (3, 3), (1, 2)]:
        z = [standardised_difference(rng.normal(80, 1.5, new), rng.normal(80, 1.5, known), 1.5) for _ in range(3000)]
        assert np.std(z) == pytest.approx(1, rel=0.05) and np.mean(z) == pytest.approx(0, abs=0.06)
    assert standardised_difference(np.float64(83), np.array([80.0, 80.0, 80.0]), 1.5) == pytest.approx(np.sqrt(3))
