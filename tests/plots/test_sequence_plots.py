import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import same_color
from matplotlib.patches import FancyBboxPatch

from nastutor import plots
from nastutor.spaces.sequence import MIXERS, SequenceSpace, stack


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("hidden", [0, 64])
@pytest.mark.parametrize("mixers", [["attention"], ["convolution", "recurrence"], ["recurrence"] * 3 + ["attention"]])
def test_a_stack_is_drawn_from_the_input_to_the_output_with_what_it_has(mixers, hidden):
    ax = plots.draw_stack(stack(mixers, hidden))
    boxes = [text.get_text() for text in sorted(ax.texts, key=lambda text: text.get_position()[0])]
    layers = [name for mixer in mixers for name in (mixer, *["feed forward"] * (hidden > 0))]
    assert boxes == ["token", *layers, "answer"]


def test_what_is_one_function_is_drawn_alike():
    space = SequenceSpace()
    for genotype in [(1, 0, 2, 0, 1), (1, 0, 0, 0, 0)]:
        drawn = [plots.draw_stack(one) for one in (genotype, space.canonical(genotype))]
        assert len({(ax.get_title(loc="left"), *(text.get_text() for text in ax.texts)) for ax in drawn}) == 1


def test_every_mixer_has_its_own_colour_and_marker():
    assert set(plots.MIXER_STYLES) == set(MIXERS) - {"nothing"}
    assert len({look for style in plots.MIXER_STYLES.values() for look in style}) == 6
    box = plots.draw_stack(stack(["attention"], 0)).patches[0]
    assert same_color(box.get_edgecolor(), plots.MIXER_STYLES["attention"][0])


def test_all_words_of_the_longest_stack_are_in_the_picture_and_in_their_boxes():
    ax = plots.draw_stack(stack(["convolution", "recurrence", "attention", "convolution"]))
    ax.figure.draw_without_rendering()
    window = ax.get_window_extent()
    extents = [text.get_window_extent() for text in ax.texts]
    assert all(window.x0 <= extent.x0 and extent.x1 <= window.x1 for extent in extents)
    words, boxes = ax.texts[:8], [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    for word, box in zip(words, boxes, strict=True):
        inner, outer = word.get_window_extent(), box.get_window_extent()
        assert outer.x0 < inner.x0 and inner.x1 < outer.x1 and outer.y0 < inner.y0 and inner.y1 < outer.y1
