// The second and third sections: searches beside the reader's own, and the winner's curse.
"use strict";

const SEARCHERS = { RandomSearch, LargestFirst, LocalSearch, RegularizedEvolution };

// What one of the searchers evaluates, in order, and its best so far.
function runOf({ table: name, seed, noise, searched, method, budget }) {
  const table = tables.open(name);
  const seen = table.seen(searched, noise, seed);
  const evaluate = (number) => seen[table.row(number)];
  const searcher = new SEARCHERS[method](table.space, seed, ...(method === "LargestFirst" ? [table.cost] : []));
  const asked = runSearch(searcher, evaluate, budget);
  return { asked, best: incumbents(asked, evaluate) };
}

// Keep what a function made of the last few arguments that it had.
function remember(make) {
  const kept = new Map();
  return (...values) => {
    const key = JSON.stringify(values);
    if (!kept.has(key)) {
      if (kept.size === 8) kept.delete(kept.keys().next().value);
      kept.set(key, make(...values));
    }
    return kept.get(key);
  };
}

const runsOfMethods = remember((table, seed, noise, searched) =>
  page.searchers.map((look) => runOf({ table, seed, noise, searched, method: look.class, budget: LARGEST_BUDGET })));

const CURSE_NUMBERS = Array.from({ length: 31 }, (_, i) => 10 ** (i / 10)); // 1 to 1,000
const curseOf = remember((name, seed, noise, searched) => {
  const table = tables.open(name);
  return new WinnersCurse(table.seen(searched, noise, seed), table.reported(searched));
});
const cursePoints = remember((...settings) => CURSE_NUMBERS.map((n) => ({ n, ...curseOf(...settings).bestOf(n) })));

// The curse on average over the columns that can choose: what one of them has too much of for all cells cancels.
function averageCurse(n) {
  const { searchable } = tables.open(state.table);
  const gaps = Array.from({ length: searchable }, (_, searched) => {
    const { seems, is } = curseOf(state.table, state.seed, state.noise, searched).bestOf(n);
    return seems - is;
  });
  return gaps.reduce((sum, gap) => sum + gap, 0) / searchable;
}

// The methods' runs and the reader's, as far as they are shown.
function shownRuns(table) {
  const seen = table.seen(state.searched, state.noise, state.seed);
  const reported = table.reported(state.searched);
  const runs = runsOfMethods(state.table, state.seed, state.noise, state.searched);
  const mine = { asked: state.mine, best: incumbents(state.mine, (number) => seen[table.row(number)]) };
  return [...page.searchers.map((look, i) => [look, runs[i]]), [page.reader, mine]].map(([look, { asked, best }]) => ({
    look,
    asked: asked.slice(0, state.at),
    best: best.slice(0, state.at),
    seen: best.slice(0, state.at).map((number) => seen[table.row(number)]),
    reported: best.slice(0, state.at).map((number) => reported[table.row(number)]),
  }));
}

// What is best so far stays so until the next evaluation changes it.
function stairs(values) {
  return values.flatMap((value, i) => (i ? [[i + 1, values[i - 1]], [i + 1, value]] : [[1, value]]));
}

function showRaceChart(box, table, runs) {
  const top = Math.max(...table.reported(state.searched));
  const all = runs.flatMap((run) => [...run.reported, ...(state.showSeen ? run.seen : [])]);
  // The first few are so bad that the rest would be one line: the picture begins where all are after a tenth of the way.
  const place = Math.min(Math.ceil(state.at / 10), state.at - 1);
  const early = runs.map((run) => run.reported[place]).filter((value) => value !== undefined);
  const from = Math.min(top - 1, ...early) - 0.2;
  const lines = runs.flatMap(({ look, seen, reported }) => [
    ...(state.showSeen ? [{ ...look, points: stairs(seen), marker: null, width: 1.2, opacity: 0.8 }] : []),
    { ...look, points: stairs(reported) },
  ]);
  lines.push({ points: [[1, top], [Math.max(state.at, 10), top]], colour: "var(--soft)", dashes: [1, 3], width: 1.2 });
  chart(box, {
    x: { from: 0, to: Math.max(state.at, 10), label: "evaluations" },
    y: { from, to: Math.max(top, ...all) + 0.1 * (top - from), label: `percent, ${reportedBy(table)}` },
    lines,
    spoken: runs.filter((run) => run.best.length).map((run) => `${run.look.label} ${percent(run.reported.at(-1))}`).join("; "),
  });
}

