import json

import numpy as np
import pytest

from nastutor import load_benchmark
from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.spaces import CellSpace
from nastutor.studies import proxies
from nastutor.studies.proxies import PLANS, PROXIES, Plan, load_proxies


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Two plans of a few cells on a network that is quickly scored, and where to write them."""
    skeleton = {"channels": 2, "cells_per_stage": 1, "stages": 1, "in_channels": 1, "classes": 10, "prune": True}
    plans = {
        "one": Plan("classes", 5, (0, 1), skeleton, 4, "glyphs"),
        "two": Plan("random", 3, (0,), skeleton | {"in_channels": 3}, 4, "noise"),
    }
    monkeypatch.setattr(proxies, "PLANS", plans)
    monkeypatch.setattr(proxies, "SAVE_EVERY", 2)
    path = tmp_path / "zero_cost.npz"
    monkeypatch.setattr("nastutor.arrays.data_path", lambda name: path)
    return path


@pytest.mark.parametrize("name", PLANS)
def test_what_ships_is_complete_and_of_the_present_plans(name):
    plan, stored = PLANS[name], load_proxies(name)
    assert stored.genotypes == plan.genotypes()
    assert set(stored.scores) == set(PROXIES)
    dead = np.array([not any(CellSpace().live_edges(genotype)) for genotype in stored.genotypes])
    for proxy, scores in stored.scores.items():
        assert scores.shape == (plan.count, len(plan.inits)), proxy
        assert np.isfinite(scores[~dead]).all(), proxy
        if proxy == "fisher":  # of the classifier's bias: the same for all, whose network is one
            assert np.isfinite(scores).all() and (scores[dead] == scores[dead][:1]).all()
        else:
            worst = -np.inf if proxy in ("jacob_cov", "naswot", "synflow") else 0
            assert (scores[dead] == worst).all(), proxy
    assert all(0 < seconds < 10 for seconds in stored.seconds.values())
    recipe = str(read_arrays(data_path("zero_cost.npz"))[f"{name}/recipe"])
    assert recipe == plan.recipe()


def test_the_plans_choose_the_cells_that_they_say():
    table = load_benchmark("nasbench201", dataset="cifar10")
    accuracy = dict(zip(table.genotypes, table.values("val_accuracy", "all")))
    threshold = sorted(accuracy.values())[-1562]
    top, random = PLANS["nasbench201_top"].genotypes(), PLANS["nasbench201"].genotypes()
    assert all(accuracy[genotype] >= threshold for genotype in top)
    assert not set(top) & set(random)
    assert PLANS["nasbench201_noise"].genotypes() == random[:30]
    assert all(CellSpace().canonical(genotype) == genotype for genotype in PLANS["glyphs_inits"].genotypes())


def test_the_names_and_the_network_are_those_of_the_modules_that_need_torch():
    pytest.importorskip("torch")
    from nastutor.studies import tables
    from nastutor.training import zero_cost

    assert tuple(zero_cost.PROXIES) == PROXIES
    assert PLANS["glyphs"].skeleton == tables.SKELETON
    assert tables.PLANS["glyphs"].genotypes()[:250] == PLANS["glyphs_inits"].genotypes()


@pytest.mark.long
def test_stored_scores_are_those_that_the_plan_computes():
    pytest.importorskip("torch")
    from nastutor.training import zero_cost

    for name, row in (("glyphs", 3), ("glyphs_inits", 8), ("nasbench201", 6)):
        plan, stored = PLANS[name], load_proxies(name)
        network, (images, labels) = plan.network(stored.genotypes[row], plan.inits[-1]), plan.batch_of_images()
        for proxy in ("snip", "fisher", "naswot", "synflow"):
            found = zero_cost.PROXIES[proxy](network, images, labels)
            assert found == pytest.approx(stored.scores[proxy][row, -1], rel=1e-3), (name, proxy)


def test_building_goes_on_where_it_stopped(tiny, monkeypatch):
    pytest.importorskip("torch")
    computed = []
    real = proxies._score

    def score(network, images, labels):
        if len(computed) == 5:
            raise KeyboardInterrupt
        computed.append(network.genotype)
        return real(network, images, labels)

    monkeypatch.setattr(proxies, "_score", score)
    with pytest.raises(KeyboardInterrupt):
        proxies.build(tiny)
    with np.load(tiny) as partial:
        assert np.isnan(partial["one/scores"]).any(axis=(1, 2)).tolist() == [False, False, True, True, True]
        first = partial["one/scores"][:2]
    monkeypatch.setattr(proxies, "_score", real)
    proxies.build(tiny)
    stored = load_proxies("one")
    assert np.array_equal(np.stack(list(stored.scores.values()), axis=-1)[:2].astype(np.float32), first)
    assert not any(np.isnan(scores).any() for scores in stored.scores.values())
    assert load_proxies("two").scores["naswot"].shape == (3, 1)


def test_another_recipe_is_computed_again(tiny, monkeypatch):
    pytest.importorskip("torch")
    proxies.build(tiny)
    before = load_proxies("one").scores["snip"]
    plans = dict(proxies.PLANS)
    plans["one"] = Plan("classes", 4, (7,), plans["one"].skeleton, 4, "glyphs")
    monkeypatch.setattr(proxies, "PLANS", plans)
    proxies.build(tiny)
    after = load_proxies("one").scores["snip"]
    assert after.shape == (4, 1) and not np.isin(after, before).any()
    with np.load(tiny) as stored:
        assert json.loads(str(stored["one/recipe"]))["inits"] == [7]


def test_a_longer_sample_keeps_what_is_there(tiny, monkeypatch):
    pytest.importorskip("torch")
    proxies.build(tiny)
    before = load_proxies("two")
    plan = proxies.PLANS["two"]
    computed = []
    real = proxies._score
    monkeypatch.setattr(proxies, "_score", lambda network, *batch: computed.append(0) or real(network, *batch))
    monkeypatch.setattr(proxies, "PLANS", {"two": Plan("random", 5, (0,), plan.skeleton, 4, "noise")})
    proxies.build(tiny)
    after = load_proxies("two")
    assert len(computed) == 2 and after.genotypes[:3] == before.genotypes and len(after.genotypes) == 5
    assert np.array_equal(after.scores["snip"][:3], before.scores["snip"])
    monkeypatch.setattr(proxies, "PLANS", {"two": Plan("random", 2, (0,), plan.skeleton, 4, "noise")})
    proxies.build(tiny)
    assert len(load_proxies("two").scores["snip"]) == 2 and len(computed) == 2


def test_an_unknown_plan_is_refused():
    with pytest.raises(ValueError, match=r"no scores 'cifar': there are glyphs, glyphs_inits, nasbench201"):
        load_proxies("cifar")
