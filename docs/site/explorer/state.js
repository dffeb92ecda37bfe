// What the reader has set, and how the address of the page writes it.
"use strict";

const LARGEST_BUDGET = 300;
const FIRST_ARCHITECTURES = { cell: "303101", graph: "0 0 1 2 gcn gat fc sage" };

const state = {
  table: "cifar10",
  architecture: 0, // a number of the table's space
  seed: 0,
  searched: 0, // which column of the table a search sees
  noise: 0, // standard deviation, in points of accuracy
  at: 50, // evaluations
  race: false,
  showSeen: false,
  mine: [], // what the reader evaluated, in order
};

// The settings as the hash of an address.
function writeAddress() {
  const { space } = tables.open(state.table);
  const words = new URLSearchParams({
    table: state.table,
    architecture: space.name(state.architecture),
    seed: state.seed,
    searched: state.searched,
    noise: state.noise,
    at: state.at,
  });
  if (state.race) words.set("race", 1);
  if (state.showSeen) words.set("seen", 1);
  if (state.mine.length) words.set("mine", state.mine.map((number) => space.name(number)).join("."));
  return `#${words}`;
}

// Take the settings from an address; what is missing or makes no sense is as at first.
function readAddress(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const whole = (name, first, last, otherwise) => {
    const text = words.get(name) ?? "";
    return /^\d+$/.test(text) && Number(text) >= first && Number(text) <= last ? Number(text) : otherwise;
  };
  state.table = tables.names.includes(words.get("table")) ? words.get("table") : "cifar10";
  const table = tables.open(state.table);
  state.architecture = table.space.parse(words.get("architecture") ?? "") ?? firstArchitecture(table.space);
  state.seed = whole("seed", 0, 999, 0);
  state.searched = whole("searched", 0, table.searchable - 1, 0);
  const noise = Number(words.get("noise"));
  state.noise = noise >= 0 && noise <= 3 ? Math.round(10 * noise) / 10 : 0;
  state.at = whole("at", 0, LARGEST_BUDGET, 50);
  state.race = words.get("race") === "1";
  state.showSeen = words.get("seen") === "1";
  const mine = (words.get("mine") ?? "").split(".").map((text) => table.space.parse(text));
  state.mine = mine.filter((number) => number !== null).slice(0, LARGEST_BUDGET);
  if (state.race) state.at = state.mine.length;
}

function firstArchitecture(space) {
  return space.parse(FIRST_ARCHITECTURES[space === tables.cells ? "cell" : "graph"]);
}

// Another table; of another space, other architectures.
function chooseTable(name) {
  const before = tables.open(state.table).space;
  const table = tables.open(name);
  state.table = name;
  state.searched = Math.min(state.searched, table.searchable - 1);
  if (table.space === before) return;
  state.architecture = firstArchitecture(table.space);
  state.mine = [];
  if (state.race) state.at = 0;
}

// Pay for one evaluation.
function evaluateMine(number) {
  if (state.mine.length === LARGEST_BUDGET) return;
  state.mine.push(number);
  if (state.race) state.at = state.mine.length;
}
