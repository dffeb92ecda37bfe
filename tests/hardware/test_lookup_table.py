"""A table predicts what its parts add up to, and is refused where it does not belong."""

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor.arrays import read_arrays, write_arrays  # noqa: E402
from nastutor.hardware.conditions import machine  # noqa: E402
from nastutor.hardware.costs import Latency  # noqa: E402
from nastutor.hardware.lookup_pieces import build_pieces  # noqa: E402
from nastutor.hardware.lookup_table import COPIES, NASBENCH201, LookupTable, without_dead_edges  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.spaces.cell import EDGES, NODES, NONE, SKIP  # noqa: E402

SMALL = {"channels": 2, "cells_per_stage": 3, "stages": 2, "in_channels": 1, "classes": 4}
SHAPE = (1, 1, 5, 5)


@pytest.fixture(scope="module")
def table():
    """A table from made-up timings: the prediction is arithmetic."""
    rng = np.random.default_rng(0)
    conditions = Latency(np.ones((1, 1)), 1, 1, "float32", "thread_time", machine(), torch.__version__)
    return LookupTable.from_pieces([7.0, *rng.uniform(0.1, 1, 10)], SMALL, SHAPE, conditions)


def added_up(table, genotype):
    """Return the exact sum over what a network runs, and how many nodes have terms but none from the input."""
    total, orphans = table.fixed, 0
    for stage in range(SMALL["stages"]):
        for node in NODES[1:]:
            terms = {s: op for (s, t), op in zip(EDGES, genotype) if t == node and op != NONE}
            cost = sum(table.operations[stage, op] for op in terms.values())
            cost += max(0, len(terms) - 1) * table.sums[stage]
            total += SMALL["cells_per_stage"] * cost
            orphans += stage == 0 and bool(terms) and 0 not in terms
    return total, orphans


def test_the_prediction_is_what_the_network_runs_but_for_one_sum_at_nodes_that_the_input_does_not_feed(table, cells):
    rng, exact = np.random.default_rng(0), 0
    for genotype in (without_dead_edges(cells.sample(rng)) for _ in range(300)):
        total, orphans = added_up(table, genotype)
        extra = orphans * SMALL["cells_per_stage"] * table.sums.sum()
        assert table.predict([genotype])[0] == pytest.approx(total + extra)
        exact += orphans == 0
    assert exact > 150


def test_the_prediction_is_fixed_plus_edges(table, cells):
    genotypes = [without_dead_edges(cells.sample(np.random.default_rng(seed))) for seed in range(20)]
    edges = table.edge_latencies()
    assert edges.shape == (6, 5) and (edges[:, NONE] == 0).all()
    added = [table.fixed + sum(edges[edge, op] for edge, op in enumerate(genotype)) for genotype in genotypes]
    assert table.predict(genotypes) == pytest.approx(added)


def test_the_network_that_was_measured_whole_is_predicted_exactly(table):
    assert table.predict([(NONE, NONE, NONE, SKIP, NONE, NONE)])[0] == pytest.approx(7.0)


def test_a_network_that_is_slower_than_the_sum_has_a_negative_error(table):
    genotypes = [(3,) * 6, (4,) * 6]
    errors = table.additivity_errors(genotypes, table.predict(genotypes) * [1.25, 0.8])
    assert errors == pytest.approx([-0.2, 0.25])
    with pytest.raises(ValueError, match="2 genotypes, 1 latencies: give a latency for each"):
        table.additivity_errors(genotypes, [1.0])


def test_dead_edges_cost_nothing(table):
    assert without_dead_edges((3, 0, 0, 1, 0, 3)) == (0, 0, 0, 1, 0, 0)
    dead, alive = table.predict([(3, 0, 0, 1, 0, 3), (0, 0, 0, 1, 0, 0)])
    assert dead == alive


def test_dead_edges_that_are_built_cost_what_live_ones_do(table):
    dead, alive = table.predict([(3, 0, 0, 1, 0, 3), (0, 0, 0, 1, 0, 0)], prune=False)
    on_edge = table.edge_latencies()[:, 3]
    assert dead - alive == pytest.approx(on_edge[0] + on_edge[5])
    with pytest.raises(ValueError, match="operation 9"):
        table.predict([(9, 0, 0, 0, 0, 0)], prune=False)


def test_pieces_take_their_inputs_and_keep_them_in_shape():
    modules, shapes = build_pieces(SMALL, SHAPE, COPIES)
    assert len(modules) == len(shapes) == 1 + 5 * SMALL["stages"]
    assert isinstance(modules[0], CellNetwork) and shapes[0] == SHAPE
    assert [shape[1:] for shape in shapes[1:]] == [(2, 5, 5)] * 5 + [(4, 3, 3)] * 5
    for module, shape in zip(modules[1:], shapes[1:]):
        assert len(module) == COPIES and module(torch.zeros(shape)).shape == shape


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"input_shape": (1, 5, 5)}, r"input shape \(1, 5, 5\): give \(batch, channels, height, width\)"),
        ({"input_shape": (1, 3, 5, 5)}, r"input shape \(1, 3, 5, 5\): the skeleton has in_channels 1"),
        ({"skeleton": {"channels": 2}}, "give channels, cells_per_stage, stages, in_channels, classes, by name"),
        ({"skeleton": SMALL | {"stages": 0}}, "stages 0: give a whole number, at least 1"),
        ({"device": "abacus"}, "device 'abacus': give 'cpu' or 'cuda'; this machine has"),
        ({"device": "cuda:99"}, "device 'cuda:99': give 'cpu' or 'cuda'; this machine has"),
    ],
)
def test_a_table_that_cannot_be_measured_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        LookupTable.measure(**{"skeleton": SMALL, "input_shape": SHAPE} | changed)


