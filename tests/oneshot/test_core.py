"""What all one-shot methods share: a run that is interrupted and goes on is the same run, and bad input is named."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from damage import damaged_copies, put

torch = pytest.importorskip("torch")

from small_supernets import BUILD, RECIPE, SMALL, SPACE, small_data  # noqa: E402

import nastutor.oneshot  # noqa: E402
from nastutor.networks import CellNetwork, Supernet  # noqa: E402
from nastutor.oneshot import (  # noqa: E402
    DroppedSkips,
    SupernetRecipe,
    run_darts,
    run_enas,
    run_gdas,
    train_uniform_paths,
)
from nastutor.oneshot.core import SupernetRun  # noqa: E402
from nastutor.spaces.cell import CellSpace  # noqa: E402

METHODS = {
    "darts": partial(run_darts, order=2, relax=DroppedSkips(0.5)),
    "gdas": run_gdas,
    "enas": partial(run_enas, controller_steps=3, batch_size=2, candidates=3),
    "uniform": partial(train_uniform_paths, watched=1),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_run_that_is_continued_is_the_uninterrupted_run(name, tmp_path):
    method, path = METHODS[name], tmp_path / "run.pt"
    whole = method(BUILD, small_data(), RECIPE, seed=1, progress=False)
    method(BUILD, small_data(), RECIPE, seed=1, epochs=1, checkpoint=path, progress=False)
    torch.manual_seed(99)
    continued = method(BUILD, small_data(), RECIPE, seed=1, checkpoint=path, progress=False)
    for field in vars(whole):
        if field not in ("network", "controller", "seconds"):
            assert str(getattr(whole, field)) == str(getattr(continued, field)), field
    states = [found.network.state_dict() for found in (whole, continued)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert [item.name for item in tmp_path.iterdir()] == ["run.pt"]
    over = method(BUILD, small_data(), RECIPE, seed=1, checkpoint=path, progress=False)  # nothing left to do
    assert np.array_equal(over.seconds, continued.seconds)


def test_runs_in_float64_are_alike_on_every_processor():
    """In float32 the first weights already differ in their last digit, and a training makes much of that."""
    code = (
        "import sys, torch; sys.path.insert(0, sys.argv[1])\n"
        "from small_supernets import BUILD, RECIPE, small_data\n"
        "from nastutor.oneshot import run_darts\n"
        "run = run_darts(BUILD, small_data(), RECIPE, seed=3, progress=False)\n"
        "print(torch.backends.cpu.get_cpu_capability(), *run.alphas.ravel(), *run.train_losses)"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    plainest = os.environ | {"ATEN_CPU_CAPABILITY": "default"}
    printed = subprocess.run(command, env=plainest, capture_output=True, text=True, check=True).stdout
    capability, *there = printed.split()
    run = run_darts(BUILD, small_data(), RECIPE, seed=3, progress=False)
    here = np.array([*run.alphas.ravel(), *run.train_losses])
    assert capability == "DEFAULT" and len(here) == 4 * 30 + 3
    assert np.allclose(here, np.array(there, dtype=float), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_a_run_leaves_the_global_generator_alone(name):
    torch.manual_seed(7)
    expected = torch.rand(2)
    torch.manual_seed(7)
    METHODS[name](BUILD, small_data(), RECIPE, epochs=1, progress=False)
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize("name", METHODS)
def test_float32_is_kept(name):
    found = METHODS[name](BUILD, small_data(), replace(RECIPE, dtype="float32"), epochs=1, progress=False)
    assert all(weights.dtype == torch.float32 for weights in found.network.parameters())


class OtherSpace(CellSpace):
    """The same cells under another name."""


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    run = partial(run_gdas, BUILD, small_data(), RECIPE, epochs=1, checkpoint=path, progress=False)
    run()
    others = {
        "its space is": partial(run_gdas, partial(Supernet, OtherSpace(), **SMALL), small_data(), RECIPE),
        "its network is": partial(run_gdas, partial(BUILD, stages=2), small_data(), RECIPE),
        "its recipe is": partial(run_gdas, BUILD, small_data(), replace(RECIPE, epochs=4)),
        "its seed is 0, not 5": partial(run_gdas, BUILD, small_data(), RECIPE, seed=5),
        "its method is gdas, not uniform paths": partial(train_uniform_paths, BUILD, small_data(), RECIPE),
        r"its tau is \[10\.0, 0\.1\], not \[5\.0, 0\.1\]": partial(run, tau=(5.0, 0.1)),
    }
    for message, other in others.items():
        with pytest.raises(ValueError, match=f"belongs to another run: {message}"):
            other(checkpoint=path, progress=False)


def test_a_checkpoint_of_other_images_is_refused(tmp_path):
    data, path = small_data(), tmp_path / "run.pt"
    run_gdas(BUILD, data, RECIPE, epochs=1, checkpoint=path, progress=False)
    labels = {**data.labels, "validation": data.labels["validation"][::-1].copy()}
    with pytest.raises(ValueError, match="belongs to another run: its dataset is"):
        run_gdas(BUILD, replace(data, labels=labels), RECIPE, epochs=1, checkpoint=path, progress=False)


def test_what_cannot_be_written_is_noticed_before_anything_is_trained(tmp_path, monkeypatch):
    trained = []
    monkeypatch.setattr(SupernetRun, "descend", lambda run, loss: trained.append(loss))
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "run.pt", tmp_path):
        with pytest.raises(OSError, match=str(tmp_path)):
            run_gdas(BUILD, small_data(), RECIPE, checkpoint=path, progress=False)
    with pytest.raises(ValueError, match="a checkpoint cannot tell one Accuracy from another: give a function"):
        run_darts(BUILD, small_data(), RECIPE, stop=Accuracy(), checkpoint=tmp_path / "run.pt", progress=False)
    assert not trained


class Accuracy:
    """A rule of stopping that nothing is known of."""

    def __call__(self, records):
        return None


def test_a_folder_that_is_missing_is_made(tmp_path):
    path = tmp_path / "of" / "today" / "run.pt"
    run_gdas(BUILD, small_data(), RECIPE, epochs=1, checkpoint=path, progress=False)
    assert path.exists()


def test_two_rules_of_stopping_are_two_runs(tmp_path):
    path = tmp_path / "run.pt"
    run = partial(run_darts, BUILD, small_data(), RECIPE, epochs=1, checkpoint=path, progress=False)
    run(stop=lambda records: 0 if len(records) == 3 else None)
    run(stop=lambda records: 0 if len(records) == 3 else None)  # the same, written again
    with pytest.raises(ValueError, match="belongs to another run: its stop is"):
        run(stop=lambda records: 0 if len(records) == 2 else None)


def test_whatever_is_damaged_in_a_checkpoint_is_noticed_or_harmless(tmp_path):
    path, noticed = tmp_path / "run.pt", 0
    run = SupernetRun(BUILD, small_data(), RECIPE, 0, {})
    run.save(path)
    before = {name: weights.clone() for name, weights in run.network.state_dict().items()}
    for content in damaged_copies(path.read_bytes(), 300):
        put(path, content)
        try:
            run.load(path)
            assert all(torch.equal(weights, before[name]) for name, weights in run.network.state_dict().items())
        except ValueError as error:
            assert re.search(r"run\.pt is damaged or is no checkpoint of a supernet: delete it to begin", str(error))
            noticed += 1
    assert noticed > 200


def test_files_that_are_no_checkpoint_are_refused(tmp_path):
    path = tmp_path / "run.pt"
    run = partial(run_gdas, BUILD, small_data(), RECIPE, epochs=1, checkpoint=path, progress=False)
    run()
    content = torch.load(path, weights_only=True)
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(ValueError, match="damaged"):
        run()
    torch.save({**content, "format": "another"}, path)
    with pytest.raises(ValueError, match="is no checkpoint of a supernet"):
        run()
    torch.save({name: part for name, part in content.items() if name != "rng"}, path)
    with pytest.raises(ValueError, match="is no checkpoint of a supernet"):
        run()
    torch.save({**content, "records": partial}, path)  # code in the file is not run
    with pytest.raises(ValueError, match="is no checkpoint of a supernet"):
        run()


@pytest.mark.parametrize("name", METHODS)
def test_a_learning_rate_that_diverges_is_named_with_the_epoch(name):
    recipe = SupernetRecipe(epochs=2, batch_size=16, learning_rate=1e30)
    with pytest.raises(ValueError, match=r"diverged: the loss is nan in epoch 1. Lower .* learning_rate \(1e\+30\)"):
        METHODS[name](BUILD, small_data(), recipe, progress=False)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_an_empty_split_is_refused(split):
    data = small_data()
    empty = replace(
        data,
        images={**data.images, split: data.images[split][:0]},
        labels={**data.labels, split: data.labels[split][:0]},
    )
    with pytest.raises(ValueError, match=f"has no {split} images"):
        run_gdas(BUILD, empty, RECIPE)


def test_networks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="build returned a CellNetwork: give a function that returns a Supernet"):
        run_gdas(lambda: CellNetwork((3,) * 6, **SMALL), small_data(), RECIPE)
    with pytest.raises(ValueError, match=r"build it with \{'in_channels': 1, 'classes': 3\}"):
        run_gdas(partial(BUILD, classes=10), small_data(), RECIPE)
    with pytest.raises(ValueError, match="epochs 4: choose 1…3"):
        run_gdas(BUILD, small_data(), RECIPE, epochs=4)
    with pytest.raises(ValueError, match="clip 0: give a positive number"):
        SupernetRecipe(clip=0)


def test_batches_are_passes_of_random_order():
    data = small_data()
    run = SupernetRun(BUILD, data, replace(RECIPE, batch_size=20), 0, {})
    for _ in run.epochs(1, None, False):
        rates, seen = [], []
        for images, labels in run.weight_batches():
            rates.append(run.optimizer.param_groups[0]["lr"])
            assert images.shape == (20, 1, 6, 6) and labels.shape == (20,)
            seen.extend(images.sum((1, 2, 3)).tolist())
        validation = [x.sum((1, 2, 3)) for x, _ in run.architecture_batches(3)]
        run.losses.append(0.0)
        run.record()
    assert rates == pytest.approx(0.05 * (1 + np.cos(np.pi * np.arange(4) / 12)))
    assert len(set(seen)) == 80 and set(np.round(seen, 9)) < set(
        np.round(data.images["train"].astype(float).sum((1, 2, 3)), 9)
    )
    (first, second) = torch.cat(validation).split(30)  # 60 images are two passes of the 30
    assert not torch.equal(first, second) and torch.equal(first.sort()[0], second.sort()[0])


def test_the_gradient_is_clipped():
    run = SupernetRun(BUILD, small_data(), replace(RECIPE, clip=1e-6, momentum=0.0, weight_decay=0.0), 0, {})
    before = torch.cat([weights.detach().clone().flatten() for weights in run.network.parameters()])
    images, labels = next(run.weight_batches())
    run.descend(torch.nn.functional.cross_entropy(run.network.path(images, (3,) * 6), labels))
    after = torch.cat([weights.detach().flatten() for weights in run.network.parameters()])
    assert (after - before).norm().item() == pytest.approx(0.1 * 1e-6, rel=1e-3)


def test_the_progress_bar_is_silent_under_ci(monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    run_gdas(BUILD, small_data(), RECIPE, epochs=1)
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("CI")
    run_gdas(BUILD, small_data(), RECIPE, epochs=1)
    assert "loss=" in capsys.readouterr().err


def test_every_public_name_is_there_and_none_is_a_module():
    for _ in range(2):  # importing a name's module does not put the module in its place
        for name in nastutor.oneshot.__all__:
            assert callable(getattr(nastutor.oneshot, name)), name
    with pytest.raises(AttributeError, match=r"module 'nastutor\.oneshot' has no attribute 'run_dart'"):
        _ = nastutor.oneshot.run_dart
    assert SPACE.signature() != OtherSpace().signature()
