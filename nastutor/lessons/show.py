"""Show a picture inside a notebook together with words for those who do not see it.

The words lie in the output's metadata. `make pages` and nbconvert's classic template put them into the page; JupyterLab
and nbconvert's lab template know no place for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

Drawn = Axes | Figure | SubFigure | Sequence[Axes] | np.ndarray
"""What drawing functions return."""


def figure_of(drawn: Drawn) -> Figure:
    """Return the figure of what was drawn: axes, a list or array of axes, a sub-figure, or the figure itself.

    Raises
    ------
    TypeError : for anything else.
    """
    first = next(np.asarray(drawn, dtype=object).flat, None)
    while isinstance(first, Axes | SubFigure):
        first = first.figure  # of axes: the sub-figure or figure; of a sub-figure: what it is a part of
    if not isinstance(first, Figure):
        raise TypeError(f"a figure, axes or an array of axes can be shown, not {type(drawn).__name__}")
    return first


def show(drawn: Drawn, alternative_text: str) -> None:
    """Show a figure below the cell, once, with an alternative text in the metadata of the output.

    Parameters
    ----------
    drawn : a figure, or the axes or array of axes that a function of `nastutor.plots` returned.
    alternative_text : one to three sentences on what is to be seen: the message, the axes, the main values.

    Raises
    ------
    TypeError : nothing that was drawn.
    ValueError : no words.
    """
    figure = figure_of(drawn)
    if not alternative_text.strip():
        raise ValueError("the alternative text is empty: say in words what is to be seen")
    display(figure, metadata={"image/png": {"alt": " ".join(alternative_text.split())}})
    plt.close(figure)  # pyplot would show an open figure again at the end of the cell
