"""Energy and CO2: units, and that the inputs stand beside the result."""

import pytest

from nastutor.hardware.carbon import Footprint


def test_an_hour_of_a_kilowatt_is_a_kilowatt_hour():
    found = Footprint(3600, 1000, grams_per_kwh=250)
    assert found.kwh == pytest.approx(1) and found.co2_kg == pytest.approx(0.25)
    doubled = Footprint(3600, 1000, pue=2, grams_per_kwh=250)
    assert doubled.kwh == pytest.approx(2) and doubled.co2_kg == pytest.approx(0.5)


def test_strubells_transformer():
    """Table 3 of Strubell et al. 2019: Transformer base, 1415.78 W for 12 h with PUE 1.58: 27 kWh, 26 pounds of CO2."""
    found = Footprint(12 * 3600, 1415.78, pue=1.58, grams_per_kwh=0.954 * 453.6)
    assert found.kwh == pytest.approx(27, abs=0.5) and found.co2_kg / 0.4536 == pytest.approx(26, abs=0.5)


def test_the_text_says_that_it_is_an_estimate_and_from_what():
    text = str(Footprint(7200, 250, 1.58, 480))
    assert text == "0.79 kWh, 0.379 kg of CO2 (estimate: 2 h · 250 W · PUE 1.58; 480 g/kWh)"


@pytest.mark.parametrize(
    "bad",
    [
        (-1, 1, 1, 1),
        (1, 0, 1, 1),
        (1, 1, 0.9, 1),
        (1, 1, 1, -1),
        (float("nan"), 1, 1, 1),
        (float("inf"), 1, 1, 1),
        ("1", 1, 1, 1),
    ],
)
def test_impossible_inputs_are_refused(bad):
    with pytest.raises(ValueError, match="at least 0, more than 0, at least 1"):
        Footprint(*bad)
