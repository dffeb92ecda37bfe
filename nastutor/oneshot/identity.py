"""What a checkpoint knows an argument by: the same text in every process, and another for another argument."""

from __future__ import annotations

import dis
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any


def describe(value: Any, outer: tuple[Any, ...] = ()) -> str:
    """Write what tells an argument from others.

    Numbers, text, containers, arrays and dataclasses are known by what they hold. Functions that a module holds, and
    classes, are known by their name: the code of modules belongs to the machine, not to the run. Any other function (a
    lambda, one that is defined in a function or in a notebook) is known by its code, which differs between versions of
    Python, by its defaults, and by the variables around it that it reads.

    Parameters
    ----------
    outer : the functions that are being described, for those that call each other.

    Raises
    ------
    ValueError : an object of another kind: nothing says which of its kind it is.
    """
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return repr(value)
    if hasattr(value, "tolist"):  # an array or a tensor, whose own text leaves numbers out
        return f"{type(value).__name__}({value.tolist()})"
    if isinstance(value, Mapping):
        return _with_parts("", {describe(key, outer): part for key, part in value.items()}, outer)
    if isinstance(value, list | tuple):
        return f"({', '.join(describe(part, outer) for part in value)})"
    if is_dataclass(value) and not isinstance(value, type):
        held = {item.name: getattr(value, item.name) for item in fields(value)}
        return _with_parts(type(value).__name__, held, outer)
    if isinstance(value, partial):
        return _with_parts(describe(value.func, outer), {"": value.args, **value.keywords}, outer)
    if isinstance(value, MethodType):
        return _with_parts(value.__name__, {"self": value.__self__}, outer)
    if isinstance(value, type | ModuleType | BuiltinFunctionType) or _is_held_by_a_module(value):
        return f"{getattr(value, '__module__', None) or ''}.{getattr(value, '__qualname__', value.__name__)}".lstrip(
            "."
        )
    if isinstance(value, FunctionType):
        if value in outer:
            return value.__name__
        read = {"code": _digest(value.__code__), "defaults": (value.__defaults__, value.__kwdefaults__)}
        return _with_parts(value.__name__, read | _variables(value), (*outer, value))
    kind = type(value).__name__
    raise ValueError(f"a checkpoint cannot tell one {kind} from another: give a function, a dataclass, numbers or text")


def _with_parts(name: str, parts: Mapping[str, Any], outer: tuple[Any, ...]) -> str:
    return f"{name}({', '.join(f'{key}={describe(part, outer)}' for key, part in parts.items())})"


def _is_held_by_a_module(value: Any) -> bool:
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if module is None or name is None or module == "__main__":
        return False
    return getattr(sys.modules.get(module), name, None) is value


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of those that are defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _digest(code: CodeType) -> str:
    """Return a fingerprint of what a function does, wherever it stands."""
    parts = [(part.co_code, part.co_names, list(map(_plain, part.co_consts))) for part in _codes(code)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _plain(constant: Any) -> Any:
    """Return a constant in a form whose text is the same in every process."""
    if isinstance(constant, CodeType):
        return "code"
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant


def _variables(function: FunctionType) -> dict[str, Any]:
    """Return the variables of enclosing functions and of the module that a function reads, by name."""
    read = {
        instruction.argval
        for code in _codes(function.__code__)
        for instruction in dis.get_instructions(code)
        if instruction.opname == "LOAD_GLOBAL"
    }
    found = {name: function.__globals__[name] for name in sorted(read) if name in function.__globals__}
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    return found | {name: cell.cell_contents for name, cell in cells}
