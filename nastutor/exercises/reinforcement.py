"""Exercises of lesson 04: an exact gradient, a baseline, clipping, and policies compared at equal budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import (
    CANNOT_BE_TOLD,
    NotAttempted,
    Wrong,
    choice,
    compare,
    decided_by,
    describe,
    number,
    numbers,
)
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import draw_dataset, random_result, reported, table
from nastutor.lessons.source import show_source
from nastutor.loop.search import search
from nastutor.statistics import Band, bootstrap_band, difference_band

if TYPE_CHECKING:
    from IPython.display import Markdown

BATCH_SIZE, BASELINE_DECAY = 20, 0.8
"""Of the comparison of policies."""
QUESTIONS = (
    ("cifar100", 0.03, 0.2),
    ("cifar10", 0.3, 0.3),
    ("ImageNet16-120", 0.03, 0.03),
)
"""Dataset and the two learning rates of comparisons in which zero is not near the end of the band.

The first pair are rates that suit each policy (see `Reinforce`); the others give both one rate, a fast and a slow one.
"""
RUNS = 12
"""Runs of the reader's settings in the open-ended exercise."""
FIRST_SEED = 1000
"""Their seeds are not those on which a reader finds the settings."""
START: dict[str, Any] = {"entropy_weight": 0.0, "batch_size": 10, "baseline_decay": 0.8}
"""What the open-ended exercise takes where the reader chooses nothing."""
LIMITS: dict[str, tuple[float, float]] = {
    "entropy_weight": (0, 5),
    "batch_size": (5, 100),
    "baseline_decay": (0, 0.99),
    "temperature": (0.1, 10),
    "tanh_constant": (0.1, 10),
    "epochs": (1, 5),
    "clip": (0.01, 1),
}
"""The settings that a reader may choose there."""
WHOLE = ("batch_size", "epochs")
METHODS = ("Reinforce", "PPO")


def gradient(theta: np.ndarray, rewards: np.ndarray) -> np.ndarray:
    """The derivative of J = Σ πₖ rₖ by θₖ is πₖ (rₖ − J)."""
    policy = np.exp(theta - theta.max())
    policy /= policy.sum()
    return policy * (rewards - policy @ rewards)


def _softmax(theta: Sequence[float] | np.ndarray) -> np.ndarray:
    weights = np.exp(np.asarray(theta) - np.max(theta))
    return weights / weights.sum()


