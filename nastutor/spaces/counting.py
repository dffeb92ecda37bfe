"""How many architectures a space with conditions has, counted without listing them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Conditions = Sequence[Sequence[tuple[int, frozenset[int]]]]
"""For each variable its conditions: (position of an earlier variable, the values of it that are asked for)."""

PATIENCE = 500_000
"""Steps, about a second, after which counting gives up: in general no quick way is known (it is #P-hard)."""


class Count(NamedTuple):
    """A number of architectures: exact, or else a number that there are at least."""

    number: int
    is_exact: bool


def count_architectures(counts: Sequence[int], conditions: Conditions) -> Count:
    """Count the architectures that differ in some active variable.

    Groups of variables that no condition links multiply. Within a group the variables are decided one after the other,
    each after those that it depends on. All ways to decide the first ones that leave the same of the others inactive
    are counted together, so what is kept is one number for each such set.

    Parameters
    ----------
    counts : the number of choices of each variable.
    conditions : see `Conditions`.

    Returns
    -------
    The exact number, quickly, for chains, trees and lists of conditions, in whatever order the variables come; where
    conditions are so tangled that it takes over `PATIENCE` steps, a number that there are at least.
    """
    children: list[list[tuple[int, frozenset[int]]]] = [[] for _ in counts]
    for position, asked in enumerate(conditions):
        for parent, values in asked:
            children[parent].append((position, values))
    counts, twins = _merge(counts, conditions, children)
    found = Count(1, True)
    patience = PATIENCE
    for group in _groups(children):
        order = _order(group, conditions, children)
        order = [position for position in order if position not in twins]
        places = {position: place for place, position in enumerate(order)}
        # A set of undecided variables is an integer, whose lowest bit is the variable that is decided next.
        ways = {0: 1}
        for place, position in enumerate(order):
            bits = [(1 << places[child] - place, values) for child, values in children[position] if child in places]
            outcomes = _outcomes(counts[position], bits)
            patience -= len(ways) * len(outcomes)
            if patience < 0:
                return Count(found.number * sum(ways.values()), False)
            everything = sum(bit for bit, _ in bits)
            after: defaultdict[int, int] = defaultdict(int)
            for inactive, number in ways.items():
                for more, times in ((everything, 1),) if inactive & 1 else outcomes:
                    after[(inactive | more) >> 1] += number * times
            ways = after
        found = Count(found.number * ways[0], True)
    return found


def _merge(
    counts: Sequence[int], conditions: Conditions, children: Sequence[Sequence[tuple[int, frozenset[int]]]]
) -> tuple[list[int], set[int]]:
    """Return the counts in which one variable stands for all that matter when it does, and what it stands for.

    Only variables that nothing depends on, such as the fields of a layer: their numbers of choices multiply.
    """
    merged = list(counts)
    twins: set[int] = set()
    first: dict[frozenset[tuple[int, frozenset[int]]], int] = {}
    for position, asked in enumerate(conditions):
        if not children[position]:
            stands = first.setdefault(frozenset(asked), position)
            if stands != position:
                merged[stands] *= counts[position]
                twins.add(position)
    return merged, twins


def _outcomes(count: int, children: Sequence[tuple[int, frozenset[int]]]) -> list[tuple[int, int]]:
    """List which sets of children the values of an active variable leave inactive, and how many values do so."""
    if not children:
        return [(0, count)]
    everything = 0
    kept = [0] * count
    for bit, values in children:
        everything |= bit
        for value in values:
            kept[value] |= bit
    return [(everything ^ bits, times) for bits, times in Counter(kept).items()]


def _groups(children: Sequence[Sequence[tuple[int, frozenset[int]]]]) -> Iterable[list[int]]:
    """Return the positions of variables that conditions link, group by group, in order."""
    leader = list(range(len(children)))

    def find(position: int) -> int:
        while leader[position] != position:
            leader[position] = leader[leader[position]]
            position = leader[position]
        return position

    for position, linked in enumerate(children):
        for child, _ in linked:
            leader[find(child)] = find(position)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for position in range(len(children)):
        groups[find(position)].append(position)
    return groups.values()


def _order(
    group: Sequence[int], conditions: Conditions, children: Sequence[Sequence[tuple[int, frozenset[int]]]]
) -> list[int]:
    """Order variables, parents first, so that few are open at a time: undecided, with a decided parent.

    What nothing depends on comes as soon as it can. Otherwise greedy: the one that opens the fewest more, and of equals
    the one that became ready last, so that a branch is finished before the next is begun.
    """
    missing = {position: {parent for parent, _ in conditions[position]} for position in group}
    growth = {position: len(children[position]) for position in group}
    for position, parents in missing.items():
        if len(parents) == 1 and not children[position]:
            growth[next(iter(parents))] -= 1  # is opened and closed in one
    ready = {position: 0 for position, parents in missing.items() if not parents}  # after how many decisions
    is_open: set[int] = set()
    order: list[int] = []
    while ready:
        position = min(ready, key=lambda candidate: (growth[candidate], -ready[candidate], candidate))
        del ready[position]
        order.append(position)
        for child, _ in children[position]:
            parents = missing[child]
            parents.remove(position)
            if child not in is_open:
                is_open.add(child)
                growth[child] -= 1
                for parent in parents:
                    growth[parent] -= 1
            if not parents and children[child]:
                ready[child] = len(order)
            elif not parents:
                order.append(child)
            elif len(parents) == 1 and not children[child]:
                growth[next(iter(parents))] -= 1
    return order
