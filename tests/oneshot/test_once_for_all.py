"""Once-for-all: what each phase trains, whose probabilities are learnt, and a search that keeps its limits."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from small_supernets import small_data  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

from nastutor import search  # noqa: E402
from nastutor.networks import ElasticNetwork  # noqa: E402
from nastutor.networks.batch_norm import recalibrate  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.oneshot import (  # noqa: E402
    OnceForAllAccuracy,
    SupernetRecipe,
    shrinking_phases,
    train_once_for_all,
    train_sandwich,
)
from nastutor.oneshot.once_for_all import Phase, mean_loss, probabilities, sandwich  # noqa: E402
from nastutor.oneshot.specialization import specialize  # noqa: E402
from nastutor.searchers import GeneticAlgorithm  # noqa: E402
from nastutor.spaces import ElasticSpace  # noqa: E402
from nastutor.training.trainer import count_correct  # noqa: E402

SPACE = ElasticSpace(depths=(1, 2), widths=((3, 5), (4, 8)), kernels=(1, 3))
BUILD = partial(ElasticNetwork, SPACE, in_channels=1, classes=3)
RECIPE = SupernetRecipe(5, batch_size=16, learning_rate=0.1, dtype="float64")
PHASES = [
    Phase("largest", RECIPE),
    Phase("kernel", RECIPE, kernels=2),
    Phase("depth", RECIPE, depths=2, kernels=2, paths=2),
    Phase("width", RECIPE, 2, 2, 2, paths=4),
]


@pytest.fixture(scope="module")
def trained():
    return train_once_for_all(BUILD, small_data(), PHASES, progress=False)


def test_the_phases_of_the_paper_allow_one_more_thing_each():
    phases = shrinking_phases(ElasticSpace.small(), (4, 3, 2, 1))
    assert [phase.name for phase in phases] == ["largest", "kernel", "depth", "width"]
    assert [phase.recipe.epochs for phase in phases] == [4, 3, 2, 1]
    sizes = [ElasticSpace.small().restricted(p.depths, p.widths, p.kernels).size for p in phases]
    assert sizes == [1, 2**6, (2 + 4 + 8) ** 2, 1764]


def test_each_phase_draws_what_it_allows(monkeypatch):
    drawn, path = [], ElasticNetwork.path
    monkeypatch.setattr(
        ElasticNetwork, "path", lambda self, x, genotype: drawn.append(genotype) or path(self, x, genotype)
    )
    found = train_once_for_all(BUILD, small_data(), PHASES, progress=False)
    assert found.phases == [phase.name for phase in PHASES for _ in range(5)]
    steps = 5 * (90 // 16)
    start = 0
    for phase in PHASES:
        seen = drawn[start : start + steps * phase.paths]
        start += len(seen)
        allowed = SPACE.restricted(phase.depths, phase.widths, phase.kernels)
        inside = {SPACE.encode(allowed.decode(genotype)) for genotype in allowed}
        assert len(seen) == steps * phase.paths and set(seen) <= inside
        assert len(set(seen)) > min(len(inside), 8) / 2
    assert start == len(drawn)


def test_channels_are_sorted_once_before_widths_shrink(monkeypatch):
    sorted_after, sort = [], ElasticNetwork.sort_channels
    monkeypatch.setattr(
        ElasticNetwork, "sort_channels", lambda self: sorted_after.append(self.classifier.weight.clone()) or sort(self)
    )
    train_once_for_all(BUILD, small_data(), PHASES, progress=False)
    before_widths = train_once_for_all(BUILD, small_data(), PHASES[:3], progress=False)
    assert len(sorted_after) == 1
    assert torch.equal(sorted_after[0], before_widths.network.classifier.weight)


def test_training_makes_sub_networks_work(trained):
    names, losses = np.array(trained.phases), trained.train_losses
    assert losses[1] < losses[0] and np.isfinite(losses).all() and (trained.seconds > 0).all()
    assert set(names) == {phase.name for phase in PHASES}
    accuracy = OnceForAllAccuracy(trained.network, small_data(), lambda genotype: {}, recalibration_images=90)
    with seeded(0):
        untrained = BUILD().double()
    fresh = OnceForAllAccuracy(untrained, small_data(), lambda genotype: {}, recalibration_images=90)
    genotypes = [SPACE.smallest, SPACE.largest, *(SPACE.sample(np.random.default_rng(i)) for i in range(10))]
    assert accuracy.of(genotypes).mean() > fresh.of(genotypes).mean() + 15


def test_the_loss_is_the_mean_over_labels_and_teacher(trained):
    images = torch.from_numpy(small_data().images["train"][:16]).double()
    labels = torch.from_numpy(small_data().labels["train"][:16])
    network = trained.network.eval()
    teacher = network.cut_out(SPACE.largest)
    targets = probabilities(teacher, images)
    assert not targets.requires_grad and torch.allclose(targets.sum(1), torch.ones(16, dtype=torch.float64))
    logits = network.path(images, SPACE.smallest)
    soft = -(targets * logits.log_softmax(1)).sum(1).mean()
    expected = (cross_entropy(logits, labels) + soft) / 2
    assert torch.allclose(mean_loss(network, images, labels, [SPACE.smallest], targets), expected)
    alone = mean_loss(network, images, labels, [SPACE.smallest, SPACE.largest], None)
    both = cross_entropy(logits, labels) + cross_entropy(network(images), labels)
    assert torch.allclose(alone, both / 2)
    network.train()


def test_a_sandwich_has_the_largest_the_smallest_and_random_ones():
    rng = np.random.default_rng(0)
    draws = [sandwich(SPACE, rng, 2) for _ in range(300)]
    assert all(draw[:2] == [SPACE.largest, SPACE.smallest] and len(draw) == 4 for draw in draws)
    counts = np.array([sum(draw[2][1] == width for draw in draws) for width in (0, 1)])
    assert ((counts - 150) ** 2 / 150).sum() < 10.8  # chi-square, 1 degree, 0.001
    assert sandwich(SPACE, rng, 0) == [SPACE.largest, SPACE.smallest]


def test_the_sandwich_rule_learns_and_is_the_same_each_time():
    runs = [train_sandwich(BUILD, small_data(), RECIPE, seed, progress=False) for seed in (0, 0, 1)]
    states = [run.network.state_dict() for run in runs]
    assert all(torch.equal(a, b) for a, b in zip(states[0].values(), states[1].values()))
    assert not torch.equal(runs[0].network.classifier.weight, runs[2].network.classifier.weight)
    assert runs[0].train_losses[-1] < runs[0].train_losses[0] and runs[0].phases == ["sandwich"] * 5


def test_the_smallest_learns_from_the_largest_alone(monkeypatch):
    """With labels drawn from a hat for the small ones they could not follow the largest."""
    seen = []
    monkeypatch.setattr(
        "nastutor.oneshot.once_for_all.cross_entropy",
        lambda logits, target: seen.append(target) or cross_entropy(logits, target),
    )
    train_sandwich(BUILD, small_data(), RECIPE, count=1, progress=False)
    largest, smallest, drawn = seen[0::3], seen[1::3], seen[2::3]
    assert all(target.ndim == 1 for target in largest) and all(target.ndim == 2 for target in smallest + drawn)
    assert all(a is b and not a.requires_grad for a, b in zip(smallest, drawn))


@pytest.mark.parametrize("kept", [1, 3])
def test_a_run_that_goes_on_is_the_uninterrupted_run(trained, tmp_path, kept):
    whole = train_once_for_all(BUILD, small_data(), PHASES, checkpoint=tmp_path / "run", progress=False)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["run.0", "run.1", "run.2", "run.3"]
    for file in files[kept:]:
        file.unlink()
    again = train_once_for_all(BUILD, small_data(), PHASES, checkpoint=tmp_path / "run", progress=False)
    for one in (whole, again):
        pairs = zip(trained.network.state_dict().values(), one.network.state_dict().values())
        assert all(torch.equal(a, b) for a, b in pairs)
    assert np.array_equal(again.train_losses, trained.train_losses)
    with pytest.raises(ValueError, match="belongs to another run: its phases"):
        train_once_for_all(BUILD, small_data(), PHASES[:2], checkpoint=tmp_path / "run", progress=False)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(ValueError, match="no phase to train"):
        train_once_for_all(BUILD, small_data(), [])
    with pytest.raises(ValueError, match="count -1: give 0 random sub-networks or more"):
        train_sandwich(BUILD, small_data(), RECIPE, count=-1)
    with pytest.raises(ValueError, match=r"build it with \{'in_channels': 1, 'classes': 3\}"):
        train_sandwich(partial(ElasticNetwork, SPACE, classes=4), small_data(), RECIPE)


def costs(genotype):
    return {"channels": float(sum(width * len(kernels) for width, kernels in SPACE.stages_of(genotype)))}


def test_the_evaluator_measures_a_recalibrated_cut_out_and_adds_the_costs(trained):
    data, genotype = small_data(), SPACE.sample(np.random.default_rng(5))
    for split, metric in [("validation", "val_accuracy"), ("test", "test_accuracy")]:
        alone = trained.network.cut_out(genotype)
        images = {name: torch.from_numpy(x).double() for name, x in data.images.items()}
        recalibrate(alone, images["train"][:64])
        correct, _ = count_correct(alone, images[split], torch.from_numpy(data.labels[split]))
        found = OnceForAllAccuracy(trained.network, data, costs, 64, split=split)(genotype)
        assert found == {metric: 100 * correct.item() / 30, **costs(genotype)}
    with pytest.raises(ValueError, match="there is no dream image to evaluate on"):
        OnceForAllAccuracy(trained.network, data, costs, split="dream")


def test_a_search_on_shared_weights_keeps_its_limit(trained):
    evaluate = OnceForAllAccuracy(trained.network, small_data(), costs, 64)
    best = specialize(evaluate, costs, SPACE, {"channels": 14}, budget=25).best()
    assert costs(best.genotype)["channels"] <= 14 and best.metrics["val_accuracy"] == best.value
    limits = {"channels": (None, 14)}
    other = search(GeneticAlgorithm(SPACE, population_size=8, parents=3), evaluate, 25, constraints=limits)
    assert costs(other.best().genotype)["channels"] <= 14
    with pytest.raises(ValueError, match=r"channels ≤ 6 cannot be met: the closest is .* with channels 7$"):
        specialize(evaluate, costs, SPACE, {"channels": 6})
