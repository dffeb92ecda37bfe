"""The graph networks of NAS-Bench-Graph (Qin et al. 2022, arXiv 2206.09166): four operations, each on one earlier node.

Node 0 is the input; nodes 1 to 4 apply an operation to one earlier node; the output takes all nodes that no other uses.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

from nastutor.arguments import shown
from nastutor.spaces.limited import LimitedSpace
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.variable import Variable

GRAPH_OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
"""In the order and by the names of the benchmark; ``graph`` is k-GNN, ``fc`` a linear layer without neighbours."""
PROTEINS_OPERATIONS = ("gcn", "sage", "arma", "fc", "skip")
"""Those that were trained on proteins."""
NODES = 4

Inputs = tuple[int, ...]
"""For each node, the node that it takes, 0 the input of the network."""


class _AnyGraph(SearchSpace):
    """`GraphSpace` with the architecture that is all skip, which nobody trained."""

    def __init__(self, operations: Sequence[str]) -> None:
        variables = [Variable("operation_1", tuple(operations))]
        for node in range(2, NODES + 1):
            variables.append(Variable(f"input_{node}", tuple(range(node))))
            variables.append(Variable(f"operation_{node}", tuple(operations)))
        super().__init__(variables)
        self.operations = tuple(operations)

    def to_string(self, genotype: Genotype) -> str:
        inputs, names = self.decode(genotype)
        return " ".join([*map(str, inputs), *names])

    def from_string(self, text: str) -> Genotype:
        words = text.split(" ") if isinstance(text, str) else []
        numbers = {str(number): number for number in range(NODES)}
        inputs = [numbers.get(word, NODES) for word in words[:NODES]]
        names = words[NODES:]
        too_late = any(source >= node for node, source in enumerate(inputs, 1))
        if len(words) != 2 * NODES or too_late or not set(names) <= set(self.operations):
            raise ValueError(
                f"cannot read the graph {shown(text)}: write the inputs and then the operations of its {NODES} nodes, "
                f"such as '0 1 2 1 gcn fc sage skip'; inputs are numbers of earlier nodes, 0 is the network's input, "
                f"operations are {', '.join(self.operations)}"
            )
        return join(inputs, [self.operations.index(name) for name in names])

    def decode(self, genotype: Genotype) -> tuple[list[int], list[str]]:  # type: ignore[override]
        inputs, operations = split(self.validate(genotype))
        return list(inputs), [self.operations[operation] for operation in operations]

    def encode(self, description: Any) -> Genotype:
        try:
            inputs, names = map(list, description)
            genotype = self.from_string(" ".join([*map(str, inputs), *names]))
            fits = self.decode(genotype) == (inputs, names)  # the same words in other lists do not
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ValueError(
                f"describe a graph by two lists, of the inputs and of the operations of its {NODES} nodes, such as "
                f"([0, 1, 2, 1], ['gcn', 'fc', 'sage', 'skip']), with operations among {', '.join(self.operations)}: "
                f"got {shown(description)}"
            )
        return genotype

    def canonical(self, genotype: Genotype) -> Genotype:
        inputs, operations = split(self.validate(genotype))
        skip = len(self.operations) - 1
        smallest, orders = _orders(inputs, tuple(operation == skip for operation in operations))
        return join(smallest, min(tuple(operations[node - 1] for node in order) for order in orders))

    @property
    def stages(self) -> tuple[int, ...]:
        return tuple(range(1, 2 * NODES, 2))

    def complete(self, prefix: Sequence[int]) -> Genotype:
        reached = self._count_stages(prefix)
        if not reached:
            raise ValueError(f"nothing is decided in (): give a prefix of {self.stages} values")
        skip = len(self.operations) - 1
        return self.validate((*prefix, *(value for node in range(reached, NODES) for value in (node, skip))))

    def expansions(self, prefix: Sequence[int]) -> list[Genotype]:
        reached = self._count_stages(prefix)
        prefix = self._checked(prefix)
        if reached == NODES:
            return []
        more = [range(reached + 1)] if reached else []
        return [(*prefix, *values) for values in itertools.product(*more, range(len(self.operations)))]


class GraphSpace(LimitedSpace):
    """The 157,440 ways to write one of NAS-Bench-Graph's 26,206 graph networks, with that benchmark's operations.

    >>> space = GraphSpace()
    >>> space.to_string((1, 1, 7, 2, 4, 1, 8))
    '0 1 2 1 gcn fc sage skip'

    A genotype holds the operation of node 1, and the input and the operation of nodes 2 to 4. It decodes to the
    benchmark's two lists, here ``[0, 1, 2, 1]`` and ``["gcn", "fc", "sage", "skip"]``. At least one operation is no
    skip: the benchmark has no network without any, so these 24 genotypes are none (a limit of three skips).

    `canonical` returns, for all genotypes of one network by the benchmark's rules, the one with the lexicographically
    smallest inputs and then operations, which is how the benchmark writes it:

    - the nodes may be numbered in any order;
    - a skip that other nodes use, that is its source's only use, or that passes on the network's input, does nothing:
      it moves to the front;
    - a skip that passes on something computed to the output, beside another use of it, is a shortcut and stays.

    Parameters
    ----------
    operations : of the benchmark; `PROTEINS_OPERATIONS` gives the 2,021 networks trained on proteins.
    """

    def __init__(self, operations: Sequence[str] = GRAPH_OPERATIONS) -> None:
        operations = tuple(operations)
        if operations not in (GRAPH_OPERATIONS, PROTEINS_OPERATIONS):
            raise ValueError(f"operations {shown(operations)}: choose GRAPH_OPERATIONS or PROTEINS_OPERATIONS")
        skip = len(operations) - 1
        super().__init__(
            _AnyGraph(operations), lambda graph: {"skips": graph[::2].count(skip)}, limits={"skips": NODES - 1}
        )
        self.operations = operations

    def __repr__(self) -> str:
        return f"GraphSpace({NODES} nodes, operations {', '.join(self.operations)})"


def split(genotype: Genotype) -> tuple[Inputs, tuple[int, ...]]:
    """Return the inputs and the operations of a graph's nodes."""
    return (0, *genotype[1::2]), genotype[::2]


