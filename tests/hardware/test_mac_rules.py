"""Multiply-adds of any network: against formulas and torch's own counter, and nothing is free that nobody knows."""

import inspect

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from network_zoo import LAYERS, ZOO, Function, Inference  # noqa: E402
from torch import nn  # noqa: E402
from torch.overrides import BaseTorchFunctionMode  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from nastutor.hardware.counts import layer_costs  # noqa: E402
from nastutor.hardware.mac_rules import MACS, WITHOUT_PRODUCTS  # noqa: E402

by_name = pytest.mark.parametrize("case", ZOO, ids=lambda case: case.name)


@by_name
def test_multiply_adds_are_those_of_the_formula(case):
    assert layer_costs(case.network, inputs=case.inputs).macs == case.macs


@pytest.mark.parametrize("case", [case for case in ZOO if case.by_torch], ids=lambda case: case.name)
def test_and_those_of_torchs_counter(case):
    """In float64, where torch runs an LSTM step by step: its counter does not know the fused one."""
    network = case.network.double()
    inputs = tuple(x.double() if x.is_floating_point() else x for x in case.inputs)
    with torch.no_grad(), BaseTorchFunctionMode(), FlopCounterMode(display=False) as counter:
        network.eval()(*inputs)
    counted = layer_costs(network, inputs=inputs).macs
    network.float()
    assert 2 * counted == counter.get_total_flops()


@by_name
def test_all_parameters_are_read_and_each_is_counted_once(case):
    assert layer_costs(case.network, inputs=case.inputs).params == sum(w.numel() for w in case.network.parameters())


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_of_torch_is_counted_with_all_of_its_parameters(name):
    layer, inputs = LAYERS[name]
    found = layer_costs(layer, inputs=inputs)
    assert found.params == sum(weights.numel() for weights in layer.parameters())
    has_matrices = any(weights.dim() > 1 for weights in layer.parameters())
    assert (found.macs > 0) == (has_matrices and not name.startswith("Embedding"))


@pytest.mark.filterwarnings("ignore")
def test_no_layer_of_torch_with_parameters_is_missing_above():
    guesses = [(), (2,), (2, 2), (2, 2, 2)]
    missing = set()
    for name, layer in vars(nn).items():
        if not inspect.isclass(layer) or not issubclass(layer, nn.Module) or name in LAYERS:
            continue
        for arguments in guesses:
            try:
                built = layer(*arguments)
            except Exception:
                continue
            if list(built.parameters()) and not any(map(nn.parameter.is_lazy, built.parameters())):
                missing.add(name)
    assert not missing


def test_a_lazy_layer_is_refused_until_it_has_a_shape():
    layer = nn.LazyLinear(3)
    with pytest.raises(ValueError, match="weight of LazyLinear has no shape yet: run the network on an input first"):
        layer_costs(layer, inputs=torch.zeros(2, 4))
    layer(torch.zeros(2, 4))
    assert layer_costs(layer, (2, 4)).macs == 24


class Prototypes(nn.Module):
    def __init__(self):
        super().__init__()
        self.centers = nn.Parameter(torch.ones(5, 4))

    def forward(self, x):
        return torch.cdist(x, self.centers)


class Swallowing(nn.Module):
    """Goes on as if nothing had happened."""

    def __init__(self):
        super().__init__()
        self.inner = Prototypes()

    def forward(self, x):
        try:
            return self.inner(x)
        except ValueError:
            return x


@pytest.mark.parametrize(
    ("network", "named"),
    [
        (Prototypes(), r"aten::_cdist_forward reads centers of Prototypes: there is no rule"),
        (nn.Sequential(nn.ReLU(), Prototypes()), r"reads 1\.centers of Prototypes"),
        (Swallowing(), r"reads inner\.centers of Prototypes"),
        (Inference(Prototypes()), r"reads 0\.centers of Prototypes"),
        (Function(lambda x, w: torch.fft.rfft(x) * w, (3,)), r"aten::_fft_r2c in Function"),
        (Function(lambda x, w: torch.linalg.inv(x.T @ x + w.T @ w), (2, 4)), r"aten::linalg_inv_ex in Function"),
        (Function(lambda x, w: torch.cdist(x * 2, w * 2), (3, 4)), r"aten::_cdist_forward in Function"),
        (Function(lambda x, w: F.grid_sample(w, x.view(1, 2, 2, 2), align_corners=True), (1, 1, 3, 3)), r"weights\.0"),
        (nn.utils.parametrizations.orthogonal(nn.Linear(4, 4)), r"aten::linalg_\w+ in ParametrizedLinear"),
        (Function(lambda x, w: torch.sparse.mm(x.to_sparse(), w), (4, 5)), r"sparse or nested tensor"),
    ],
)  # fmt: skip
def test_what_has_no_rule_is_refused_by_name(network, named):
    with pytest.raises(ValueError, match=named):
        layer_costs(network, inputs=torch.ones(2, 4))


