"""Workers that die, that cannot load what they are sent, and executors of every kind."""

import inspect
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import types
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from kills import EXECUTORS, run_with_kills

from nastutor import search
from nastutor.loop import EvaluationError, WorkerError
from nastutor.loop.pool import RETRIES
from nastutor.searchers import RandomSearch

needs_fork = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")


def told(history):
    return [(r.proposal, r.metrics, r.value, r.violation, r.error) for r in history]


def forked(size=2, **options):
    return ProcessPoolExecutor(size, mp_context=multiprocessing.get_context("fork"), **options)


def sum_of_genotype(genotype):
    return {"val_accuracy": float(sum(genotype))}


# Deaths


@pytest.mark.skipif(sys.platform == "win32", reason="kills with signals")
@pytest.mark.parametrize(
    ("name", "kills"), [("threads", 3), ("fork", 3), ("spawn", 1), ("forkserver", 1), ("loky", 1), ("dask", 1)]
)
def test_what_was_under_way_when_a_worker_died_is_computed_again_and_nothing_else(tmp_path, name, kills):
    pytest.importorskip({"loky": "joblib", "dask": "distributed"}.get(name, "concurrent.futures"))
    report = run_with_kills(*EXECUTORS[name], kills, tmp_path)
    assert report.kills == kills
    assert report.is_equal, "the run is the undisturbed one"
    # A scheduler of Dask may compute a result again that it has just handed over, if its worker dies before the
    # scheduler hears that nobody waits for it any more. The search has it and does not see that.
    assert report.again <= (kills if name == "dask" else 0), "what is in the log is not computed again"
    assert report.evaluations < report.started <= report.evaluations + 3 * kills


def die_on_fours(genotype):
    if genotype[0] == 4:
        os._exit(1)
    return sum_of_genotype(genotype)


def exit_on_fours(genotype):
    if genotype[0] == 4:
        sys.exit("out of patience")
    return sum_of_genotype(genotype)


@pytest.mark.parametrize("on_error", ["raise", "record"])
@pytest.mark.parametrize(
    ("make", "evaluate"),
    [
        pytest.param(forked, die_on_fours, marks=needs_fork),
        pytest.param(forked, exit_on_fours, marks=needs_fork),
        (lambda: ThreadPoolExecutor(2), exit_on_fours),
    ],
    ids=["killed", "exits", "exits in a thread"],
)
def test_an_evaluation_that_always_kills_its_worker_ends_the_search_and_is_no_failed_architecture(
    cells, tmp_path, make, evaluate, on_error
):
    log = tmp_path / "run.jsonl"
    undisturbed = search(RandomSearch(cells, seed=6), sum_of_genotype, 40)
    first = next(record for record in undisturbed if record.genotype[0] == 4)
    with make() as pool, pytest.raises(WorkerError, match="not recorded as failed") as error:
        search(RandomSearch(cells, seed=6), evaluate, 40, log=log, executor=pool, ordered=True, on_error=on_error)
    assert str(first.genotype) in str(error.value)
    assert told(error.value.history) == told(undisturbed)[: first.proposal.id]
    with make() as pool:
        resumed = search(RandomSearch(cells, seed=6), sum_of_genotype, 40, log=log, executor=pool, ordered=True)
    assert told(resumed) == told(undisturbed)


@needs_fork
def test_deaths_are_counted_for_each_evaluation_and_the_last_one_may_still_succeed(cells, tmp_path):
    """Every evaluation kills its worker as often as is allowed; then it succeeds."""
    deaths = DiesOften(tmp_path)
    with forked(1) as pool:
        history = search(RandomSearch(cells, seed=6), deaths, 2, executor=pool)
    assert told(history) == told(search(RandomSearch(cells, seed=6), sum_of_genotype, 2))


class DiesOften:
    def __init__(self, folder):
        self.folder = folder

    def __call__(self, genotype):
        file = self.folder / "".join(map(str, genotype))
        before = file.stat().st_size if file.exists() else 0
        if before < RETRIES:
            file.write_bytes(bytes(before + 1))
            os._exit(1)
        return sum_of_genotype(genotype)


@needs_fork
def test_a_pool_that_a_death_has_broken_is_replaced_and_its_successor_is_shut_down(cells, tmp_path):
    with forked(1, initializer=os.umask, initargs=(0o027,)) as pool:
        for seed in range(2):  # the second search begins with the broken pool
            (tmp_path / str(seed)).mkdir()
            search(RandomSearch(cells, seed), DiesOften(tmp_path / str(seed)), 1, executor=pool)
    for file in tmp_path.rglob("[0-9]" * 6):
        assert file.stat().st_mode & 0o777 == 0o640, "the successor has the initializer too"
    assert multiprocessing.active_children() == []


