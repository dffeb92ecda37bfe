"""Build the explorer: one HTML file that holds the page of `explorer/` and the tables that it shows.

python docs/site/explorer.py build/site/explorer/index.html
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.arrays import read_data
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.plots.style import OPERATION_STYLES, SEARCHER_MARKERS, SEARCHER_STYLES, LineStyle
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.graph import GRAPH_OPERATIONS

SOURCES = Path(__file__).parent / "explorer"
CELL_TITLES = dict(zip(DATASETS, ("CIFAR-10", "CIFAR-100", "ImageNet16-120")))
GRAPH_TITLES = {"cora": "Cora", "cs": "Coauthor CS", "arxiv": "arXiv"}
SEARCHERS = {
    "RandomSearch": "random search",
    "LargestFirst": "largest first",
    "LocalSearch": "local search",
    "RegularizedEvolution": "evolution",
}
DASHES: dict[LineStyle, list[float]] = {"-": [], "--": [4, 2], "-.": [6, 2, 1, 2], ":": [1, 2]}
"""What matplotlib's names of line styles stand for: lengths of dashes and gaps."""


def encode_column(values: np.ndarray) -> dict[str, Any]:
    """Write a column of whole numbers exactly.

    Parameters
    ----------
    values : (rows,) integers, of at most 65,536 different values.

    Returns
    -------
    ``steps``, the smallest value and the differences of the different ones in order, and ``places``, for each row the
    place of its value among them, two bytes each, the lower first, in base 64.
    """
    different, places = np.unique(values.astype(np.int64), return_inverse=True)
    if len(different) > 2**16:
        raise ValueError(
            f"a column of {len(different):,} different values: at most 65,536 can be numbered in two bytes"
        )
    text = base64.b64encode(places.astype("<u2").tobytes()).decode("ascii")
    return {"steps": np.diff(different, prepend=0).tolist(), "places": text}


def page_data() -> dict[str, Any]:
    """Collect what the page shows: tables, and the colours, line styles and markers of the lessons."""
    cells, graphs = read_data("nasbench201.npz", "data"), read_data("nasbench_graph.npz", "data")
    space = CellSpace()
    numbers = {genotype: number for number, genotype in enumerate(space)}
    canonical = np.array([numbers[space.canonical(genotype)] for genotype in numbers])

    def split(task: str, name: str) -> dict[str, Any]:
        return {
            "correct": encode_column(graphs[f"{task}_{name}"]),
            "nodes": int(graphs[f"{task}_{name}_nodes"]),
        }

    return {
        "searchers": [
            {
                "class": name,
                "label": label,
                "colour": SEARCHER_STYLES[name][0],
                "dashes": dashes(SEARCHER_STYLES[name][1]),
                "marker": SEARCHER_MARKERS[name],
            }
            for name, label in SEARCHERS.items()
        ],
        "cells": {
            "canonical": encode_column(canonical),
            "operations": [
                {"colour": colour, "dashes": dashes(line), "label": label}
                for colour, line, label in (OPERATION_STYLES[operation] for operation in range(len(space.operations)))
            ],
            "tables": [
                {
                    "name": name,
                    "title": title,
                    "images": int(cells[f"{name}_images"]),
                    "seeds": [encode_column(seed) for seed in cells[f"{name}_correct"].T],
                }
                for name, title in CELL_TITLES.items()
            ],
        },
        "graphs": {
            "operations": GRAPH_OPERATIONS,
            "tables": [
                {
                    "name": task,
                    "title": title,
                    "val": split(task, "val"),
                    "test": split(task, "test"),
                    "params": encode_column(graphs[f"{task}_params"]),
                }
                for task, title in GRAPH_TITLES.items()
            ],
        },
    }


def dashes(line: LineStyle) -> list[float]:
    """Return the lengths of a line style's dashes and gaps, none for a solid line."""
    return DASHES[line] if isinstance(line, str) else list(line[1])


def build_page() -> str:
    """Return the page: `explorer/index.html` with its style, its scripts and the data in it."""
    page = (SOURCES / "index.html").read_text(encoding="utf-8")
    data = json.dumps(page_data(), separators=(",", ":"), ensure_ascii=False)
    page = page.replace(
        '<script id="data" type="application/json"></script>',
        f'<script id="data" type="application/json">{data}</script>',
    )
    page = re.sub(r'<link rel="stylesheet" href="(\w+\.css)">', lambda found: f"<style>\n{read(found)}</style>", page)
    return re.sub(r'<script src="(\w+\.js)"></script>', lambda found: f"<script>\n{read(found)}</script>", page)


def read(found: re.Match[str]) -> str:
    """Return the text of the source file that a tag names."""
    return (SOURCES / found[1]).read_text(encoding="utf-8")


def main(path: Path) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page = build_page()
    path.write_text(page, encoding="utf-8")
    print(f"{path}: {len(page.encode()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
