"""The NAS-Bench-201 cell (Dong & Yang 2020, arXiv 2001.00326): four nodes, six edges, five operations an edge.

Node 0 is the cell's input; every later node is the sum of the operations on its incoming edges; node 3 is the output.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from nastutor.arguments import shown
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.variable import Variable

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
NONE, SKIP, CONV_1X1, CONV_3X3, POOL = range(5)
CONVOLUTIONS = (CONV_1X1, CONV_3X3)
NODES = (0, 1, 2, 3)
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))

_CHAIN = tuple(SKIP if target == source + 1 else NONE for source, target in EDGES)

COMPANIONS: dict[str, Genotype] = {
    "all skip": (SKIP,) * 6,
    "all 3×3": (CONV_3X3,) * 6,
    "ResNet-like": (CONV_3X3, NONE, CONV_3X3, SKIP, NONE, SKIP),
}
"""The three cells that go through all lessons. The last is NAS-Bench-201's own ResNet cell: x + 3×3(3×3(x))."""

_FORM = re.compile(r"\|(\w+)~0\|\+\|(\w+)~0\|(\w+)~1\|\+\|(\w+)~0\|(\w+)~1\|(\w+)~2\|")

Terms = tuple[tuple[int, int, Any], ...]
"""A sum: each term is (operation, instance, the terms of its input); the cell's input is `INPUT`."""
INPUT: Terms = ((-1, -1, ()),)


