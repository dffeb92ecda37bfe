"""A guess is kept, checked against what is possible, and set beside the answer."""

import numpy as np
import pytest

from nastutor.lessons.predict import predict


def printed_by(capsys, prediction, answer):
    capsys.readouterr()
    prediction.beside(answer)
    return capsys.readouterr().out.strip()


def test_the_question_is_printed_with_what_is_possible_and_what_to_do(capsys):
    predict("How many beat it?", between=(0, 15_625))
    shown = capsys.readouterr().out
    assert "How many beat it?" in shown and "0 to 15,625" in shown and "in place of None" in shown


def test_a_number_is_kept_and_its_distance_told(capsys):
    prediction = predict("How many?", 1000, between=(0, 15_625))
    assert "Your guess: 1,000." in capsys.readouterr().out
    assert prediction.guess == 1000
    assert printed_by(capsys, prediction, 237) == "You predicted 1,000; it is 237: 763 too high."
    assert printed_by(capsys, predict("r?", 0.25), np.float64(0.75)) == "You predicted 0.25; it is 0.75: 0.5 too low."
    assert printed_by(capsys, predict("n?", np.int64(3)), 3).endswith("right.")


def test_without_a_guess_the_answer_is_printed_alone(capsys):
    for prediction, answer in [
        (predict("n?"), 3),
        (predict("w?", choices=["a", "b"]), "b"),
        (predict("o?", order=["a", "b"]), ["b", "a"]),
    ]:
        assert "You had not predicted" in printed_by(capsys, prediction, answer)


def test_a_choice_is_right_or_not(capsys):
    prediction = predict("Which?", "aging", choices=["aging", "neither"])
    assert printed_by(capsys, prediction, "aging").endswith("right.")
    assert printed_by(capsys, prediction, "neither").endswith("'neither': not what you expected.")


@pytest.mark.parametrize(
    ("guess", "right"), [("abc", "right"), ("bac", "2 of 3"), ("cba", "0 of 3"), (("a", "c", "b"), "2 of 3")]
)
def test_an_order_is_told_by_its_pairs(capsys, guess, right):
    prediction = predict("Order?", list(guess), order=["a", "b", "c"])
    assert right in printed_by(capsys, prediction, ["a", "b", "c"])


@pytest.mark.parametrize(
    ("guess", "options", "told"),
    [
        (16_000, {"between": (0, 15_625)}, "0 to 15,625"),
        ("many", {}, "a number is asked for"),
        ([1], {}, "a number is asked for"),
        (float("nan"), {}, "finite"),
        ("c", {"choices": ["a", "b"]}, r"possible are \['a', 'b'\]"),
        (1, {"choices": ["a", "b"]}, r"possible are \['a', 'b'\]"),
        (["a"], {"order": ["a", "b"]}, r"each of \['a', 'b'\] once"),
        (["a", "a"], {"order": ["a", "b"]}, r"each of \['a', 'b'\] once"),
        ("ab", {"order": ["a", "b"]}, r"each of \['a', 'b'\] once"),
        (None, {"choices": ["a"], "order": ["a"]}, "not both"),
    ],
)
def test_an_impossible_guess_is_refused_with_what_is_possible(guess, options, told):
    with pytest.raises(ValueError, match=told):
        predict("?", guess, **options)


def test_an_answer_of_another_kind_is_an_error():
    with pytest.raises(ValueError, match="the answer is 3"):
        predict("?", choices=["a", "b"]).beside(3)
    with pytest.raises(ValueError, match="the answer is"):
        predict("?", "a", choices=["a", "b"]).beside(["a", "b"])
    with pytest.raises(ValueError, match="the answer is 'a'"):
        predict("?", 1).beside("a")
