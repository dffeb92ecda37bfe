"""A categorical variable: what search spaces are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nastutor.arguments import listed, shown


@dataclass(frozen=True)
class Variable:
    """A categorical variable of a search space.

    Parameters
    ----------
    name : unique within its space; may not contain ``=`` or ``|``.
    choices : the values, in order; hashable, such as tuples instead of lists. Their ``str`` forms must differ and may
        not contain ``|``.
    when : the conditions under which the variable matters: ``{earlier variable: values}``. All must hold, and a
        condition on a variable that is itself inactive does not hold. Empty: always active.

    Raises
    ------
    ValueError : a name, choices or conditions of another form, no choices, or two that are equal or read the same.
    """

    name: str
    choices: tuple[Any, ...]
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or set("=|") & set(self.name):
            raise ValueError(
                f"variable {shown(self.name)}: a name is a text, no '|' in names or choices, no '=' in names"
            )
        object.__setattr__(self, "choices", _hashable(f"variable {self.name!r}: choices", self.choices))
        if not isinstance(self.when, Mapping):
            raise ValueError(f"variable {self.name!r}: when {shown(self.when)}: give {{earlier variable: values}}")
        asked = {
            name: _hashable(f"variable {self.name!r}: when {shown(name)} is", values)
            for name, values in self.when.items()
        }
        object.__setattr__(self, "when", asked)
        if not self.choices:
            raise ValueError(f"variable {self.name!r} has no choices: give at least one")
        texts = [self._text(choice) for choice in self.choices]
        if len(set(texts)) < len(texts):
            raise ValueError(f"variable {self.name!r}: choices must read differently, got {shown(texts)}")
        if any("|" in text for text in texts):
            raise ValueError(f"variable {self.name!r}: no '|' in names or choices, got {shown(texts)}")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"variable {self.name!r}: choices must differ, got equal ones among {shown(texts)}")

    def _text(self, choice: Any) -> str:
        try:
            return str(choice)
        except Exception as error:
            raise ValueError(f"variable {self.name!r}: choice {shown(choice)} has no text ({error})") from None


def _hashable(what: str, values: Any) -> tuple[Any, ...]:
    found = tuple(listed(what, values))
    for value in found:
        try:
            hash(value)
        except TypeError:
            raise ValueError(f"{what}: {shown(value)} can change, so give what cannot, such as a tuple") from None
    return found