class Sized(ProcessPoolExecutor):
    """A pool that does not keep what it was made of."""

    def __init__(self, gpus):
        super().__init__(len(gpus), mp_context=multiprocessing.get_context("fork"))


@needs_fork
def test_a_broken_pool_that_cannot_be_made_again_asks_for_a_function_that_makes_one(cells, tmp_path):
    with (
        Sized([0, 1]) as pool,
        pytest.raises(WorkerError, match=r"Sized is broken for good .* executor=lambda: Sized\(…\)") as error,
    ):
        search(RandomSearch(cells, seed=6), die_on_fours, 40, executor=pool, ordered=True)
    assert len(error.value.history) > 0
    made = []

    def make():
        made.append(Sized([0, 1]))
        return made[-1]

    search(RandomSearch(cells, seed=6), DiesOften(tmp_path), 1, executor=make)
    assert len(made) == 1 + RETRIES
    for pool in made:
        with pytest.raises(RuntimeError, match=r"shutdown|broken|terminated"):
            pool.submit(int)


def fail():
    raise RuntimeError("no such device")


@needs_fork
@pytest.mark.filterwarnings("ignore")
def test_a_pool_whose_workers_never_live_is_told_from_an_evaluation_that_kills_them(cells):
    with forked(initializer=fail) as pool, pytest.raises(WorkerError, match=r"before they evaluate anything .*initial"):
        search(RandomSearch(cells), sum_of_genotype, 4, executor=pool)


def test_a_pool_that_was_shut_down_is_an_error_that_carries_the_history(cells):
    pool = ThreadPoolExecutor(1)

    def evaluate(genotype):
        pool.shutdown(wait=False)
        return sum_of_genotype(genotype)

    with pytest.raises(RuntimeError, match="after shutdown") as error:
        search(RandomSearch(cells), evaluate, 4, executor=pool)
    assert len(error.value.history) == 1


# What workers cannot load


@needs_fork
@pytest.mark.parametrize("on_error", ["raise", "record"])
def test_a_function_that_cannot_be_sent_is_refused_at_once_with_what_to_do(cells, on_error):
    with (
        forked() as pool,
        pytest.raises(ValueError, match=r"cannot load evaluate, here .*<lambda>.*into a module") as error,
    ):
        search(RandomSearch(cells), lambda genotype: {"val_accuracy": 1.0}, 4, executor=pool, on_error=on_error)
    assert len(error.value.history) == 0


NOTEBOOK = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from nastutor import search
from nastutor.searchers import RandomSearch
from nastutor.spaces import CellSpace

def evaluate(genotype):
    return {"val_accuracy": float(sum(genotype))}

with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("METHOD")) as pool:
    print(len(search(RandomSearch(CellSpace()), evaluate, 4, executor=pool, on_error="record")))
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_function_of_a_notebook_works_with_forked_processes_and_is_refused_by_others(method):
    """`python -c` is like a notebook: its functions are in no file that another process could import."""
    code = NOTEBOOK.replace("METHOD", method)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    if method == "fork":
        assert done.stdout == "4\n"
    else:
        last = done.stderr.rstrip().splitlines()[-1]
        assert last.startswith("ValueError: the workers cannot load evaluate, here evaluate (")
        assert "put it into a module" in last and "ThreadPoolExecutor(4)" in last and "'fork'" in last


class Stubborn(Exception):
    """An exception that cannot be unpickled: a pool that tries is broken for good."""

    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")


def stubborn_on_fours(genotype):
    if genotype[0] == 4:
        raise Stubborn(7, "no pooling")
    return sum_of_genotype(genotype)


@needs_fork
def test_an_exception_that_cannot_travel_is_a_failed_evaluation_and_no_dead_worker(cells):
    with forked() as pool:
        options = {"executor": pool, "ordered": True}
        history = search(RandomSearch(cells, seed=6), stubborn_on_fours, 40, on_error="record", **options)
        assert {r.error for r in history if r.genotype[0] == 4} == {"Stubborn: 7: no pooling"}
        assert {r.error for r in history if r.genotype[0] != 4} == {None}
        with pytest.raises(EvaluationError, match="Stubborn: 7: no pooling") as error:
            search(RandomSearch(cells, seed=6), stubborn_on_fours, 40, **options)
        assert "stubborn_on_fours" in error.value.__cause__.__notes__[0]


