"""The loop: budgets, goals, failures, executors."""

import random
import threading
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from nastutor import repeat, search
from nastutor.loop.search import EvaluationError
from nastutor.searchers import LocalSearch, RandomSearch, RegularizedEvolution, Searcher


def told(history):
    return [(r.proposal, r.metrics, r.value, r.violation, r.error) for r in history]


def fail_at(landscape, call, failure):
    """Return an evaluator whose call number `call` (from 0) raises `failure`, or returns it if it is a value."""
    calls = iter(range(10**6))

    def evaluate(genotype):
        if next(calls) != call:
            return landscape(genotype)
        if isinstance(failure, BaseException):
            raise failure
        return failure

    return evaluate


class Halving(Searcher):
    """Successive halving in small: four architectures for 1 epoch, the best two for 3, the best one for 9."""

    def __init__(self, space, seed=0, with_parents=True):
        super().__init__(space, seed)
        self.with_parents = with_parents
        self.queue = deque((space.sample(self.rng), 1, ()) for _ in range(4))
        self.rung = []

    def ask(self):
        return self._propose(*self.queue.popleft()) if self.queue else None

    def tell(self, proposal, value, violation=0.0):
        self.rung.append((self._receive(proposal, value, violation), proposal))
        if not self.queue and not self.pending and len(self.rung) > 1:
            best = sorted(self.rung, reverse=True)[: len(self.rung) // 2]
            self.rung = []
            for _, done in best:
                parents = (done.id,) if self.with_parents else ()
                self.queue.append((done.genotype, 3 * done.epochs, parents))


class Same(Searcher):
    """Proposes one architecture again and again, with the epochs and parents that a test wants."""

    def __init__(self, space, plan):
        super().__init__(space)
        self.plan = deque(plan)

    def ask(self):
        return self._propose(*self.plan.popleft()) if self.plan else None

    def tell(self, proposal, value, violation=0.0):
        self._receive(proposal, value, violation)


def trained(genotype, epochs):
    return {"val_accuracy": float(sum(genotype)), "train_seconds": 10.0 * epochs}


# Budgets


def test_a_repeated_architecture_counts_against_the_budget(chains, landscape):
    history = search(RandomSearch(chains, seed=0), landscape, budget=100)
    assert len(history) == 100
    assert len({record.genotype for record in history}) <= chains.size < 100


def test_a_search_ends_before_its_budget_where_the_searcher_has_finished(chains, landscape):
    assert len(search(LocalSearch(chains, seed=0), landscape, budget=100)) == chains.size


def test_simulated_seconds_end_a_search_and_the_evaluation_that_reaches_the_limit_is_kept(cells, landscape):
    history = search(RandomSearch(cells, seed=0), landscape, max_seconds=100)
    seconds = np.cumsum([record.metrics["train_seconds"] for record in history])
    assert seconds[-2] < 100 <= seconds[-1]


@pytest.mark.parametrize(("max_epochs", "evaluations"), [(3, 3), (4, 4), (5, 5), (7, 6), (8, 6), (9, 7), (100, 7)])
def test_a_promotion_is_charged_the_additional_epochs_only(cells, max_epochs, evaluations):
    """The rungs cost 4·1, 2·(3−1) and 9−3 epochs; after 8 epochs the last evaluation still has room."""
    history = search(Halving(cells), trained, max_epochs=max_epochs)
    assert len(history) == evaluations


def test_without_a_parent_the_same_training_is_charged_in_full(cells):
    """4·1 + 2·3 = 10 epochs reach the limit that leaves room for the last rung where promotions are cheaper."""
    assert len(search(Halving(cells, with_parents=False), trained, max_epochs=9)) == 6


def test_a_promotion_is_charged_the_additional_seconds_only(cells):
    """The rungs cost 40, 40 and 60 seconds."""
    assert len(search(Halving(cells), trained, max_seconds=80)) == 6
    assert len(search(Halving(cells), trained, max_seconds=81)) == 7


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (((0,) * 6, 3, (0,)), "the same number of epochs is no continuation"),
        (((0,) * 6, 2, (0,)), "fewer epochs are no continuation"),
        (((1,) * 6, 5, (0,)), "a child is another architecture: nothing of its parent's training is left"),
        (((0,) * 6, 5, ()), "without a parent it starts from nothing"),
    ],
)
def test_only_the_same_architecture_trained_further_is_a_promotion(cells, second, why):
    """The first takes 3 epochs; both in full take 3 + the second's, and then no third is started."""
    limit = 3 + second[1]
    plan = [((0,) * 6, 3), second, ((2,) * 6, 1)]
    assert len(search(Same(cells, plan), trained, max_epochs=limit)) == 2, why


