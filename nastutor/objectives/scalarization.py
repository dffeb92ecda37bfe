"""Several metrics in one number, so that a searcher with one objective can seek a compromise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nastutor.arguments import positive_number, real_number, shown

Metrics = Mapping[str, float]
Reward = Callable[[Metrics], float]


def with_reward(evaluate: Callable[..., Metrics], reward: Reward, name: str = "reward") -> Callable[..., Metrics]:
    """Return an evaluator that adds a reward to the metrics of another: ``search(…, objective="reward")``.

    Parameters
    ----------
    evaluate : any evaluator; its arguments are passed on.
    reward : computed from its metrics.
    name : of the new metric.

    Raises
    ------
    ValueError : when an evaluation already has a metric of that name.
    """

    def evaluate_with_reward(*args: Any, **options: Any) -> Metrics:
        metrics = evaluate(*args, **options)
        if name in metrics:
            raise ValueError(f"the evaluator has a metric {name!r} already: give the reward another name")
        return {**metrics, name: reward(metrics)}

    return evaluate_with_reward


def weighted_sum(weights: Mapping[str, float]) -> Reward:
    """Return the reward Σ weight · metric.

    Of a Pareto front it can only find the points on the convex hull: no weights make a point in a dent the best.

    Parameters
    ----------
    weights : by metric, in units of reward per unit of the metric; negative for costs.
    """
    _require_numbers("weights", weights, "at least one metric")
    if not weights:
        raise ValueError("weights {}: give a finite number for at least one metric")
    return lambda metrics: sum(weight * _metric(metrics, name) for name, weight in weights.items())


def chebyshev(weights: Mapping[str, float], reference: Mapping[str, float], augmentation: float = 0.05) -> Reward:
    """Return the augmented Chebyshev reward, −(max dₖ + augmentation · Σ dₖ), dₖ = weightₖ · (referenceₖ − metricₖ).

    What counts is the metric that is farthest from its reference (Bowman 1976; Steuer & Choo 1983,
    doi:10.1007/BF02591870; ParEGO, Knowles 2006, doi:10.1109/TEVC.2005.851274, whose augmentation is 0.05 too). Lines
    of equal reward have a corner, and a corner reaches into dents: with the weights 1 / |reference − metric| of a point
    of a front, no other has a smaller maximum, wherever the point lies. The sum decides between equal maxima, so that
    what is dominated does not win; if it is large, the corner is blunt, and deep dents are missed as by `weighted_sum`.

    Parameters
    ----------
    weights : by metric, negative for costs, as for `weighted_sum`.
    reference : of the same metrics, at least as good as the best values of each.
    augmentation : at least 0.
    """
    weigh = weighted_sum(weights)
    names = f"each of {', '.join(map(str, weights))}"
    _require_numbers("reference", reference, names)
    if set(reference) != set(weights):
        raise ValueError(f"reference {dict(reference)}: give a finite number for {names}")
    real_number("augmentation", augmentation, "a number of at least 0", lambda number: number >= 0)
    highest = weigh(reference)

    def reward(metrics: Metrics) -> float:
        total = highest - weigh(metrics)
        farthest = max(weight * (reference[name] - metrics[name]) for name, weight in weights.items())
        return -(farthest + augmentation * total)

    return reward


def mnasnet_reward(
    target: float,
    below: float = -0.07,
    above: float = -0.07,
    accuracy: str = "val_accuracy",
    cost: str = "latency_ms",
) -> Reward:
    """Return MnasNet's reward, accuracy · (cost / target)^w (Tan et al. 2019, arXiv 1807.11626).

    Parameters
    ----------
    target : T of the paper, in units of the cost.
    below, above : the exponent w, α of the paper where the cost is at most the target and β where it is above. The
        soft reward has −0.07 twice: twice the cost is worth five percent of accuracy. The hard one has 0 and −1.
    accuracy, cost : names of metrics.
    """
    positive_number("target", target)
    for name, exponent in (("below", below), ("above", above)):
        real_number(name, exponent, "a number up to 0, since a cost is no gain", lambda number: number <= 0)

    def reward(metrics: Metrics) -> float:
        ratio = _metric(metrics, cost) / target
        return _metric(metrics, accuracy) * ratio ** (below if ratio <= 1 else above)

    return reward


def _require_numbers(name: str, given: Mapping[str, float], which: str) -> None:
    if not isinstance(given, Mapping):
        raise ValueError(f"{name} {shown(given)}: give numbers by metric, for {which}")
    for metric, number in given.items():
        real_number(f"{name}, {shown(metric)}:", number, f"a finite number for {which}")


def _metric(metrics: Metrics, name: str) -> float:
    if name not in metrics:
        raise ValueError(f"the reward needs {name!r}; the evaluation returned {', '.join(metrics) or 'nothing'}")
    return metrics[name]
