"""Draw the README's picture: ``python tests/bench/picture.py notebooks/images/results.png`` (run by `make picture`)."""

import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from nastutor import load_benchmark, plots, repeat, search, statistics
from nastutor.searchers import GeneticAlgorithm, LargestFirst, LocalSearch, RandomSearch, RegularizedEvolution

bench = load_benchmark("nasbench201", dataset="cifar100", search_seed=0)
curves = {}
for method in (RandomSearch, LargestFirst, LocalSearch, GeneticAlgorithm, RegularizedEvolution):
    runs = repeat(lambda seed, m=method: m(bench.space, seed=seed), bench.evaluate, budget=200, seeds=range(100))
    curves[method.__name__] = statistics.incumbent_curves(runs, lambda g: bench.report(g)["val_accuracy"])

figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4.2), layout="constrained", width_ratios=(1, 1.25))
plots.plot_incumbents(curves, ax=left, first=5, ylabel="accuracy of the best cell so far (%)")
left.set_title("NAS-Bench-201, CIFAR-100: 100 runs each, 95 % bands")
history = search(RegularizedEvolution(bench.space, seed=1), bench.evaluate, budget=200)
plots.plot_family_tree(history, ax=right)
right.set_title("family tree of one run of regularized evolution")
figure.savefig(sys.argv[1], dpi=110)
