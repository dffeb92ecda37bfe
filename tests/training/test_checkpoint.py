"""Saved networks come back with their genotype, precision and outputs; what is no saved network is refused."""

import re
from functools import partial

import pytest
from damage import damaged_copies, put

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
    with pytest.raises(ValueError, match="is no file of save_network: it holds weights"):
        load_network(path, BUILD)
    torch.save({"genotype": [3] * 6, "state": {"stem": 3}}, path)
    with pytest.raises(ValueError, match="is no file of save_network: it holds genotype, state"):
        load_network(path, BUILD)
    torch.save({"genotype": [7] * 6, "state": {}}, path)
    with pytest.raises(ValueError, match=r"network\.pt holds a network of \(7, 7, .*: operation 7"):
        load_network(path, BUILD)
    torch.save({"genotype": [3] * 6, "state": partial}, path)  # code in the file is not run
    with pytest.raises(ValueError, match="is damaged or is no file of save_network: save the network again"):
        load_network(path, BUILD)


def test_whatever_is_damaged_in_a_file_is_noticed_or_harmless(tmp_path):
    """Either the error that names the file, or (in parts that nothing depends on) the very same network."""
    path, network, noticed = tmp_path / "network.pt", BUILD((3, 1, 2, 4, 0, 3)), 0
    save_network(network, path)
    for content in damaged_copies(path.read_bytes(), 300):
        put(path, content)
        try:
            again = load_network(path, BUILD)
        except ValueError as error:
            assert re.search(
                r"network\.pt is damaged or is no file of save_network: save the network again", str(error)
            )
            noticed += 1
        else:
            assert again.genotype == network.genotype
            assert all(map(torch.equal, again.state_dict().values(), network.state_dict().values()))
    assert noticed > 200


def test_a_folder_that_is_missing_is_made(tmp_path):
    save_network(BUILD((3,) * 6), tmp_path / "of" / "today" / "network.pt")
    assert load_network(tmp_path / "of" / "today" / "network.pt", BUILD).genotype == (3,) * 6


def test_a_network_that_does_not_know_its_genotype_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a Linear does not say of which genotype: set network\.genotype"):
        save_network(torch.nn.Linear(2, 2), tmp_path / "network.pt")