# Executors of every kind


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        ("dask", r"executor 'dask' of type str is no concurrent.futures.Executor: give one, such as Thread"),
        (4, "executor 4 of type int"),
        (lambda: "dask", "executor 'dask' of type str"),
        (types.SimpleNamespace(get_executor=1, submit=2), "give its get_executor"),
        (types.SimpleNamespace(submit=2), r"cannot be waited for. See help\(nastutor.search\) to wrap it"),
    ],
)
def test_what_is_no_executor_is_refused_with_what_to_give(cells, executor, message):
    with pytest.raises(TypeError, match=message):
        search(RandomSearch(cells), sum_of_genotype, 4, executor=executor)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 4}, "workers=4 does nothing without an executor"),
        ({"workers": 0}, "workers 0: give at least 1"),
        ({"workers": 2.0}, "workers 2.0: give at least 1, a whole number"),
        ({"workers": "4"}, "workers '4': give"),
        ({"workers": True}, "workers True: give"),
        ({"ordered": "no"}, "ordered 'no': choose True or False"),
    ],
)
def test_workers_and_ordered_are_checked(cells, options, message):
    executor = {} if options == {"workers": 4} else {"executor": ThreadPoolExecutor(1)}
    with pytest.raises(ValueError, match=message):
        search(RandomSearch(cells), sum_of_genotype, 4, **options, **executor)


def test_a_function_that_makes_an_executor_is_called_once_and_what_it_made_is_shut_down(cells):
    made = []

    def make():
        made.append(ThreadPoolExecutor(3))
        return made[-1]

    history = search(RandomSearch(cells), sum_of_genotype, 10, executor=make, ordered=True)
    assert told(history) == told(search(RandomSearch(cells), sum_of_genotype, 10))
    (pool,) = made
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)


class Jobs:
    """Stands for a submitit executor: its jobs have a result to wait for, and are no futures."""

    def submit(self, function, *arguments):
        future = Future()
        threading.Thread(target=lambda: future.set_result(function(*arguments))).start()
        return types.SimpleNamespace(result=future.result)


def remote(function):
    """Stand for ray.remote."""

    def call(*arguments):
        future = Future()
        threading.Thread(target=lambda: future.set_result(function(*arguments))).start()
        return types.SimpleNamespace(future=lambda: future)

    return types.SimpleNamespace(remote=call)


@pytest.mark.parametrize(("name", "arguments"), [("Ray", ()), ("Slurm", (Jobs(), 4))])
def test_the_adapters_that_the_docstring_shows_work(cells, name, arguments):
    text = inspect.getdoc(search)
    names = {
        "Executor": Executor,
        "ThreadPoolExecutor": ThreadPoolExecutor,
        "ray": types.SimpleNamespace(remote=remote),
    }
    exec(textwrap.dedent(text[text.index("    class Ray") :]), names)
    executor = names[name](*arguments)
    history = search(RandomSearch(cells), sum_of_genotype, 20, executor=executor, workers=4, ordered=True)
    assert told(history) == told(search(RandomSearch(cells), sum_of_genotype, 20))


# Ctrl-C


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in the foreground: what a shell runs in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts itself with a signal")
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_keeps_what_threads_finish_and_pressed_again_leaves_it(cells, ordered):
    """Three evaluations are under way when the main thread is interrupted; they end only afterwards."""
    three, go_on = threading.Barrier(4, timeout=600), threading.Event()

    def evaluate(genotype):
        three.wait()
        assert go_on.wait(600)
        return sum_of_genotype(genotype)

    def press(times):
        three.wait()
        for _ in range(times):
            time.sleep(0.5)  # the main thread waits by now
            os.kill(os.getpid(), signal.SIGINT)
        if times == 1:
            go_on.set()

    for times, kept in [(1, 3), (2, 0)]:
        go_on.clear()
        threading.Thread(target=press, args=(times,)).start()
        with ThreadPoolExecutor(3) as pool:
            with pytest.warns(UserWarning, match="interrupt again to leave it|interrupted after"):
                history = search(RandomSearch(cells), evaluate, 50, executor=pool, ordered=ordered)
            go_on.set()
        assert history.interrupted
        assert len(history) == kept
        assert {record.proposal.id for record in history} == set(range(kept))
