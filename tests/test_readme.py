"""What the README shows works as it stands there."""

import re
from concurrent.futures import Executor, Future
from pathlib import Path
from types import SimpleNamespace

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def remote(function):
    """Play Ray: what it is given is done at once."""

    def call(*arguments):
        done = Future()
        done.set_result(function(*arguments))
        return SimpleNamespace(future=lambda: done)

    return SimpleNamespace(remote=call)


def test_its_code_runs_in_the_order_in_which_it_stands_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme", "Executor": Executor, "ray": SimpleNamespace(remote=remote)}
    names |= {"evaluate": lambda genotype: {"val_accuracy": 1.0 * sum(genotype)}, "train_my_network": train_my_network}
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:  # threads, as a comment there says: a function of a test is in no module
        exec(block.replace("ProcessPoolExecutor", "ThreadPoolExecutor"), names)
    genotype, value, report = capsys.readouterr().out.replace(", ", ",").split()
    assert len(genotype) == 13 and 90 < float(value) < 100 and 90 < float(report) < 100
    assert (tmp_path / "run.jsonl").exists() and len(names["history"]) == 50
    with names["Ray"]() as pool:
        again = names["search"](names["RandomSearch"](names["space"], seed=0), names["evaluate"], 50, executor=pool)
    assert again.best().value == names["history"].best().value


def train_my_network(layers, units, dropout):
    return layers * units * (1 - dropout)
