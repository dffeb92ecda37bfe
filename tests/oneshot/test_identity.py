"""Equal arguments have one description in every process; different ones have two, whatever they are called."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor.oneshot import DroppedSkips, StopAtSkips  # noqa: E402
from nastutor.oneshot.identity import describe  # noqa: E402

LIMIT = 3


@dataclass
class Rule:
    count: object

    def __call__(self, records):
        return self.count


def at(count, kind="skips"):
    def stop(records, most=5):
        return 0 if records[kind] == count else most

    return stop


def counting(records):
    return counting(records[1:]) + 1 if records else 0


def nested(step):
    def outer(records):
        return [lambda x: x + step for _ in records]

    return outer


def test_names_that_modules_hold_are_kept():
    assert describe(DroppedSkips(0.5)) == "DroppedSkips(rate=0.5, relax=nastutor.oneshot.alpha.softmax)"
    assert describe(counting) == f"{__name__}.counting"
    assert describe(StopAtSkips) == "nastutor.oneshot.cures.StopAtSkips"
    assert (describe(None), describe("a"), describe(len)) == ("None", "'a'", "builtins.len")


def test_the_same_code_with_the_same_variables_is_the_same():
    assert describe(at(3)) == describe(at(3))
    assert describe(lambda records: records[0] > 0.5) == describe(lambda records: records[0] > 0.5)
    assert describe(nested(1)) == describe(nested(1))


DIFFERENT = [
    *(lambda: 1, lambda: 2, lambda: 1.0, lambda: True, lambda: None, lambda: LIMIT, lambda: len),
    *(lambda x: x - 1 > 2, lambda x: x - 2 > 1, lambda x: x.a, lambda x: x.b, lambda x, y=1: x, lambda x, y=2: x),
    *(lambda x, *, y=1: x, lambda x: x in {"a", "b"}, lambda x: x in {"a", "c"}),
    *(lambda x: [lambda: 1], lambda x: [lambda: 2], nested(1), nested(2)),
    *(at(2), at(3), at(3, "kinds"), partial(at(3), most=4), partial(at(3), most=5), partial(at(3), None)),
    *(Rule(1), Rule(2), Rule(at(1)), Rule(at(2)), Rule(np.arange(2000)), Rule(np.arange(2000) ** 1.0)),
    *(Rule(torch.arange(2000)), Rule(-torch.arange(2000)), Rule({"a": 1}), Rule({"a": 2}), Rule(("a", 1))),
    *(Rule(1).__call__, Rule(2).__call__, Rule, len, np.sort, torch.relu, counting, {"a": (1, 2)}, (1, 2), 12, "12"),
]


def test_different_arguments_have_different_descriptions():
    for a, b in combinations(DIFFERENT, 2):
        assert describe(a) != describe(b), (describe(a), describe(b))


def test_a_variable_of_the_module_is_a_part_of_what_reads_it(monkeypatch):
    before = describe(DIFFERENT[5])
    monkeypatch.setattr(sys.modules[__name__], "LIMIT", 4)
    assert describe(DIFFERENT[5]) != before


def test_functions_that_call_each_other_have_an_end():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    assert describe(even) != describe(odd)


@pytest.mark.parametrize("value", [object(), cache(lambda: 1), torch.nn.ReLU(), Rule(object()), lambda: THING])
def test_what_nothing_is_known_of_is_refused(value):
    with pytest.raises(ValueError, match=r"a checkpoint cannot tell one .* from another: give a function, a dataclass"):
        describe(value)


THING = object()


def test_descriptions_are_the_same_in_every_process():
    """Also of a function of a notebook, whose module is called __main__ and may be written again with other code."""
    code = """
from nastutor.oneshot.identity import describe
limit = {limit}
def stop(records):
    return 0 if records[-1] in {{"one", "two", "three"}} and len(records) > limit else None
print(describe(stop))
"""

    def run(limit, order_of_sets):
        command, environment = [sys.executable, "-c", code.format(limit=limit)], {"PYTHONHASHSEED": order_of_sets}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment).stdout

    assert run(1, "1") == run(1, "2") != run(2, "1")
    assert "stop(code=" in run(1, "1")
