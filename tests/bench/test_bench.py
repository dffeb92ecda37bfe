"""The benchmark runs, goes on where it stopped, and what it found is what readers see."""

import json

import pytest

pytest.importorskip("torch")

import contenders
import fronts
import quality
import run
import speed
import supernet
from contenders import CONTENDERS
from page import PAGE, RESULTS, ROOT, page, stamp

from nastutor.studies.searches import open_table

FEW = 12
"""Evaluations after which all peers that keep a model have one."""


@pytest.fixture
def small(monkeypatch):
    """Two of ours with two runs of 30 evaluations, one with stored runs, and a peer that needs no library."""
    ours = [one._replace(budget=30, runs=2) for one in CONTENDERS if one.runs and one.searcher][:2]
    stored = [one for one in CONTENDERS if one.name == "REINFORCE"]
    peer = ours[1]._replace(name="Optuna TPE", searcher=None)
    monkeypatch.setattr(run, "CONTENDERS", [*ours, *stored, peer])
    monkeypatch.setattr(run, "LIBRARIES", ["numpy"])
    return [one.name for one in run.CONTENDERS]


@pytest.mark.parametrize("contender", [one for one in CONTENDERS if not one.searcher], ids=lambda one: one.name)
def test_other_libraries_search_our_tables(contender):
    pytest.importorskip(contender.name.split()[0].lower())
    bench = open_table("cifar10")
    evaluated = contender.run(bench, FEW, 0)
    assert len(evaluated) == FEW
    assert all(value == bench.evaluate(genotype)["val_accuracy"] for genotype, value in evaluated)


def test_what_a_space_does_not_hold_is_worth_nothing_to_them():
    assert contenders._value(open_table("cora"), (9,) * 9) == 0.0


def test_a_benchmark_that_was_stopped_goes_on_and_takes_more_runs(small, tmp_path, capsys):
    file = tmp_path / "results.json"
    run.main(file, ["cora"], 1)
    first = json.loads(file.read_text())
    assert list(first["quality"]["cora"]) == small
    assert [len(runs["reported"]) for runs in first["quality"]["cora"].values()] == [2, 2, 30, 2]
    capsys.readouterr()
    run.main(file, ["cora"], 1)
    assert json.loads(file.read_text()) == first and "processor s]" not in capsys.readouterr().out
    run.main(file, ["cora"], 1.5)
    for name, runs in json.loads(file.read_text())["quality"]["cora"].items():
        assert runs["reported"][:2] == first["quality"]["cora"][name]["reported"][:2]
        assert len(runs["reported"]) == (30 if name == "REINFORCE" else 3)


def test_results_of_other_versions_are_not_mixed(small, tmp_path):
    file = tmp_path / "results.json"
    file.write_text('{"versions": {"numpy": "0.1"}}')
    with pytest.raises(SystemExit, match="give another FILE"):
        run.main(file, ["cora"], 1)


def test_what_is_reported_is_what_the_search_would_choose():
    bench = open_table("cora")
    cells = bench.genotypes[:3]
    assert quality.reported_value(bench, [(cells[2], 1.0), (cells[1], 2.0), (cells[0], 2.0)]) == pytest.approx(
        bench.report(cells[0])["test_accuracy"]
    )


def test_fronts_speeds_and_the_supernet_are_measured_and_shown(small, monkeypatch):
    monkeypatch.setattr(fronts, "CHECKPOINTS", (10, 15))
    monkeypatch.setattr(speed, "IMPORTS", ["import json"])
    monkeypatch.setattr(speed, "CONTENDERS", run.CONTENDERS)
    results = {"versions": {}, "fronts": {}, "supernet": supernet.measure(2), "best": {}, "quality": {}}
    names = [name for name in fronts.CONTENDERS if "every genotype" not in name]  # a dear setting
    results["fronts"]["params"] = {name: fronts.add_runs({}, name, "params", 2) for name in names}
    shares = [share for one in results["fronts"]["params"].values() for missed in one["missed"] for share in missed]
    assert len(shares) == 4 * len(names) and all(0 < share < 101 for share in shares)
    results["speed"] = speed.measure(budget=FEW, runs=1, repeats=1)
    text = page(results)
    assert all(f"| {name} |" in text for name in [*names, *results["speed"]["searchers"], "float64"])


def test_readers_see_what_was_measured(tmp_path):
    for path in (RESULTS, PAGE, "README.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text((ROOT / path).read_text(encoding="utf-8"), encoding="utf-8")
    assert "<!-- benchmark -->" in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert stamp(tmp_path) == [], "run tests/bench/page.py"
