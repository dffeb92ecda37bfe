// The page: what the reader touches changes the state, and everything is shown again.
"use strict";

const page = JSON.parse(document.getElementById("data").textContent);
page.operations = page.cells.operations;
page.reader = { class: "You", label: "you", colour: "currentColor", dashes: [], marker: "*" };
const tables = new Tables(page);
const at = (id) => document.getElementById(id);

const change = (position, digit) => {
  const { space } = tables.open(state.table);
  const number = space.replaced(state.architecture, position, digit);
  open(space.has(number) ? number : state.architecture);
};
const open = (number) => {
  state.architecture = number;
  show();
  at("spoken").textContent = spokenFacts();
};
const editors = new Map();
const ADDRESS_WAIT = 400; // milliseconds
let playing = null;
let addressing = null;

function editorOf(space) {
  if (!editors.has(space)) editors.set(space, space === tables.cells ? makeCellEditor(change) : makeGraphEditor(change));
  return editors.get(space);
}

function spokenFacts() {
  const table = tables.open(state.table);
  const name = table.space.name(state.architecture);
  if (isHidden(state.architecture)) return `${name}: not evaluated`;
  const value = percent(table.overall[table.row(state.architecture)]);
  return `${name}: ${value} percent, rank ${table.rank(state.architecture)} of ${table.rows}`;
}

function show() {
  const table = tables.open(state.table);
  const isCell = table.space === tables.cells;
  const editor = editorOf(table.space);
  if (at("editor").firstChild !== editor.element) at("editor").replaceChildren(editor.element);
  editor.update(state.architecture);
  showWords(table, isCell);
  showControls(table);
  showFacts(at("facts"), state.architecture);
  const boxes = { title: at("equivalents-title"), note: at("equivalents-note"), list: at("equivalents") };
  showEquivalents(boxes, state.architecture, open);
  showNeighbors(at("neighbors"), state.architecture, change);
  const runs = shownRuns(table);
  showRaceChart(at("race-chart"), table, runs);
  showRaceTable(at("race-table"), table, runs, open);
  showCurse(at("curse-chart"), at("curse-says"), table);
  clearTimeout(addressing);
  addressing = setTimeout(keepAddress, ADDRESS_WAIT);
}

// Write the settings into the address: browsers allow that a hundred times in half a minute, so not while one drags.
function keepAddress() {
  history.replaceState(null, "", writeAddress());
  at("link").href = location.hash;
}

function showWords(table, isCell) {
  const name = table.space.name(state.architecture);
  at("build-help").textContent = isCell
    ? "The network is fifteen such cells in a row. Images enter at “in”, an edge works on what passes it, a node adds up what arrives. " +
      "Click an edge to change it. Keys: ← → choose an edge, ↑ ↓ change it, 0 to 4 set it. A pale edge has no effect."
    : "The network has four layers, nodes 1 to 4, and works on a graph, such as papers that cite each other. Most layers let each paper look at its neighbours; " +
      "fc looks at none, skip does nothing. Choose what each node takes and does. Nodes that no other takes go to the output.";
  at("legend").textContent = isCell
    ? `This cell is ${name}: one digit an edge, in the order ${EDGES.map((_, edge) => edgeName(edge).replaceAll(" ", "\u00a0")).join(", ")}; ` +
      "0 none (not connected), 1 skip (passed on as it is), 2 a 1×1 convolution, 3 a 3×3 convolution, 4 pool (the average of 3×3 pixels)."
    : `This network is written ${name}: first the inputs of nodes 1 to 4 (0 is the network's input), then what they do.`;
  at("facts-note").textContent = isCell
    ? `Seeds 0, 1 and 2 are three trainings of 200 epochs; – was not trained. Rank 1 is the best mean of ${table.rows.toLocaleString("en")} cells.`
    : `Each number is the mean of three trainings; rank 1 is the best test accuracy of ${table.rows.toLocaleString("en")} networks.`;
  at("neighbors-note").textContent =
    `Every choice for each ${isCell ? "edge" : "part"}, with the ${isCell ? "mean" : "test"} accuracy on ${table.title}: ▲ is better than yours. Press one to take it.`;
  at("race-note").textContent =
    "The dotted line is the best there is. The difference is the winner's curse of one run: a search picks what looks best, so part of what it sees is luck." +
    (isCell ? "" : " Here the test nodes are other nodes, so there is a gap without any search too.");
  at("measured").textContent = isCell
    ? "Every accuracy is a measurement: all 15,625 cells were trained for 200 epochs on three image datasets, with up to three seeds, by the authors of NAS-Bench-201, and these are the accuracies on validation images. A mean is over the seeds that were trained."
    : "Every accuracy is a measurement: all 26,206 graph networks were trained three times by the authors of NAS-Bench-Graph, and these are the means of the three. So a search sees the validation accuracy, and the test accuracy is reported.";
}

