"""Measure what lessons cost to run, and write it into costs.toml; stamp_costs.py puts it where readers see it.

    python tests/notebooks/measure_costs.py [NN_topic.ipynb ...]

Seconds are those of the processor, rounded up to 5: what one core works, whatever else the machine does. Memory is the
kernel's highest, rounded up to 50 MB. Lessons that are not named keep what the file says. For Linux, whose unit of
memory this is.
"""

from __future__ import annotations

import math
import sys
import tomllib
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from stamp_costs import COSTS, ROOT, Cost

HIDE_TORCH = "import sys\n\nsys.modules['torch'] = None"
SPENT = """import os
import resource

print(sum(os.times()[:4]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)"""
TITLE = "# Seconds of one core and megabytes that each lesson takes: `make costs` measures them, rounded up to 5 s and 50 MB.\n"


def run(lesson: Path, hide_torch: bool = False) -> Cost:
    """Run a copy of a lesson in a kernel of its own, and return what that took."""
    notebook = nbformat.read(lesson, as_version=4)
    if hide_torch:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(HIDE_TORCH))
    notebook.cells.append(nbformat.v4.new_code_cell(SPENT))
    NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(lesson.parent)}}).execute()
    seconds, megabytes = map(float, notebook.cells[-1].outputs[0].text.split())
    return {"seconds": 5 * math.ceil(seconds / 5), "megabytes": 50 * math.ceil(megabytes / 50)}


def measure(lesson: Path) -> Cost:
    """Return the cost of a lesson, and that without torch if it uses it and can do without."""
    cost = run(lesson)
    cells = nbformat.read(lesson, as_version=4).cells
    if "| **Needs torch** | no |" in cells[0].source and any("import torch" in cell.source for cell in cells):
        cost["without_torch"] = run(lesson, hide_torch=True)
    return cost


def to_toml(costs: dict[str, Cost]) -> str:
    """Return the file's text, lessons in order."""
    tables = []
    for lesson in sorted(costs):
        without = costs[lesson].get("without_torch")
        lines = [f"[{lesson}]", *(f"{name} = {costs[lesson][name]}" for name in ("seconds", "megabytes"))]
        if without:
            lines.append(f"without_torch = {{ seconds = {without['seconds']}, megabytes = {without['megabytes']} }}")
        tables.append("\n".join(lines) + "\n")
    return "\n".join([TITLE, *tables])


if __name__ == "__main__":
    path = ROOT / COSTS
    costs = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    lessons = sorted((ROOT / "notebooks").glob("*.ipynb"))
    costs = {lesson.stem: costs[lesson.stem] for lesson in lessons if lesson.stem in costs}
    named = [ROOT / "notebooks" / Path(name).name for name in sys.argv[1:]]
    for lesson in named or lessons:
        costs[lesson.stem] = measure(lesson)
        path.write_text(to_toml(costs), encoding="utf-8")
        print(f"{lesson.stem}: {costs[lesson.stem]}", flush=True)
