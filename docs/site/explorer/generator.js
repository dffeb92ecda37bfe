// numpy's random generator, bit for bit: default_rng(seed) and those of its methods that the searchers call.
//
// PCG64 (O'Neill 2014), seeded by numpy's SeedSequence. So a search here with seed 7 is Python's search with seed 7.
"use strict";

const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const PCG_MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

// numpy's SeedSequence: eight 32-bit words from one small seed.
function seedWords(seed) {
  let multiplier = 0x43b0d7e5;
  const hash = (value) => {
    value ^= multiplier;
    multiplier = Math.imul(multiplier, 0x931e8875);
    value = Math.imul(value, multiplier);
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (x, y) => {
    const result = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) >>> 0;
    return (result ^ (result >>> 16)) >>> 0;
  };
  const pool = [seed, 0, 0, 0].map(hash);
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source !== target) pool[target] = mix(pool[target], hash(pool[source]));
    }
  }
  let output = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, i) => {
    let value = pool[i % 4] ^ output;
    output = Math.imul(output, 0x58f38ded);
    value = Math.imul(value, output);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

class Generator {
  // seed: a whole number, 0…2³²−1.
  constructor(seed) {
    const words = seedWords(seed).map(BigInt);
    const long = (i) => words[i] | (words[i + 1] << 32n); // 64 bits
    this.increment = ((((long(4) << 64n) | long(6)) << 1n) | 1n) & MASK_128;
    this.state = (this.increment + ((long(0) << 64n) | long(2))) & MASK_128;
    this.step();
    this.half = null; // numpy draws 64 bits for two numbers of 32 bits and keeps the second
  }

  step() {
    this.state = (this.state * PCG_MULTIPLIER + this.increment) & MASK_128;
  }

  next64() {
    this.step();
    const folded = (this.state >> 64n) ^ (this.state & MASK_64);
    const turn = this.state >> 122n;
    return ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
  }

  next32() {
    if (this.half !== null) {
      const kept = this.half;
      this.half = null;
      return kept;
    }
    const both = this.next64();
    this.half = Number(both >> 32n);
    return Number(both & 0xffffffffn);
  }

  // A number of [0, 1), as rng.random().
  random() {
    return Number(this.next64() >> 11n) / 2 ** 53;
  }

  // A whole number of 0…count−1, as rng.integers(count), count below 2²¹: Lemire's method.
  integers(count) {
    if (count === 1) return 0; // numpy draws nothing here
    let product = this.next32() * count; // below 2⁵³, so exact
    const threshold = 2 ** 32 % count;
    while (product % 2 ** 32 < threshold) product = this.next32() * count;
    return Math.floor(product / 2 ** 32);
  }

  // So many different numbers of 0…size−1, as rng.choice(size, count, replace=False), size up to 10,000: Floyd's method.
  choice(size, count) {
    const chosen = [];
    for (let last = size - count; last < size; last++) {
      const drawn = this.integers(last + 1);
      chosen.push(chosen.includes(drawn) ? last : drawn);
    }
    for (let i = count - 1; i > 0; i--) swap(chosen, i, this.integers(i + 1));
    return chosen;
  }

  // Shuffle in place, as rng.shuffle(list), for which numpy draws by another method: masks and rejection.
  shuffle(list) {
    for (let i = list.length - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let drawn = (this.next32() & mask) >>> 0;
      while (drawn > i) drawn = (this.next32() & mask) >>> 0;
      swap(list, i, drawn);
    }
    return list;
  }
}

function swap(list, i, j) {
  [list[i], list[j]] = [list[j], list[i]];
}
