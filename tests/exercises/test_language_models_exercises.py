"""Lesson 17: known facts, and the messages that typical mistakes get."""

import numpy as np
import pytest

from nastutor.exercises import language_models as ex
from nastutor.spaces import SequenceSpace


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def test_the_counts_are_those_of_the_space():
    space = SequenceSpace()
    forms = [space.canonical(genotype) for genotype in space]
    two = next(form for form in forms if len(space.mixers(form)) == 2)
    assert ex.q1.check([len(forms), len(set(forms)), forms.count(two)])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((256, 241, 6), "the feed-forward size is a choice too"),
        ((512, 512, 6), "the places of their holes are the same"),
        ((512, 241, 1), "the holes may stand at other places"),
        ((512, 241, 16), "how many holes there are is fixed"),
        ((512, 241), "a list of three whole numbers"),
    ],
)
def test_stacks_with_holes(answer, text):
    says(ex.q1.check(answer), text)


def test_attention_may_be_written_with_infinities_and_a_row_of_them_alone_is_told():
    torch = pytest.importorskip("torch")

    def loop(query, key, value):
        rows = []
        for t in range(len(query)):
            weights = (key[: t + 1] @ query[t] / query.shape[1] ** 0.5).softmax(dim=0)
            rows.append(weights @ value[: t + 1])
        return torch.stack(rows)

    def hides_itself(query, key, value):
        scores = (query @ key.T).masked_fill(torch.ones(len(query), len(query)).triu().bool(), -torch.inf)
        return scores.softmax(dim=1) @ value

    assert ex.q2.check(loop)
    says(ex.q2.check(hides_itself), "NaN")
    says(ex.q2.check(lambda query, key, value: query @ key.T), "of the shape")


def test_a_state_computed_alone_is_no_answer():
    pytest.importorskip("torch")
    says(ex.q3.check(lambda decay, values: decay * values), "State 0 begins with")


def test_letters_are_drawn_as_often_as_their_shares_say():
    scores, us = np.array([1.0, 3.0, 2.0]), (np.arange(1000) + 0.5) / 1000
    drawn = np.bincount([ex.draw_letter(scores, 2.0, u) for u in us], minlength=3) / 1000
    shares = np.exp(scores / 2) / np.exp(scores / 2).sum()
    assert np.abs(drawn - shares).max() < 0.002


def test_a_letter_that_is_none_is_told():
    says(ex.q4.check(lambda scores, temperature, u: len(scores)), "Return the number of a letter")


def test_a_rule_that_knows_the_order_beats_one_that_does_not():
    says(ex.q5.check(lambda mixers: "recurrence" in mixers), "on average")
    assert "finds" in ex.q5.check(ex.looks_up).message