def _estimate(theta: Sequence[float], rewards: Sequence[float]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(0)

    def estimated_gradient(theta: np.ndarray, rewards: np.ndarray) -> np.ndarray:
        """Return REINFORCE's estimate from one draw."""
        policy = _softmax(theta)
        arm = rng.choice(3, p=policy)
        return rewards[arm] * (np.eye(3)[arm] - policy)

    return estimated_gradient


class BanditGradient(Exercise):
    """The exact gradient of a bandit's expected reward."""

    TITLE = "An exact gradient"
    QUESTION = (
        "A three-armed bandit pays r = {rewards}, and the policy π is the softmax of θ = {theta}. Write "
        "`gradient(theta, rewards)`: the exact gradient of the expected reward J = Σ π_k r_k by θ, an array of three. "
        "The check tries these numbers and others."
    )
    STUB = "def gradient(theta, rewards):\n    ..."
    HINTS = (
        "Raising θ_k raises π_k and lowers the others: the derivative of π_j by θ_k is π_j (1[j = k] − π_k).",
        "Add up r_j π_j (1[j = k] − π_k) over j; one of the two sums is J.",
    )
    GIVEN: ClassVar = {"theta": (0.5, 0.0, -0.5), "rewards": (0.2, 0.5, 0.9)}
    OFFICIAL = staticmethod(gradient)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "without J": Mistake(lambda theta, rewards: lambda t, r: _softmax(t) * r, "a term with J is missing"),
        "downhill": Mistake(lambda theta, rewards: lambda t, r: -gradient(t, r), "points downhill"),
        "without the probability": Mistake(
            lambda theta, rewards: lambda t, r: r - _softmax(t) @ r, "The factor π_k is missing"
        ),
        "the plain mean for J": Mistake(
            lambda theta, rewards: lambda t, r: _softmax(t) * (r - r.mean()), "subtract the plain mean"
        ),
        "what the arm itself changes": Mistake(
            lambda theta, rewards: lambda t, r: _softmax(t) * (1 - _softmax(t)) * r, "only what arm k itself changes"
        ),
        "by the probabilities": Mistake(lambda theta, rewards: lambda t, r: r, "by the probabilities"),
        "drawn, not computed": Mistake(_estimate, "that is an estimate"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        theta = rng.permutation(np.round(rng.uniform(0.2, 1.0, 3), 1) * (1, 0, -1))
        rewards = np.round(rng.choice(np.arange(1, 10), 3, replace=False) / 10, 1)
        return {"theta": tuple((theta + 0.0).tolist()), "rewards": tuple(rewards.tolist())}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        rng = np.random.default_rng(0)
        cases = [(np.array(self.given["theta"]), np.array(self.given["rewards"]))]
        cases += [(rng.normal(size=3), rng.uniform(-1, 1, 3)) for _ in range(5)]
        for theta, rewards in cases:
            policy = _softmax(theta)
            truth = policy * (rewards - policy @ rewards)
            what = "an array of three numbers, one for each θ"
            found = numbers(function(theta.copy(), rewards.copy()), 3, what)
            if np.allclose(found, truth, atol=1e-4, rtol=0):
                continue
            again = [numbers(function(theta.copy(), rewards.copy()), 3, what) for _ in range(20)]
            if not np.allclose(again, found, atol=1e-9, rtol=0):
                raise Wrong("Calls with the same numbers differ: that is an estimate; nothing need be drawn here.")
            name = f"For θ = {_written(theta)}, r = {_written(rewards)} you return {_written(found)}."
            raise Wrong(f"{name} {self._mistake(found, policy, rewards)}")
        policy, rewards = _softmax(self.given["theta"]), np.array(self.given["rewards"])
        mean = policy @ rewards
        rising = " and ".join(str(arm) for arm in range(3) if rewards[arm] > mean)
        return (
            f"J is {mean:.3f} here and the gradient {_written(policy * (rewards - mean))}: up for arms that pay more "
            f"than J, here {rising} (counted from 0)."
        )

    @staticmethod
    def _mistake(found: np.ndarray, policy: np.ndarray, rewards: np.ndarray) -> str:
        mean = policy @ rewards
        mistakes = [
            (policy * rewards, "That is π_k r_k: θ_k also lowers the other arms, so a term with J is missing."),
            (-policy * (rewards - mean), "That points downhill: J is to rise."),
            (policy * (rewards + mean), "A sign is wrong: what pays less than J must go down."),
            (rewards - mean, "The factor π_k is missing: a rare arm changes J little."),
            (rewards, "That is the derivative by the probabilities; it is asked for by θ."),
            (
                policy * (1 - policy) * rewards,
                "That is only what arm k itself changes; θ_k also lowers the other arms.",
            ),
            (policy * (rewards - rewards.mean()), "You subtract the plain mean of the rewards; J weights them by π."),
            (policy, "Those are the probabilities; the gradient needs the rewards."),
        ]
        for mistaken, message in mistakes:
            if np.allclose(found, mistaken, atol=1e-4, rtol=0):
                return message
        if abs(found.sum()) > 1e-3:
            return "The three must add up to 0: adding a constant to all θ changes nothing."
        return "Compare with a finite difference: raise one θ by 0.0001 and see by how much J rises."


def _written(values: np.ndarray) -> str:
    return f"({', '.join(f'{value:.3g}' for value in values)})"


def best_baseline(theta: Sequence[float], rewards: Sequence[float]) -> float:
    """Only E[(r − b)² ‖∇ log π‖²] depends on b; its minimum is a mean of r with the weights πₖ ‖∇ log πₖ‖²."""
    policy = np.exp(theta) / np.exp(theta).sum()
    directions = np.eye(len(policy)) - policy
    weights = policy * (directions**2).sum(axis=1)
    return float(weights @ rewards / weights.sum())


def _moments(theta: Sequence[float], rewards: np.ndarray, baseline: float) -> tuple[np.ndarray, float]:
    """Return the mean and the total variance of one-draw estimates, by enumerating the arms."""
    policy = _softmax(theta)
    estimates = (rewards - baseline)[:, None] * (np.eye(len(policy)) - policy)
    mean = policy @ estimates
    return mean, float(policy @ ((estimates - mean) ** 2).sum(axis=1))


def _lengths(theta: Sequence[float]) -> np.ndarray:
    """Return ‖e_k − π‖² of each arm."""
    policy = _softmax(theta)
    return ((np.eye(len(policy)) - policy) ** 2).sum(axis=1)


def _weighted_reward(rewards: Sequence[float] | np.ndarray, weights: np.ndarray) -> float:
    return float(weights @ rewards / weights.sum())


class BestBaseline(Exercise):
    """The baseline with the smallest variance."""

    TITLE = "The best baseline"
    QUESTION = (
        "A bandit pays r = {rewards}, the policy is the softmax of θ = {theta}. One draw of REINFORCE estimates the "
        "gradient by (r_k − b) (e_k − π), with probability π_k, where e_k has a 1 at arm k. Which constant b makes "
        "the total variance of this estimate (the sum over its three components) smallest? Two decimals; it is not J."
    )
    STUB = "baseline = ..."
    DECIMALS = 2
    HINTS = (
        "`moments(b)` of the lesson computes the variance; it is a parabola in b. Try many b, or find its minimum.",
        "The mean does not depend on b, so minimise Σ π_k (r_k − b)² ‖e_k − π‖²: a weighted mean of the rewards.",
    )
    GIVEN: ClassVar = {"theta": (1.5, 0.0, -0.5), "rewards": (0.2, 0.5, 0.9)}
    OFFICIAL = staticmethod(best_baseline)
    MISTAKES: ClassVar = {
        "J": Mistake(lambda theta, rewards: float(_softmax(theta) @ rewards), "That is J"),
        "the plain mean": Mistake(lambda theta, rewards: float(np.mean(rewards)), "the plain mean of the rewards"),
        "no baseline": Mistake(lambda theta, rewards: 0, "Without a baseline"),
        "weights without the probabilities": Mistake(
            lambda theta, rewards: _weighted_reward(rewards, _lengths(theta)), "alone; a rare arm counts less"
        ),
        "lengths not squared": Mistake(
            lambda theta, rewards: _weighted_reward(rewards, _softmax(theta) * np.sqrt(_lengths(theta))),
            "The square is missing",
        ),
        "the variance, not the baseline": Mistake(
            lambda theta, rewards: _moments(theta, np.array(rewards), best_baseline(theta, rewards))[1],
            "the smallest variance",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        theta = rng.permutation([float(rng.choice([1.0, 1.5, 2.0])), 0.0, float(rng.choice([-1.0, -0.5, 0.5]))])
        rewards = rng.choice(np.arange(1, 10), 3, replace=False) / 10
        return {"theta": tuple(theta.tolist()), "rewards": tuple(rewards.tolist())}

    def judge(self, answer: Any) -> str:
        theta, rewards = self.given["theta"], np.array(self.given["rewards"])
        policy, lengths = _softmax(theta), _lengths(theta)
        truth, mean = _weighted_reward(rewards, policy * lengths), float(policy @ rewards)
        (gradient, plain), (_, with_mean), (same, least) = (_moments(theta, rewards, b) for b in (0.0, mean, truth))
        mistakes = [
            (mean, f"That is J. Its variance is {with_mean:.4f}; another b has less: arms differ in ‖e_k − π‖ too."),
            (float(rewards.mean()), "That is the plain mean of the rewards; arms are not drawn equally often."),
            (0.0, f"Without a baseline the variance is {plain:.4f}; there is better."),
            (_weighted_reward(rewards, lengths), "You weight by ‖e_k − π‖² alone; a rare arm counts less."),
            (
                _weighted_reward(rewards, policy * np.sqrt(lengths)),
                "The square is missing: the variance has ‖e_k − π‖².",
            ),
            (least, "That is the smallest variance; which b gives it?"),
            (float(rewards.max()), "With the best reward every draw is a disappointment; find the minimum."),
        ]
        value = number(answer)
        said = f"Its variance is {_moments(theta, rewards, value)[1]:.4f}, and that of J {with_mean:.4f}."
        compare(value, truth, 0.006, mistakes, low=said, high=said)
        return (
            f"Variance {plain:.4f} without a baseline, {with_mean:.4f} with J, {least:.4f} with {truth:.3f}. The mean "
            f"of the estimates is the same each time: they differ by {np.abs(same - gradient).max():.0e}."
        )


def clipped_objectives(ratios: Sequence[float], advantages: Sequence[float], clip: float) -> list[float]:
    """The smaller of the two: what is gained by going further than the clip is not counted, what is lost is."""
    r, advantage = np.array(ratios), np.array(advantages)
    return np.minimum(r * advantage, np.clip(r, 1 - clip, 1 + clip) * advantage).tolist()


class Clipping(Exercise):
    """PPO's objective for given draws."""

    TITLE = "Clipping"
    QUESTION = (
        "A batch of five draws has the ratios ρ = {ratios} of new to old probability, and the advantages "
        "A = {advantages}. With ε = {clip}, what is PPO's objective min(ρA, clip(ρ, 1 − ε, 1 + ε) A) of each? Answer "
        "with a list of five numbers, in order. Do it by hand."
    )
    STUB = "objectives = ..."
    HINTS = (
        "Write both products below each other and take the smaller; of negative numbers, the one further from 0.",
        "The figure of the lesson: for A > 0 the line is flat on the right of 1 + ε, for A < 0 on the left of 1 − ε.",
    )
    GIVEN: ClassVar = {
        "ratios": (1.5, 0.6, 1.4, 0.7, 1.1),
        "advantages": (2.0, 1.0, -1.0, -2.0, 0.5),
        "clip": 0.2,
    }
    OFFICIAL = staticmethod(clipped_objectives)
    MISTAKES: ClassVar = {
        "the clipped product alone": Mistake(
            lambda ratios, advantages, clip: np.clip(ratios, 1 - clip, 1 + clip) * advantages, "without the min"
        ),
        "nothing clipped": Mistake(
            lambda ratios, advantages, clip: np.multiply(ratios, advantages), "Nothing is clipped"
        ),
        "the larger product": Mistake(
            lambda ratios, advantages, clip: np.maximum(
                np.multiply(ratios, advantages), np.clip(ratios, 1 - clip, 1 + clip) * advantages
            ),
            "the larger of the two",
        ),
        "the loss": Mistake(
            lambda ratios, advantages, clip: np.negative(clipped_objectives(ratios, advantages, clip)),
            "That is the loss",
        ),
        "the product nearer to zero": Mistake(
            lambda ratios, advantages, clip: [
                min(ratio * a, np.clip(ratio, 1 - clip, 1 + clip) * a, key=abs) for ratio, a in zip(ratios, advantages)
            ],
            "the one further below zero",
        ),
        "the ratios, clipped": Mistake(
            lambda ratios, advantages, clip: np.clip(ratios, 1 - clip, 1 + clip), "Those are the clipped ratios"
        ),
        "their mean": Mistake(
            lambda ratios, advantages, clip: float(np.mean(clipped_objectives(ratios, advantages, clip))),
            "a list of five numbers",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        high, low = rng.integers(14, 20, 2) / 10, rng.integers(2, 7, 2) / 10
        size = rng.choice([0.5, 1.0, 1.5, 2.0], 5)
        order = rng.permutation(5)
        ratios = np.array([high[0], low[0], high[1], low[1], float(rng.choice([0.95, 1.05]))])[order]
        advantages = (size * np.array([1, 1, -1, -1, int(rng.choice([-1, 1]))]))[order]
        clip = float(rng.choice([0.1, 0.2, 0.3]))
        return {"ratios": tuple(ratios.tolist()), "advantages": tuple(advantages.tolist()), "clip": clip}

    def judge(self, answer: Any) -> str:
        clip = self.given["clip"]
        ratios, advantages = np.array(self.given["ratios"]), np.array(self.given["advantages"])
        found = numbers(answer, 5, "a list of five numbers")
        free, clipped = ratios * advantages, np.clip(ratios, 1 - clip, 1 + clip) * advantages
        truth = np.minimum(free, clipped)
        is_right = np.abs(found - truth) < 0.006
        if is_right.all():
            stopped = [str(place) for place, (a, b) in enumerate(zip(free, clipped), start=1) if b < a]
            return (
                f"Draws {' and '.join(stopped)} pull no more: they have moved by more than {clip} in the direction "
                "that A asks for. The others still do, also those that moved the wrong way."
            )
        mistakes = [
            (
                clipped,
                "That is the clipped product alone, without the min: a draw that moved the wrong way must count.",
            ),
            (free, "Nothing is clipped: that is ratio × advantage."),
            (np.maximum(free, clipped), "That is the larger of the two; PPO takes the smaller."),
            (-truth, "That is the loss, which is minimised; the objective has the other sign."),
            (
                np.where(advantages > 0, truth, np.maximum(free, clipped)),
                "For A > 0 all is right. For A < 0 the smaller product is the one further below zero.",
            ),
            (np.clip(ratios, 1 - clip, 1 + clip), "Those are the clipped ratios; multiply by the advantages."),
        ]
        for mistaken, message in mistakes:
            if (np.abs(found - mistaken) < 0.006).all():
                raise Wrong(message)
        place = int(np.flatnonzero(~is_right)[0])
        wish = "raise" if advantages[place] > 0 else "lower"
        raise Wrong(
            f"{is_right.sum()} of 5 are right. Look at draw {place + 1}: its advantage asks to {wish} its probability; "
            f"is {ratios[place]:g} already more than {clip} in that direction?"
        )


def _need_torch() -> None:
    """Leave an answer unjudged where the runs that decide it cannot be done."""
    if find_spec("torch") is None:
        raise NotAttempted("This check runs searches that need torch, which is not installed: see the README.")


@cache
def policy_band(
    dataset: str, lstm_rate: float, independent_rate: float, entropy_weight: float, budget: int, runs: int
) -> Band:
    """Return LSTM minus independent: what the searches choose, reported on the other seeds, with a 95 % band."""
    from nastutor.searchers import Reinforce

    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    found: dict[str, list[float]] = {"lstm": [], "independent": []}
    for policy, learning_rate in (("lstm", lstm_rate), ("independent", independent_rate)):
        for seed in range(runs):
            searcher = Reinforce(
                bench.space,
                seed,
                batch_size=BATCH_SIZE,
                learning_rate=learning_rate,
                entropy_weight=entropy_weight,
                baseline_decay=BASELINE_DECAY,
                policy=policy,
            )
            history = search(searcher, bench.evaluate, budget, progress=False)
            found[policy].append(bench.report(history.best().genotype)["val_accuracy"])
    return difference_band(found["lstm"], found["independent"])


def better_policy(
    dataset: str, lstm_rate: float, independent_rate: float, entropy_weight: float, budget: int, runs: int
) -> str:
    """Decide by the band: whether it lies above zero, below, or holds it."""
    band = policy_band(dataset, lstm_rate, independent_rate, entropy_weight, budget, runs)
    return "lstm" if band.low > 0 else "independent" if band.high < 0 else "cannot be told"


class Memory(Exercise):
    """Whether a policy needs memory, decided by an interval."""

    TITLE = "Does the policy need a memory?"
    QUESTION = (
        '`Reinforce(policy="independent")` has one row of logits per edge, which knows nothing of the other edges; the '
        "LSTM reads the choices before. Run both on {dataset}, the LSTM with learning_rate={lstm_rate} and the "
        "independent logits with learning_rate={independent_rate}, both with "
        "entropy_weight={entropy_weight}, batch_size=20, baseline_decay=0.8 and {budget} evaluations, {runs} runs of "
        "each (seeds 0, 1, 2, …), and put a 95 % band on the difference of what "
        "they find, reported on the other seeds (`difference_band`). First predict, then run. Which finds more? Answer "
        'with `"lstm"`, `"independent"` or `"cannot be told"` (the band holds zero). Where zero is within a quarter of '
        "the band's width from its nearer end, two answers are accepted. The check does these runs too: a few seconds."
    )
    STUB = "better = ..."
    HINTS = (
        "`history.best().genotype` is what a run chose; `bench.report` says what the other seeds say of it.",
        "A higher mean is no answer yet: where does the band of the difference lie?",
    )
    GIVEN: ClassVar = {
        "dataset": "cifar100",
        "lstm_rate": 0.03,
        "independent_rate": 0.2,
        "entropy_weight": 0.05,
        "budget": 120,
        "runs": 10,
    }
    OFFICIAL = staticmethod(better_policy)
    FEW_ANSWERS = "There are three words to answer with, and each question costs seconds of search, so there are few."
    SECONDS = 60
    MISTAKES: ClassVar = {
        "not run": Mistake(
            lambda **given: "independent" if policy_band(**given).mean > 0 else "lstm", "The mean of the runs says"
        ),
        "luck for a difference, or a difference for luck": Mistake(
            lambda **given: (
                ("lstm" if policy_band(**given).mean > 0 else "independent")
                if better_policy(**given) == CANNOT_BE_TOLD
                else CANNOT_BE_TOLD
            ),
            "more than luck|It can be told",
        ),
    }

    def solution(self) -> Markdown:
        """Return the source of the whole experiment."""
        return show_source(policy_band, better_policy)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        dataset, lstm_rate, independent_rate = QUESTIONS[rng.integers(len(QUESTIONS))]
        return {"dataset": dataset, "lstm_rate": lstm_rate, "independent_rate": independent_rate}

    def separates(self) -> bool:
        """Say whether the question is one of those known to be clear; to find others takes seconds each."""
        return tuple(self.given[name] for name in ("dataset", "lstm_rate", "independent_rate")) in QUESTIONS

    def judge(self, answer: Any) -> str:
        given = choice(answer, ("lstm", "independent", CANNOT_BE_TOLD))
        _need_torch()
        band = policy_band(**self.given)
        accepted = decided_by(band, "lstm", "independent")
        if given not in accepted:
            if given == CANNOT_BE_TOLD:
                raise Wrong("It can be told: the 95 % band of the difference leaves out zero.")
            if (given == "lstm") != (band.mean > 0):
                raise Wrong("The mean of the runs says the opposite. Did you predict, or run both?")
            raise Wrong("Its mean is higher, but is that more than luck? Put a band on the difference.")
        said = f"LSTM minus independent: {band} points."
        if len(accepted) > 1:
            said += " Zero is near the end of the band, so other runs may decide otherwise."
        return f"{said} With other learning rates the answer may be another (see the variants)."


def patient_settings(dataset: str, learning_rate: float, budget: int) -> dict[str, Any]:
    """Reward the policy for staying undecided, and let it see more before each step."""
    return {"entropy_weight": 0.5, "batch_size": 20}


@cache
def _found_with(dataset: str, learning_rate: float, budget: int, settings: tuple[tuple[str, Any], ...]) -> np.ndarray:
    """Return what each run found, reported on the other seeds, (RUNS,)."""
    from nastutor import searchers

    bench, options = table(dataset), dict(settings)
    method = getattr(searchers, options.pop("method", "Reinforce"))
    histories = []
    for seed in range(FIRST_SEED, FIRST_SEED + RUNS):
        searcher = method(bench.space, seed, policy="independent", learning_rate=learning_rate, **options)
        histories.append(search(searcher, bench.evaluate, budget, progress=False))
    return reported(dataset, histories)[:, -1]


class HastyPolicy(Exercise):
    """Open-ended: settings that save a policy from its haste."""

    TITLE = "A hasty policy (open-ended)"
    QUESTION = (
        '`Reinforce` with policy="independent", learning_rate={learning_rate}, entropy_weight=0, batch_size=10 and '
        "baseline_decay=0.8 on {dataset}: it is certain of a cell after a few batches, and in {budget} evaluations it "
        "finds no more than random search, or less. Keep policy and learning rate, and find other settings that "
        'beat random search. Answer with a dictionary of what you change, such as `{{"batch_size": 20, '
        '"temperature": 1.5}}`; you may choose entropy_weight (0…5), batch_size (5…100), baseline_decay (0…0.99), '
        'temperature (0.1…10), tanh_constant (0.1…10), and "method": "PPO" with epochs (1…5) and clip (0.01…1). The '
        "check does 12 runs with seeds of its own (1000, 1001, …), so few that you need not wait longer than 10 s: "
        "the 95 % band of their mean, reported on the other seeds, must lie above what random search finds on average, "
        "which is known exactly."
    )
    STUB = "settings = ..."
    HINTS = (
        "Look at a run's `trajectory`: after how many evaluations is the certainty above 0.9? What is found later?",
        "What keeps a policy undecided: the bonus for its entropy, bounded logits, larger batches. Vary one at a time.",
    )
    GIVEN: ClassVar = {"dataset": "cifar100", "learning_rate": 1.0, "budget": 300}
    OFFICIAL = staticmethod(patient_settings)
    FEW_ANSWERS = "One setting is right on all three datasets, and each costs seconds of search."
    SECONDS = 120
    MISTAKES: ClassVar = {
        "left as it is": Mistake(lambda **given: {"baseline_decay": 0.8}, "Worse than random|Not told apart"),
        "a lower learning rate": Mistake(lambda **given: {"learning_rate": 0.05}, "learning_rate is to stay"),
        "the other policy": Mistake(lambda **given: {"policy": "lstm"}, "policy is to stay"),
        "PPO's settings without PPO": Mistake(lambda **given: {"epochs": 3, "clip": 0.2}, "are settings of PPO"),
        "beyond the limits": Mistake(lambda **given: {"entropy_weight": 50}, "choose a number from 0 to 5"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng)}

    def separates(self) -> bool:
        """Say yes: to run the searches of a mistake takes seconds, and the tests do it for all three datasets."""
        return True

    def judge(self, answer: Any) -> str:
        dataset, budget = self.given["dataset"], self.given["budget"]
        if not isinstance(answer, Mapping):
            raise Wrong(f"The answer is a dictionary of settings: got {describe(answer)}.")
        settings = self._read(answer)
        _need_torch()
        found = _found_with(**self.given, settings=tuple(sorted((START | settings).items())))
        random = random_result(dataset, budget)
        band = bootstrap_band(found)
        said = f"{band} over {RUNS} runs, against {random:.2f} for random search"
        if band.high < random:
            raise Wrong(f"Worse than random search: {said}.")
        if band.low <= random:
            raise Wrong(f"Not told apart: {said}, which lies within the band.")
        return f"{said}: better than random search, at the same learning rate."

    @staticmethod
    def _read(answer: Mapping[Any, Any]) -> dict[str, Any]:
        """Read settings, within what the check has time for."""
        settings: dict[str, Any] = {}
        for name, value in answer.items():
            if name == "method":
                settings[name] = choice(value, METHODS)
            elif name in LIMITS:
                lowest, highest = LIMITS[name]
                given = number(value)
                if not lowest <= given <= highest or (name in WHOLE and given != int(given)):
                    kind = "whole number" if name in WHOLE else "number"
                    raise Wrong(f"{name} {given:g}: choose a {kind} from {lowest} to {highest}.")
                settings[name] = int(given) if name in WHOLE else given
            elif name in ("policy", "learning_rate"):
                raise Wrong(f"{name} is to stay as it is: leave it out, and change something else.")
            else:
                raise Wrong(f"{describe(name)} is no setting to choose here: there are method, {', '.join(LIMITS)}.")
        if settings.get("method") != "PPO" and not {"epochs", "clip"}.isdisjoint(settings):
            raise Wrong('epochs and clip are settings of PPO: add "method": "PPO".')
        return settings


exercises = ExerciseSet(
    "reinforcement", "04 Reinforcement learning", [BanditGradient, BestBaseline, Clipping, Memory, HastyPolicy]
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
