// Reads and expands tests/vectors/hostile.json: the same words as tests/vectors/hostile.c, with cells and proofs from
// c-kzg instead of libkzg.
import { createHash } from 'node:crypto';
import { R, ROOT_8192, fromBytes, hex, mod, pow, reverseBits, toBytes } from './bls.mjs';

const ELEMENTS = 4096;
const MASK = (1n << 64n) - 1n;

// splitmix64 (Steele, Lea, Flood 2014): numbers of 64 bits.
export function splitmix(seed) {
  let state = BigInt(seed);
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  };
}

export function randomBlob(seed) {
  const next = splitmix(seed);
  const blob = Buffer.alloc(32 * ELEMENTS);
  for (let i = 0; i < 4 * ELEMENTS; i++) blob.writeBigUInt64BE(next(), 8 * i);
  for (let i = 0; i < ELEMENTS; i++) blob[32 * i] &= 0x3f;
  return blob;
}

// Values of a polynomial given by a few of its coefficients, [[degree, hex], ...].
export function termsBlob(terms) {
  const root = pow(ROOT_8192, 2n, R);
  const powers = [1n];
  for (let i = 1; i < ELEMENTS; i++) powers.push((powers[i - 1] * root) % R);
  const values = [];
  for (let i = 0; i < ELEMENTS; i++) {
    let sum = 0n;
    for (const [degree, c] of terms) sum += BigInt(c) * powers[(reverseBits(i, 12) * degree) % ELEMENTS];
    values.push(toBytes(mod(sum, R), 32));
  }
  return Buffer.concat(values);
}

export function blobFromRecipe(recipe) {
  if (recipe.random !== undefined) return randomBlob(recipe.random);
  if (recipe.terms !== undefined) return termsBlob(recipe.terms);
  return Buffer.alloc(32 * ELEMENTS, Buffer.from(recipe.constant.slice(2), 'hex'));
}

export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const copyOf = (bytes) => Buffer.from(bytes);

// |17=0x... sets an element; |+=0x... adds to all of them.
function applyPatches(bytes, patches) {
  for (const patch of patches) {
    const [place, value] = patch.split('=');
    if (place !== '+') {
      Buffer.from(value.slice(2), 'hex').copy(bytes, 32 * Number(place));
      continue;
    }
    for (let i = 0; i < bytes.length; i += 32) {
      toBytes((fromBytes(bytes.subarray(i, i + 32)) + BigInt(value)) % R, 32).copy(bytes, i);
    }
  }
  return bytes;
}

function* range(text) {
  const [first, last = first] = text.split('-').map(BigInt);
  for (let i = first; i <= last; i++) yield i;
}

export class HostileSet {
  constructor(blobs, ckzg, values = []) {
    this.recipes = blobs;
    this.values = values;
    this.ckzg = ckzg;
    this.made = new Map();
  }

  entry(name) {
    if (!this.made.has(name)) {
      if (!this.recipes[name]) throw new Error(`no blob ${name}`);
      this.made.set(name, { blob: blobFromRecipe(this.recipes[name]) });
    }
    return this.made.get(name);
  }

  blob(name) {
    return this.entry(name).blob;
  }

  columns(name) {
    const entry = this.entry(name);
    entry.columns ??= this.ckzg.computeCellsAndKzgProofs(entry.blob);
    return entry.columns;
  }

  cell(name, column) {
    return copyOf(this.columns(name)[0][column]);
  }

  proof(name, column) {
    return copyOf(this.columns(name)[1][column]);
  }

  commitment(name) {
    const entry = this.entry(name);
    entry.commitment ??= copyOf(this.ckzg.blobToKzgCommitment(entry.blob));
    return entry.commitment;
  }

  digest(name) {
    const [cells, proofs] = this.columns(name);
    return hex(sha256(...cells, ...proofs));
  }

  word(text) {
    const [body, repeats = '1'] = text.split('*');
    const [head, ...patches] = body.split('|');
    const [kind, rest = ''] = head.split(':');
    let values;
    if (head.startsWith('$')) values = [Buffer.from(this.values[Number(head.slice(1))].slice(2), 'hex')];
    else if (head.startsWith('0x')) values = [Buffer.from(head.slice(2), 'hex')];
    else if (kind === 'blob') values = [applyPatches(copyOf(this.blob(rest)), patches)];
    else if (kind === 'commitment') values = [this.commitment(rest)];
    else if (kind === 'cell' || kind === 'proof') {
      const [name, columns] = rest.split('/');
      values = [...range(columns)].map((i) =>
        kind === 'cell' ? applyPatches(this.cell(name, Number(i)), patches) : this.proof(name, Number(i)),
      );
    } else values = [...range(head)];
    return Array(Number(repeats)).fill(values).flat();
  }

  expand(value) {
    if (Array.isArray(value)) return value.flatMap((item) => this.expandOne(item));
    return this.expandOne(value)[0];
  }

  expandOne(item) {
    return typeof item === 'number' ? [BigInt(item)] : this.word(item);
  }

  input(input) {
    return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, this.expand(value)]));
  }
}
