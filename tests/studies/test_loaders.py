"""What is stored is opened by names: those that there are, or an error that lists them."""

import re

import numpy as np
import pytest

from nastutor.studies.collapse import load_collapse_study
from nastutor.studies.depth import load_depth_study
from nastutor.studies.once_for_all import load_once_for_all
from nastutor.studies.oneshot import load_oneshot_study
from nastutor.studies.proxies import load_proxies
from nastutor.studies.proxyless import load_proxyless
from nastutor.studies.searches import load_study
from nastutor.studies.sequence_sharing import load_sharing

NONSENSE = [None, True, 3, -1, 2.5, np.nan, "", "depth", b"x", [], {}, (1,), [[1]], np.zeros((2, 2)), object()]
CALLS = {
    "dataset": (lambda value: load_study(value, "RandomSearch"), "no study .*: there are .*cifar10/RandomSearch"),
    "searcher": (lambda value: load_study("cifar10", value), "no study .*: there are .*cifar10/RandomSearch"),
    "curves": (load_depth_study().curves, "no runs of .*: there are RandomSearch; RandomSearch, 4 layers"),
    "depths": (load_depth_study().depths, "no runs of .*: there are RandomSearch; RandomSearch, 4 layers"),
    "proxies": (load_proxies, "no scores .*: there are glyphs"),
    "method": (lambda value: load_proxyless(value, "microcontroller", 0.1), "no runs .*: there are gdas/"),
    "device": (lambda value: load_proxyless("gdas", value, 0.1), "no runs .*: there are gdas/"),
    "span": (lambda value: load_proxyless("gdas", "microcontroller", value), "no runs .*: there|span .*: give numbers"),
    "language task": (load_sharing, "no shared weights .*: there are recall, text"),
    "one-shot method": (lambda value: load_oneshot_study()(value, "seconds"), "no 'seconds' of .*: there are"),
    "collapse method": (lambda value: load_collapse_study()(value, "seconds"), "no 'seconds' of .*: there are .*GDAS"),
    "one-shot array": (lambda value: load_oneshot_study()("GDAS", value), "no .* of 'GDAS' in the study: there are"),
    "sub-network": (load_once_for_all().evaluate, "genotype|variable 'stage_1_depth': choose 0…2"),
}


@pytest.mark.parametrize("argument", CALLS)
def test_nonsense_is_refused_with_what_there_is(argument):
    call, allowed = CALLS[argument]
    for value in NONSENSE:
        with pytest.raises(ValueError) as caught:
            call(value)
        assert re.search(allowed, str(caught.value), re.DOTALL), (value, caught.value)
