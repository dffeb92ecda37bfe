"""Lesson 04: one draw of REINFORCE, baselines, entropy, clipping, what it gains."""

from __future__ import annotations

import math

import numpy as np
from gift import Number, Question

from quiz_bank.shared import decide, of_exercise, verdict

REWARDS = np.array([0.90, 0.91, 0.70])


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    policy, arms = np.full(3, 1 / 3), np.eye(3)
    step = REWARDS[2] * (arms[2] - policy)
    variance = {name: variance_of(policy, baseline) for name, baseline in (("none", 0.0), ("J", policy @ REWARDS))}
    entropy = math.log(5)
    ratio, clip, advantage = 1.5, 0.2, 2.0
    objective = min(ratio * advantage, min(max(ratio, 1 - clip), 1 + clip) * advantage)
    return [
        of_exercise("reinforcement", 2, which=2),
        of_exercise("reinforcement", 3, which=2),
        decide(
            "One draw of the worst arm",
            "Three arms pay 0.90, 0.91 and 0.70; the policy draws each with probability 1/3, and has no baseline. "
            "After one step of REINFORCE on a draw of the *worst* arm, its probability is",
            {"larger": step[2] > max(step[:2]), "smaller": step[2] < min(step[:2]), "unchanged": np.ptp(step) == 0},
            "All rewards are positive, so whatever was drawn goes up. Only the average over draws comes out right.",
        ),
        decide(
            "What a baseline does",
            "Three arms pay 0.90, 0.91 and 0.70; the policy draws each with probability 1/3. A baseline, the expected "
            "reward, is subtracted from the reward of each draw. What does that change of the gradient that REINFORCE "
            "estimates?",
            {
                "its variance, not its mean": variance["J"] < 0.5 * variance["none"] and same_mean(policy),
                "its mean, not its variance": not same_mean(policy) and variance["J"] == variance["none"],
                "both": not same_mean(policy) and variance["J"] != variance["none"],
                "neither": same_mean(policy) and variance["J"] == variance["none"],
            },
            f"The variance goes from {variance['none']:.3f} to {variance['J']:.3f}, the mean stays.",
        ),
        Number(
            "Undecided",
            "A policy chooses among five operations with equal probability. What is its entropy in nats? (Two "
            "decimals.)",
            entropy,
            within=0.006,
            wrong={math.log2(5): "That is in bits.", 0.2: "That is the probability of each."},
            because="ln 5. A certain policy has none.",
        ),
        Number(
            "Clipped",
            f"PPO maximises min(ρA, clip(ρ, 1 − ε, 1 + ε)A). What is it for ρ = {ratio}, A = {advantage:g}, ε = "
            f"{clip}?",
            objective,
            within=0.005,
            wrong={
                ratio * advantage: "The ratio is larger than 1 + ε.",
                (1 - clip) * advantage: "It is clipped at 1 + ε.",
            },
            because="A good draw earns nothing more once its probability has grown by ε.",
        ),
        verdict("reinforce", "cora", "cannot be told", "On cells it is above random search at 150 evaluations."),
        verdict("evolution-early", "cifar10", "holds", "Evolution is there earlier."),
    ]


def estimates(policy: np.ndarray, baseline: float) -> np.ndarray:
    """Return what each arm's draw says of the gradient, (arm, theta)."""
    return (REWARDS - baseline)[:, None] * (np.eye(3) - policy)


def variance_of(policy: np.ndarray, baseline: float) -> float:
    """Return the total variance of the estimate."""
    found = estimates(policy, baseline)
    return float(policy @ ((found - policy @ found) ** 2).sum(axis=1))


def same_mean(policy: np.ndarray) -> bool:
    """Say whether the baseline leaves the mean of the estimate as it is."""
    return bool(np.allclose(policy @ estimates(policy, 0.0), policy @ estimates(policy, float(policy @ REWARDS))))
