// The first section: an architecture that the reader builds, what is known of it, and what is near it.
"use strict";

const NODE_PLACES = [[20, 150], [127, 150], [233, 150], [340, 150]];
// Of each edge of a cell: its curve, and where its operation is written.
const EDGE_CURVES = [
  { curve: "M20 150L127 150", tag: [73, 150] },
  { curve: "M20 150Q127 30 233 150", tag: [127, 90] },
  { curve: "M127 150L233 150", tag: [180, 150] },
  { curve: "M20 150Q180 -100 340 150", tag: [180, 25] },
  { curve: "M127 150Q233 270 340 150", tag: [233, 210] },
  { curve: "M233 150L340 150", tag: [287, 150] },
];
const NODE_NAMES = ["in", "1", "2", "out"];
const OPERATION_NAMES = ["none", "skip connection", "1×1 convolution", "3×3 convolution", "3×3 average pooling"];

function edgeName(edge) {
  return EDGES[edge].map((node) => NODE_NAMES[node]).join(" → ");
}

// The drawing of a cell, made once: each edge is a spin button.
function makeCellEditor(change) {
  const svg = make("svg", { viewBox: "0 0 360 235", role: "group", "aria-label": "The cell: six edges" });
  const edges = EDGE_CURVES.map(({ curve, tag: [x, y] }, edge) => {
    const turn = (by) => change(edge, (tables.cells.digits(state.architecture)[edge] + by + 5) % 5);
    const group = make(
      "g",
      {
        class: "edge", tabindex: edge === 0 ? 0 : -1, role: "spinbutton", "aria-label": `Edge ${edgeName(edge)}`,
        "aria-valuemin": 0, "aria-valuemax": 4, click: () => turn(1),
        keydown: (event) => {
          const step = { ArrowUp: 1, ArrowDown: -1, Enter: 1, " ": 1 }[event.key];
          const to = { ArrowRight: edge + 1, ArrowLeft: edge - 1, Home: 0, End: 5 }[event.key];
          if (step) turn(step);
          else if (to !== undefined) focusEdge((to + 6) % 6);
          else if (/^[0-4]$/.test(event.key)) change(edge, Number(event.key));
          else return;
          event.preventDefault();
        },
      },
      make("path", { class: "wire", d: curve }),
      make("path", { class: "reach", d: curve }),
      make("rect", { class: "tag", x: x - 26, y: y - 18, width: 52, height: 36, rx: 9 }),
      make("text", { x, y }),
    );
    svg.append(group);
    return group;
  });
  // One edge is reached by Tab, the others by arrows.
  const focusEdge = (chosen) => {
    edges.forEach((group, edge) => group.setAttribute("tabindex", edge === chosen ? 0 : -1));
    edges[chosen].focus();
  };
  edges.forEach((group, edge) => group.addEventListener("pointerup", () => focusEdge(edge)));
  NODE_PLACES.forEach(([x, y], node) => {
    svg.append(make("g", { class: "node" }, make("circle", { cx: x, cy: y, r: 17 }), make("text", { x, y }, NODE_NAMES[node])));
  });

  const update = (number) => {
    const digits = tables.cells.digits(number);
    const live = liveEdges(digits);
    edges.forEach((group, edge) => {
      const look = page.operations[digits[edge]];
      const [wire, , , text] = group.children;
      wire.setAttribute("stroke", colourOf(look.colour));
      wire.setAttribute("stroke-dasharray", look.dashes.map((length) => length * 4).join(" "));
      text.textContent = look.label;
      group.classList.toggle("dead", !live[edge]);
      group.setAttribute("aria-valuenow", digits[edge]);
      group.setAttribute("aria-valuetext", OPERATION_NAMES[digits[edge]] + (live[edge] ? "" : ", without effect"));
    });
  };
  return { element: svg, update };
}

// Of each edge, whether it lies on a path of operations other than "none" from the input to the output.
function liveEdges(digits) {
  const reached = new Set([0]);
  EDGES.forEach(([source, target], edge) => digits[edge] && reached.has(source) && reached.add(target));
  const useful = new Set([3]);
  for (let edge = 5; edge >= 0; edge--) {
    const [source, target] = EDGES[edge];
    if (digits[edge] && useful.has(target)) useful.add(source);
  }
  return EDGES.map(([source, target], edge) => digits[edge] > 0 && reached.has(source) && useful.has(target));
}

// A graph network: a choice of input and operation for each node, and a drawing.
function makeGraphEditor(change) {
  const space = tables.graphs;
  const choices = (label, texts, position) => {
    const options = texts.map((text, digit) => make("option", { value: digit }, text));
    return make("select", { "aria-label": label, change: (event) => change(position, Number(event.target.value)) }, ...options);
  };
  const pickers = [];
  const table = make("div", { class: "pickers" }, ...["node", "takes", "does"].map((word) => make("span", { class: "help" }, word)));
  for (let node = 1; node <= NODES; node++) {
    const inputs = Array.from({ length: node }, (_, source) => (source ? `node ${source}` : "the input"));
    const input = choices(`Node ${node} takes`, inputs, 2 * node - 3);
    input.disabled = node === 1;
    const operation = choices(`Node ${node} does`, space.operations, node === 1 ? 0 : 2 * node - 2);
    pickers.push({ input, operation });
    table.append(make("span", {}, `${node}`), input, operation);
  }
  const picture = make("div");
  const update = (number) => {
    const { inputs, operations } = space.split(number);
    pickers.forEach(({ input, operation }, i) => {
      input.value = inputs[i];
      operation.value = operations[i];
    });
    picture.replaceChildren(drawGraph(inputs, operations.map((operation) => space.operations[operation])));
  };
  return { element: make("div", {}, picture, table), update };
}

