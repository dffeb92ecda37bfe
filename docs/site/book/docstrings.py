"""Docstrings as they are written here, for Sphinx.

Sections such as Parameters hold lines ``name : what it is``, and what is indented elsewhere is code or pseudo-code.
"""

from __future__ import annotations

import re
from typing import Any

ENTRY = re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.+)")


def literal_docstrings(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's hook: put reStructuredText in the place of a docstring's lines."""
    lines[:] = as_rst(lines)


def skip_fields(app: Any, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Sphinx's hook: leave out what Python itself says of a named tuple's fields; None keeps what Sphinx decided."""
    return True if str(getattr(value, "__doc__", None)).startswith("Alias for field number") else None


def as_rst(lines: list[str]) -> list[str]:
    """Return a docstring's lines with headings for its sections, lists of their entries, and literal blocks."""
    result: list[str] = []
    in_entry = in_code = False
    for line, below in zip(lines, [*lines[1:], ""]):
        is_indented = line.startswith(" ")
        follows_text = bool(result and result[-1])
        if _is_rule(below):
            result += ["", f".. rubric:: {line}", ""]
        elif _is_rule(line) or not line:
            result.append("")
        elif entry := ENTRY.fullmatch(line):
            names = entry[1].replace("*", r"\*")
            result += ["", f"- **{names}**: {_escaped(entry[2])}"]
        elif in_entry and is_indented and follows_text:
            result.append(f"  {_escaped(line.strip())}")
        elif in_code and is_indented:
            result.append(line)
        elif is_indented and not follows_text:
            is_announced = next((text for text in reversed(result) if text), "").endswith("::")
            result += [line] if is_announced else ["::", "", line]
        else:
            result.append(_escaped(line))
        if line:
            in_entry = bool(ENTRY.fullmatch(line)) or (in_entry and is_indented)
            in_code = is_indented and not in_entry and (in_code or not follows_text)
    return result


def _is_rule(line: str) -> bool:
    return len(line) > 2 and set(line) == {"-"}


def _escaped(text: str) -> str:
    """Return text in which ``|x|`` and ``name_…`` are no markup, outside of what stands in backticks."""
    parts = re.split(r"(`+[^`]*`+)", text)
    parts[::2] = [re.sub(r"\||(?<=\w)_(?!\w)", r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)
