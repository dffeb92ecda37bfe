"""Lesson 04: known facts, and the message that each typical mistake gets."""

import subprocess
import sys

import numpy as np
import pytest

from nastutor.exercises import reinforcement as ex
from nastutor.statistics import Band


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def softmax(theta):
    weights = np.exp(theta)
    return weights / weights.sum()


def expected(theta, rewards):
    return softmax(theta) @ rewards


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda t, r: softmax(t) * r, "a term with J is missing"),
        (lambda t, r: -ex.gradient(t, r), "points downhill"),
        (lambda t, r: softmax(t) * (r + expected(t, r)), "A sign is wrong"),
        (lambda t, r: r - expected(t, r), "The factor π_k is missing"),
        (lambda t, r: r, "the derivative by the probabilities"),
        (lambda t, r: softmax(t) * (1 - softmax(t)) * r, "only what arm k itself changes"),
        (lambda t, r: softmax(t) * (r - r.mean()), "plain mean of the rewards"),
        (lambda t, r: softmax(t), "Those are the probabilities"),
        (lambda t, r: 2 * ex.gradient(t, r) + 1, "must add up to 0"),
        (lambda t, r: 2 * ex.gradient(t, r), "a finite difference"),
        (expected, "an array of three numbers"),
        (lambda t: t, "TypeError"),
    ],
)
def test_gradients(answer, text):
    says(ex.q1.check(answer), text)


def test_finite_differences_and_lists_are_accepted():
    def numeric(theta, rewards):
        steps = 1e-6 * np.eye(3)
        return [(expected(theta + step, rewards) - expected(theta - step, rewards)) / 2e-6 for step in steps]

    assert ex.q1.check(numeric)


def test_a_gradient_of_torch_is_accepted():
    torch = pytest.importorskip("torch")

    def of_torch(theta, rewards):
        parameters = torch.tensor(theta, requires_grad=True)
        (torch.softmax(parameters, 0) @ torch.tensor(rewards)).backward()
        return parameters.grad

    assert ex.q1.check(of_torch)
    assert ex.q1.check(lambda theta, rewards: of_torch(theta, rewards).float().requires_grad_())


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (expected(ex.q2.given["theta"], ex.q2.given["rewards"]), "That is J"),
        (np.mean(ex.q2.given["rewards"]), "plain mean"),
        (0, "Without a baseline"),
        (0.9, "every draw is a disappointment"),
        (0.3, "too small. Its variance is"),
        (0.75, "too large. Its variance is"),
        ("J", "A number is asked for"),
    ],
)
def test_baselines(answer, text):
    says(ex.q2.check(answer), text)


def test_the_best_baseline_is_the_one_that_a_search_finds():
    for which in range(5):
        exercise = ex.q2.variant(which)
        theta, rewards = exercise.given["theta"], np.array(exercise.given["rewards"])
        candidates = np.linspace(0, 1, 1001)
        best = min(candidates, key=lambda b: ex._moments(theta, rewards, b)[1])
        assert abs(best - exercise.official_answer()) < 0.001
        assert exercise.check(round(best, 2))
        assert not exercise.check(float(softmax(theta) @ rewards))


RATIOS, ADVANTAGES = (np.array(ex.q3.given[name]) for name in ("ratios", "advantages"))
FREE, CLIPPED = RATIOS * ADVANTAGES, np.clip(RATIOS, 0.8, 1.2) * ADVANTAGES
RIGHT = [2.4, 0.6, -1.4, -1.6, 0.55]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (CLIPPED, "without the min"),
        (FREE, "Nothing is clipped"),
        (np.maximum(FREE, CLIPPED), "the larger of the two"),
        (np.negative(RIGHT), "That is the loss"),
        (np.where(ADVANTAGES > 0, RIGHT, np.maximum(FREE, CLIPPED)), "For A < 0 the smaller product"),
        (np.clip(RATIOS, 0.8, 1.2), "Those are the clipped ratios"),
        ([2.4, 0.6, -1.4, -1.4, 0.55], "4 of 5 are right. Look at draw 4: its advantage asks to lower"),
        ([3.0, 0.6, -1.4, -1.6, 0.55], "Look at draw 1: its advantage asks to raise"),
        (RIGHT[:4], "a list of five numbers"),
        (np.mean(RIGHT), "a list of five numbers"),
    ],
)
def test_clipping(answer, text):
    says(ex.q3.check(answer), text)


