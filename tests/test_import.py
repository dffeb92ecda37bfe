"""What importing the package may load: it has to be quick, and to work where torch is not installed."""

import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "scipy", "pandas", "matplotlib", "networkx", "IPython", "ipywidgets", "tqdm")

SEARCH = """
from nastutor.searchers import *
from nastutor import search, load_benchmark
bench = load_benchmark("nasbench201", dataset="cifar100", search_seed=0)
history = search(RegularizedEvolution(bench.space, seed=1), bench.evaluate, budget=50, progress=True)
search(LocalSearch(bench.space, seed=1), bench.evaluate, budget=50)
assert bench.report(history.best().genotype)["seeds"] >= 1
"""


def loaded_after(code):
    """Return the modules that a fresh interpreter has loaded after running some code."""
    code += "\nimport sys; print(*sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # of `make test`
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_heavy_not_even_numpy():
    loaded = loaded_after("import nastutor")
    assert "nastutor" in loaded
    assert not loaded & {*HEAVY, "numpy"}


def test_searching_a_benchmark_needs_numpy_alone():
    loaded = loaded_after(SEARCH)
    assert "numpy" in loaded
    assert not loaded & set(HEAVY)


def test_the_whole_search_works_where_nothing_heavy_is_installed():
    block = f"import sys; sys.modules.update(dict.fromkeys({HEAVY}))"
    assert "nastutor" in loaded_after(f"{block}\n{SEARCH}")


def test_every_public_name_is_there_and_others_are_refused():
    import nastutor

    for name in nastutor.__all__:
        thing = getattr(nastutor, name)
        assert callable(thing) or (name == "widgets" and callable(thing.explore_cell)), name
    with pytest.raises(AttributeError, match="module 'nastutor' has no attribute 'serach'"):
        _ = nastutor.serach