def test_the_best_is_taken_from_the_highest_fidelity(cells):
    """Here more epochs give lower values, as after over-fitting: a short run's luck must not win."""

    def evaluate(genotype, epochs):
        return {"val_accuracy": sum(genotype) - 100.0 * epochs}

    history = search(Halving(cells), evaluate, max_epochs=100)
    assert history.best().proposal.epochs == 9
    assert history.incumbent()[-1].proposal.epochs == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give a budget"),
        ({"budget": 0}, "budget 0: give a positive whole number"),
        ({"budget": -3}, "budget -3"),
        ({"budget": 10.0}, "budget 10.0"),
        ({"budget": "10"}, "budget '10'"),
        ({"max_seconds": 0}, "max_seconds 0: give a positive number"),
        ({"budget": True}, "budget True"),
        ({"max_seconds": float("nan")}, "max_seconds nan"),
        ({"max_seconds": float("inf")}, "max_seconds inf: give a positive number, not infinite"),
        ({"max_seconds": "10"}, "max_seconds '10'"),
        ({"max_epochs": -1}, "max_epochs -1"),
        ({"max_epochs": 10}, "needs a searcher that sets the epochs"),
        ({"budget": 5, "on_error": "ignore"}, "on_error 'ignore': choose 'raise' or 'record'"),
        ({"budget": 5, "objective": ()}, "objective is empty"),
        ({"budget": 5, "objective": ""}, "objective ''"),
        ({"budget": 5, "objective": "val accuracy"}, "objective 'val accuracy'"),
        ({"budget": 5, "objective": "epochs"}, "metric 'epochs': a history has that name for itself"),
        ({"budget": 5, "objective": "--latency_ms"}, "objective '--latency_ms'"),
        ({"budget": 5, "objective": ("val_accuracy", 3)}, "objective 3"),
        ({"budget": 5, "objective": ("val_accuracy", "-val_accuracy")}, "each metric once"),
        ({"budget": 5, "constraints": {"params": (None, None)}}, "allows everything"),
        ({"budget": 5, "constraints": {"params": 5}}, r"give \(lowest, highest\)"),
        ({"budget": 5, "constraints": {"params": (1, 2, 3)}}, r"give \(lowest, highest\)"),
        ({"budget": 5, "constraints": {"params": ("a few", None)}}, r"give \(lowest, highest\)"),
        ({"budget": 5, "constraints": {"params": (2, 1)}}, "nothing lies between 2 and 1"),
        ({"budget": 5, "constraints": {"params": (None, float("nan"))}}, "nothing lies between"),
        ({"budget": 5, "workers": 0, "executor": ThreadPoolExecutor(1)}, "workers 0: give at least 1"),
    ],
)
def test_bad_arguments_are_refused_before_or_at_the_first_evaluation(cells, landscape, options, message):
    with pytest.raises(ValueError, match=message):
        search(RandomSearch(cells), landscape, **options)


@pytest.mark.parametrize("seconds", [{}, {"train_seconds": float("nan")}, {"train_seconds": -1.0}])
def test_max_seconds_needs_usable_training_seconds_lest_the_search_never_ends(cells, seconds):
    with pytest.raises(ValueError, match=r"max_seconds needs .*train_seconds"):
        search(RandomSearch(cells), lambda genotype: {"val_accuracy": 1.0} | seconds, max_seconds=10)


def test_max_seconds_ends_where_evaluations_cost_nothing_and_says_so(cells):
    """As with an evaluator that remembers: what it has computed before costs nothing more."""
    seen = set()

    def evaluate(genotype):
        is_new = genotype[0] not in seen
        seen.add(genotype[0])
        return {"val_accuracy": 1.0, "train_seconds": 1.0 if is_new else 0.0}

    with pytest.warns(UserWarning, match="the last 1000 evaluations cost no train_seconds: max_seconds=10 may never"):
        history = search(RandomSearch(cells), evaluate, max_seconds=10)
    assert len(seen) == 5
    assert len(history) > 1000
    assert not any(record.metrics["train_seconds"] for record in history[-1000:])


