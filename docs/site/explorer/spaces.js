// The two search spaces of the page, as in nastutor/spaces: the cells of NAS-Bench-201, the graphs of NAS-Bench-Graph.
//
// An architecture is a number here: the place of its genotype in lexicographic order. So the smaller number is the
// smaller genotype, and sets and maps hold architectures.
"use strict";

class Space {
  // counts: how many choices each variable of a genotype has.
  constructor(counts) {
    this.counts = counts;
    this.size = counts.reduce((product, count) => product * count, 1);
  }

  digits(number) {
    const digits = [];
    for (let i = this.counts.length - 1; i >= 0; i--) {
      digits[i] = number % this.counts[i];
      number = Math.floor(number / this.counts[i]);
    }
    return digits;
  }

  number(digits) {
    return digits.reduce((number, digit, i) => number * this.counts[i] + digit, 0);
  }

  replaced(number, position, digit) {
    const digits = this.digits(number);
    digits[position] = digit;
    return this.number(digits);
  }

  has(number) {
    return Number.isInteger(number) && number >= 0 && number < this.size;
  }

  // A child in which one variable, drawn at random, has another value, drawn at random.
  mutate(number, rng) {
    for (;;) {
      const position = rng.integers(this.counts.length);
      const own = this.digits(number)[position];
      const drawn = rng.integers(this.counts[position] - 1);
      const child = this.replaced(number, position, drawn + (drawn >= own ? 1 : 0));
      if (this.has(child)) return child;
    }
  }

  // All architectures that differ in one variable, by variable, then value.
  neighbors(number) {
    const found = [];
    this.digits(number).forEach((own, position) => {
      for (let digit = 0; digit < this.counts[position]; digit++) {
        if (digit !== own) found.push(this.replaced(number, position, digit));
      }
    });
    return found.filter((neighbor) => this.has(neighbor));
  }

  // All architectures that surely compute the same function, this one included.
  equivalents(number) {
    return this.classes().get(this.canonical(number));
  }

  // The canonical forms, each once, in the order of the first architecture that has it.
  representatives() {
    return [...this.classes().keys()];
  }

  // All architectures by their canonical form; made when it is first asked for.
  classes() {
    if (!this.members) {
      this.members = new Map();
      for (let number = 0; number < this.size; number++) {
        if (!this.has(number)) continue;
        const form = this.canonical(number);
        if (this.members.has(form)) this.members.get(form).push(number);
        else this.members.set(form, [number]);
      }
    }
    return this.members;
  }
}

const EDGES = [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]];
const CONVOLUTION_WEIGHTS = [0, 0, 1, 9, 0]; // of none, skip, 1×1, 3×3, pool, in units of channels²

class CellSpace extends Space {
  // forms: for each cell its canonical one, computed by Python.
  constructor(forms) {
    super([5, 5, 5, 5, 5, 5]);
    this.forms = forms;
  }

  sample(rng) {
    return rng.integers(this.size);
  }

  canonical(number) {
    return this.forms[number];
  }

  weights(number) {
    return this.digits(number).reduce((sum, operation) => sum + CONVOLUTION_WEIGHTS[operation], 0);
  }

  // Six digits, the operations of the six edges.
  name(number) {
    return this.digits(number).join("");
  }

  parse(text) {
    return /^[0-4]{6}$/.test(text) ? parseInt(text, 5) : null;
  }
}

const NODES = 4;

class GraphSpace extends Space {
  // operations: their names, "skip" last.
  constructor(operations) {
    const count = operations.length;
    super([count, 2, count, 3, count, 4, count]); // operation 1, input 2, operation 2, …
    this.operations = operations;
    this.skip = count - 1;
    this.known = []; // of each shape its orders
    this.forms = new Int32Array(this.size).fill(-1); // filled as they are asked for
  }

  // Nobody trained the network that is all skip.
  has(number) {
    return super.has(number) && this.split(number).operations.some((operation) => operation !== this.skip);
  }