def test_operations_of_others_are_refused():
    library = torch.library.Library("nastutor_tests", "DEF")
    library.define("add(Tensor x) -> Tensor")
    library.impl("add", lambda x: x @ x.T, "CPU")
    network = Function(lambda x, w: torch.ops.nastutor_tests.add(x) * w, (2,))
    with pytest.raises(ValueError, match="nastutor_tests::add in Function: there is no rule"):
        layer_costs(network, inputs=torch.ones(2, 4))


def test_rules_and_free_operations_exclude_each_other():
    assert not WITHOUT_PRODUCTS & set(MACS)


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_counted_as_what_it_was_made_from():
    network = nn.Sequential(nn.Conv1d(2, 3, 2), nn.ReLU()).eval()
    written = layer_costs(network, (1, 2, 4))
    for made in (torch.jit.script(network), torch.jit.trace(network, torch.zeros(1, 2, 4))):
        found = layer_costs(made, (1, 2, 4))
        assert (found.macs, found.params, found.activations) == (written.macs, written.params, written.activations)


class Exported(nn.Linear):
    """Like what torch.export makes, which was exported in one mode and has no other."""

    def train(self, mode=True):
        raise NotImplementedError("Calling train() is not supported yet.")


def test_what_has_no_evaluation_mode_is_counted_as_it_is():
    assert layer_costs(Exported(4, 3), (2, 4)).macs == 24


def test_parts_of_a_parameter_that_overlap_count_once():
    network = Function(lambda x, w: x @ w[:, :3] + x @ w[:, 1:4] + w.T[0].expand(2, 4)[:, :3], (4, 6))
    assert layer_costs(network, inputs=torch.ones(2, 4)).params == 4 * 4


def test_a_complex_number_is_two_numbers_of_a_parameter():
    network = Function(lambda x, w: torch.complex(x, x) @ torch.view_as_complex(w), (4, 5, 2))
    found = layer_costs(network, inputs=torch.ones(3, 4))
    assert found.params == sum(layer.params for layer in found.layers) == 40 and found.macs == 3 * 4 * 5


def test_a_lookup_reads_its_rows_and_the_network_holds_the_table():
    (layer,), params, *_ = layer_costs(nn.Embedding(10, 4), inputs=torch.zeros(2, 5, dtype=torch.long))
    assert (layer.kind, layer.params, layer.bytes_read) == ("elementwise", 40, 4 * 40 + 8 * 10) and params == 40
    network = Function(lambda rows, w: w[rows], (100, 4))
    (layer,), params, *_ = layer_costs(network, inputs=torch.zeros(3, dtype=torch.long))
    assert (layer.params, layer.bytes_read, params) == (12, 4 * 12 + 8 * 3, 400)


def test_every_step_of_a_sequence_costs_the_same():
    network = nn.GRU(3, 4, batch_first=True)
    assert [layer_costs(network, (2, steps, 3)).macs for steps in (1, 4, 8)] == [168, 4 * 168, 8 * 168]


def test_counting_leaves_torchs_fused_layers_switched_on():
    layer = LAYERS["TransformerEncoderLayer"][0].eval()
    counted = layer_costs(layer, (2, 5, 8))
    assert not any("transformer" in part.operation for part in counted.layers)
    with torch.no_grad(), torch.autograd.profiler.profile() as profiler:
        layer(torch.zeros(2, 5, 8))
    assert any("_transformer_encoder_layer_fwd" in event.key for event in profiler.key_averages())
