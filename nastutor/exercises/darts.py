"""Exercises of lesson 09: the mixed operation, a bilevel gradient, a finite difference, deriving cells, costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from nastutor.exercises.answers import NotAttempted, Wrong, describe, describe_error, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.spaces.cell import EDGES, OPERATIONS
from nastutor.studies.oneshot import derived_cells, load_oneshot_study

ORDERS = ("first", "second")
PLANS = 40
"""Draws by which a plan of the open-ended exercise is judged."""
ENOUGH = 0.75
"""Of the pairs of a draw and a second-order run: in so many a plan's answer must be the better."""
SINGLE = 1e-5
"""Relative error that a right answer may have that was computed in float32."""


def read_array(value: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Read numbers of a given shape, also those of a tensor that has a gradient; raise `Wrong` for anything else."""
    try:
        found = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value, dtype=float)
    except Exception as error:
        raise Wrong(f"Return {what}: got {describe(value)} ({describe_error(error)}).") from None
    if found.shape != shape:
        raise Wrong(f"Return {what}, of the shape {shape}: got the shape {found.shape}.")
    return found


def is_near(found: np.ndarray, truth: np.ndarray, tolerance: float) -> bool:
    """Whether two arrays differ by at most `tolerance` times the length of the second."""
    return bool(np.linalg.norm(found - truth) <= tolerance * np.linalg.norm(truth))


def mixed_operation(outputs: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Weigh with the softmax over operations; without its largest number, exp cannot overflow."""
    weights = np.exp(alpha - alpha.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return (weights[:, :, None] * outputs).sum(axis=1)


class MixedOperation(Exercise):
    """The relaxation, in two lines of numpy."""

    TITLE = "A mixed operation"
    QUESTION = (
        "Write `mixed(outputs, alpha)`. `outputs` has the shape (edges, 5, n): n numbers that each of the five "
        "operations gives on each edge; `alpha` has the shape (edges, 5). Return (edges, n): for each edge the sum of "
        "its outputs, weighted by the softmax of its row of α. The check takes {edges} edges and random numbers (seed "
        "{seed}), and then an α that holds 1000."
    )
    STUB = "def mixed(outputs, alpha):\n    ..."
    HINTS = (
        "The softmax runs over the operations, `axis=1`; `keepdims=True` keeps a column to divide by.",
        "exp(1000) is infinite. Subtracting the largest α of a row changes no weight.",
    )
    GIVEN: ClassVar = {"edges": 6, "seed": 0}
    OFFICIAL = staticmethod(mixed_operation)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "α itself": Mistake(
            lambda **given: lambda outputs, alpha: (alpha[:, :, None] * outputs).sum(axis=1), "not α itself"
        ),
        "not divided by the sum": Mistake(
            lambda **given: lambda outputs, alpha: (np.exp(alpha)[:, :, None] * outputs).sum(axis=1),
            "do not add up to 1",
        ),
        "a softmax over the edges": Mistake(
            lambda **given: (
                lambda outputs, alpha: ((np.exp(alpha) / np.exp(alpha).sum(axis=0))[:, :, None] * outputs).sum(axis=1)
            ),
            "runs over the edges",
        ),
        "the largest alone": Mistake(
            lambda **given: lambda outputs, alpha: outputs[np.arange(len(alpha)), alpha.argmax(axis=1)],
            "the operation of the largest α alone",
        ),
        "exp overflows": Mistake(
            lambda **given: (
                lambda outputs, alpha: (
                    (np.exp(alpha) / np.exp(alpha).sum(axis=1, keepdims=True))[:, :, None] * outputs
                ).sum(axis=1)
            ),
            "Right, but not for an α of 1000",
            shares="To cut off the largest is another way to be wrong there.",
        ),
        "the largest are cut off": Mistake(
            lambda **given: lambda outputs, alpha: mixed_operation(outputs, np.minimum(alpha, 700)),
            "Right, but not for an α of 1000",
            shares="It is one way to be wrong there.",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"edges": int(rng.integers(2, 9)), "seed": int(rng.integers(1, 100))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        rng = np.random.default_rng(self.given["seed"])
        edges, n = self.given["edges"], 7
        outputs, alpha = rng.normal(size=(edges, 5, n)), rng.normal(size=(edges, 5))
        what = "an array, one row of numbers for each edge"
        found = read_array(function(outputs.copy(), alpha.copy()), (edges, n), what)
        truth, powers = mixed_operation(outputs, alpha), np.exp(alpha)
        mistakes = [
            (alpha, "The weights are the softmax of α, not α itself."),
            (powers, "The weights do not add up to 1: divide by their sum."),
            (powers / powers.sum(axis=0), "Your softmax runs over the edges: it runs over the operations of one edge."),
            (powers / powers.sum(), "Your softmax runs over everything: each edge has one of its own."),
            (
                np.eye(5)[alpha.argmax(axis=1)],
                "That is the operation of the largest α alone. A mixture has all of them.",
            ),
            (np.full_like(alpha, 0.2), "That is the plain mean: α plays no part."),
        ]
        if not is_near(found, truth, SINGLE):
            for weights, text in mistakes:
                if is_near(found, (weights[:, :, None] * outputs).sum(axis=1), SINGLE):
                    raise Wrong(text)
            raise Wrong(f"On edge 0 the first number is {describe(found[0, 0])}, which is not its weighted sum.")
        alpha[0, 1:3] = 1000, 999  # two that overflow: to cut off what is too large makes them equal
        with np.errstate(all="ignore"):
            found = read_array(function(outputs.copy(), alpha.copy()), (edges, n), what)
        if not is_near(found, mixed_operation(outputs, alpha), SINGLE):
            raise Wrong("Right, but not for an α of 1000: exp overflows. Subtract the largest α of a row first.")
        return "The mixture is differentiable in α: that is all the relaxation there is."


def three_gradients(
    c: float, k: float, t: float, p: float, w: float, alpha: float, xi: float
) -> tuple[float, float, float]:
    """∂L_val/∂α = 2pα. The step leads to w' = w − ξ 2c (w − kα), with ∂w'/∂α = 2cξk; in the end w* = kα."""
    unrolled = w - xi * 2 * c * (w - k * alpha)
    first = 2 * p * alpha
    second = first + 2 * (unrolled - t) * 2 * c * xi * k
    exact = first + 2 * (k * alpha - t) * k
    return first, second, exact


def _replaced(given: Mapping[str, float], place: int, value: float) -> list[float]:
    """Return the three gradients with one of them wrong."""
    gradients = list(three_gradients(**given))
    gradients[place] = value
    return gradients


class BilevelGradient(Exercise):
    """First order, second order and the truth on a scalar problem."""

    TITLE = "Three gradients of a scalar problem"
    QUESTION = (
        "L_train(w, α) = {c} (w − {k} α)² and L_val(w, α) = (w − {t})² + {p} α². At w = {w} and α = {alpha}, "
        "what is the derivative by α (1) to first order, (2) to second order, through one step of ξ = {xi}, and (3) "
        "exactly, of L_val(w*(α), α)? Answer with a list of three numbers."
    )
    STUB = "gradients = ..."
    HINTS = (
        "First order: w is a number, only the α that L_val shows counts. Second order: w' = w − ξ ∂L_train/∂w, and "
        "the chain rule adds ∂L_val/∂w at w', times ∂w'/∂α.",
        "w*(α) makes L_train zero; put it into L_val, then take the derivative.",
    )
    GIVEN: ClassVar = {"c": 2, "k": 1, "t": 1, "p": 0.5, "w": 3, "alpha": 2, "xi": 0.1}
    OFFICIAL = staticmethod(three_gradients)
    MISTAKES: ClassVar = {
        "w moves with α already to first order": Mistake(
            lambda **given: _replaced(given, 0, three_gradients(**given)[0] + 2 * (given["w"] - given["t"])),
            "w does not depend on α here",
        ),
        "the first-order part left out of the second": Mistake(
            lambda **given: _replaced(given, 1, three_gradients(**given)[1] - three_gradients(**given)[0]),
            "the first-order part is missing",
        ),
        "the second part subtracted": Mistake(
            lambda **given: _replaced(given, 1, 2 * three_gradients(**given)[0] - three_gradients(**given)[1]),
            "the sign of the second part",
        ),
        "one step taken for the end": Mistake(
            lambda **given: _replaced(given, 2, three_gradients(**given)[1]), "that is one step"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            given = {
                "c": int(rng.integers(1, 4)),
                "k": int(rng.integers(1, 4)),
                "t": int(rng.integers(1, 4)),
                "p": float(rng.choice([0.5, 1, 1.5, 2])),
                "w": int(rng.integers(-3, 4)),
                "alpha": int(rng.integers(1, 4)),
                "xi": float(rng.choice([0.05, 0.1, 0.2])),
            }
            first, second, exact = three_gradients(**given)
            if min(abs(first - second), abs(second - exact), abs(first - exact)) > 0.3:
                return given

    def judge(self, answer: Any) -> str:
        found = [number(value) for value in sequence(answer, 3, "a list of three numbers: first, second, exact")]
        truths = three_gradients(**self.given)
        c, k, t, p, w, alpha, xi = self.given.values()
        first, second, _ = truths
        unrolled = w - xi * 2 * c * (w - k * alpha)
        through, late = 2 * c * xi * k, 2 * (unrolled - t)
        mistakes: list[list[tuple[float, str]]] = [
            [
                (first + 2 * (w - t), "w does not depend on α here: to first order it is a number."),
                (p * alpha, "the derivative of α² is 2α."),
                (0.0, "α stands in L_val itself, too."),
            ],
            [
                (second - first, "the first-order part is missing: add it."),
                (first - (second - first), "the sign of the second part: w' = w − ξ 2c (w − kα) grows with kα."),
                (first + 2 * (w - t) * through, "∂L_val/∂w is to be taken at w', after the step."),
                (first + late * 2 * c * k, "∂w'/∂α has a factor ξ."),
                (first + late * xi * k, "∂L_train/∂w is 2c (w − kα)."),
                (first + late, "multiply ∂L_val/∂w by ∂w'/∂α."),
            ],
            [
                (truths[2] - first, "α stands in L_val itself, too: that part is missing."),
                (first + 2 * (w - t) * k, "put w*(α) = kα in place of w."),
                (first + 2 * (k * alpha - t), "∂w*/∂α is k."),
                (second, "that is one step; the exact gradient goes all the way to w*(α)."),
            ],
        ]
        for part, (name, value, truth) in enumerate(zip(("First order", "Second order", "Exact"), found, truths)):
            if abs(value - truth) <= 1e-6 * max(1, abs(truth)):
                continue
            text = next((text for other, text in mistakes[part] if abs(value - other) <= 1e-6 * max(1, abs(other))), "")
            side = "small" if value < truth else "large"
            raise Wrong(f"{name}: {text or f'{value:.6g} is too {side}.'}")
        return (
            f"{first:g}, {second:g} and {truths[2]:g}. With ξ = 1/(2c) = {1 / (2 * c):.3g} one step reaches w*(α), and "
            "the second is the third."
        )


Slope = Callable[[np.ndarray], np.ndarray]


def finite_difference(slope: Slope, w: np.ndarray, v: np.ndarray, epsilon: float) -> np.ndarray:
    """Go a step of the length ε along v and along −v, and divide by how far the two points are apart, in units of v."""
    r = epsilon / np.linalg.norm(v)
    return (slope(w + r * v) - slope(w - r * v)) / (2 * r)


class FiniteDifference(Exercise):
    """The product of a mixed second derivative with a vector, from two gradients."""

    TITLE = "A second derivative from two gradients"
    QUESTION = (
        "Write `product(slope, w, v, epsilon)`: approximate ∇²_αw L_train · v, by a central difference whose step "
        "has length ε whatever the length of v. `slope(w)` returns ∇_α L_train(w, α) at a fixed α, an array. The check "
        "takes ε = {epsilon} and a smooth network, L_train = Σ α_i tanh(a_i · w) with {units} units (seed {seed}), "
        "where slope(w) = tanh(A w) and the product is known, with a short v and a long one. The error must be below "
        "1e-4 of the product, with two calls of `slope`."
    )
    STUB = "def product(slope, w, v, epsilon):\n    ..."
    HINTS = (
        "The derivative of slope(w + r v) by r, at r = 0, is what is asked for. Which r makes ‖r v‖ = ε?",
        "(slope(w + r v) − slope(w − r v)) / (2 r) with r = ε / ‖v‖.",
    )
    GIVEN: ClassVar = {"epsilon": 0.01, "units": 8, "seed": 0}
    OFFICIAL = staticmethod(finite_difference)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "one-sided": Mistake(
            lambda **given: (
                lambda slope, w, v, epsilon: (
                    (slope(w + epsilon / np.linalg.norm(v) * v) - slope(w)) / (epsilon / np.linalg.norm(v))
                )
            ),
            "That is a one-sided difference",
        ),
        "divided by r": Mistake(
            lambda **given: lambda *values: 2 * finite_difference(*values), "The two points are 2 r apart"
        ),
        "the sign": Mistake(lambda **given: lambda *values: -finite_difference(*values), "The sign"),
        "a step of another length": Mistake(
            lambda **given: lambda slope, w, v, epsilon: finite_difference(slope, w, v, epsilon / 10), "from w: ε is"
        ),
        "divided by 2 ε": Mistake(
            lambda **given: lambda slope, w, v, epsilon: finite_difference(slope, w, v, epsilon) / np.linalg.norm(v),
            "Divide by 2 r, not by 2 ε",
        ),
        "the ε of the question": Mistake(
            lambda **given: lambda slope, w, v, epsilon: finite_difference(slope, w, v, given["epsilon"]),
            "does the step follow",
        ),
        "more than two gradients": Mistake(
            lambda **given: lambda slope, *values: (slope(values[0]), finite_difference(slope, *values))[1],
            "two gradients are enough",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"units": int(rng.integers(3, 20)), "seed": int(rng.integers(1, 100))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        rng = np.random.default_rng(self.given["seed"])
        units, epsilon = self.given["units"], self.given["epsilon"]
        a, w, direction = rng.normal(0, 0.25, (units, 10)), rng.normal(size=10), rng.normal(size=10)
        calls: list[np.ndarray] = []

        def slope(at: np.ndarray) -> np.ndarray:
            calls.append(read_array(at, w.shape, "a point for `slope`, an array like w"))
            return np.tanh(a @ calls[-1])

        errors: list[float] = []
        distances: list[float] = []
        for length in (0.02, 50.0):
            v = length * direction / np.linalg.norm(direction)
            calls.clear()
            found = read_array(function(slope, w.copy(), v.copy(), epsilon), (units,), "the product, an array")
            truth = (1 - np.tanh(a @ w) ** 2) * (a @ v)
            errors.append(float(np.linalg.norm(found - truth) / np.linalg.norm(truth)))
            if not errors[-1] < 1e-4:
                raise Wrong(_what_went_wrong(found, slope, w, v, epsilon, errors[-1]))
            if len(calls) > 2:
                raise Wrong(f"Right, but `slope` was called {len(calls)} times: two gradients are enough.")
            distances += [float(np.linalg.norm(at - w)) for at in calls]
        far = max(distances, key=lambda distance: abs(distance - epsilon))
        if abs(far - epsilon) > 1e-3 * epsilon:  # the network is smooth: other lengths have small errors as well
            raise Wrong(f"The product is right, but a point of yours lies {far:.3g} from w: ε is {epsilon:g}.")
        calls.clear()
        function(slope, w.copy(), v.copy(), 2 * epsilon)
        if any(abs(np.linalg.norm(at - w) - 2 * epsilon) > 1e-3 * epsilon for at in calls):
            raise Wrong(f"Right for ε = {epsilon:g}, but not for {2 * epsilon:g}: does the step follow `epsilon`?")
        return f"Errors of {errors[0]:.1e} and {errors[1]:.1e} of the product, without any second derivative."


def _what_went_wrong(
    found: np.ndarray, slope: Slope, w: np.ndarray, v: np.ndarray, epsilon: float, error: float
) -> str:
    r = epsilon / np.linalg.norm(v)
    plus, minus, here = slope(w + r * v), slope(w - r * v), slope(w)
    long = slope(w + epsilon * v) - slope(w - epsilon * v)
    mistakes = [
        ((plus - here) / r, "That is a one-sided difference: take w − r v for the other point."),
        ((here - minus) / r, "That is a one-sided difference: take w + r v for the other point."),
        ((plus - minus) / r, "The two points are 2 r apart, not r."),
        (-(plus - minus) / (2 * r), "The sign: w + r v comes first."),
        ((plus - minus) / (2 * epsilon), "Divide by 2 r, not by 2 ε: the length of v is lost."),
        (plus - minus, "Divide the difference by 2 r."),
        (long / (2 * epsilon), "The step is as long as v times ε: take r = ε / ‖v‖."),
    ]
    for mistaken, text in mistakes:
        if is_near(found, mistaken, 1e-7):
            return text
    return f"For v of length {np.linalg.norm(v):g} the error is {error:.1e} of the product."


def derive_both_ways(order: str, seed: int, epoch: int) -> list[tuple[int, ...]]:
    """Take the largest α of each edge, among all five operations and among the last four."""
    alpha = load_oneshot_study()(f"DARTS, {order} order", "alphas")[seed, epoch]
    with_none = alpha.argmax(axis=1)
    without = alpha[:, 1:].argmax(axis=1) + 1
    return [tuple(with_none.tolist()), tuple(without.tolist())]


class DeriveCells(Exercise):
    """From α to a cell, with and without `none`."""

    TITLE = "Derive a cell, with and without none"
    QUESTION = (
        '`load_oneshot_study()("DARTS, {order} order", "alphas")` has the shape (runs, epochs + 1, 6, 5). Take the run '
        "with seed {seed} after epoch {epoch} (index {epoch}), and derive its cell twice: with the largest α of all "
        "five operations, and with `none` (operation 0) left out. Answer with a list of two cells, each a tuple of six "
        "integers, 0…4. Predict first: which of the two is better when trained by itself?"
    )
    STUB = "cells = ..."
    HINTS = (
        "`alpha.argmax(axis=1)` chooses for each of the six edges.",
        "Leaving out column 0 shifts the numbers of the others by one.",
    )
    GIVEN: ClassVar = {"order": "first", "seed": 0, "epoch": 50}
    OFFICIAL = staticmethod(derive_both_ways)
    MISTAKES: ClassVar = {
        "without none first": Mistake(lambda **given: derive_both_ways(**given)[::-1], "The other way round"),
        "none twice": Mistake(lambda **given: derive_both_ways(**given)[:1] * 2, "The second is the first again"),
        "shifted": Mistake(
            lambda **given: [
                derive_both_ways(**given)[0],
                tuple(operation - 1 for operation in derive_both_ways(**given)[1]),
            ],
            "the numbers are shifted",
        ),
        "the epoch before": Mistake(
            lambda order, seed, epoch: derive_both_ways(order, seed, epoch - 1), "has another operation with a larger α"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            order = ORDERS[rng.integers(2)]
            runs, moments = load_oneshot_study()(f"DARTS, {order} order", "alphas").shape[:2]
            seed, epoch = int(rng.integers(runs)), int(rng.integers(5, moments))
            first, second = derive_both_ways(order, seed, epoch)
            if first != second:
                return {"order": order, "seed": seed, "epoch": epoch}

    def judge(self, answer: Any) -> str:
        found = [_read_cell(item) for item in sequence(answer, 2, "a list of two cells")]
        truths = derive_both_ways(**self.given)
        if found != truths:
            with_none, without = truths
            if found == truths[::-1]:
                raise Wrong("The other way round: first the cell in which `none` may win.")
            if found == [with_none, with_none]:
                raise Wrong("The second is the first again: leave out `none`.")
            if found[1] == tuple(operation - 1 for operation in without):
                raise Wrong("In the second the numbers are shifted: after `none` is left out, the first column is 1.")
            if found[0] != with_none:
                wrong = next(e for e in range(len(EDGES)) if found[0][e] != with_none[e])
                raise Wrong(f"In the first cell, edge {EDGES[wrong]} has another operation with a larger α.")
            if 0 in found[1]:
                raise Wrong("There is a `none` (0) in the second cell.")
            raise Wrong("The second cell is not that of the largest α among the other four operations.")
        accuracies = load_oneshot_study().test_accuracy(np.array(truths))
        return f"Trained by themselves they reach {accuracies[0]:.1f} % and {accuracies[1]:.1f} %."


def _read_cell(item: Any) -> tuple[int, ...]:
    values = [number(value) for value in sequence(item, len(EDGES), "two cells, each of six integers")]
    if not all(value in range(-1, len(OPERATIONS)) for value in values):
        raise Wrong(f"An operation is an integer, 0…4: got {describe(item)}.")
    return tuple(int(value) for value in values)


Plan = Mapping[str, Any]
KINDS = ("first", "second", "random")


def costs() -> dict[str, float]:
    """Return the processor seconds of one run of each order, of 50 epochs, and of training one cell by itself."""
    study = load_oneshot_study()
    searches = {order: float(study(f"DARTS, {order} order", "seconds").sum(axis=1).mean()) for order in ORDERS}
    return {**searches, "random": float(study("training from scratch", "seconds").mean())}


def seconds_of(plan: Plan) -> float:
    """Return what a plan costs: the epochs of its runs, and one training of each cell to choose from."""
    each = costs()
    share = plan.get("epochs", 50) / 50
    return (
        sum(plan.get(k, 0) * (each[k] * share + each["random"]) for k in ORDERS)
        + plan.get("random", 0) * each["random"]
    )


def carry_out(plan: Plan) -> np.ndarray:
    """Return the test accuracy, on the seeds that did not choose, of what a plan answers, in `PLANS` draws."""
    study = load_oneshot_study()
    epoch, found = plan.get("epochs", 50), []
    for draw in range(PLANS):
        rng = np.random.default_rng(draw)
        cells = [study.table.space.sample(rng) for _ in range(plan.get("random", 0))]
        for order in ORDERS:
            alphas = study(f"DARTS, {order} order", "alphas")[:, epoch]
            runs = rng.choice(len(alphas), plan.get(order, 0), replace=False)
            cells += [tuple(cell) for cell in derived_cells(alphas[runs], with_none=False).tolist()]
        best = max(cells, key=lambda cell: study.table.evaluate(cell)["val_accuracy"])
        found.append(study.table.report(best)["test_accuracy"])
    return np.array(found)


def one_second_order_run() -> np.ndarray:
    """Return the test accuracy, on the same seeds, of the cell of each second-order run."""
    study = load_oneshot_study()
    cells = study.derived("DARTS, second order", with_none=False)[:, -1]
    return np.array([study.table.report(tuple(cell))["test_accuracy"] for cell in cells.tolist()])


def many_short_runs(seconds: int, plans: int) -> dict[str, int]:
    """Run first order six times for a tenth of its epochs, and train random cells with what is left."""
    plan = {"first": 6, "epochs": 5}
    return {**plan, "random": int((seconds - seconds_of(plan)) // costs()["random"])}


class CostOfSecondOrder(Exercise):
    """Open-ended: what the price of a second-order run buys elsewhere."""

    TITLE = "The cost of second order (open-ended)"
    QUESTION = (
        "You have {seconds} processor seconds; `ex.costs()` says what a run of DARTS of each order costs, and what the "
        'training of one cell. Write a plan, for instance `{{"first": 1, "second": 0, "random": 5, "epochs": 50}}`: '
        "so many runs of first and of second order (up to six of each), stopped after so many epochs (1…50, the same "
        "for both), and so many random cells. Runs answer with their cell without `none`. Each cell is trained once, "
        "at the cost of a random cell; the best by that training is the plan's answer. The check carries it out "
        "{plans} times, each time with other stored runs and other random cells, and puts each answer beside that of "
        "each second-order run: yours must be the better in three of four pairs. (Six runs of each order stand behind "
        "all that, so the number is no more than a description of them, and has no band.) Then try to beat your own "
        "mean. Beware: an epoch that you choose by looking at these runs is chosen by their truth."
    )
    STUB = "plan = ..."
    HINTS = (
        "What does the price of one second-order run buy in runs of first order, and in random cells?",
        "`ex.seconds_of(plan)` is what a plan costs. Short runs are cheap: what did the cells of early epochs reach?",
    )
    GIVEN: ClassVar = {"seconds": 120, "plans": PLANS}
    OFFICIAL = staticmethod(many_short_runs)
    MISTAKES: ClassVar = {
        "more than there is": Mistake(lambda seconds, plans: {"second": 6, "random": seconds}, "there are"),
        "one run of one epoch": Mistake(
            lambda seconds, plans: {"first": 1, "epochs": 1}, "Not better than one second-order run"
        ),
        "nothing to choose from": Mistake(lambda seconds, plans: {"epochs": 5}, "no cell to choose from"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"seconds": int(rng.integers(10, 30)) * 10}

    def judge(self, answer: Any) -> str:
        plan = _read_plan(answer)
        spent = seconds_of(plan)
        if spent > self.given["seconds"]:
            raise Wrong(f"Your plan costs {spent:.0f} seconds; there are {self.given['seconds']}.")
        found, single = carry_out(plan), one_second_order_run()
        better = float((found[:, None] > single).mean())
        said = (
            f"{found.mean():.2f} % by your plan ({spent:.0f} s, mean of {PLANS} draws), {single.mean():.2f} % by a run "
            f"(mean of {len(single)}); the better in {better:.0%} of the pairs."
        )
        if better < ENOUGH:
            raise Wrong(f"Not better than one second-order run: {said}")
        return said


def _read_plan(answer: Any) -> dict[str, int]:
    keys = (*KINDS, "epochs")
    if not isinstance(answer, Mapping):
        raise Wrong(f"A plan is a dictionary with the keys {', '.join(keys)}: got {describe(answer)}.")
    unknown = [key for key in answer if key not in keys]
    if unknown:
        raise Wrong(f"A plan has the keys {', '.join(keys)}: got {describe(unknown[0])}.")
    if any(value is ... for value in answer.values()):
        raise NotAttempted
    plan = {str(key): int(number(value)) for key, value in answer.items() if number(value) == int(number(value))}
    limits = {"first": (0, 6), "second": (0, 6), "random": (0, 2000), "epochs": (1, 50)}
    for key in answer:
        low, high = limits[key]
        if key not in plan or not low <= plan[key] <= high:
            raise Wrong(f"{key} {describe(answer[key])}: choose a whole number, {low}…{high}.")
    if not sum(plan.get(kind, 0) for kind in KINDS):
        raise Wrong("Your plan has no cell to choose from.")
    return plan


exercises = ExerciseSet(
    "darts",
    "09 DARTS",
    [MixedOperation, BilevelGradient, FiniteDifference, DeriveCells, CostOfSecondOrder],
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