def test_what_is_right_by_hand_is_what_ppo_computes():
    torch = pytest.importorskip("torch")
    from nastutor.searchers.ppo import clipped_loss

    assert ex.q3.check(RIGHT) and "Draws 1 and 4 pull no more" in ex.q3.check(RIGHT).message
    for which in range(5):
        exercise = ex.q3.variant(which)
        ratios, advantages = (torch.tensor(exercise.given[name]) for name in ("ratios", "advantages"))
        loss = clipped_loss(ratios.log(), torch.zeros(5), advantages, exercise.given["clip"])
        assert abs(np.mean(exercise.official_answer()) + loss.item()) < 1e-6


def test_with_a_rate_that_suits_each_policy_no_difference_shows():
    pytest.importorskip("torch")
    band = ex.policy_band(**ex.q4.given)
    assert band.low < 0 < band.high
    assert ex.q4.check("Cannot be told") and ex.q4.official_answer() == "cannot be told"
    mean, other = ("lstm", "independent") if band.mean > 0 else ("independent", "lstm")
    says(ex.q4.check(mean), "is that more than luck?")
    says(ex.q4.check(other), "The mean of the runs says the opposite")


def test_a_policy_without_memory_finds_more_where_both_learn_fast():
    pytest.importorskip("torch")
    assert ex.policy_band(**ex.q4.given | {"dataset": "cifar10", "lstm_rate": 0.3, "independent_rate": 0.3}).high < -0.1


def test_the_band_decides(monkeypatch):
    monkeypatch.setattr(ex, "_need_torch", lambda: None)
    monkeypatch.setattr(ex, "policy_band", lambda **given: Band(0.1, -0.5, 0.7))
    assert ex.q4.check("cannot be told")
    says(ex.q4.check("lstm"), "is that more than luck?")
    says(ex.q4.check("independent"), "says the opposite")
    monkeypatch.setattr(ex, "policy_band", lambda **given: Band(0.4, -0.1, 0.9))
    assert ex.q4.check("lstm") and "other runs may decide otherwise" in ex.q4.check("cannot be told").message
    says(ex.q4.check("memory"), "Answer with one of 'lstm', 'independent', 'cannot be told': got 'memory'")


def test_haste_does_not_beat_random_search_and_patience_does():
    pytest.importorskip("torch")
    says(ex.q5.check({}), "Not told apart")
    says(ex.q5.check({"baseline_decay": 0.8, "batch_size": 10}), "Not told apart")
    assert ex.q5.check(ex.q5.official_answer())


def test_what_is_worse_than_random_search_is_told_apart_from_what_is_not_better(monkeypatch):
    monkeypatch.setattr(ex, "_need_torch", lambda: None)
    random = ex.random_result("cifar100", 300)
    for found, text in (
        (random - np.arange(1.0, 3.0), "Worse than random search"),
        (random + np.arange(-2.0, 3.0), "Not told apart"),
    ):
        monkeypatch.setattr(ex, "_found_with", lambda found=found, **given: found)
        says(ex.q5.check({}), text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ([0.5], "a dictionary of settings"),
        ({"entropy_weight": 6}, "entropy_weight 6: choose a number from 0 to 5"),
        ({"batch_size": 1}, "batch_size 1: choose a whole number from 5 to 100"),
        ({"batch_size": 7.5}, "choose a whole number"),
        ({"learning_rate": 0.1}, "learning_rate is to stay as it is"),
        ({"policy": "lstm"}, "policy is to stay as it is"),
        ({"method": "evolution"}, "Answer with one of 'Reinforce', 'PPO'"),
        ({"epochs": 3}, "settings of PPO"),
        ({"seed": 3}, "'seed' is no setting to choose here"),
        ({"temperature": "hot"}, "A number is asked for"),
    ],
)
def test_settings_are_read_with_care(answer, text):
    says(ex.q5.check(answer), text)


def test_the_questions_state_what_the_checks_do():
    for name, (low, high) in ex.LIMITS.items():
        assert f"{name} ({low}…{high})" in ex.q5.question
    assert f"{ex.RUNS} runs with seeds of its own ({ex.FIRST_SEED}, " in ex.q5.question
    assert f"batch_size={ex.BATCH_SIZE}, baseline_decay={ex.BASELINE_DECAY} " in ex.q4.question
    for name, value in ex.START.items():
        assert f"{name}={value:g}" in ex.q5.question


def test_without_torch_answers_are_left_unjudged(monkeypatch):
    monkeypatch.setattr(ex, "find_spec", lambda name: None)
    for exercise, answer in ((ex.q4, "lstm"), (ex.q5, {"entropy_weight": 0.5})):
        verdict = exercise.check(answer)
        assert verdict.state == "not attempted" and "need torch" in verdict.message


def test_the_exercises_load_without_torch():
    code = "import sys; from nastutor.exercises import progressive, reinforcement; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
