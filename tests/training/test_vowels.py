"""The stranger's data of lesson 20: what its README says of them is so."""

import pandas

from nastutor.resources import data_path


def test_fifteen_people_said_eleven_vowels_six_times_and_none_is_in_both_splits():
    splits = {name: pandas.read_csv(data_path(f"vowels_{name}.csv")) for name in ("train", "test")}
    assert {name: sorted(rows.speaker.unique()) for name, rows in splits.items()} == {
        "train": list(range(8)),
        "test": list(range(8, 15)),
    }
    for rows in splits.values():
        assert (rows.groupby(["speaker", "vowel"]).size() == 6).all() and rows.vowel.nunique() == 11
        assert list(rows.columns[1:-1]) == ["lar_0", *(f"lar_{number}" for number in range(2, 10))]
        assert not rows.isna().any().any() and not rows.duplicated().any()