  // The inputs and the operations of the four nodes; 0 is the network's input.
  split(number) {
    const digits = this.digits(number);
    return { inputs: [0, digits[1], digits[3], digits[5]], operations: [digits[0], digits[2], digits[4], digits[6]] };
  }

  join(inputs, operations) {
    return this.number([0, 1, 2, 3].flatMap((i) => (i ? [inputs[i], operations[i]] : [operations[0]])));
  }

  sample(rng) {
    for (;;) {
      const number = this.number(this.counts.map((count) => rng.integers(count)));
      if (this.has(number)) return number;
    }
  }

  // What GraphSpace.canonical of Python returns: the smallest inputs, then the smallest operations.
  canonical(number) {
    if (this.forms[number] < 0) {
      const { inputs, operations } = this.split(number);
      const { smallest, orders } = this.orders(inputs, operations.map((operation) => operation === this.skip));
      const written = orders.map((order) => this.join(smallest, order.map((node) => operations[node - 1])));
      this.forms[number] = Math.min(...written);
    }
    return this.forms[number];
  }

  // The smallest inputs that a graph can be written with, and all orders of its nodes that give them.
  orders(inputs, isSkip) {
    const shape = isSkip.reduce((bits, skips) => 2 * bits + Number(skips), (inputs[1] * 3 + inputs[2]) * 4 + inputs[3]);
    this.known[shape] ??= findOrders(inputs, isSkip);
    return this.known[shape];
  }

  // The benchmark's own writing: "0 1 2 1 gcn fc sage skip".
  name(number) {
    const { inputs, operations } = this.split(number);
    return [...inputs, ...operations.map((operation) => this.operations[operation])].join(" ");
  }

  parse(text) {
    const words = text.split(" ");
    if (words.length !== 2 * NODES) return null;
    const inputs = words.slice(0, NODES).map(Number);
    const operations = words.slice(NODES).map((word) => this.operations.indexOf(word));
    if (!inputs.every((input, i) => Number.isInteger(input) && input >= 0 && input <= i)) return null;
    const number = operations.includes(-1) ? -1 : this.join(inputs, operations);
    return this.has(number) ? number : null;
  }
}

// The nodes that are left when the skips that do nothing are taken out, with their inputs.
function busyNodes(inputs, isSkip) {
  const sources = new Map(inputs.map((source, i) => [i + 1, source]));
  const isIdle = (node) => {
    const taken = [...sources.values()];
    const source = sources.get(node);
    const uses = taken.filter((other) => other === source).length;
    return isSkip[node - 1] && (taken.includes(node) || uses === 1 || source === 0);
  };
  for (;;) {
    const idle = [...sources.keys()].find(isIdle);
    if (idle === undefined) return sources;
    const passedOn = sources.get(idle);
    sources.delete(idle);
    for (const [node, source] of sources) if (source === idle) sources.set(node, passedOn);
  }
}

function findOrders(inputs, isSkip) {
  const sources = busyNodes(inputs, isSkip);
  const chain = [1, 2, 3, 4].filter((node) => !sources.has(node)); // skips that do nothing come first
  let smallest = null;
  let orders = [];
  for (const order of permutations([...sources.keys()])) {
    const place = new Map([[0, chain.length], ...order.map((node, i) => [node, chain.length + 1 + i])]);
    if (!order.every((node) => place.get(sources.get(node)) < place.get(node))) continue;
    const renumbered = [...chain.keys(), ...order.map((node) => place.get(sources.get(node)))];
    const text = renumbered.join(""); // one digit a node, so texts sort as the inputs do
    if (smallest === null || text < smallest.join("")) [smallest, orders] = [renumbered, []];
    if (text === smallest.join("")) orders.push([...chain, ...order]);
  }
  return { smallest, orders };
}

function permutations(list) {
  if (list.length === 0) return [[]];
  return list.flatMap((first) => permutations(list.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
