import json

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.spaces import CellSpace
from nastutor.studies.proxyless import PLANS, Plan, build, load_proxyless


@pytest.mark.parametrize("name", PLANS)
def test_what_ships_is_complete_and_of_the_present_plans(name):
    plan = PLANS[name]
    found = load_proxyless(plan.method, plan.device, plan.span, plan.warmup)
    assert found.genotypes.shape == (plan.seeds, plan.epochs, 6) and (found.genotypes > 0).all(), "`none` takes no part"
    assert found.alphas.shape == (plan.seeds, plan.epochs + 1, 6, 5) and found.seconds.shape == (
        plan.seeds,
        plan.epochs,
    )
    derived = 1 + found.alphas[:, 1:, :, 1:].argmax(axis=3)
    assert np.array_equal(derived, found.genotypes)
    assert json.loads(str(read_arrays(data_path("proxyless.npz"))[f"{name}/recipe"])) == json.loads(plan.recipe())


def test_latency_in_the_loss_lowers_latency():
    """The mean of five seeds, with the canonical cells and the modelled microcontroller."""
    space, means = CellSpace(), []
    for span in (0.0, 0.05, 0.2):
        runs = load_proxyless("gdas", "microcontroller", span)
        cells = [space.canonical(tuple(genotype)) for genotype in runs.genotypes[:, -1].tolist()]
        means.append(runs.latencies.of(cells).mean())
    assert means[0] > means[1] > means[2]


@pytest.mark.long
def test_it_goes_on_where_it_stopped_and_forgets_other_recipes(tmp_path, monkeypatch):
    path, searched = tmp_path / "proxyless.npz", []
    search = Plan.search
    monkeypatch.setattr(Plan, "search", lambda plan, seed: searched.append((plan.epochs, seed)) or search(plan, seed))

    def build_all(**changes):
        build(path, {"gdas/phone/0.1": Plan("gdas", "phone", 0.1, **changes)})

    for changes in ({"seeds": 1, "epochs": 1}, {"seeds": 2, "epochs": 1}, {"seeds": 2, "epochs": 1}):
        build_all(**changes)
    assert searched == [(1, 0), (1, 1)]
    monkeypatch.setattr("nastutor.arrays.data_path", lambda name: path)
    assert load_proxyless("gdas", "phone", 0.1).genotypes.shape == (2, 1, 6)
    with pytest.raises(ValueError, match=r"no runs 'darts/phone/0.1': there are gdas/phone/0.1"):
        load_proxyless("darts", "phone", 0.1)
    build_all(seeds=1, epochs=2)
    assert searched[2:] == [(2, 0)] and load_proxyless("gdas", "phone", 0.1).genotypes.shape == (1, 2, 6)
