"""What all pictures with controls share: the controls, the picture below them, and what a notebook keeps.

An explorer shows what it drew as an image, so that nothing moves that its function did not draw. A stored notebook
keeps no picture of an explorer, only its text form: a cell before has the still picture, and a page without widgets
would show it twice.
"""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nastutor.lessons.show import Drawn, figure_of


class Explorer(ipywidgets.VBox):
    """Controls above a picture that is drawn again whenever one of them changes.

    Parameters
    ----------
    draw : called with the controls' values by name; returns what it drew on.
    controls : the widgets, by argument name; each has a `value`.

    An error in `draw` is shown in place of the picture, and raised.
    """

    def __init__(self, draw: Callable[..., Drawn], **controls: Any) -> None:
        self.draw, self.controls = draw, controls
        self.image = ipywidgets.Image(format="png", layout={"max_width": "100%", "align_self": "flex-start"})
        self.error = ipywidgets.HTML()
        super().__init__([*controls.values(), self.image, self.error])
        for control in controls.values():
            control.observe(lambda change: self.update(), "value")
        self.update()

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={control.value!r}" for name, control in self.controls.items())
        return f"<interactive picture: {values}>"

    def update(self) -> None:
        """Draw the picture for the controls' values."""
        try:
            drawn = self.draw(**{name: control.value for name, control in self.controls.items()})
        except Exception:
            self.error.value = f"<pre>{escape(traceback.format_exc())}</pre>"
            raise
        self.error.value = ""
        self.image.value = png_of(drawn)


def png_of(drawn: Drawn) -> bytes:
    """Return a picture as a PNG file, 100 dots per inch, and close its figure."""
    figure = figure_of(drawn)
    figure.set_dpi(100)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)  # savefig draws a second time, for the layout
    plt.close(figure)
    return buffer.getvalue()
