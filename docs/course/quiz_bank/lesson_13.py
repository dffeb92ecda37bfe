"""Lesson 13: medians, what MACs leave out, sums of parts, devices that disagree."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.hardware.counts import cell_network_costs
from nastutor.statistics import rank_correlation
from nastutor.studies.latencies import load_latencies
from quiz_bank.shared import decide, of_exercise, verdict

PASSES = (31.0, 2.1, 2.0, 2.2, 2.0, 9.7, 2.1)


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    skip, pool = (1,) * 6, (4,) * 6
    _, macs = cell_network_costs(np.array([skip, pool]), classes=10, image_size=32)
    stored = load_latencies("nasbench201")
    took = dict(zip(stored.genotypes, stored.milliseconds))
    off = float(np.median(stored.table.additivity_errors(stored.genotypes, stored.milliseconds)))
    order = rank_correlation(stored.table.predict(stored.genotypes), stored.milliseconds)
    return [
        of_exercise("latency", 2, which=2),
        Number(
            "A busy machine",
            f"Seven forward passes took {', '.join(map(str, PASSES))} ms. Which number would you report, if the "
            "typical pass is asked for?",
            float(np.median(PASSES)),
            within=0.04,
            wrong={
                min(PASSES): "That is the luckiest pass.",
                round(float(np.mean(PASSES)), 2): "The mean follows the warm-up and the interruptions.",
                max(PASSES): "That is the first pass, with empty caches.",
            },
            because="The median: a timing is hardly ever too short and often much too long.",
        ),
        decide(
            "The MACs of a pooling",
            "A network has a pooling on every edge of its cells, another a skip. Which has more multiply-accumulates?",
            {
                "the one with poolings": macs[1] > macs[0],
                "the one with skips": macs[0] > macs[1],
                "they have equally many": macs[0] == macs[1],
            },
            "A pooling has none.",
        ),
        decide(
            "The time of a pooling",
            "A network has a pooling on every edge of its cells, another a skip. Which took longer in eager PyTorch, "
            "on the processor that the lesson stores?",
            {
                "the one with poolings, three times and more": took[pool] > 3 * took[skip],
                "the one with skips, three times and more": took[skip] > 3 * took[pool],
                "they differ by less than a quarter": 0.8 < took[pool] / took[skip] < 1.25,
            },
            f"{took[pool]:.1f} ms against {took[skip]:.1f} ms: MACs are not milliseconds.",
        ),
        decide(
            "A sum of parts",
            "Latencies of whole networks are added up from a lookup table of single operations. On the stored machine",
            {
                "the order is nearly perfect, and the sums are too low": order > 0.95 and off < -0.02,
                "the sums are right, and the order is not": order < 0.8 and abs(off) < 0.02,
                "the order is nearly perfect, and the sums are right": order > 0.95 and abs(off) <= 0.02,
                "neither the order nor the sums are of any use": order < 0.5,
            },
            f"The rank correlation is {order:.3f}, the median error {100 * off:.1f} percent: an order does not keep a "
            "limit.",
        ),
        verdict("devices", "channels_last, onnxruntime"),
        verdict("devices", "eager, int8", "holds", "The runtime is part of the device."),
    ]
