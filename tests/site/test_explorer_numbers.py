"""The explorer's numbers are Python's: accuracies, ranks, equivalents, and whole runs of the package's own searchers.

Run by `make test-site`; needs Chromium (CHROMIUM says where, /usr/bin/chromium by default) and playwright.
"""

from functools import cache

import numpy as np
import pytest
from explorer import SOURCES

from nastutor import load_benchmark, search
from nastutor.searchers import LargestFirst, LocalSearch, RandomSearch, RegularizedEvolution
from nastutor.statistics import expected_best_of, expected_winner

pytestmark = pytest.mark.site

DATASETS = ("cifar10", "cifar100", "ImageNet16-120")
TASKS = ("cora", "cs", "arxiv")
BUDGET = 300


@cache
def table_of(name, search_seed=0):
    if name in DATASETS:
        return load_benchmark("nasbench201", dataset=name, search_seed=search_seed)
    return load_benchmark("nasbench_graph", task=name)


@cache
def genotypes_of(name):
    """All genotypes of a space without those that nobody trained, by their numbers in lexicographic order."""
    space = table_of(name).space
    product = np.ndindex(*(len(variable.choices) for variable in space.variables))
    return {number: genotype for number, genotype in enumerate(product) if genotype in space}


@cache
def numbers_of(name):
    return {genotype: number for number, genotype in genotypes_of(name).items()}


def drawn(name, count):
    """Draw architectures: their numbers and genotypes."""
    known = genotypes_of(name)
    numbers = np.random.default_rng(0).choice(list(known), count, replace=False).tolist()
    return numbers, [known[number] for number in numbers]


def ask(page, name, expression, numbers):
    """Evaluate a function of the page's table for each architecture."""
    call = "([name, numbers]) => { const table = tables.open(name); return numbers.map(" + expression + "); }"
    return page.evaluate(call, [name, numbers])


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("search_seed", [0, 1])
def test_accuracies_of_all_cells(name, search_seed, explorer):
    bench = table_of(name, search_seed)
    numbers = list(genotypes_of(name))
    seen = ask(explorer, name, f"(n) => table.seen({search_seed}, 0, 0)[table.row(n)]", numbers)
    assert seen == bench.values("val_accuracy", "search").tolist()
    reported = ask(explorer, name, f"(n) => table.reported({search_seed})[table.row(n)]", numbers)
    assert reported == bench.values("val_accuracy").tolist()
    third = ask(explorer, name, "(n) => table.columns[2][table.row(n)]", numbers)
    np.testing.assert_array_equal(np.array(third, float), bench.metrics["val_accuracy"][:, 2])


@pytest.mark.parametrize("name", TASKS)
def test_accuracies_and_sizes_of_graphs(name, explorer):
    bench = table_of(name)
    numbers, genotypes = drawn(name, 500)
    assert ask(explorer, name, "(n) => table.columns[0][table.row(n)]", numbers) == [
        bench.evaluate(genotype)["val_accuracy"] for genotype in genotypes
    ]
    assert ask(explorer, name, "(n) => table.reported(0)[table.row(n)]", numbers) == [
        bench.report(genotype)["test_accuracy"] for genotype in genotypes
    ]
    assert ask(explorer, name, "(n) => table.cost(n)", numbers) == [
        bench.evaluate(genotype)["params"] for genotype in genotypes
    ]


@pytest.mark.parametrize("name", DATASETS + TASKS)
def test_ranks(name, explorer):
    bench = table_of(name)
    numbers, genotypes = drawn(name, 300)
    if name in DATASETS:
        values = dict(zip(bench.genotypes, bench.values("val_accuracy", "all")))
    else:
        values = dict(zip(bench.genotypes, bench.values("test_accuracy")))
    everything = np.array(list(values.values()))
    own = [values[genotype if name in DATASETS else bench.space.canonical(genotype)] for genotype in genotypes]
    assert ask(explorer, name, "(n) => table.rank(n)", numbers) == [
        1 + int((everything > value).sum()) for value in own
    ]


@pytest.mark.parametrize("name", ["cifar10", "cora"])
def test_equivalents_and_neighbors(name, explorer):
    space, numbers_by_genotype = table_of(name).space, numbers_of(name)
    classes: dict[tuple, list[int]] = {}
    for genotype, number in numbers_by_genotype.items():
        classes.setdefault(space.canonical(genotype), []).append(number)
    numbers, genotypes = drawn(name, 250)
    expected = [classes[space.canonical(genotype)] for genotype in genotypes]
    assert ask(explorer, name, "(n) => table.space.equivalents(n)", numbers) == expected
    expected = [[numbers_by_genotype[other] for other in space.neighbors(genotype)] for genotype in genotypes]
    assert ask(explorer, name, "(n) => table.space.neighbors(n)", numbers) == expected


