"""What every picture must be: readable where it is shown smallest."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text

PHONE = 360  # CSS pixels that a page's text column has there; a wider picture is scaled down to it


def smallest_text(figure) -> float:
    """Return the height of a figure's smallest text on a phone, in CSS pixels."""
    inches = figure.get_figwidth()
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return min((text.get_fontsize() for text in shown), default=float("inf")) * PHONE / (72 * max(inches, PHONE / 100))


@pytest.fixture
def legible_on_a_phone():
    """Check the pictures that a test has left open."""
    yield
    sizes = {str(figure): smallest_text(figure) for figure in map(plt.figure, plt.get_fignums())}
    plt.close("all")
    assert all(size >= 7 - 1e-9 for size in sizes.values()), f"text of less than 7 pixels: {sizes}"