function drawGraph(inputs, names) {
  const places = [26, 88, 149, 211, 272, 334]; // input, nodes 1 to 4, output
  const svg = make("svg", { viewBox: "0 0 360 150", role: "img", "aria-label": `Inputs ${inputs.join(", ")}; operations ${names.join(", ")}` });
  const link = (from, to) => {
    const bend = to - from === 1 ? 0 : (to - from) * 26 * (from % 2 ? 1 : -1);
    svg.append(make("path", { class: "link", d: `M${places[from]} 75Q${(places[from] + places[to]) / 2} ${75 + bend} ${places[to]} 75` }));
  };
  inputs.forEach((source, i) => link(source, i + 1));
  [1, 2, 3, 4].filter((node) => !inputs.includes(node)).forEach((node) => link(node, 5));
  ["in", ...names, "out"].forEach((name, i) => {
    svg.append(make("g", { class: "node" },
      make("rect", { x: places[i] - 25, y: 58, width: 50, height: 34, rx: 9 }), make("text", { x: places[i], y: 75 }, name)));
  });
  return svg;
}

// What may be shown of an architecture: everything, or in a race what the reader has paid for.
function isHidden(number) {
  return state.race && !state.mine.includes(number);
}

function percent(value) {
  return Number.isNaN(value) ? "–" : value.toFixed(2);
}

// A difference in points, with a minus sign where it is below zero as it is written.
function signed(value) {
  return value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}

// The accuracies of an architecture in all tables of its space.
function showFacts(box, number) {
  const isCell = tables.open(state.table).space === tables.cells;
  const names = tables.names.filter((name) => tables.cellNames.includes(name) === isCell);
  const { labels } = tables.open(state.table);
  const heads = ["in percent", ...labels, ...(isCell ? ["mean"] : []), "rank"];
  const rows = names.map((name) => {
    const table = tables.open(name);
    const row = table.row(number);
    const values = table.columns.map((column) => percent(column[row]));
    if (isCell) values.push(percent(table.overall[row]));
    const shown = isHidden(number) ? [...values, "?"].map(() => "?") : [...values, table.rank(number).toLocaleString("en")];
    return make("tr", { class: name === state.table ? "chosen" : "" }, make("th", { scope: "row" }, table.title), ...shown.map((text) => make("td", {}, text)));
  });
  refill(box, make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...rows)));
}

// A button that opens an architecture.
function chip(number, text, key, open) {
  return make("button", { type: "button", class: "chip", "data-key": key, click: () => open(number) }, ...text);
}

function showEquivalents(boxes, number, open) {
  const table = tables.open(state.table);
  const members = table.space.equivalents(number);
  boxes.title.textContent = members.length === 1 ? "No other computes the same function" : `${members.length} compute the same function`;
  boxes.note.hidden = members.length === 1;
  boxes.note.textContent =
    table.space === tables.cells
      ? "Each was trained on its own, so their accuracies (mean of the seeds) differ by luck alone, or nearly: dead convolutions change nothing."
      : "Ways to write this network; the benchmark trained it once.";
  const values = members.map((member) => (isHidden(member) ? "?" : percent(table.overall[table.row(member)])));
  const chips = members.map((member, i) =>
    chip(member, [table.space.name(member), " ", make("b", {}, values[i])], `member ${member}`, open));
  refill(boxes.list, ...chips);
}

// For each variable its choices, with the accuracy that each would bring.
function showNeighbors(box, number, change) {
  const table = tables.open(state.table);
  const { space } = table;
  const isCell = space === tables.cells;
  const digits = space.digits(number);
  const value = (other) => (isHidden(other) ? NaN : table.overall[table.row(other)]);
  const own = value(number);
  const titles = isCell
    ? EDGES.map((_, edge) => edgeName(edge))
    : ["node 1 does", "node 2 takes", "node 2 does", "node 3 takes", "node 3 does", "node 4 takes", "node 4 does"];
  const label = (position, digit) => {
    if (isCell) return page.operations[digit].label;
    return position % 2 ? (digit ? `node ${digit}` : "input") : space.operations[digit];
  };
  const rows = titles.map((title, position) => {
    const buttons = Array.from({ length: space.counts[position] }, (_, digit) => {
      const other = space.replaced(number, position, digit);
      if (!space.has(other)) return "";
      const isBetter = value(other) > own;
      const shown = Number.isNaN(value(other)) ? "?" : percent(value(other));
      return make(
        "button",
        {
          type: "button", class: isBetter ? "choice better" : "choice", "aria-pressed": `${digits[position] === digit}`,
          "data-key": `${position} ${digit}`, click: () => change(position, digit),
        },
        make("span", {}, label(position, digit)), make("span", { class: "value" }, isBetter ? make("span", { class: "sign" }, "▲") : "", shown),
      );
    });
    return make("div", { class: "change", role: "group", "aria-label": title }, make("span", {}, title), make("div", { class: "choices" }, ...buttons));
  });
  refill(box, ...rows);
}
