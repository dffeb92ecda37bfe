// Four searchers, step for step as in nastutor/searchers, with the same random draws: ask for an architecture, tell
// its value. One evaluation at a time, with the arguments that Python has by default.
"use strict";

class RandomSearch {
  constructor(space, seed) {
    this.space = space;
    this.rng = new Generator(seed);
  }

  ask() {
    return this.space.sample(this.rng);
  }

  tell() {}
}

class LargestFirst {
  // cost: a function from an architecture to its size; equal ones come in random order.
  constructor(space, seed, cost) {
    const rng = new Generator(seed);
    const entries = space.representatives().map((number) => ({ number, size: cost(number), luck: rng.random() }));
    entries.sort((a, b) => b.size - a.size || a.luck - b.luck);
    this.order = entries.map((entry) => entry.number);
    this.asked = 0;
  }

  ask() {
    return this.order[this.asked++];
  }

  tell() {}
}

class LocalSearch {
  constructor(space, seed) {
    this.space = space;
    this.rng = new Generator(seed);
    this.scores = new Map(); // of all that was evaluated
    this.current = null;
    this.neighbors = [];
  }

  ask() {
    for (;;) {
      if (this.current === null) return this.drawUnseen();
      while (this.neighbors.length) {
        const neighbor = this.neighbors.pop();
        if (!this.scores.has(neighbor)) return neighbor;
        if (this.scores.get(neighbor) > this.scores.get(this.current)) this.move(neighbor);
      }
      this.current = null; // a local optimum: start again
    }
  }

  tell(number, value) {
    this.scores.set(number, value);
    if (this.current === null || value > this.scores.get(this.current)) this.move(number);
  }

  // Python draws a hundred times and then lists what is left; a few hundred evaluations never come to that.
  drawUnseen() {
    for (;;) {
      const number = this.space.sample(this.rng);
      if (!this.scores.has(number)) return number;
    }
  }

  move(number) {
    this.current = number;
    this.neighbors = this.rng.shuffle(this.space.neighbors(number));
  }
}

class RegularizedEvolution {
  constructor(space, seed, populationSize = 20, sampleSize = 10) {
    this.space = space;
    this.rng = new Generator(seed);
    this.populationSize = populationSize;
    this.sampleSize = sampleSize;
    this.population = []; // oldest first
  }

  ask() {
    if (this.population.length < this.populationSize) return this.space.sample(this.rng);
    const sample = this.rng.choice(this.population.length, this.sampleSize).map((i) => this.population[i]);
    const better = (a, b) => (b.value > a.value || (b.value === a.value && b.number < a.number) ? b : a);
    return this.space.mutate(sample.reduce(better).number, this.rng);
  }

  tell(number, value) {
    this.population.push({ number, value });
    if (this.population.length > this.populationSize) this.population.shift();
  }
}

// Run a searcher: what it evaluated, in order.
function runSearch(searcher, evaluate, budget) {
  const asked = [];
  while (asked.length < budget) {
    const number = searcher.ask();
    searcher.tell(number, evaluate(number));
    asked.push(number);
  }
  return asked;
}

// The best so far after each evaluation; a later one takes its place if it is strictly better.
function incumbents(asked, evaluate) {
  let best = null;
  return asked.map((number) => {
    if (best === null || evaluate(number) > evaluate(best)) best = number;
    return best;
  });
}