# Goals


def test_a_leading_minus_minimises(open_table):
    table = open_table("cifar10")
    history = search(LocalSearch(table.space), table.evaluate, budget=200, objective="-latency_ms")
    latencies = [record.metrics["latency_ms"] for record in history]
    assert history.best().metrics["latency_ms"] == min(latencies)
    assert history.best().value == -min(latencies)
    assert min(latencies) < np.quantile(table.values("latency_ms"), 0.01)


class Tells(RandomSearch):
    """Random search that keeps what it is told."""

    def tell(self, proposal, value, violation=0.0):
        del self.pending[proposal.id]
        self.told = [*getattr(self, "told", []), (value, violation)]


def test_several_objectives_are_told_as_a_tuple_with_their_signs(cells, landscape):
    searcher = Tells(cells)
    history = search(searcher, landscape, budget=30, objective=("val_accuracy", "-latency_ms"))
    expected = [(r.metrics["val_accuracy"], -r.metrics["latency_ms"]) for r in history]
    assert [value for value, _ in searcher.told] == expected
    with pytest.raises(ValueError, match=r"2 objectives \(val_accuracy, -latency_ms\) have no best: use pareto"):
        history.best()


def test_violations_are_relative_to_their_bounds_and_add_up(cells):
    searcher = Tells(cells)
    metrics = {"val_accuracy": 1.0, "params": 150.0, "latency_ms": 4.0}
    bounds = {"params": (None, 100.0), "latency_ms": (5.0, 6.0)}
    history = search(searcher, lambda genotype: metrics, budget=1, constraints=bounds)
    assert searcher.told == [(1.0, pytest.approx(50 / 100 + 1 / 5))]
    assert not history[0].is_feasible


def test_the_best_meets_the_constraints_even_if_others_are_better(cells, landscape):
    history = search(RandomSearch(cells, seed=0), landscape, budget=200, constraints={"latency_ms": (12, 13)})
    best = history.best()
    assert 12 <= best.metrics["latency_ms"] <= 13
    assert best.value == max(r.value for r in history if 12 <= r.metrics["latency_ms"] <= 13)
    assert best.value < max(r.value for r in history)


def test_where_nothing_is_feasible_the_error_names_the_closest(cells, landscape):
    history = search(RandomSearch(cells, seed=0), landscape, budget=50, constraints={"latency_ms": (None, 2.5)})
    closest = min(history, key=lambda record: (record.metrics["latency_ms"], record.genotype))
    with pytest.raises(ValueError, match="none of 50 evaluations meets") as error:
        history.best()
    assert f"latency_ms in [−∞, 2.5]; the closest is {closest.genotype} with latency_ms = " in str(error.value)
    with pytest.raises(ValueError, match="the closest is"):
        history.pareto()


# Failures


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (RuntimeError("out of memory"), "RuntimeError: out of memory"),
        ({"val_accuracy": float("nan")}, "val_accuracy is nan"),
        ({"val_accuracy": float("inf")}, "val_accuracy is inf"),
        ({"val_accuracy": np.float32("-inf")}, "val_accuracy is -inf"),
    ],
)
def test_a_failed_evaluation_stops_the_run_and_leaves_what_was_done(cells, landscape, failure, message):
    with pytest.raises(EvaluationError, match=message) as error:
        search(RandomSearch(cells, seed=0), fail_at(landscape, 7, failure), budget=20)
    assert told(error.value.history) == told(search(RandomSearch(cells, seed=0), landscape, budget=7))
    eighth = search(RandomSearch(cells, seed=0), landscape, budget=8)[7].genotype
    assert f"evaluation 7 of genotype {eighth}" in str(error.value)
    assert error.value.__cause__ is (failure if isinstance(failure, Exception) else None)


