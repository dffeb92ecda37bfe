"""Lesson 12: fronts, what weights reach, MnasNet's reward, hypervolumes."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.objectives.pareto import hypervolume, is_best_for_weights, is_nondominated
from nastutor.objectives.scalarization import Reward, mnasnet_reward
from quiz_bank.shared import decide, of_exercise, verdict

POINTS = np.array([[90, 15], [90, 12], [88, 12], [85, 9], [80, 9.5]])
FRONT = np.array([[70, 5], [76, 7], [80, 8], [90, 10], [91, 16], [93, 18]])


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    stays = is_nondominated(POINTS * (1, -1))
    reached = is_best_for_weights(FRONT * (1, -1))
    winners = {target: best_by(mnasnet_reward(target), FRONT) for target in (8, 16)}
    hard = {target: best_by(mnasnet_reward(target, below=0, above=-1), FRONT) for target in (8, 16)}
    covered = hypervolume(np.array([[90.0, -10.0]]), (70, -20))
    return [
        of_exercise("multi_objective", 2, which=2),
        of_exercise("multi_objective", 3, which=2),
        decide(
            "Which points are on the front?",
            f"Accuracy (more is better) and latency (less is better) of five cells: {said(POINTS)}. Which two are the "
            "whole Pareto front?",
            {
                f"{said(POINTS[[a, b]])}": set(np.flatnonzero(stays)) == {a, b}
                for a, b in ((1, 3), (0, 1), (1, 2), (3, 4))
            },
            "One that ties in one objective and loses in the other is dominated.",
        ),
        Number(
            "What weights reach",
            f"A front of accuracy and latency has the points {said(FRONT)}. How many of them are the best by *some* "
            "weighted sum of the two?",
            int(reached.sum()),
            wrong={
                len(FRONT): "Points in a dent, below the line between two others, are never the best.",
                2: "Not only the two ends: every corner of the convex hull.",
            },
            because="Those on the convex hull; a limit on latency reaches all of them.",
        ),
        decide(
            "The target of the soft reward",
            "MnasNet's soft reward is accuracy · (latency / T)^−0.07. You lower its target T from 16 to 8 ms. Its "
            "winner",
            {
                "stays the same": winners[8] == winners[16],
                "becomes faster": FRONT[winners[8], 1] < FRONT[winners[16], 1],
                "becomes slower": FRONT[winners[8], 1] > FRONT[winners[16], 1],
            },
            "T is a constant factor: it changes all rewards alike.",
        ),
        decide(
            "The target of the hard reward",
            "The hard reward counts accuracy up to the target, and accuracy · T / latency beyond. On the front "
            f"{said(FRONT)}: what becomes of its winner when T goes from 16 to 8 ms?",
            {
                "it becomes faster": FRONT[hard[8], 1] < FRONT[hard[16], 1],
                "it stays the same": hard[8] == hard[16],
                "it becomes slower": FRONT[hard[8], 1] > FRONT[hard[16], 1],
            },
            f"From {said(FRONT[[hard[16]]])} to {said(FRONT[[hard[8]]])}.",
        ),
        Number(
            "One point's hypervolume",
            "What is the hypervolume of the single cell with 90 % and 10 ms, from the reference of 70 % and 20 ms?",
            float(covered),
            wrong={20.0: "It is an area: multiply.", 900.0: "Measure from the reference point."},
            because="(90 − 70) · (20 − 10). Another reference gives another number, and maybe another order.",
        ),
        verdict("nsga", "cifar10, latency_ms"),
    ]


def said(points: np.ndarray) -> str:
    """Write points as accuracies and latencies."""
    return ", ".join(f"{accuracy:g} % at {latency:g} ms" for accuracy, latency in points)


def best_by(reward: Reward, points: np.ndarray) -> int:
    """Return which point a reward prefers."""
    metrics = [{"val_accuracy": float(a), "latency_ms": float(t)} for a, t in points]
    return int(np.argmax([reward(one) for one in metrics]))
