"""A network's ONNX graph computes what torch computes, and holds nothing else."""

from collections import Counter

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from torch import nn  # noqa: E402

from nastutor.deploy import Model, export, to_onnx  # noqa: E402
from nastutor.networks import CellNetwork, ElasticNetwork, LayerwiseNetwork, Supernet  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.spaces import ElasticSpace, LayerwiseSpace  # noqa: E402
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, EDGES, NONE, SKIP, CellSpace  # noqa: E402

SKELETON = {"channels": 4, "cells_per_stage": 2, "stages": 2, "in_channels": 1, "classes": 3}
IMAGES = torch.from_numpy(np.random.default_rng(0).standard_normal((5, 1, 9, 8)))


@pytest.fixture(autouse=True)
def the_same_weights_each_time():
    with seeded(0):
        yield


def trained(network):
    """Every number of the network is another: what is left out or mixed up shows."""
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(tensor + torch.from_numpy(rng.uniform(-0.3, 0.3, tensor.shape)))
    return network.double()


def operations(network, shape=(1, 1, 9, 8)):
    return Counter(node.op_type for node in to_onnx(network, shape).graph.node)


@pytest.mark.parametrize("prune", [True, False])
def test_cells_give_the_scores_of_torch(prune, tmp_path):
    rng, space = np.random.default_rng(0), CellSpace()
    cells, differ = [space.sample(rng) for _ in range(10)], 0
    for cell in [(NONE,) * 6, (SKIP,) * 6, (CONV_3X3, NONE, NONE, SKIP, NONE, CONV_1X1), *cells]:
        network = trained(CellNetwork(cell, **SKELETON, prune=prune))
        assert export(network, tmp_path / "cell.onnx", IMAGES) < 1e-5, cell
        with torch.no_grad():
            expected = network.eval()(IMAGES).numpy()
        found = Model(tmp_path / "cell.onnx")(IMAGES.numpy())
        assert np.abs(found / expected - 1).max() < 1e-3, cell
        differ += np.ptp(expected, axis=0).min() > 1e-3
    assert differ > 8, "images must be told apart, or a constant would pass"


def test_chains_of_all_kinds_of_layers_give_the_scores_of_torch(tmp_path):
    space, rng = LayerwiseSpace(depths=(3,), filters=(4, 6)), np.random.default_rng(0)
    used = set()
    for _ in range(40):
        genotype = space.sample(rng)
        network = trained(LayerwiseNetwork(genotype, space, classes=3))
        assert export(network, tmp_path / "chain.onnx", IMAGES) < 1e-5, genotype
        used |= {(field, value) for layer in space.decode(genotype) for field, value in layer.items()}
    fields = {"type": 4, "filters": 2, "kernel_size": 4, "stride": 2, "activation": 3, "normalization": 3}
    assert all(sum(name == field for name, _ in used) == count for field, count in fields.items()), used


def test_what_is_cut_out_of_shared_weights_gives_the_scores_of_torch(tmp_path):
    space = ElasticSpace(depths=(1, 2), widths=((4, 6), (8, 10)), kernels=(3, 5))
    rng = np.random.default_rng(0)
    with seeded(0):
        elastic = trained(ElasticNetwork(space, classes=3)).eval()
        supernet = trained(Supernet(CellSpace(), **SKELETON))
    for _ in range(5):
        assert export(elastic.cut_out(space.sample(rng)), tmp_path / "a.onnx", IMAGES) < 1e-5
    assert export(supernet.cut_out((CONV_3X3,) * 6), tmp_path / "b.onnx", IMAGES) < 1e-5


def test_dead_edges_are_not_in_the_graph_whether_or_not_the_network_was_pruned():
    rng, space = np.random.default_rng(0), CellSpace()
    cells = [cell for cell in (space.sample(rng) for _ in range(40)) if space.live_edges(cell) != (True,) * 6]
    with_dead = 0
    for cell in cells:
        live = [op for op, is_live in zip(cell, space.live_edges(cell)) if is_live]
        graphs = [operations(CellNetwork(cell, **SKELETON, prune=prune)) for prune in (True, False)]
        assert graphs[0] == graphs[1]
        convolutions = sum(op in (CONV_1X1, CONV_3X3) for op in live)
        assert graphs[0]["Conv"] == 1 + 3 + 2 * 2 * convolutions  # stem, reduction block, four cells
        with_dead += sum(op in (CONV_1X1, CONV_3X3) for op in cell) > convolutions
    assert with_dead > 5


def test_batch_norms_behind_convolutions_and_skips_are_gone_and_nothing_is_computed_twice():
    found = operations(CellNetwork((CONV_3X3,) * 6, **SKELETON))
    assert found["BatchNormalization"] == 1  # before the classifier, behind a sum
    assert found["Relu"] == 4 * 3 + 2 + 1  # one for each node that is read, not for each edge
    assert operations(CellNetwork((SKIP,) * 6, **SKELETON))["Identity"] == 1  # which names the output


def test_the_network_stays_as_it_is():
    network = CellNetwork((CONV_3X3,) * 6, **SKELETON).double().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    to_onnx(network, (1, 1, 9, 8))
    assert network.training and all(torch.equal(before[name], value) for name, value in network.state_dict().items())


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class MeanOfRows(nn.Module):
    def forward(self, x):
        return x.mean(dim=(3,))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.Hardtanh()),
            r"layer Hardtanh\(.*no ONNX rule for it; there are rules for",
        ),
        (Branching(), "Branching cannot be traced, since its steps depend on data"),
        (MeanOfRows(), r"a mean over the dimensions \(3,\): only one over all pixels"),
        (CellNetwork((SKIP,) * 6), r"does not take images of shape \(1, 1, 9, 8\)"),
    ],
)
def test_what_has_no_rule_is_refused(network, message):
    with pytest.raises(ValueError, match=message):
        to_onnx(network, (1, 1, 9, 8))


def test_scores_that_differ_are_not_kept(tmp_path, monkeypatch):
    network = trained(CellNetwork((CONV_3X3,) * 6, **SKELETON))
    other = trained(CellNetwork((CONV_1X1,) * len(EDGES), **SKELETON))
    wrong = to_onnx(other, tuple(IMAGES.shape))
    monkeypatch.setattr("nastutor.deploy.onnx_file.to_onnx", lambda *_: wrong)
    with pytest.raises(ValueError, match="the exported scores differ from torch's by"):
        export(network, tmp_path / "wrong.onnx", IMAGES)
    assert not list(tmp_path.iterdir())


def test_a_file_normalises_images_itself_if_it_is_told_how(tmp_path):
    network = trained(CellNetwork((CONV_3X3, SKIP, CONV_1X1, SKIP, CONV_3X3, SKIP), **SKELETON))
    assert export(network, tmp_path / "raw.onnx", IMAGES, mean=7.5, std=4.0) < 1e-5
    with torch.no_grad():
        expected = network.eval()(IMAGES).numpy()
    found = Model(tmp_path / "raw.onnx")(4 * IMAGES.numpy() + 7.5)
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()
    with pytest.raises(ValueError, match="std 0: give a number above 0"):
        export(network, tmp_path / "none.onnx", IMAGES, std=0)