@pytest.mark.parametrize("failure", [RuntimeError("out of memory"), {"val_accuracy": float("nan")}])
def test_a_recorded_failure_is_counted_and_skipped(cells, landscape, failure):
    history = search(RandomSearch(cells, seed=0), fail_at(landscape, 7, failure), budget=20, on_error="record")
    assert len(history) == 20
    assert [record.proposal.id for record in history if record.error is not None] == [7]
    assert history[7].value is None
    assert not history[7].is_feasible
    assert "1 failed" in repr(history)
    assert history.best().proposal.id != 7
    others = [r for i, r in enumerate(search(RandomSearch(cells, seed=0), landscape, budget=20)) if i != 7]
    assert [r for i, r in enumerate(history) if i != 7] == others


def test_a_diverged_training_at_chance_is_a_valid_result(cells):
    history = search(RandomSearch(cells), lambda genotype: {"val_accuracy": 10.0, "diverged": 1.0}, budget=3)
    assert all(record.is_feasible for record in history)


@pytest.mark.parametrize("on_error", ["raise", "record"])
@pytest.mark.parametrize(
    ("result", "kind", "message"),
    [
        ({"accuracy": 1.0}, ValueError, r"objective 'val_accuracy': .* returned accuracy; choose among these"),
        ({}, ValueError, "returned nothing"),
        (93.0, TypeError, "must return metrics by name, got 93.0"),
        (None, TypeError, "must return metrics by name, got None"),
    ],
)
def test_a_result_of_the_wrong_form_is_a_mistake_to_correct_not_a_failure_to_record(
    cells, on_error, result, kind, message
):
    with pytest.raises(kind, match=message):
        search(RandomSearch(cells), lambda genotype: result, budget=3, on_error=on_error)


def test_a_constraint_on_a_metric_that_is_not_there_is_refused(cells, landscape):
    with pytest.raises(ValueError, match=r"constraint 'params': .* returned val_accuracy, latency_ms, train_seconds"):
        search(RandomSearch(cells), landscape, budget=3, constraints={"params": (None, 1e6)})


def test_ctrl_c_keeps_what_was_done(cells, landscape):
    with pytest.warns(UserWarning, match="interrupted after 12 evaluations; they are kept"):
        history = search(RandomSearch(cells, seed=0), fail_at(landscape, 12, KeyboardInterrupt()), budget=50)
    assert history.interrupted
    assert told(history) == told(search(RandomSearch(cells, seed=0), landscape, budget=12))


def test_ctrl_c_in_a_parallel_run_keeps_what_was_done(cells, landscape):
    with ThreadPoolExecutor(3) as pool, pytest.warns(UserWarning, match="interrupted after 12"):
        history = search(
            RandomSearch(cells, seed=0),
            fail_at(landscape, 12, KeyboardInterrupt()),
            budget=50,
            executor=pool,
            workers=1,
            ordered=True,
        )
    assert history.interrupted
    assert told(history) == told(search(RandomSearch(cells, seed=0), landscape, budget=12))


# Executors


def reference(searcher, landscape, budget, workers):
    """Tell results in the order of the asks, with `workers` proposals under way: what ordered=True promises."""
    under_way, results, asked = deque(), [], 0
    while True:
        while len(under_way) < workers and asked < budget and (proposal := searcher.ask()) is not None:
            under_way.append(proposal)
            asked += 1
        if not under_way:
            return results
        proposal = under_way.popleft()
        metrics = landscape(proposal.genotype)
        searcher.tell(proposal, metrics["val_accuracy"])
        results.append((proposal, metrics))


@pytest.mark.parametrize("workers", [1, 3])
def test_an_ordered_parallel_run_does_not_depend_on_speed(make_searcher, chains, landscape, workers):
    delays = random.Random(0)

    def evaluate(genotype, epochs=None):
        time.sleep(delays.random() * 0.004)
        return landscape(genotype)

    expected = reference(make_searcher(chains, seed=2), landscape, 40, workers)
    with ThreadPoolExecutor(workers) as pool:
        history = search(make_searcher(chains, seed=2), evaluate, 40, executor=pool, ordered=True)
    assert [(record.proposal, record.metrics) for record in history] == expected


def test_one_ordered_worker_is_the_serial_run(make_searcher, cells, landscape):
    with ThreadPoolExecutor(1) as pool:
        parallel = search(make_searcher(cells, seed=2), landscape, 60, executor=pool, ordered=True)
    assert told(parallel) == told(search(make_searcher(cells, seed=2), landscape, 60))