def test_a_table_is_measured_and_predicts_this_machine():
    measured = LookupTable.measure(SMALL, SHAPE, rounds=5)
    assert measured.machine == machine() and (measured.operations[:, 1:] > 0).all() and measured.fixed > 0
    assert measured.operations[:, 3].sum() > measured.operations[:, SKIP].sum()


def test_saved_and_loaded_it_predicts_the_same(table, tmp_path, cells):
    table.save(tmp_path / "table.npz")
    loaded = LookupTable.load(tmp_path / "table.npz", SMALL, SHAPE)
    assert (loaded.predict(cells.sample(np.random.default_rng(0)) for _ in range(3)) > 0).all()
    assert loaded.edge_latencies().tolist() == table.edge_latencies().tolist() and loaded.fixed == table.fixed
    assert (loaded.clock, loaded.threads, loaded.torch) == ("thread_time", 1, torch.__version__)


def test_a_file_that_is_measured_again_is_read_again(table, tmp_path):
    path = tmp_path / "table.npz"
    table.save(path)
    assert LookupTable.load(path, SMALL, SHAPE).rest == 7
    replace(table, rest=8.0).save(path)
    assert LookupTable.load(path, SMALL, SHAPE).rest == 8


def test_the_table_of_another_machine_is_refused_unless_it_is_wanted(table, tmp_path):
    path = tmp_path / "table.npz"
    replace(table, machine="abacus, 7 beads").save(path)
    with pytest.raises(ValueError, match=r"measured for machine abacus, 7 beads, not .*any_machine=True"):
        LookupTable.load(path, SMALL, SHAPE)
    assert LookupTable.load(path, SMALL, SHAPE, any_machine=True).machine == "abacus, 7 beads"


def test_the_table_of_another_version_of_torch_is_refused_unless_it_is_wanted(table, tmp_path):
    path = tmp_path / "table.npz"
    replace(table, torch="0.1").save(path)
    with pytest.raises(ValueError, match=r"measured for torch 0\.1, not .*any_machine=True"):
        LookupTable.load(path, SMALL, SHAPE)
    assert LookupTable.load(path, SMALL, SHAPE, any_machine=True).torch == "0.1"


def test_the_table_of_another_network_is_refused_whatever_the_machine(table, tmp_path):
    path = tmp_path / "table.npz"
    table.save(path)
    with pytest.raises(ValueError, match=r"skeleton \{'channels': 2, .*not \{'channels': 16") as refusal:
        LookupTable.load(path, NASBENCH201, SHAPE, any_machine=True)
    assert "any_machine" not in str(refusal.value)
    with pytest.raises(ValueError, match=r"input_shape \[1, 1, 5, 5\], not \[8, 1, 5, 5\]: measure one"):
        LookupTable.load(path, SMALL, (8, 1, 5, 5))


def test_the_table_of_another_space_is_refused(table, tmp_path):
    path = tmp_path / "table.npz"
    table.save(path)
    arrays = dict(read_arrays(str(path)))
    conditions = json.loads(str(arrays["conditions"])) | {"space": "two operations on one edge"}
    write_arrays(path, arrays | {"conditions": np.array(json.dumps(conditions))})
    with pytest.raises(ValueError, match="measured for space two operations on one edge, not none, skip_connect"):
        LookupTable.load(path, SMALL, SHAPE)


def test_a_file_that_is_no_table_is_refused(table, tmp_path):
    write_arrays(tmp_path / "other.npz", {"x": np.zeros(3)})
    with pytest.raises(ValueError, match=r"other\.npz is no lookup table: it holds x"):
        LookupTable.load(tmp_path / "other.npz")
    arrays = {name: np.zeros(3) for name in ("operations", "sums", "rest")}
    for conditions in ("{", "[]", "{}", '{"space": 1}'):
        write_arrays(tmp_path / "other.npz", arrays | {"conditions": np.array(conditions)})
        with pytest.raises(ValueError, match="is no lookup table: its conditions are no record of skeleton"):
            LookupTable.load(tmp_path / "other.npz")
    table.save(tmp_path / "other.npz")
    write_arrays(tmp_path / "other.npz", read_arrays(tmp_path / "other.npz") | {"sums": np.zeros(3)})
    with pytest.raises(ValueError, match="no lookup table of 2 stages: its arrays have shapes"):
        LookupTable.load(tmp_path / "other.npz", SMALL, SHAPE)
    with pytest.raises(FileNotFoundError):
        LookupTable.load(tmp_path / "nothing.npz")


def test_a_genotype_outside_the_space_is_refused(table):
    with pytest.raises(ValueError, match="operation 5"):
        table.predict([(5, 0, 0, 0, 0, 0)])