class CellSpace(SearchSpace):
    """The 15,625 cells of NAS-Bench-201, with that benchmark's own edge order, operations and strings.

    >>> space = CellSpace()
    >>> space.to_string((3, 0, 4, 1, 3, 1))
    '|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'

    `canonical` returns, for all genotypes that compute the same function, the lexicographic minimum among those with
    the fewest parameters. It removes `none` and every part that is unreachable or dead, flattens skips into sums, and
    uses commutativity, **up to relabelling of convolution instances**: one convolution used twice, 2·c(x), is not two
    convolutions c₁(x) + c₂(x). It does not use that average pooling is linear. That gives 5,260 classes, which tables
    of trained cells are keyed by (with it, see `function`, 5,044 are left); 341 genotypes compute zero and 400 the
    identity.
    """

    operations = OPERATIONS
    nodes = NODES
    edges = EDGES

    def __init__(self) -> None:
        super().__init__(Variable(f"edge_{i}_{j}", OPERATIONS) for i, j in EDGES)

    def _describe_error(self, position: int, value: Any) -> str:
        return f"operation {shown(value)} on edge {EDGES[position]}: choose 0…4 ({', '.join(OPERATIONS)})"

    def to_string(self, genotype: Genotype) -> str:
        """Write a cell in the format of NAS-Bench-201."""
        named = zip(self.validate(genotype), EDGES)
        parts = [f"{OPERATIONS[operation]}~{source}" for operation, (source, _) in named]
        return f"|{parts[0]}|+|{'|'.join(parts[1:3])}|+|{'|'.join(parts[3:])}|"

    def from_string(self, text: str) -> Genotype:
        """Read the format of NAS-Bench-201.

        Raises
        ------
        ValueError : the text has not that form; the message shows the form and the operations.
        """
        names = _FORM.fullmatch(text) if isinstance(text, str) else None
        if names is None or not set(names.groups()) <= set(OPERATIONS):
            raise ValueError(
                f"cannot read the cell {shown(text)}: write |op~0|+|op~0|op~1|+|op~0|op~1|op~2| with op one of "
                f"{', '.join(OPERATIONS)}"
            )
        return tuple(OPERATIONS.index(name) for name in names.groups())

    def decode(self, genotype: Genotype) -> Mapping[tuple[int, int], str]:  # type: ignore[override]
        """Describe a cell: the operation on each edge, ``{(0, 1): "nor_conv_3x3", …}``."""
        return {edge: OPERATIONS[operation] for edge, operation in zip(EDGES, self.validate(genotype))}

    def encode(self, description: Mapping[tuple[int, int], str]) -> Genotype:  # type: ignore[override]
        """Return the genotype of a description; the inverse of `decode`.

        Raises
        ------
        ValueError : not a mapping, an edge is missing or unknown, or an operation is not one of the five.
        """
        if not isinstance(description, Mapping) or set(description) != set(EDGES):
            raise ValueError(f"describe exactly the edges {EDGES} by a dict, got {shown(description)}")
        for edge, name in description.items():
            if not isinstance(name, str) or name not in OPERATIONS:
                raise ValueError(f"operation {shown(name)} on edge {edge}: choose one of {', '.join(OPERATIONS)}")
        return tuple(OPERATIONS.index(description[edge]) for edge in EDGES)

    @property
    def stages(self) -> tuple[int, ...]:
        """Node by node: the operations into node 1, nodes 1 and 2, all nodes: 5, 125 and 15,625 prefixes."""
        return (1, 3, 6)

    def complete(self, prefix: Sequence[int]) -> Genotype:
        """Return the cell of a prefix: each node that is not decided yet is a skip from the one before it.

        >>> CellSpace().complete((3, 0, 2))
        (3, 0, 2, 0, 0, 1)

        So the last decided node is the output. A cell may complete several prefixes: (3,) gives that of (3, 0, 1).
        """
        if not self._count_stages(prefix):
            raise ValueError(f"nothing is decided in (): give a prefix of {self.stages} values")
        return self.validate((*prefix, *_CHAIN[len(prefix) :]))

    def expansions(self, prefix: Sequence[int]) -> list[Genotype]:
        """List the prefixes with one more node; see `SearchSpace.expansions`."""
        reached = self._count_stages(prefix)
        prefix = self._checked(prefix)
        if reached == len(self.stages):
            return []
        more = self.stages[reached] - len(prefix)
        return [(*prefix, *values) for values in itertools.product(range(len(OPERATIONS)), repeat=more)]

    def canonical(self, genotype: Genotype) -> Genotype:
        """Return the representative of all cells that compute the same function (see the class)."""
        return _representatives()[self.validate(genotype)]

    def equivalents(self, genotype: Genotype) -> list[Genotype]:
        """List every genotype that computes the same function, this one included, in lexicographic order."""
        representative = self.canonical(genotype)
        return [other for other, its in _representatives().items() if its == representative]

    def function(self, genotype: Genotype, linear_pooling: bool = False) -> Terms:
        """Return the function of a cell as nested sums: equal for cells that compute the same, whatever the weights.

        Parameters
        ----------
        linear_pooling : False takes pooling for any function, as `canonical` does. True uses that the pooled sum is the
            sum of what is pooled: pool(a + b) and pool(a) + pool(b) are one function.
        """
        return _relabelled(_output_terms(self.validate(genotype), linear_pooling))

    def weights(self, genotype: Genotype) -> float:
        """Return the weights of a cell's convolutions in units of C², C its channels: 9 for a 3×3, 1 for a 1×1.

        Dead ones count as others do, as in the numbers of parameters of NAS-Bench-201.
        """
        genotype = self.validate(genotype)
        return float(9 * genotype.count(CONV_3X3) + genotype.count(CONV_1X1))

    def live_edges(self, genotype: Genotype) -> tuple[bool, ...]:
        """Say for each edge whether it lies on a path of operations other than `none` from the input to the output."""
        return _live_edges(self.validate(genotype))

    def formula(self, genotype: Genotype) -> str:
        """Write the function that a cell computes of its input x, for instance ``x + conv3x3₁(x + pool(x))``."""
        return _write(self.function(genotype))


@cache
def _live_edges(genotype: Genotype) -> tuple[bool, ...]:
    reached = {0}
    for (source, target), operation in zip(EDGES, genotype):
        if operation != NONE and source in reached:
            reached.add(target)
    useful = {3}
    for (source, target), operation in reversed(list(zip(EDGES, genotype))):
        if operation != NONE and target in useful:
            useful.add(source)
    pairs = zip(EDGES, genotype)
    return tuple(op != NONE and source in reached and target in useful for (source, target), op in pairs)


