"""A log is read back as the search that wrote it, at any time, and left as it is."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from nastutor import search
from nastutor.loop import EvaluationError, LogError, read_log
from nastutor.searchers import RandomSearch, RegularizedEvolution, SuccessiveHalving


def measure(genotype, epochs=None):
    return {"val_accuracy": float(sum(genotype)) + (epochs or 0), "params": float(genotype[0])}


@pytest.mark.parametrize(
    "method, objective",
    [
        (RandomSearch, "val_accuracy"),
        (RandomSearch, ("val_accuracy", "-params")),
        (RegularizedEvolution, "val_accuracy"),
        (SuccessiveHalving, "val_accuracy"),
    ],
)
def test_what_is_read_is_what_the_search_returned(cells, tmp_path, method, objective):
    constraints = {"params": (None, 2.0)}
    searcher = method(cells, seed=3)
    history = search(
        searcher, measure, 30, objective, constraints=constraints, log=tmp_path / "run.jsonl", on_error="record"
    )
    found = read_log(tmp_path / "run.jsonl")
    assert found.history.records == history.records
    assert found.history.objective == history.objective and found.history.constraints == history.constraints
    assert found.searcher["class"] == method.__name__ and found.searcher["seed"] == 3
    assert found.space == cells.signature() and found.workers == 1 and found.unfinished == 0


@pytest.mark.parametrize("ordered", [True, False])
def test_results_that_overtook_others_stand_where_the_search_has_them(cells, tmp_path, ordered):
    asked_first = RandomSearch(cells, seed=3).ask().genotype
    is_overtaken = threading.Event()

    def late(genotype):
        if genotype == asked_first:
            is_overtaken.wait(10)
        else:
            is_overtaken.set()
        return measure(genotype)

    with ThreadPoolExecutor(2) as pool:
        log = tmp_path / "run.jsonl"
        history = search(RandomSearch(cells, seed=3), late, 10, executor=pool, ordered=ordered, log=log)
    assert read_log(log).history.records == history.records


def test_failures_come_back_and_a_search_that_was_stopped_is_seen(cells, tmp_path):
    def fails(genotype):
        if genotype[0] == 0:
            raise RuntimeError("no")
        if len(seen) == 20:
            raise KeyboardInterrupt
        seen.append(genotype)
        return measure(genotype)

    seen = []
    with pytest.warns(UserWarning, match="interrupted"):
        history = search(RandomSearch(cells), fails, 40, on_error="record", log=tmp_path / "run.jsonl")
    found = read_log(tmp_path / "run.jsonl")
    assert found.history.records == history.records
    assert any(record.error == "RuntimeError: no" for record in found.history)
    assert found.unfinished == 1


def test_a_log_that_is_being_written_is_read_up_to_its_last_whole_line(cells, tmp_path):
    path = tmp_path / "run.jsonl"
    search(RandomSearch(cells), measure, 5, log=path)
    content = path.read_bytes()
    path.write_bytes(content[:-10])
    found = read_log(path)
    assert len(found.history) == 4 and found.unfinished == 1
    assert path.read_bytes() == content[:-10]


@pytest.mark.parametrize(
    "damage", [b"", b"a letter\n", b'{"nastutor_log": 1}\n', b'{"nastutor_log": 1, "objective": 3}\n']
)
def test_what_is_no_log_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "run.jsonl"
    path.write_bytes(damage)
    with pytest.raises(LogError, match=r"run\.jsonl"):
        read_log(path)
    with pytest.raises(FileNotFoundError):
        read_log(tmp_path / "none")


def test_a_search_that_broke_off_keeps_what_it_logged(cells, tmp_path):
    def breaks(genotype):
        calls.append(genotype)
        if len(calls) == 4:
            raise RuntimeError("the machine")
        return measure(genotype)

    calls = []
    with pytest.raises(EvaluationError):
        search(RandomSearch(cells), breaks, 10, log=tmp_path / "run.jsonl")
    found = read_log(tmp_path / "run.jsonl")
    assert len(found.history) == 3 and found.unfinished == 1
