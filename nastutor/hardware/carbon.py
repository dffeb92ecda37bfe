"""Energy and CO2 of computing: **an estimate**, no better than its four inputs, which stand beside every number.

    energy (kWh) = hours · watts / 1000 · PUE            CO2 (kg) = energy · grams per kWh / 1000

as in Strubell, Ganesh & McCallum 2019 (arXiv 1906.02243) and Patterson et al. 2021 (arXiv 2104.10350). Making the
hardware, and using the network that is found, are left out; the use often costs more than the search.
"""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.hardware.checks import is_number

WORLD_GRID = 480.0
"""Grams of CO2 a kWh: world average of electricity in 2023 (Ember, Global Electricity Review 2024). Yours may be a
tenth of it, or twice as much."""


@dataclass(frozen=True)
class Footprint:
    """What a computation may have used.

    Parameters
    ----------
    seconds : of the device at work, ≥ 0.
    watts : its power while it works, > 0: measured, or the maximum of the data sheet, which is an upper estimate.
    pue : power usage effectiveness, what the building draws for each watt of the device, ≥ 1: 1 for a laptop, 1.58 the
        average of data centres in Strubell et al., 1.1 a large modern one.
    grams_per_kwh : CO2 of the electricity, ≥ 0.

    Raises
    ------
    ValueError : an input outside these ranges.
    """

    seconds: float
    watts: float
    pue: float = 1.0
    grams_per_kwh: float = WORLD_GRID

    def __post_init__(self) -> None:
        given = (self.seconds, self.watts, self.pue, self.grams_per_kwh)
        if not all(map(is_number, given)) or not (
            self.seconds >= 0 and self.watts > 0 and self.pue >= 1 and self.grams_per_kwh >= 0
        ):
            raise ValueError(
                f"seconds {self.seconds}, watts {self.watts}, pue {self.pue}, grams_per_kwh {self.grams_per_kwh}: give "
                "numbers, at least 0, more than 0, at least 1, at least 0"
            )

    @property
    def kwh(self) -> float:
        """Energy in kilowatt hours."""
        return self.seconds / 3600 * self.watts / 1000 * self.pue

    @property
    def co2_kg(self) -> float:
        """Mass of CO2 in kilograms."""
        return self.kwh * self.grams_per_kwh / 1000

    def __str__(self) -> str:
        hours = self.seconds / 3600
        return (
            f"{self.kwh:.3g} kWh, {self.co2_kg:.3g} kg of CO2 (estimate: {hours:.3g} h · {self.watts:g} W · PUE "
            f"{self.pue:g}; {self.grams_per_kwh:g} g/kWh)"
        )