// Where the reported numbers come from.
function reportedBy(table) {
  return table.space === tables.cells ? "mean of the other seeds" : "on the test nodes";
}

function showRaceTable(box, table, runs, open) {
  const columns = ["evaluates now", "its best, as it saw it", reportedBy(table), "difference", "rank of its best"];
  const rows = runs.map(({ look, asked, best, seen, reported }) => {
    const sign = make("svg", { width: 18, height: 16, viewBox: "0 0 18 16", "aria-hidden": "true" }, marker(look.marker, 9, 8, look.colour));
    const head = make("th", { scope: "row" }, sign, look.label);
    const cells = ["–", "–", "–", "–", "–"];
    if (best.length) {
      const winner = best.at(-1);
      cells[0] = chip(asked.at(-1), [table.space.name(asked.at(-1))], `now ${look.label}`, open);
      cells[1] = `${percent(seen.at(-1))} `;
      cells[2] = percent(reported.at(-1));
      cells[3] = signed(seen.at(-1) - reported.at(-1));
      cells[4] = chip(winner, [table.rank(winner).toLocaleString("en")], `best ${look.label}`, open);
      cells[4].setAttribute("aria-label", `Rank ${table.rank(winner)}: open ${table.space.name(winner)}`);
    }
    return make("tr", {}, head, ...cells.map((cell, i) => make("td", { "data-column": columns[i] }, cell)));
  });
  const heads = ["", ...columns].map((text) => make("th", { scope: "col" }, text));
  refill(box, make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)));
}

function showCurse(box, says, table) {
  const settings = [state.table, state.seed, state.noise, state.searched];
  const points = cursePoints(...settings);
  const n = Math.max(state.at, 1);
  const { seems, is } = curseOf(...settings).bestOf(n);
  const seemLine = points.map((point) => [point.n, point.seems]);
  const isLine = points.map((point) => [point.n, point.is]);
  const shown = [...seemLine, ...isLine].filter(([x]) => x >= 5).map(([, y]) => y);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  chart(box, {
    x: { from: 1, to: 1000, log: true, label: "best of so many random ones" },
    y: { from: low - 0.05 * (high - low), to: high + 0.15 * (high - low), label: "percent" },
    area: [...seemLine, ...isLine.slice().reverse()],
    lines: [
      { points: seemLine, colour: "#d55e00", dashes: [3, 1.5], name: { text: "as it seems" } },
      { points: isLine, colour: "#d55e00", dashes: [], name: { text: "as it is", below: true } },
    ],
    cursor: n,
    spoken: `The best of ${n} seems ${percent(seems)} and is ${percent(is)} percent`,
  });
  const kind = table.space === tables.cells ? "cell" : "graph network";
  const more =
    table.searchable > 1
      ? `On average over the seeds that can choose, so that one seed's luck with all cells cancels, it is ${signed(averageCurse(n))}. `
      : "Test nodes are other nodes, so a part of this is no luck. ";
  says.textContent =
    `${n === 1 ? `One random ${kind}` : `The best of ${n} random ${kind}s`} seems to have ${percent(seems)} %. By what did not choose it (${reportedBy(table)}) it has ` +
    `${percent(is)} %: ${Math.abs(seems - is).toFixed(2)} points ${seems < is ? "more" : "less"}. ${more}` +
    "These are averages over all ways to draw them, computed from the whole table.";
}
