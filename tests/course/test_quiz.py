"""The quiz bank: five questions a lesson or more, one right answer each, in GIFT that can be read back."""

import re
from itertools import pairwise

import pytest
from gift import Choice, Number, escape, to_gift
from quiz_bank import questions
from quiz_bank.shared import decide, in_words, verdict
from read_lessons import ROOT
from write_quiz import gift_of

NUMBERS = [path.stem[:2] for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
QUICK = ("04", "09")  # which need no large table
lessons = pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.course) for n in NUMBERS]
)

FREE = r"(?:\\[\\~=#{}:n]|[^\\~=#{}\n])*"
"""Text in which every mark of GIFT is escaped; a colon may stand alone but in titles and numbers."""
TITLE = r"(?:\\[\\~=#{}:n]|[^\\~=#{}:\n])+"
DECIMAL = r"-?\d+(?:\.\d+)?"
QUESTION = re.compile(
    rf"::(?P<title>{TITLE})::\[markdown\](?P<text>{FREE}) \{{(?P<kind>#?)\n(?P<answers>.+)\n\}}", re.S
)
OPTION = re.compile(rf"  (?P<mark>[=~])(?P<text>{FREE})(?:#(?P<said>{FREE}))?")
VALUE = re.compile(rf"  =(?P<worth>%0%)?(?P<value>{DECIMAL}):(?P<within>{DECIMAL})(?:#(?P<said>{FREE}))?")


DECIMALS = re.compile(r"\b(one|two|three) decimals?\b", re.I)
PLACES = {"one": 1, "two": 2, "three": 3}
LEANS = re.compile(r"^(And|Then|With the same)\b|\bthe same (bandit|problem)\b|\bsuch stages\b")
"""What leans on the question before: a quiz draws each by itself."""
AMBIGUOUS = re.compile(r"\bnone (may be|is left|left out)\b")
"""The operation, read as "nothing"."""


def read(text):
    """Read GIFT by its grammar: the category, and (title, text, answers) of each question."""
    category, *blocks = text.rstrip("\n").split("\n\n")
    assert re.fullmatch(r"\$CATEGORY: \S.*", category)
    found = []
    for block in blocks:
        question = QUESTION.fullmatch(block)
        assert question, block
        pattern = VALUE if question["kind"] else OPTION
        answers = [pattern.fullmatch(line) for line in question["answers"].split("\n")]
        assert all(answers), block
        found.append((question["title"], question["text"], [answer.groupdict() for answer in answers]))
    return found


@lessons
def test_a_lesson_has_five_questions_or_more_that_can_be_read_back(number):
    asked = questions(number)
    found = read(to_gift(f"nastutor/{number}", asked))
    assert len(found) == len(asked) >= 5
    assert len({title for title, _, _ in found}) == len(found)
    for (_, text, answers), question in zip(found, asked):
        assert len(text) > 30
        assert not LEANS.search(question.text) and not AMBIGUOUS.search(question.text), question.title
        if isinstance(question, Choice):
            assert [answer["mark"] for answer in answers].count("=") == 1 and len(answers) >= 2
            assert len({answer["text"].strip().lower() for answer in answers}) == len(answers)
            assert all(answer["said"] for answer in answers if answer["mark"] == "~")
        else:
            right, *wrong = answers
            assert right["worth"] is None and all(answer["worth"] == "%0%" and answer["said"] for answer in wrong)
            reach = float(right["within"])
            assert abs(float(right["value"]) - question.answer) <= max(reach / 100, 1e-6)
            assert all(abs(float(answer["value"]) - float(right["value"])) > 2 * reach for answer in wrong)
            ranges = sorted(
                (float(a["value"]) - float(a["within"]), float(a["value"]) + float(a["within"])) for a in answers
            )
            assert all(end <= start for (_, end), (start, _) in pairwise(ranges)), "one answer, two remarks"
            if asked_for := DECIMALS.search(question.text):
                assert abs(round(question.answer, PLACES[asked_for[1].lower()]) - question.answer) <= reach


@lessons
def test_what_is_right_is_computed_and_not_typed(number):
    """A choice is decided by conditions, by an exercise or by formatted numbers; a number is an expression."""
    source = (ROOT / "docs" / "course" / "quiz_bank" / f"lesson_{number}.py").read_text(encoding="utf-8")
    called = re.findall(r"\bNumber\(\s*(?:\"[^\"]*\",\s*)+(?:f?\"[^\"]*\"\s*)+,\s*([^,\n]+),", source)
    assert not [answer for answer in called if re.fullmatch(r"-?[\d._]+", answer)]


@pytest.mark.course
def test_the_bank_is_large_and_written_file_by_file(tmp_path):
    from read_lessons import all_lessons, write_each

    written = write_each(tmp_path / "quiz", all_lessons(), ".gift", gift_of)
    assert [path.name[:2] for path in written] == list(NUMBERS)
    banks = [read(path.read_text(encoding="utf-8")) for path in written]
    assert sum(map(len, banks)) >= 5 * len(NUMBERS)
    options = [found for bank in banks for _, _, found in bank if "mark" in found[0]]
    lengths = [{option["mark"]: [] for option in found} for found in options]
    for sizes, found in zip(lengths, options):
        for option in found:
            sizes[option["mark"]].append(len(option["text"]))
    longest = sum(sizes["="][0] > max(sizes["~"]) for sizes in lengths) / len(lengths)
    assert longest < 0.4, "the longest option is too often the right one"


def test_text_with_every_mark_of_gift_is_read_back():
    nasty = "a {b} = c ~ d # e: f \\ g\nh"
    found = read(to_gift("x", [Choice(nasty.replace("\n", " "), nasty, nasty, {"n: {1}": "no = no"}, "yes # yes")]))
    back = re.sub(r"\\(.)", lambda mark: "\n" if mark[1] == "n" else mark[1], found[0][1])
    assert back == nasty and "{" not in escape(nasty).replace("\\{", "")


def test_options_must_be_decided():
    for conditions in ({"a": True, "b": True}, {"a": False, "b": False}):
        with pytest.raises(ValueError, match="of the options are true"):
            decide("t", "text", conditions, "because")
    assert decide("t", "text", {"a": False, "b": True}, "because").right == "b"


def test_a_mistake_as_near_as_the_answer_and_an_option_twice_are_refused():
    with pytest.raises(ValueError, match="as right as"):
        Number("t", "text", 1.0, 0.1, {1.15: "near"})
    with pytest.raises(ValueError, match="is right and wrong"):
        Choice("t", "text", "a", {"a": "no"})


def test_a_verdict_is_the_ledgers():
    asked = verdict("size-ranks", "cora")
    assert asked.right == "does not hold" and len(asked.wrong) == 2 and "size-ranks" in asked.title
    with pytest.raises(ValueError, match="does not hold now; 'Size is all' was written about 'holds'"):
        verdict("size-ranks", "cora", "holds", "Size is all")


def test_answers_are_written_as_options():
    assert in_words((3, 0.123456, "two", [1.0])) == "(3, 0.1235, two, (1))"
    assert in_words({"a": 2.5}) == "a: 2.5" and in_words({}) == "nothing"