function showControls(table) {
  at("table").value = state.table;
  const names = table.labels.slice(0, table.searchable);
  refill(at("searched"), ...names.map((label, i) => make("option", { value: i }, label)));
  at("searched").value = state.searched;
  at("searched").disabled = table.searchable === 1;
  at("at").value = state.at;
  at("at-shown").textContent = state.at;
  for (const id of ["at", "step", "back", "play"]) at(id).disabled = state.race;
  at("noise").value = state.noise;
  at("noise-shown").textContent = state.noise ? `± ${state.noise.toFixed(1)} points` : "none";
  if (document.activeElement !== at("seed")) at("seed").value = state.seed;
  at("race").checked = state.race;
  at("show-seen").checked = state.showSeen;
  at("play").textContent = playing === null ? "Play" : "Pause";
  at("restart").disabled = state.mine.length === 0;
  at("paid").textContent = state.mine.length ? `You have evaluated ${state.mine.length}: see “you” in the search below.` : "";
  at("copy").textContent = "Copy it";
  at("evaluate").disabled = state.mine.length === LARGEST_BUDGET;
}

// Change the state and show it.
function set(changes) {
  Object.assign(state, changes);
  show();
}

function moveTo(evaluations) {
  set({ at: Math.min(Math.max(evaluations, 0), LARGEST_BUDGET) });
}

function pause() {
  clearInterval(playing);
  playing = null;
}

function play() {
  if (playing !== null) pause();
  else {
    if (state.at === LARGEST_BUDGET) state.at = 0;
    playing = setInterval(() => {
      if (state.at + 1 >= LARGEST_BUDGET || state.race) pause();
      if (!state.race) moveTo(state.at + 1);
    }, 120);
  }
  show();
}

function evaluateShown() {
  evaluateMine(state.architecture);
  show();
  at("spoken").textContent = `Evaluation ${state.mine.length}. ${spokenFacts()}`;
}

function start() {
  const groups = [["Images: cells of NAS-Bench-201", true], ["Graphs: networks of NAS-Bench-Graph", false]];
  for (const [label, ofCells] of groups) {
    const names = tables.names.filter((name) => tables.cellNames.includes(name) === ofCells);
    at("table").append(make("optgroup", { label }, ...names.map((name) => make("option", { value: name }, tables.titles.get(name)))));
  }
  at("table").addEventListener("change", (event) => { chooseTable(event.target.value); show(); });
  at("evaluate").addEventListener("click", evaluateShown);
  at("random").addEventListener("click", () => {
    const { space } = tables.open(state.table);
    open(space.sample(new Generator(Math.floor(Math.random() * 2 ** 32))));
  });
  at("at").addEventListener("input", (event) => moveTo(Number(event.target.value)));
  at("back").addEventListener("click", () => moveTo(state.at - 1));
  at("step").addEventListener("click", () => moveTo(state.at + 1));
  at("play").addEventListener("click", play);
  at("noise").addEventListener("input", (event) => set({ noise: Number(event.target.value) }));
  at("searched").addEventListener("change", (event) => set({ searched: Number(event.target.value) }));
  at("seed").addEventListener("input", (event) => {
    const seed = Number(event.target.value);
    if (event.target.value !== "" && Number.isInteger(seed) && seed >= 0 && seed <= 999) set({ seed });
  });
  at("seed").addEventListener("blur", show);
  at("race").addEventListener("change", (event) => {
    pause();
    set({ race: event.target.checked, at: event.target.checked ? state.mine.length : state.at });
  });
  at("show-seen").addEventListener("change", (event) => set({ showSeen: event.target.checked }));
  at("restart").addEventListener("click", () => set({ mine: [], at: state.race ? 0 : state.at }));
  at("copy").addEventListener("click", async () => {
    keepAddress();
    const isAllowed = await navigator.clipboard.writeText(location.href).then(() => true, () => false);
    at("copy").textContent = isAllowed ? "Copied" : "Not allowed here: copy the address";
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = ["INPUT", "SELECT"].includes(event.target.tagName) && event.target.type !== "range";
    if (event.key.toLowerCase() === "e" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) evaluateShown();
  });
  window.addEventListener("hashchange", () => { readAddress(location.hash); show(); });
  // Phones change the height whenever one scrolls.
  let width = innerWidth;
  window.addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    show();
  });
  at("copy").hidden = !navigator.clipboard;
  readAddress(location.hash);
  show();
  keepAddress();
}

start();
performance.mark("interactive");
