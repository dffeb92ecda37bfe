// The measured accuracies of a table, what a search may see of them, and what is reported.
"use strict";

// Whole numbers as Python wrote them: the distinct ones by their differences, and for each row its place among them.
function decodeColumn({ steps, places }) {
  let last = 0;
  const values = steps.map((step) => (last += step));
  const bytes = Uint8Array.from(atob(places), (character) => character.charCodeAt(0));
  const indices = new DataView(bytes.buffer);
  return Int32Array.from({ length: bytes.length / 2 }, (_, row) => values[indices.getUint16(2 * row, true)]);
}

// numpy.round(value, 9): to the nearest, halves to the even one.
function roundMean(value) {
  const scaled = value * 1e9;
  const whole = Math.round(scaled);
  return (whole - scaled === 0.5 && whole % 2 !== 0 ? whole - 1 : whole) / 1e9;
}

// The mean by row of those columns that have a number there.
function meanOf(columns) {
  if (columns.length === 1) return columns[0];
  return columns[0].map((_, row) => {
    const known = columns.map((column) => column[row]).filter((value) => !Number.isNaN(value));
    return roundMean(known.reduce((sum, value) => sum + value, 0) / known.length);
  });
}

class Table {
  // columns: [{ label, correct, of }], correct answers out of so many, −1 where nobody trained that; searchable: how
  // many of the columns a search may see, from the first; ranked: those whose mean ranks; row, cost: functions from an
  // architecture to its row and to its size.
  constructor(title, space, columns, { searchable, ranked, row, cost }) {
    this.title = title;
    this.space = space;
    this.labels = columns.map((column) => column.label);
    this.columns = columns.map(({ correct, of }) =>
      Float64Array.from(correct, (count) => (count < 0 ? NaN : (100 * count) / of)),
    );
    this.searchable = searchable;
    this.row = row;
    this.cost = cost;
    this.overall = meanOf(ranked.map((i) => this.columns[i]));
    this.sorted = Float64Array.from(this.overall).sort();
    this.cache = new Map();
  }

  get rows() {
    return this.overall.length;
  }

  // By row, what is reported of an architecture that column `chosen` was searched on: the mean of the others.
  reported(chosen) {
    if (!this.cache.has(chosen)) this.cache.set(chosen, meanOf(this.columns.filter((_, i) => i !== chosen)));
    return this.cache.get(chosen);
  }

  // By row, what a search sees: one column, with noise added.
  seen(chosen, noise, seed) {
    const values = this.columns[chosen];
    if (noise === 0) return values;
    const deviates = bellShaped(seed, this.rows);
    return values.map((value, row) => value + noise * deviates[row]);
  }

  // 1 for the best; equal ones share the better rank.
  rank(number) {
    return 1 + this.rows - upperBound(this.sorted, this.overall[this.row(number)]);
  }
}

// The number of sorted values that are at most this.
function upperBound(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const NOISE_SEED = 10000; // plus the seed of the searches
const deviatesBySeed = new Map();

// So many random numbers of mean 0 and standard deviation 1, never beyond 3: sums of three uniform ones.
function bellShaped(seed, count) {
  const key = `${seed} ${count}`;
  if (!deviatesBySeed.has(key)) {
    const rng = new Generator(NOISE_SEED + seed);
    const draw = () => 2 * ((rng.next32() + rng.next32() + rng.next32()) / 2 ** 32 - 1.5);
    deviatesBySeed.set(key, Float64Array.from({ length: count }, draw));
  }
  return deviatesBySeed.get(key);
}

// What the best of n random architectures seems worth, and what is reported of it, on average over all draws of n:
// statistics.expected_best_of. Of N sorted ones the i-th is the best of n with probability (i/N)ⁿ − ((i−1)/N)ⁿ.
class WinnersCurse {
  constructor(seen, reported) {
    this.order = Array.from(seen.keys()).sort((a, b) => seen[a] - seen[b] || a - b);
    this.seen = this.order.map((row) => seen[row]);
    this.reported = this.order.map((row) => reported[row]);
  }

  bestOf(n) {
    const count = this.order.length;
    let [seems, is, before] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const after = ((i + 1) / count) ** n;
      const chance = after - before;
      before = after;
      seems += chance * this.seen[i];
      is += chance * this.reported[i];
    }
    return { seems, is };
  }
}

// The tables of the page, by name, each decoded when it is first opened.
class Tables {
  // data: what the builder wrote.
  constructor(data) {
    this.cells = new CellSpace(decodeColumn(data.cells.canonical));
    this.graphs = new GraphSpace(data.graphs.operations);
    this.graphRows = null; // of canonical graphs
    this.openers = new Map([
      ...data.cells.tables.map((entry) => [entry.name, () => this.openCells(entry)]),
      ...data.graphs.tables.map((entry) => [entry.name, () => this.openGraphs(entry)]),
    ]);
    this.names = [...this.openers.keys()];
    this.cellNames = data.cells.tables.map((entry) => entry.name);
    this.titles = new Map([...data.cells.tables, ...data.graphs.tables].map((entry) => [entry.name, entry.title]));
    this.opened = new Map();
  }

  open(name) {
    if (!this.opened.has(name)) this.opened.set(name, this.openers.get(name)());
    return this.opened.get(name);
  }

  openCells({ title, images, seeds }) {
    const columns = seeds.map((column, seed) => ({ label: `seed ${seed}`, correct: decodeColumn(column), of: images }));
    const cost = (number) => this.cells.weights(number);
    return new Table(title, this.cells, columns, { searchable: 2, ranked: [0, 1, 2], row: (number) => number, cost });
  }

  openGraphs({ title, val, test, params }) {
    const columns = [
      { label: "validation", correct: decodeColumn(val.correct), of: val.nodes },
      { label: "test", correct: decodeColumn(test.correct), of: test.nodes },
    ];
    const sizes = decodeColumn(params);
    const row = (number) => this.graphRow(number);
    return new Table(title, this.graphs, columns, { searchable: 1, ranked: [1], row, cost: (number) => sizes[row(number)] });
  }

  graphRow(number) {
    this.graphRows ??= new Map([...this.graphs.representatives()].sort((a, b) => a - b).map((form, row) => [form, row]));
    return this.graphRows.get(this.graphs.canonical(number));
  }
}
