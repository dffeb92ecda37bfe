"""What an evaluator returns becomes plain floats at once, whatever it was, or a failure of that evaluation."""

import decimal
import fractions
import itertools
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import search
from nastutor.arguments import as_float
from nastutor.loop import EvaluationError
from nastutor.loop.outcome import Outcome, evaluated
from nastutor.searchers import Proposal, RandomSearch

NUMBERS = [
    7,
    True,
    2.5,
    10**300,
    fractions.Fraction(1, 3),
    decimal.Decimal("0.1"),
    np.float16(1.1),
    np.float32(1) / 3,
    np.float64(1) / 3,
    np.longdouble(1) / 3,
    np.int8(-3),
    np.uint64(2**64 - 1),
    np.bool_(True),
    np.array(2.5),
    np.array([2.5]),
    np.array([[7]]),
    np.array(fractions.Fraction(1, 3), dtype=object),
    np.ma.array([2.5]),
    pd.Series([2.5]),
    pd.Series({"a": 1}).iloc[0],
    float("nan"),
    float("-inf"),
    np.ma.masked,
    np.ma.array([1], mask=[True]),
    decimal.Decimal("NaN"),
]

NO_NUMBERS = [
    None,
    "high",
    "12",
    b"12",
    np.str_("12"),
    np.array("12"),
    bytearray(b"1"),
    np.array([1.0, 2.0]),
    np.array([]),
    [1.0],
    (1.0,),
    {"a": 1.0},
    1j,
    np.complex128(1),
    10**400,
    decimal.Decimal("sNaN"),
    pd.NA,
    pd.NaT,
    pd.Series([1.0, 2.0]),
    np.datetime64("2020-01-01"),
    np.timedelta64(5, "s"),
    np.void(b"12"),
    object(),
    print,
    int,
]


def tensors():
    torch = pytest.importorskip("torch")
    weight = torch.tensor(1.5, requires_grad=True)
    good = [torch.tensor(2), torch.tensor(True), torch.tensor([[2.5]]), torch.tensor(0.1, dtype=torch.bfloat16)]
    return [weight, weight * 2, *good], [torch.tensor([1.0, 2.0]), torch.tensor([]), torch.tensor(1j)]


def told(history):
    return [(r.proposal, repr(r.metrics), r.value, r.violation, r.error) for r in history]  # nan is not equal to itself


class Broken:
    """An object that cannot even be shown."""

    def __float__(self):
        raise KeyError("never")

    def __repr__(self):
        raise ValueError("nothing to see")


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_any_scalar_becomes_the_float_that_it_is(value):
    plain = as_float(value)
    assert type(plain) is float
    if not np.isfinite(plain):
        assert np.isnan(plain) or plain == value
    else:
        assert plain == float(np.asarray(value).item())


@pytest.mark.parametrize("value", [*NO_NUMBERS, Broken()], ids=lambda value: type(value).__name__)
def test_what_is_no_number_is_none(value):
    with pytest.raises((TypeError, ValueError, OverflowError, KeyError)):
        as_float(value)


@pytest.mark.filterwarnings("error")
def test_a_tensor_of_one_element_is_a_number_whatever_its_graph():
    numbers, others = tensors()
    assert [as_float(number) for number in numbers] == [1.5, 3.0, 2.0, 1.0, 2.5, float(numbers[-1])]
    for other in others:
        with pytest.raises((TypeError, RuntimeError)):
            as_float(other)


@given(st.floats(allow_nan=False) | st.integers(-(2**70), 2**70) | st.fractions())
def test_a_float_is_kept_to_the_last_bit_and_others_are_rounded_as_python_does(value):
    outcome = evaluated(lambda genotype: {"a": value}, Proposal(0, (0,)))
    assert outcome == Outcome({"a": float(value)})
    assert pickle.loads(pickle.dumps(outcome)) == outcome


@contextmanager
def executors(name):
    if name == "serial":
        yield {}
        return
    with ThreadPoolExecutor(2) as pool:
        yield {"executor": pool, "ordered": True}


@pytest.mark.parametrize("name", ["serial", "ordered"])
@pytest.mark.parametrize("with_log", [False, True])
def test_histories_hold_floats_and_a_resumed_one_is_the_same(cells, tmp_path, name, with_log):
    """Each evaluation returns another type, also in a metric that nobody uses; with a log nothing differs."""
    numbers = NUMBERS + tensors()[0]
    finite = [number for number in numbers if np.isfinite(as_float(number))]

    def evaluate(genotype):
        at = sum(genotype)
        return {"val_accuracy": finite[at % len(finite)], "other": numbers[7 * at % len(numbers)]}

    log = {"log": tmp_path / "run.jsonl"} if with_log else {}
    with executors(name) as options:
        whole = search(RandomSearch(cells), evaluate, 60, **options)
        search(RandomSearch(cells), evaluate, 25, **options, **log)
        resumed = search(RandomSearch(cells), evaluate, 60, **options, **log)
    for record in whole:
        assert {type(value) for value in [record.value, *record.metrics.values()]} == {float}
    assert told(resumed) == told(whole)