@pytest.mark.parametrize("name", ["cifar10", "cora"])
def test_names(name, explorer):
    space = table_of(name).space
    numbers, genotypes = drawn(name, 100)
    names = ask(explorer, name, "(n) => table.space.name(n)", numbers)
    assert names == [
        "".join(map(str, genotype)) if name == "cifar10" else space.to_string(genotype) for genotype in genotypes
    ]
    back = "([name, texts]) => texts.map((text) => tables.open(name).space.parse(text))"
    assert explorer.evaluate(back, [name, names]) == numbers
    damaged = [
        "",
        "30031",
        "300315",
        "3003100",
        "0 1 2 1 gcn fc sage",
        "0 1 2 4 gcn fc sage skip",
        "0 0 0 0 skip skip skip skip",
    ]
    assert explorer.evaluate(back, [name, damaged]) == [None] * len(damaged)


def noise_of(seed, rows, scale):
    """The page's noise: sums of three uniform numbers, one sum a row."""
    drawn = np.random.default_rng(10_000 + seed).integers(0, 2**32, (rows, 3)).sum(axis=1)
    return scale * (2 * (drawn / 2**32 - 1.5))


RUN = """
settings => {
    const run = runOf(settings);
    const table = tables.open(settings.table);
    const seen = table.seen(settings.searched, settings.noise, settings.seed);
    return {...run, seen: run.best.map((number) => seen[table.row(number)])};
}
"""


def python_searchers(name, seed):
    bench = table_of(name)
    size = None if name in DATASETS else lambda genotype: bench.evaluate(genotype)["params"]
    return {
        "RandomSearch": RandomSearch(bench.space, seed),
        "LargestFirst": LargestFirst(bench.space, seed, cost=size, pool=200_000),
        "LocalSearch": LocalSearch(bench.space, seed),
        "RegularizedEvolution": RegularizedEvolution(bench.space, seed),
    }


@pytest.mark.parametrize("noise", [0, 0.5])
@pytest.mark.parametrize(
    ("name", "search_seed", "seed"),
    [
        ("cifar10", 0, 0),
        ("cifar10", 1, 7),
        ("cifar100", 0, 1),
        ("ImageNet16-120", 1, 999),
        ("cora", 0, 2),
        ("arxiv", 0, 3),
    ],
)
def test_whole_searches(name, search_seed, seed, noise, explorer):
    bench = table_of(name, search_seed)
    numbers = numbers_of(name)
    rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    added = noise_of(seed, len(bench), noise)

    def evaluate(genotype):
        row = rows[genotype if name in DATASETS else bench.space.canonical(genotype)]
        return {"val_accuracy": bench.evaluate(genotype)["val_accuracy"] + added[row]}

    for method, searcher in python_searchers(name, seed).items():
        history = search(searcher, evaluate, budget=BUDGET)
        settings = {"table": name, "seed": seed, "noise": noise, "searched": search_seed}
        run = explorer.evaluate(RUN, settings | {"method": method, "budget": BUDGET})
        assert run["asked"] == [numbers[record.genotype] for record in history.records], method
        assert run["best"] == [numbers[record.genotype] for record in history.incumbent()], method
        assert run["seen"] == [record.value for record in history.incumbent()], method


@pytest.mark.parametrize(("name", "noise"), [("cifar10", 0), ("cifar100", 1.0), ("cora", 0), ("arxiv", 0.3)])
def test_winners_curse(name, noise, explorer):
    bench = table_of(name)
    seen = bench.values("val_accuracy", "search") + noise_of(5, len(bench), noise)
    reported = bench.values(bench.reported("val_accuracy"))
    for n in (1, 10, 100, 1000):
        found = explorer.evaluate(
            "([name, noise, n]) => { const table = tables.open(name);"
            " return new WinnersCurse(table.seen(0, noise, 5), table.reported(0)).bestOf(n); }",
            [name, noise, n],
        )
        assert found["seems"] == pytest.approx(expected_best_of(n, seen), abs=1e-9)
        assert found["is"] == pytest.approx(expected_best_of(n, seen, reported), abs=1e-9)


@pytest.mark.parametrize("name", DATASETS)
def test_winners_curse_averaged_over_the_seeds_that_choose(name, explorer):
    for n in (1, 50, 300):
        gap = explorer.evaluate("([table, n]) => { set({ table, noise: 0 }); return averageCurse(n); }", [name, n])
        believed, real = expected_winner(n, table_of(name).metrics["val_accuracy"])
        assert gap == pytest.approx(believed - real, abs=1e-8)


def test_a_training_takes_about_as_long_as_the_page_says():
    assert "about half an hour of a GPU" in (SOURCES / "index.html").read_text(encoding="utf-8")
    assert table_of("cifar10").values("train_seconds").mean() / 60 == pytest.approx(30, abs=3)