def test_in_any_order_the_fast_are_told_first(cells):
    """The first architecture is slow; its nine followers must not wait for it."""
    slow, told = RandomSearch(cells, seed=0).ask().genotype, threading.Semaphore(0)

    class Counted(RandomSearch):
        def tell(self, proposal, value, violation=0.0):
            super().tell(proposal, value, violation)
            told.release()

    def evaluate(genotype):
        if genotype == slow:
            assert all(told.acquire(timeout=600) for _ in range(9))
        return {"val_accuracy": 1.0}

    with ThreadPoolExecutor(2) as pool:
        history = search(Counted(cells, seed=0), evaluate, 10, executor=pool)
    assert [record.proposal.id for record in history] == [*range(1, 10), 0]


@pytest.mark.parametrize("ordered", [True, False])
def test_exactly_as_many_evaluations_are_under_way_as_workers_and_the_budget_is_kept(cells, ordered):
    three = threading.Barrier(3, timeout=600)
    under_way, counts = set(), []

    def evaluate(genotype):
        key = object()
        under_way.add(key)
        three.wait()  # goes on once three are under way
        counts.append(len(under_way))
        under_way.remove(key)
        return {"val_accuracy": 1.0}

    with ThreadPoolExecutor(8) as pool:
        history = search(RandomSearch(cells), evaluate, 30, executor=pool, workers=3, ordered=ordered)
    assert len(history) == len(counts) == 30
    assert max(counts) <= 3


def sum_of_genotype(genotype):
    return {"val_accuracy": float(sum(genotype))}


def test_a_process_pool_gives_what_a_serial_run_gives(cells):
    serial = search(RandomSearch(cells, seed=3), sum_of_genotype, 40)
    with ProcessPoolExecutor(2) as pool:
        ordered = search(RandomSearch(cells, seed=3), sum_of_genotype, 40, executor=pool, ordered=True)
        free = search(RandomSearch(cells, seed=3), sum_of_genotype, 40, executor=pool)
    assert told(ordered) == told(serial)
    assert sorted(told(free), key=lambda item: item[0]) == told(serial)


def raise_on_fours(genotype):
    if genotype[0] == 4:
        raise ValueError(f"no pooling first: {genotype}")
    return sum_of_genotype(genotype)


def test_a_failure_in_a_process_pool_is_raised_with_its_genotype(cells):
    with ProcessPoolExecutor(2) as pool, pytest.raises(EvaluationError, match="ValueError: no pooling first") as error:
        search(RandomSearch(cells, seed=3), raise_on_fours, 40, executor=pool, ordered=True)
    first = next(
        i for i, r in enumerate(search(RandomSearch(cells, seed=3), sum_of_genotype, 40)) if r.genotype[0] == 4
    )
    assert len(error.value.history) == first


def test_generations_wait_for_their_members(cells, landscape):
    """With more workers than the population, evolution has nothing to ask until a result is in."""
    with ThreadPoolExecutor(30) as pool:
        searcher = RegularizedEvolution(cells, seed=0, population_size=8, sample_size=4)
        history = search(searcher, landscape, 60, executor=pool)
    assert len(history) == 60
    assert sum(not record.proposal.parents for record in history) == 8


# Many runs


def test_repeat_is_one_search_a_seed(cells, landscape):
    histories = repeat(lambda seed: RegularizedEvolution(cells, seed=seed), landscape, 50, seeds=(5, 2))
    for seed, history in zip((5, 2), histories, strict=True):
        assert told(history) == told(search(RegularizedEvolution(cells, seed=seed), landscape, 50))


def test_repeat_logs_each_run_into_its_own_file_and_goes_on_from_there(cells, landscape, tmp_path):
    def runs(budget, evaluate):
        log = tmp_path / "{other}" / "run_{seed}.jsonl"
        return repeat(lambda seed: RandomSearch(cells, seed=seed), evaluate, budget, np.arange(3), log=log)

    first = runs(10, landscape)
    assert sorted(path.name for path in (tmp_path / "{other}").iterdir()) == [f"run_{seed}.jsonl" for seed in range(3)]
    for before, after in zip(first, runs(10, fail_at(landscape, 0, RuntimeError("must not be called")))):
        assert told(before) == told(after)
    assert [len(history) for history in runs(12, landscape)] == [12] * 3