@pytest.mark.parametrize("with_log", [False, True])
@pytest.mark.parametrize("value", [*NO_NUMBERS, Broken()], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("metric", ["val_accuracy", "other"])
def test_what_is_no_number_fails_the_evaluation_and_keeps_the_finished_ones(cells, tmp_path, with_log, value, metric):
    log = {"log": tmp_path / "run.jsonl"} if with_log else {}
    fourth = search(RandomSearch(cells), lambda genotype: {"val_accuracy": 1.0}, 4)[3].genotype

    def evaluate(genotype):
        metrics = {"val_accuracy": float(sum(genotype)), "other": 2.0}
        return metrics | ({metric: value} if genotype == fourth else {})

    with pytest.raises(EvaluationError, match=f"evaluation 3 .* failed: {metric} is .*, which is no number") as error:
        search(RandomSearch(cells), evaluate, 6, **log)
    recorded = search(RandomSearch(cells), evaluate, 6, on_error="record", **log)
    assert [record.error is None for record in recorded] == [True] * 3 + [False] + [True] * 2
    assert list(error.value.history) == recorded[:3]
    assert recorded[3].metrics.keys() == {"val_accuracy", "other"} - {metric}, "what is a number is kept"
    assert told(search(RandomSearch(cells), evaluate, 6, on_error="record", **log)) == told(recorded)


def test_an_evaluator_that_uses_one_dictionary_again_and_again_changes_no_record(cells):
    metrics = {}

    def evaluate(genotype):
        metrics["val_accuracy"] = float(sum(genotype))
        return metrics

    history = search(RandomSearch(cells), evaluate, 20)
    assert [record.metrics["val_accuracy"] for record in history] == [sum(record.genotype) for record in history]


def test_in_parallel_a_result_is_copied_before_its_thread_goes_on(cells):
    """Each thread has a dictionary of its own for all its results; the first result waits long for its turn."""
    own, slow = threading.local(), RandomSearch(cells).ask().genotype
    others = threading.Semaphore(0)

    def evaluate(genotype):
        metrics = vars(own).setdefault("metrics", {})
        metrics["val_accuracy"] = float(sum(genotype))
        if genotype != slow:
            others.release()
        elif not all(others.acquire(timeout=600) for _ in range(2)):
            raise TimeoutError
        return metrics

    with ThreadPoolExecutor(2) as pool:
        history = search(RandomSearch(cells), evaluate, 20, executor=pool, workers=4, ordered=True)
    assert [record.value for record in history] == [sum(record.genotype) for record in history]


@pytest.mark.parametrize("mapping", [MappingProxyType, dict, lambda metrics: pd.Series(metrics).to_dict()])
def test_any_mapping_will_do(cells, mapping):
    history = search(RandomSearch(cells), lambda genotype: mapping({"val_accuracy": 1.0}), 3)
    assert [record.metrics for record in history] == [{"val_accuracy": 1.0}] * 3


@pytest.mark.parametrize("name", ["error", "val/top-1", "ε \ud800"])
def test_any_metric_is_an_objective_and_a_column(cells, tmp_path, name):
    def evaluate(genotype):
        return {name: float(sum(genotype))}

    log = tmp_path / "run.jsonl"
    search(RandomSearch(cells), evaluate, 10, objective=f"-{name}", log=log)
    history = search(RandomSearch(cells), evaluate, 20, objective=f"-{name}", log=log)
    assert history.best().metrics[name] == min(sum(record.genotype) for record in history)
    frame = history.to_frame()
    assert list(frame[name]) == [sum(record.genotype) for record in history]
    assert list(frame[f"value_of_-{name}"]) == [-sum(record.genotype) for record in history]
    assert frame["failure"].isna().all()


@pytest.mark.parametrize("name", ["id", "genotype", "epochs", "parents", "violation", "failure", "value_of_x"])
def test_a_metric_with_a_name_of_the_histories_is_refused(cells, name):
    evaluations = itertools.count()

    def evaluate(genotype):
        return {"val_accuracy": 1.0} | ({name: 2.0} if next(evaluations) == 3 else {})

    with pytest.raises(ValueError, match="id, genotype, epochs, parents, violation, failure, value_of_…") as error:
        search(RandomSearch(cells), evaluate, 10, on_error="record")
    assert len(error.value.history) == 3


class Stubborn(Exception):
    """An exception that cannot be unpickled: a pool that tries is broken for good."""

    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(ValueError("no"), ValueError), (Stubborn(7, "no"), RuntimeError), (OSError(2, "no"), OSError)],
)
def test_an_exception_travels_between_processes_with_its_traceback_if_need_be_as_text(failure, kind):
    def evaluate(genotype):
        raise failure

    outcome = evaluated(evaluate, Proposal(0, (0,)))
    assert outcome.cause is failure, "within a process it stays what it is"
    arrived = pickle.loads(pickle.dumps(outcome))
    assert arrived[:2] == outcome[:2]
    assert type(arrived.cause) is kind or isinstance(arrived.cause, kind)
    assert str(failure) in str(arrived.cause)
    assert "raise failure" in arrived.cause.__notes__[0]
    pickle.loads(pickle.dumps(arrived))
