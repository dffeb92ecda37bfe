"""Saved networks come back with their genotype, precision and outputs; what is no saved network is refused."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.training.checkpoint import load_network, save_network  # noqa: E402

BUILD = partial(CellNetwork, channels=4, cells_per_stage=1, stages=2, in_channels=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_network_comes_back_as_it_was(tmp_path, dtype):
    network, images = BUILD((3, 1, 2, 4, 0, 3)).to(dtype), torch.randn(4, 1, 8, 8, dtype=dtype)
    network(images)  # moves the running statistics
    save_network(network.eval(), tmp_path / "network.pt")
    again = load_network(tmp_path / "network.pt", BUILD)
    assert again.genotype == network.genotype and not again.training
    assert torch.equal(again(images), network(images))
    assert [path.name for path in tmp_path.iterdir()] == ["network.pt"]


def test_other_sizes_are_refused(tmp_path):
    save_network(BUILD((3,) * 6), tmp_path / "network.pt")
    with pytest.raises(ValueError, match=r"network of \(3, 3, 3, 3, 3, 3\) with other sizes"):
        load_network(tmp_path / "network.pt", partial(BUILD, channels=8))


def test_files_that_are_no_saved_network_are_refused(tmp_path):
    path = tmp_path / "network.pt"
    with pytest.raises(FileNotFoundError):
        load_network(path, BUILD)
    save_network(BUILD((3,) * 6), path)
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(ValueError, match="damaged"):
        load_network(path, BUILD)
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match="was not written by save_network"):
        load_network(path, BUILD)
    torch.save({"genotype": [3] * 6, "state": partial}, path)  # code in the file is not run
    with pytest.raises(ValueError, match="was not written by save_network"):
        load_network(path, BUILD)
