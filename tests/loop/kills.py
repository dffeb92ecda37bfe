"""Searches whose workers are killed in the middle of evaluations, and what must be true of them nonetheless.

``python tests/loop/kills.py 15`` kills so many with each kind of executor and reports; the tests kill a few.
"""

import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from nastutor import search
from nastutor.searchers import RegularizedEvolution
from nastutor.spaces import CellSpace

WORKERS = 3


def metrics_of(genotype):
    return {"val_accuracy": 100.0 - sum(genotype), "params": float(genotype[0])}


class Watched:
    """An evaluator that writes down when it starts and ends, and whether the log had its result already."""

    def __init__(self, folder):
        self.log, self.journal = folder / "run.jsonl", folder / "journal.txt"
        self.order = folder / "kill"  # whoever finds this file in the middle of an evaluation dies

    def __call__(self, genotype):
        worker = f"{os.getpid()}-{threading.get_ident()}"
        self.write("again" if self.is_in_log(genotype) else "start", worker)
        for _ in range(10):
            time.sleep(0.005)
            if self.order.exists():
                self.order.unlink(missing_ok=True)
                raise SystemExit(1)
        self.write("end", worker)
        return metrics_of(genotype)

    def write(self, *words):
        with self.journal.open("a") as file:
            file.write(" ".join(words) + "\n")

    def is_in_log(self, genotype):
        """Whether each proposal of this genotype that the log knows has its result there."""
        lines = [json.loads(line) for line in self.log.read_bytes().split(b"\n")[1:-1]]
        asked = [line["ask"] for line in lines if line.get("genotype") == list(genotype)]
        return set(asked) <= {line["tell"] for line in lines if "tell" in line}

    def events(self):
        lines = self.journal.read_text().split("\n")[:-1] if self.journal.exists() else []
        return [line.split() for line in lines]

    def count(self, event):
        return sum(words[0] == event for words in self.events())

    def busy(self):
        """Return the workers that are in the middle of an evaluation, and not of their first.

        Dask does not replace a worker that is killed before it has reported that it started.
        """
        events = self.events()
        ended = {worker for event, worker in events if event == "end"}
        last = {worker: event for event, worker in events}
        return [worker for worker, event in last.items() if event != "end" and worker in ended]


def kill_process(watched):
    """Kill one process that is evaluating; return whether there was one."""
    for worker in watched.busy():
        try:
            os.kill(int(worker.split("-")[0]), signal.SIGKILL)
        except ProcessLookupError:  # one that was killed before
            continue
        watched.write("end", worker)
        return True
    return False


def kill_thread(watched):
    """Have a thread that is evaluating raise SystemExit; return whether one did."""
    watched.order.touch()
    deadline = time.monotonic() + 60
    while watched.order.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    return not watched.order.exists()


class Report(NamedTuple):
    """How many workers were killed, evaluations started, and started though their result was in the log."""

    kills: int
    evaluations: int
    started: int
    again: int
    is_equal: bool


def run_with_kills(make_executor, kill, kills, folder, between=6):
    """Search while `kills` workers are killed, one each time that `between` more evaluations have ended."""
    budget = kills * 2 * between + 10
    watched = Watched(folder)
    killed = []

    def killer():
        seen = 0
        while len(killed) < kills and not over.wait(0.02):
            if watched.count("end") >= seen + between and kill(watched):
                killed.append(1)
                seen = watched.count("end")

    over = threading.Event()
    thread = threading.Thread(target=killer, daemon=True)
    thread.start()
    try:
        with make_executor() as executor:
            history = search(
                RegularizedEvolution(CellSpace(), 1, population_size=8, sample_size=4),
                watched,
                budget,
                log=watched.log,
                executor=executor,
                workers=WORKERS,
                ordered=True,
                on_error="record",
            )
    finally:
        over.set()
        thread.join(10)
    with ThreadPoolExecutor(WORKERS) as threads:
        searcher = RegularizedEvolution(CellSpace(), 1, population_size=8, sample_size=4)
        undisturbed = search(searcher, metrics_of, budget, executor=threads, ordered=True)
    started = watched.count("start") + watched.count("again")
    is_equal = list(history) == list(undisturbed)
    return Report(len(killed), len(history), started, watched.count("again"), is_equal)


@contextmanager
def threads():
    with ThreadPoolExecutor(WORKERS) as pool:
        yield pool


def processes(method):
    @contextmanager
    def make():
        with ProcessPoolExecutor(WORKERS, multiprocessing.get_context(method)) as pool:
            yield pool

    return make


@contextmanager
def loky():
    from joblib.externals.loky import get_reusable_executor

    yield get_reusable_executor(WORKERS)
    get_reusable_executor(WORKERS).shutdown(kill_workers=True)


@contextmanager
def dask():
    from dask import config
    from distributed import Client, LocalCluster

    # A loaded machine may take longer than the usual 15 s to start a worker; then the cluster would do without.
    with config.set({"distributed.deploy.lost-worker-timeout": "300s"}):
        cluster = LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=50)
        try:
            with Client(cluster) as client:
                yield client.get_executor()
        finally:
            try:
                cluster.close()
            except TimeoutError:  # Dask 2024 gives a worker that it has killed two seconds to be gone
                for process in multiprocessing.active_children():
                    process.join(60)


EXECUTORS = {
    "threads": (threads, kill_thread),
    "fork": (processes("fork"), kill_process),
    "spawn": (processes("spawn"), kill_process),
    "forkserver": (processes("forkserver"), kill_process),
    "loky": (loky, kill_process),
    "dask": (dask, kill_process),
}

if __name__ == "__main__":
    for name in sys.argv[2:] or EXECUTORS:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            report = run_with_kills(*EXECUTORS[name], int(sys.argv[1]), Path(folder))
        print(f"{name:<11} {report}  {time.monotonic() - start:.0f} s", flush=True)