def join(inputs: Sequence[int], operations: Sequence[int]) -> Genotype:
    """Return the genotype of inputs and operations; the inverse of `split`."""
    pairs = zip(inputs[1:], operations[1:])
    return (operations[0], *itertools.chain.from_iterable(pairs))


def _busy_nodes(inputs: Inputs, is_skip: tuple[bool, ...]) -> dict[int, int]:
    """Return the nodes that are left when the skips that do nothing are taken out, with their inputs."""
    sources = dict(enumerate(inputs, 1))

    def is_idle(node: int) -> bool:
        uses_of_source = sum(source == sources[node] for source in sources.values())
        return is_skip[node - 1] and (node in sources.values() or uses_of_source == 1 or sources[node] == 0)

    while (idle := next(filter(is_idle, sources), None)) is not None:
        source = sources.pop(idle)
        sources = {node: source if its == idle else its for node, its in sources.items()}
    return sources


@cache
def _orders(inputs: Inputs, is_skip: tuple[bool, ...]) -> tuple[Inputs, list[tuple[int, ...]]]:
    """Return the smallest inputs that a graph can be written with, and all orders of its nodes that give these inputs.

    Skips that do nothing come first, in a chain.
    """
    sources = _busy_nodes(inputs, is_skip)
    chain = tuple(node for node in range(1, NODES + 1) if node not in sources)
    found: dict[Inputs, list[tuple[int, ...]]] = {}
    for order in itertools.permutations(sources):
        number = {0: len(chain)} | {node: number for number, node in enumerate(order, len(chain) + 1)}
        if all(number[sources[node]] < number[node] for node in order):
            renumbered = (*range(len(chain)), *(number[sources[node]] for node in order))
            found.setdefault(renumbered, []).append(chain + order)
    smallest = min(found)
    return smallest, found[smallest]
