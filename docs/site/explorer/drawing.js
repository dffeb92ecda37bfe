// Elements, markers and line charts.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "line", "circle", "rect", "text", "clipPath"]);

// Make an element: its attributes (a function is a listener), then what is in it.
function make(tag, attributes = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Put other elements into a box; what had the focus and is there again, by its data-key, has it again.
function refill(box, ...children) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const scrolled = box.scrollTop;
  box.replaceChildren(...children);
  box.scrollTop = scrolled;
  if (focused === undefined) return;
  const again = [...box.querySelectorAll("[data-key]")].find((element) => element.dataset.key === focused);
  again?.focus({ preventScroll: true });
}

// Black lines of the lessons are in the colour of the text, so that they are seen in a dark theme as well.
function colourOf(colour) {
  return colour === "#000000" ? "currentColor" : colour;
}

// The markers of matplotlib that the searchers have.
function marker(kind, x, y, colour, radius = 5) {
  const r = radius;
  const star = Array.from({ length: 10 }, (_, i) => {
    const length = i % 2 ? 0.55 * r : 1.5 * r;
    return `${x + length * Math.sin((i * Math.PI) / 5)} ${y - length * Math.cos((i * Math.PI) / 5)}`;
  });
  const paths = {
    o: `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    s: `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    v: `M${x - 1.2 * r} ${y - r}h${2.4 * r}L${x} ${y + 1.2 * r}z`,
    "^": `M${x - 1.2 * r} ${y + r}h${2.4 * r}L${x} ${y - 1.2 * r}z`,
    "*": `M${star.join("L")}z`,
  };
  return make("path", { d: paths[kind], fill: colourOf(colour), stroke: "var(--paper)", "stroke-width": 0.75 });
}

function niceStep(span, count) {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

// A chart of lines. x, y: { from, to, label }, x with log: true for powers of ten; lines: [{ points, colour, dashes,
// marker, width, opacity, name: { text, below } }]; area: points around what is shaded; cursor: an x; spoken: the chart
// in words.
function chart(box, { x, y, lines, area, cursor, spoken }) {
  const width = Math.max(box.clientWidth, 280);
  const height = Math.round(Math.min(380, Math.max(240, 0.5 * width)));
  const [left, right, top, bottom] = [48, 14, 26, 44];
  const along = x.log ? Math.log10 : (value) => value;
  const [low, high] = [along(x.from), along(x.to)];
  const atX = (value) => left + ((along(value) - low) / (high - low)) * (width - left - right);
  const atY = (value) => height - bottom - ((value - y.from) / (y.to - y.from)) * (height - top - bottom);
  const path = (points) => `M${points.map(([a, b]) => `${atX(a).toFixed(1)} ${atY(b).toFixed(1)}`).join("L")}`;

  const clip = `clip-${box.id}`;
  const room = { x: left, y: top - 8, width: width - left - right + 8, height: height - top - bottom + 8 };
  const axes = make("g");
  const step = niceStep(y.to - y.from, 5);
  for (let value = Math.ceil(y.from / step) * step; value <= y.to + 1e-9; value += step) {
    axes.append(make("line", { class: "grid", x1: left, x2: width - right, y1: atY(value), y2: atY(value) }));
    const decimals = Math.max(0, -Math.floor(Math.log10(step)));
    axes.append(make("text", { class: "small", x: left - 6, y: atY(value) + 4, "text-anchor": "end" }, value.toFixed(decimals)));
  }
  const ticks = x.log ? [1, 10, 100, 1000].filter((value) => value <= x.to) : [];
  const stepX = niceStep(x.to - x.from, 6);
  for (let value = x.from; !x.log && value <= x.to; value += stepX) ticks.push(value);
  for (const value of ticks) {
    axes.append(make("text", { class: "small", x: atX(value), y: height - bottom + 18, "text-anchor": "middle" }, `${value}`));
  }
  axes.append(
    make("text", { class: "small", x: left, y: 12 }, y.label),
    make("text", { class: "small", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, x.label),
  );
  const drawn = make("g", { "clip-path": `url(#${clip})` });
  if (area) drawn.append(make("path", { class: "gap", d: `${path(area)}z` }));
  if (cursor !== undefined) {
    axes.append(make("line", { class: "cursor", x1: atX(cursor), x2: atX(cursor), y1: top, y2: height - bottom }));
  }
  const ends = make("g");
  for (const { points, colour, dashes, marker: kind, width: thickness = 2.5, opacity = 1, name } of lines) {
    if (points.length === 0) continue;
    drawn.append(make("path", {
      d: path(points), fill: "none", stroke: colourOf(colour), "stroke-width": thickness, opacity,
      "stroke-dasharray": dashes.map((length) => length * 2).join(" "), "stroke-linejoin": "round",
    }));
    const [endX, endY] = points[points.length - 1];
    if (name) {
      ends.append(make("text", { class: "name", x: atX(endX) - 4, y: atY(endY) + (name.below ? 30 : -8) }, name.text));
    }
    if (kind && endY >= y.from) ends.append(marker(kind, atX(endX), atY(endY), colour));
  }
  refill(box, make(
    "svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": spoken },
    make("clipPath", { id: clip }, make("rect", room)), axes, drawn, ends,
  ));
}
