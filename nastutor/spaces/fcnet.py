"""The fully connected networks of FCNet (Klein & Hutter 2019, arXiv 1905.04970): an architecture *and* its recipe."""

from __future__ import annotations

from nastutor.arguments import whole_number
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.variable import Variable

ARCHITECTURE = ("n_units_1", "n_units_2", "activation_fn_1", "activation_fn_2")
"""What is left of a network once it is trained: it decides which functions it can compute, and what it costs to use."""
DROPOUT = ("dropout_1", "dropout_2")
"""Counted as recipe: it adds no weight and is switched off when the network is used. Some count it as architecture."""
RECIPE = (*DROPOUT, "init_lr", "lr_schedule", "batch_size")
"""How the weights are found."""
UNITS = (16, 32, 64, 128, 256, 512)


class FCNetSpace(SearchSpace):
    """The 62,208 ways to build and train a network of two hidden layers: 144 architectures times 432 recipes.

    >>> space = FCNetSpace(inputs=9)
    >>> space.to_string((2, 2, 0, 0, 0, 0, 1, 1, 2)).split("|")[:3]
    ['n_units_1=64', 'n_units_2=64', 'activation_fn_1=relu']

    Variables are called as in the benchmark. Those of the architecture come first, then dropout, then the rest of the
    recipe, so that a table in lexicographic order is a grid with rows of one architecture.

    Parameters
    ----------
    inputs : numbers that the network reads, at least 1: it decides how many parameters there are, see `weights`.
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = whole_number("inputs", inputs, 1)
        choices = {
            "n_units_1": UNITS,
            "n_units_2": UNITS,
            "activation_fn_1": ("relu", "tanh"),
            "activation_fn_2": ("relu", "tanh"),
            "dropout_1": (0.0, 0.3, 0.6),
            "dropout_2": (0.0, 0.3, 0.6),
            "init_lr": (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1),
            "lr_schedule": ("cosine", "const"),
            "batch_size": (8, 16, 32, 64),
        }
        super().__init__(Variable(name, choices[name]) for name in (*ARCHITECTURE, *RECIPE))

    def weights(self, genotype: Genotype) -> float:
        """Return the number of parameters: two hidden layers and one output, with biases."""
        first, second = (UNITS[value] for value in self.validate(genotype)[:2])
        return float((self.inputs + 1) * first + (first + 1) * second + second + 1)