def test_repeat_keeps_the_finished_runs_when_a_later_one_fails(cells, landscape):
    evaluate = fail_at(landscape, 25, RuntimeError("out of memory"))
    with pytest.raises(EvaluationError, match="out of memory") as error:
        repeat(lambda seed: RandomSearch(cells, seed=seed), evaluate, 10, seeds=(5, 2, 8, 1))
    assert [len(history) for history in error.value.histories] == [10, 10]
    assert told(error.value.histories[1]) == told(search(RandomSearch(cells, seed=2), landscape, 10))
    assert len(error.value.history) == 5
    assert error.value.__notes__ == ["seed 8; the 2 runs before it are in this exception's .histories"]


def test_any_exception_of_a_search_carries_what_was_done(cells, landscape):
    class Faulty(RandomSearch):
        def tell(self, proposal, value, violation=0.0):
            super().tell(proposal, value, violation)
            assert proposal.id < 6

    with pytest.raises(AssertionError) as error:
        search(Faulty(cells), landscape, 10)
    assert len(error.value.history) == 7


def test_repeat_refuses_one_log_for_all_runs(cells, landscape):
    with pytest.raises(ValueError, match=r"put \{seed\} into the name"):
        repeat(lambda seed: RandomSearch(cells, seed=seed), landscape, 5, seeds=range(2), log="run.jsonl")


def test_ctrl_c_ends_all_runs(cells, landscape):
    interrupted = fail_at(landscape, 25, KeyboardInterrupt())
    with pytest.warns(UserWarning, match="interrupted after 5 evaluations"):
        histories = repeat(lambda seed: RandomSearch(cells, seed=seed), interrupted, 10, seeds=range(100))
    assert [len(history) for history in histories] == [10, 10, 5]


def test_a_result_of_the_wrong_form_carries_what_was_done(cells):
    def evaluate(genotype, done=[]):  # noqa: B006
        done.append(genotype)
        return {"val_accuracy": 1.0} if len(done) < 4 else {"accuracy": 1.0}

    with pytest.raises(ValueError, match="returned accuracy") as caught:
        search(RandomSearch(cells), evaluate, 10)
    assert len(caught.value.history) == 3


def test_failures_that_cost_nothing_need_a_limit_that_they_count_for(cells):
    with pytest.raises(ValueError, match="may never end"):
        search(RandomSearch(cells), lambda genotype: 1 / 0, max_seconds=10, on_error="record")


ODD = [
    *(0, -1, 2, 1.5, True, float("nan"), float("inf"), 1j, np.float64(3.5), np.int64(3), np.arange(3), range(3)),
    *("", "raise", "3", "-", "val_accuracy", b"3", [], [1], (), ("a", None), [[]], iter("ab"), {"a"}),
    *({}, {"a": 1}, {"a": (0, 1)}, {1: (0, 1)}, {"a": (None, "x")}, object(), print, int, Ellipsis),
]
OF_SEARCH = ("searcher", "evaluate", "budget", "objective", "constraints", "max_seconds", "max_epochs", "on_error")


@pytest.mark.parametrize("name", [*OF_SEARCH, "log", "executor", "workers", "ordered", "make_searcher", "seeds"])
def test_an_odd_argument_works_or_is_refused_by_its_name(cells, landscape, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)  # some of these are names of files

    def run(**options):
        if name in ("make_searcher", "seeds"):
            options = {"make_searcher": lambda seed: RandomSearch(cells, seed), "seeds": range(2)} | options
            return repeat(evaluate=landscape, budget=3, **options)
        return search(**{"searcher": RandomSearch(cells), "evaluate": landscape, "budget": 3} | options)

    for value in ODD:
        try:
            run(**{name: value})
        except (ValueError, TypeError, EvaluationError) as error:
            text = " ".join([str(error), *getattr(error, "__notes__", [])])
            assert any(word in text for word in (name.removesuffix("s"), "metric", "seed", "failed")), (value, error)
        except IsADirectoryError as error:
            assert name == "log" and value == "", error


def test_common_slips_are_named(cells, landscape):
    with pytest.raises(TypeError, match=r"not its class: RandomSearch\(space, seed=0\)"):
        search(RandomSearch, landscape, 5)
    with pytest.raises(TypeError, match=r"such as bench.evaluate; got \{\}"):
        search(RandomSearch(cells), {}, 5)
