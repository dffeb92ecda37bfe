"""The scalar bilevel problem: its gradients are derivatives, and descents rest where they must."""

import numpy as np
import pytest

from nastutor.primers.scalar_bilevel import START, descend, gradient, resting_point, train_loss, val_loss


@pytest.mark.parametrize("xi", [0.0, 0.05, 0.3, 0.5, 1.2])
@pytest.mark.parametrize(("w", "alpha"), [(-2.0, 2.0), (0.3, -1.0), (2.0, 2.0)])
def test_the_gradient_is_the_derivative_through_the_step(w, alpha, xi):
    def after_a_step(a):
        slope = (train_loss(w + 0.1, a) - train_loss(w - 0.1, a)) / 0.2  # exact, for squares
        return val_loss(w - xi * slope, a)

    difference = (after_a_step(alpha + 0.1) - after_a_step(alpha - 0.1)) / 0.2
    assert gradient(w, alpha, xi) == pytest.approx(difference)


def test_half_a_step_trains_to_the_end_so_the_gradient_is_exact():
    for w, alpha in [(-2.0, 2.0), (0.3, -1.0)]:
        assert gradient(w, alpha, 0.5) == pytest.approx(2 * (alpha - 1))
    assert resting_point(0.5) == 1


@pytest.mark.parametrize("xi", [0.0, 0.05, 0.5, 1.0])
def test_descents_rest_where_weights_are_trained_and_the_gradient_is_zero(xi):
    for rate in (0.1, 0.3):
        path = descend(xi, weight_rate=rate, steps=2000)
        assert path.shape == (2001, 2) and tuple(path[0]) == START
        assert np.allclose(path[-1], resting_point(xi), atol=1e-8)
    assert gradient(resting_point(xi), resting_point(xi), xi) == pytest.approx(0)


@pytest.mark.parametrize("arguments", [(-0.1,), (0.1, 0.0), (0.1, 0.1, 2.0)])
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="rates above 0, up to 1"):
        descend(*arguments)