def _output_terms(genotype: Sequence[int], linear_pooling: bool = False) -> Terms:
    """Expand the output node into a sum; a convolution's instance is its edge. An empty sum is zero."""
    values = [INPUT]
    for node in NODES[1:]:
        total: list[tuple[int, int, Any]] = []
        for instance, ((source, target), operation) in enumerate(zip(EDGES, genotype)):
            if target != node or operation == NONE or not values[source]:
                continue
            if operation == SKIP:
                total.extend(values[source])
            elif operation == POOL and linear_pooling:
                total.extend((POOL, -1, (term,)) for term in values[source])
            else:
                total.append((operation, instance if operation in CONVOLUTIONS else -1, values[source]))
        values.append(tuple(sorted(total)))
    return values[-1]


def _instances(terms: Terms) -> set[tuple[int, int]]:
    own = {(operation, instance) for operation, instance, _ in terms if operation in CONVOLUTIONS}
    return own.union(*(_instances(inner) for _, _, inner in terms))


def _rename(terms: Terms, names: Mapping[tuple[int, int], int]) -> Terms:
    if terms == INPUT:  # where every recursion ends
        return terms
    renamed = [(op, names.get((op, instance), instance), _rename(inner, names)) for op, instance, inner in terms]
    return tuple(sorted(renamed))


@cache
def _relabelled(terms: Terms) -> Terms:
    """Rename the convolution instances so that sums that differ in their labels only become equal.

    At most six instances exist, so the smallest result over all permutations is found by trying them.
    """
    groups = [sorted(item for item in _instances(terms) if item[0] == operation) for operation in CONVOLUTIONS]
    namings = itertools.product(*(itertools.permutations(range(len(group))) for group in groups))
    keys = [item for group in groups for item in group]
    return min(_rename(terms, dict(zip(keys, itertools.chain(*naming)))) for naming in namings)


def _convolutions(terms: Terms) -> Iterator[tuple[int, int]]:
    """Yield the convolutions of a sum, those that it has twice two times."""
    for operation, instance, inner in terms:
        if operation in CONVOLUTIONS:
            yield operation, instance
        yield from _convolutions(inner)


@cache
def _without_labels(terms: Terms) -> Terms:
    """Drop the label of each convolution that a sum has once: a label says which ones are the same.

    What `_relabelled` does takes permutations. Here none are needed: node 1 alone feeds more than one node, so that the
    convolution on its edge is the only one that a sum can have twice.
    """
    counts = Counter(_convolutions(terms))
    return _rename(terms, {convolution: -1 for convolution, count in counts.items() if count == 1})


@cache
def _representatives() -> dict[Genotype, Genotype]:
    """Map each of the 15,625 genotypes to its canonical one, in lexicographic order."""
    functions = {
        genotype: _without_labels(_output_terms(genotype))
        for genotype in itertools.product(range(len(OPERATIONS)), repeat=len(EDGES))
    }
    best: dict[Terms, tuple[int, Genotype]] = {}
    for genotype, function in functions.items():
        # Within a class the live convolutions are the same, so fewest parameters means fewest convolutions.
        cost = sum(operation in CONVOLUTIONS for operation in genotype)
        best[function] = min(best.get(function, (cost, genotype)), (cost, genotype))
    return {genotype: best[function][1] for genotype, function in functions.items()}


def _write(terms: Terms) -> str:
    if not terms:
        return "0"
    parts = []
    for term in dict.fromkeys(terms):
        operation, instance, inner = term
        if operation == -1:
            text = "x"
        elif operation == POOL:
            text = f"pool({_write(inner)})"
        else:
            name = {CONV_1X1: "conv1x1", CONV_3X3: "conv3x3"}[operation]
            text = f"{name}{'₁₂₃₄₅₆'[instance]}({_write(inner)})"
        times = terms.count(term)
        parts.append(text if times == 1 else f"{times}·{text}")
    return " + ".join(parts)
