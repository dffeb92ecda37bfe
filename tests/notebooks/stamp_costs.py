"""Stamp what a lesson costs into its header and into the README's table: minutes to read, seconds to run, memory.

    python tests/notebooks/stamp_costs.py

Each number stands in one place: minutes in the titles of a lesson's sections, seconds and memory in costs.toml, which
measure_costs.py writes. `make costs` runs both.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
COSTS = "tests/notebooks/costs.toml"
TIME_ROW = re.compile(r"^\| \*\*Time\*\* \|.*\|$", flags=re.M)
Cost = dict[str, Any]
"""``seconds``, ``megabytes``; and ``without_torch``, the same two, of a lesson that runs with torch and without."""


def minutes(notebook: nbformat.NotebookNode) -> int:
    """Return the minutes that the titles of a lesson's sections add up to."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return sum(map(int, re.findall(r"^## .*\((\d+) minutes?\)$", text, flags=re.M)))


def time_row(minutes: int, cost: Cost) -> str:
    """Return the row of a lesson's header."""
    row = f"{minutes} minutes to read, about {cost['seconds']} seconds of one core to run, {cost['megabytes']} MB of memory"
    if without := cost.get("without_torch"):
        row += f" (without PyTorch {without['seconds']} seconds, {without['megabytes']} MB)"
    return f"| **Time** | {row} |"


def readme_cells(minutes: int, cost: Cost) -> str:
    """Return the three cells of a lesson's row in the README."""
    seconds, memory = f"{cost['seconds']} s", f"{cost['megabytes']} MB"
    if without := cost.get("without_torch"):
        seconds += f" ({without['seconds']} s without torch)"
        memory += f" ({without['megabytes']} MB)"
    return f"{minutes} min | {seconds} | {memory}"


def stamp_all(root: Path) -> list[Path]:
    """Stamp every lesson below `root` and the README; return the files that changed.

    Raises
    ------
    ValueError : a lesson that was not measured, or without its row in the header or in the README.
    """
    costs = tomllib.loads((root / COSTS).read_text(encoding="utf-8"))
    readme = (root / "README.md").read_text(encoding="utf-8")
    after = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if path.stem not in costs:
            raise ValueError(f"{COSTS} has no [{path.stem}]: run `make costs`")
        cost, read = costs[path.stem], minutes(notebook)
        first = notebook.cells[0]
        first.source, headers = TIME_ROW.subn(time_row(read, cost), first.source)
        after[path] = nbformat.writes(notebook) + "\n"
        row = re.compile(rf"^(\| \[[^]]+\]\(notebooks/{path.name}\) \|[^|]*\|)[^|]*\|[^|]*\|[^|]*\|", flags=re.M)
        readme, rows = row.subn(rf"\1 {readme_cells(read, cost)} |", readme)
        if (headers, rows) != (1, 1):
            raise ValueError(f"{path.name}: {headers} rows **Time** in its header, {rows} in the README: write one each")
    after[root / "README.md"] = readme
    changed = [path for path, text in after.items() if text != path.read_text(encoding="utf-8")]
    for path in changed:
        path.write_text(after[path], encoding="utf-8")
    return changed


if __name__ == "__main__":
    print("stamped:", ", ".join(path.name for path in stamp_all(ROOT)) or "nothing to change")
