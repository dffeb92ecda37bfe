"""A lesson as a page of the book: its notebook, with what only a running notebook can show put into words."""

from __future__ import annotations

import re
from copy import deepcopy

import nbformat
from nbformat import NotebookNode

BADGE = re.compile(r"\[!\[(Open in \w+)\]\([^)]*\)\]\(([^)]*)\)")
WIDGET = "application/vnd.jupyter.widget-view+json"
CONTROLS = (
    '<p class="controls">Here a running notebook has controls that redraw the picture. '
    '<a href="{name}" download>Download the notebook</a> to move them.</p>'
)


def slug(title: str) -> str:
    """Return a heading's anchor as GitHub makes it, without the minutes: these change whenever they are measured."""
    words = re.sub(r" \(\d+ minutes?\)$", "", title).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def page_of(notebook: NotebookNode, name: str) -> NotebookNode:
    """Return the notebook as the book shows it; `name` is the file that a reader downloads.

    Outputs that hide below a prediction are folded, pictures carry their words, controls are told of, badges (pictures
    from other hosts) become links, and the cell that installs the package on Colab is left out.
    """
    page = deepcopy(notebook)
    title, _, rest = page.cells[0].source.partition("\n")
    links = [f'<a href="{name}" download>Download this notebook</a>']
    links += [f"[{text}]({address})" for text, address in BADGE.findall(rest)]
    page.cells[0].source = f"{title}\n\n{' · '.join(links)}\n\n{BADGE.sub('', rest).strip()}"
    kept = [cell for cell in page.cells if "colab" not in cell.metadata.get("tags", [])]
    page.cells = [part for cell in kept for part in ([cell] if cell.cell_type == "markdown" else _parts(cell, name))]
    return page


def _parts(cell: NotebookNode, name: str) -> list[NotebookNode]:
    """Return a code cell as cells of at most one picture each: words for pictures are a property of the cell."""
    parts = [cell]
    outputs, cell.outputs = cell.outputs, []
    for output in outputs:
        data = output.get("data", {})
        if "image/png" in data:
            if any("image/png" in other.get("data", {}) for other in parts[-1].outputs):
                parts.append(
                    nbformat.v4.new_code_cell(
                        cell.source, metadata={**deepcopy(cell.metadata), "tags": ["remove-input"]}
                    )
                )
            words = output.metadata.get("image/png", {}).get("alt", "")
            parts[-1].metadata["mystnb"] = {"image": {"alt": words}}
        if WIDGET in data:
            output.data = NotebookNode({"text/html": CONTROLS.format(name=name)})
        parts[-1].outputs.append(output)
    for part in parts:
        if part.metadata.get("jupyter", {}).get("outputs_hidden") and part.outputs:
            part.metadata["tags"] = [*part.metadata.get("tags", []), "hide-output"]
    return parts
