"""The stored results of once-for-all: they are what their weights give, and an interrupted build goes on."""

import numpy as np
import pytest

from nastutor.resources import data_path
from nastutor.statistics import rank_correlation
from nastutor.studies import once_for_all as study
from nastutor.studies.once_for_all import load_once_for_all
from nastutor.training.datasets import from_arrays


@pytest.fixture(scope="module")
def stored():
    return load_once_for_all()


def test_everything_is_there_and_in_range(stored):
    space = stored.space
    assert len(stored.genotypes) == space.size == len(stored.val_accuracy) == len(stored.test_accuracy)
    assert stored.sample[:2] == [space.smallest, space.largest] and len(set(stored.sample)) == study.SAMPLE
    assert set(stored.costs) == set(study.COSTS)
    for method in study.METHODS:
        shared = stored.shared[method]
        assert shared.val_accuracy.shape == shared.before.shape == (len(study.SEEDS), study.SAMPLE)
        assert shared.seconds.shape == (len(study.SEEDS), len(shared.phases)) and (shared.seconds > 0).all()
    for name, (epochs, count, seeds) in study.ALONE.items():
        alone = stored.alone[name]
        assert alone.epochs == epochs and alone.val_accuracy.shape == alone.seconds.shape == (count, len(seeds))
    accuracies = [stored.val_accuracy, stored.test_accuracy, *(a.test_accuracy for a in stored.alone.values())]
    accuracies += [part for shared in stored.shared.values() for part in shared[:3]]
    assert all(((values >= 0) & (values <= 100)).all() for values in accuracies)
    assert np.allclose(10 * stored.val_accuracy, np.round(10 * stored.val_accuracy))  # of 1,000 images
    assert data_path("once_for_all.npz").stat().st_size < 1e6


def test_validation_and_test_tell_the_same_story(stored):
    assert rank_correlation(stored.val_accuracy, stored.test_accuracy) > 0.9
    rows = [stored.genotypes.index(genotype) for genotype in stored.sample]
    first = stored.shared["shrinking"]
    assert np.allclose(stored.val_accuracy[rows], first.val_accuracy[0])
    assert np.allclose(stored.test_accuracy[rows], first.test_accuracy[0])


def test_the_smallest_is_the_cheapest_and_costs_grow_with_every_choice(stored):
    """What `nastutor.oneshot.specialization` relies on."""
    row_of = {genotype: row for row, genotype in enumerate(stored.genotypes)}
    table = np.column_stack([stored.costs[name] for name in study.COSTS])
    for genotype, row in row_of.items():
        for position, value in enumerate(genotype):
            if value > 0:
                smaller = stored.space.canonical((*genotype[:position], value - 1, *genotype[position + 1 :]))
                assert (table[row_of[smaller]] <= table[row] * (1 + 1e-12)).all(), (genotype, smaller)
    assert (table[0] <= table).all()


def test_an_evaluation_is_a_row(stored):
    metrics = stored.evaluate(stored.genotypes[700])
    assert metrics["val_accuracy"] == stored.val_accuracy[700] and metrics["macs"] == stored.costs["macs"][700]
    assert "test_accuracy" not in metrics  # a search cannot see it


def test_the_stored_weights_give_the_stored_accuracies(stored):
    pytest.importorskip("torch")
    from nastutor.oneshot import OnceForAllAccuracy
    from nastutor.training.datasets import load_dataset

    network = study.load_network()
    assert not network.training
    evaluate = OnceForAllAccuracy(network.double(), load_dataset("glyphs"), study.costs_of)
    for row in (0, 333):
        found, expected = evaluate(stored.genotypes[row]), stored.evaluate(stored.genotypes[row])
        assert found.pop("val_accuracy") == pytest.approx(expected.pop("val_accuracy"), abs=0.3)  # stored in float32
        assert found == pytest.approx(expected, rel=1e-9)


def test_an_interrupted_build_goes_on_and_another_plan_begins_anew(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    few = from_arrays(rng.normal(size=(200, 8, 8)), np.arange(200) % 10)
    monkeypatch.setattr(study, "load_dataset", lambda name: few)
    monkeypatch.setattr(study, "METHODS", ("sandwich",))
    monkeypatch.setattr(study, "SANDWICH_EPOCHS", 1)
    monkeypatch.setattr(study, "SEEDS", (0, 1))
    monkeypatch.setattr(study, "SAMPLE", 3)
    monkeypatch.setattr(study, "ALONE", {"short": (1, 2, (0,)), "long": (2, 1, (0,))})
    monkeypatch.setattr(study, "_count_costs", lambda stored: stored.update({f"cost/{study.COSTS[-1]}": np.zeros(1)}))
    monkeypatch.setattr(study, "_measure_all", lambda stored: stored.update({"all/test": np.zeros(1)}))
    steps, train = [], study._train_alone

    def stop_at_the_second(*args):
        if len(steps) == 1:
            raise KeyboardInterrupt
        steps.append(args[:3])
        train(*args)

    monkeypatch.setattr(study, "_train_alone", stop_at_the_second)
    path = tmp_path / "results.npz"
    with pytest.raises(KeyboardInterrupt):
        study.build(path)
    done = dict(np.load(path))
    assert steps == [("short", 0, 0)] and np.isnan(done["short/test"]).tolist() == [[False], [True]]
    assert done["sandwich/val"].shape == (2, 3) and np.isnan(done["sandwich/val"][1]).all()

    monkeypatch.setattr(study, "_train_alone", lambda *args: steps.append(args[:3]) or train(*args))
    study.build(path)
    assert steps == [("short", 0, 0), ("short", 1, 0), ("long", 0, 0)]
    whole = dict(np.load(path))
    assert np.array_equal(whole["sandwich/val"][0], done["sandwich/val"][0])
    assert all(not np.isnan(array).any() for name, array in whole.items() if name != "plan" and array.dtype.kind == "f")
    study.build(path)
    assert len(steps) == 3
    monkeypatch.setattr(study, "ALONE", {"short": (1, 1, (0,)), "long": (1, 1, (0,))})
    monkeypatch.setattr(study, "_measure_method", lambda *args: args[-1].update({"sandwich/val": np.zeros((2, 3))}))
    study.build(path)
    assert len(steps) == 5
