#!/usr/bin/env node
// Writes tests/vectors/hostile.json, the hostile set: inputs made to break a KZG library, each with the answer that is
// intended. `--check` compares instead of writing. Answers follow from how an input is made; only commitments, proofs
// and digests of true results come from c-kzg. Needs tests/interop/prepare.sh to have run. No randomness but the seed.
import { readFileSync, writeFileSync } from 'node:fs';
import {
  COFACTOR, GENERATOR, P, R, ROOT_8192, TORSION_PRIMES, add, batchChallenge, blobChallenge, cellBatchChallenge, compress,
  cosetPower, decompress, evaluate, fromBytes, hex, inverse, lift, mod, multiply, negate, pow, reverseBits, toBytes,
  torsion,
} from '../tests/interop/lib/bls.mjs';
import { HostileSet, sha256, splitmix } from '../tests/interop/lib/hostile_set.mjs';
import { loadCkzg } from '../tests/interop/lib/peers.mjs';

const SEED = 4844;
const FILE = new URL('../tests/vectors/hostile.json', import.meta.url);
const ckzg = loadCkzg();
const next = splitmix(SEED);
const below = (n) => Number(next() % BigInt(n));

// ---- Blobs ----

const fr = (value) => hex(toBytes(mod(value, R), 32));
const raw32 = (value) => hex(toBytes(value, 32));
const EDGES = [0, 1, 63, 64, 65, 127, 128, 2047, 2048, 4094, 4095];
const blobs = {
  a: { random: 1 }, b: { random: 2 }, c: { random: 3 },
  zero: { constant: fr(0n) }, one: { constant: fr(1n) }, two: { constant: fr(2n) }, top: { constant: fr(-1n) },
};
for (const d of EDGES) blobs[`x${d}`] = { terms: [[d, fr(1n)]] };
for (const d of [63, 64, 65, 127, 2047, 4095]) {
  blobs[`low${d}`] = { terms: [[0, fr(5n)], [1, fr(-7n)], [d >> 1, fr(1n << 200n)], [d - 1, fr(-1n)], [d, fr(3n)]] };
}
const set = new HostileSet(blobs, ckzg);
const cases = [];
const put = (id, fn, input, expect) => cases.push([id, fn, input, expect]);
const error = (...parts) => ({ error: parts });

const POINT_ENCODING = 'point_encoding_invalid';
const POINT_RANGE = 'point_coordinate_not_canonical';
const POINT_CURVE = 'point_not_on_curve';
const POINT_GROUP = 'point_not_in_subgroup';
const SCALAR = 'field_element_not_canonical';

// ---- Statements to spoil ----

const Z = fr(0x1234567890abcdefn << 128n);
const opening = (name, z) => {
  const [proof, y] = ckzg.computeKzgProof(set.blob(name), Buffer.from(z.slice(2), 'hex'));
  return { proof: hex(proof), y: hex(y) };
};
const C = (name) => hex(set.commitment(name));
const blobProof = (name) => hex(ckzg.computeBlobKzgProof(set.blob(name), set.commitment(name)));
const single = (name, z = Z) => ({ commitment: C(name), z, ...((o) => ({ y: o.y, proof: o.proof }))(opening(name, z)) });
const whole = (name) => ({ blob: `blob:${name}`, commitment: C(name), proof: blobProof(name) });
const rows = (names) => ({
  blobs: names.map((n) => `blob:${n}`), commitments: names.map(C), proofs: names.map(blobProof),
});
const cells = (pairs) => ({
  commitments: pairs.map(([n]) => `commitment:${n}`), cell_indices: pairs.map(([, k]) => k),
  cells: pairs.map(([n, k]) => `cell:${n}/${k}`), proofs: pairs.map(([n, k]) => `proof:${n}/${k}`),
});
const replaced = (list, i, value) => list.map((old, j) => (j === i ? value : old));
const THREE_CELLS = [['a', 5], ['b', 77], ['c', 127]];
const THREE_ROWS = ['a', 'b', 'zero'];

// Every place that holds a point: [name, make(hex) -> [function, input], argument, index, name of the true point's blob]
const pointPlaces = [];
for (const key of ['commitment', 'proof']) {
  pointPlaces.push([`single-${key}`, (h) => ['verify_kzg_proof', { ...single('a'), [key]: h }], key, 0, single('a')[key]]);
  pointPlaces.push([`blob-${key}`, (h) => ['verify_blob_kzg_proof', { ...whole('a'), [key]: h }], key, 0, whole('a')[key]]);
}
pointPlaces.push(['prove-commitment', (h) => ['compute_blob_kzg_proof', { blob: 'blob:a', commitment: h }], 'commitment', 0, C('a')]);
for (const key of ['commitments', 'proofs']) {
  for (const i of [0, 1, 2]) {
    const base = rows(THREE_ROWS), many = cells(THREE_CELLS), argument = key.slice(0, -1);
    const [n, k] = THREE_CELLS[i];
    const truth = hex(key === 'proofs' ? set.proof(n, k) : set.commitment(n));
    pointPlaces.push([`rows-${argument}-${i}`, (h) => ['verify_blob_kzg_proof_batch', { ...base, [key]: replaced(base[key], i, h) }], argument, i, base[key][i]]);
    pointPlaces.push([`cells-${argument}-${i}`, (h) => ['verify_cell_kzg_proof_batch', { ...many, [key]: replaced(many[key], i, h) }], argument, i, truth]);
  }
}

// ---- 1-5, 8: points ----

const withFlags = (x, flags) => {
  const bytes = toBytes(x, 48);
  bytes[0] |= flags << 5;
  return hex(bytes);
};
const SMALL_ORDER = TORSION_PRIMES.map((q) => [q, torsion(q)]);
const noRoot = (() => {
  let x = 1n;
  while (lift(x)) x++;
  return x;
})();
const outside = (() => {
  let x = 5n;
  while (!lift(x)) x++;
  return lift(x);
})();

// [name, encoding, code]; the valid ones are not here.
function badPoints() {
  const bad = [];
  for (let flags = 0; flags < 8; flags++) {
    const head = flags.toString(2).padStart(3, '0');
    const compressed = flags >= 4, infinite = (flags & 2) !== 0;
    if (!compressed || infinite) bad.push([`1-flags-${head}-generator`, withFlags(GENERATOR.x, flags), POINT_ENCODING]);
    if (flags !== 6) bad.push([`1-flags-${head}-x-zero`, withFlags(0n, flags), compressed && !infinite ? POINT_GROUP : POINT_ENCODING]);
    bad.push([`1-flags-${head}-x-at-p`, withFlags(P, flags), compressed && !infinite ? POINT_RANGE : POINT_ENCODING]);
    bad.push([`1-flags-${head}-x-all-ones`, withFlags((1n << 381n) - 1n, flags), compressed && !infinite ? POINT_RANGE : POINT_ENCODING]);
  }
  for (const bit of [0, 1, 7, 8, 188, 191, 192, 372, 375, 376, 380]) {
    bad.push([`2-infinity-bit-${bit}`, withFlags(1n << BigInt(bit), 6), POINT_ENCODING]);
  }
  bad.push(['2-infinity-sign', withFlags(0n, 7), POINT_ENCODING], ['2-zero-bytes', '0x' + '00'.repeat(48), POINT_ENCODING]);
  bad.push(['3-x-p-plus-1', withFlags(P + 1n, 4), POINT_RANGE], ['3-generator-plus-p', withFlags(GENERATOR.x, 4), null]);
  bad.pop();
  bad.push(['4-not-on-curve', withFlags(noRoot, 4), POINT_CURVE], ['4-not-on-curve-sign', withFlags(noRoot, 5), POINT_CURVE]);
  bad.push(['4-on-curve-only', hex(compress(outside)), POINT_GROUP]);
  for (const [q, t] of SMALL_ORDER) {
    bad.push([`5-order-${q}`, hex(compress(t)), POINT_GROUP]);
    bad.push([`5-order-${q}-negated-plus-generator`, hex(compress(add(GENERATOR, negate(t)))), POINT_GROUP]);
  }
  bad.push(['5-order-3-times-11', hex(compress(add(SMALL_ORDER[0][1], SMALL_ORDER[1][1]))), POINT_GROUP]);
  bad.push(['5-whole-cofactor', hex(compress(multiply(outside, R))), POINT_GROUP]);
  return bad;
}

const BAD_POINTS = badPoints();
pointPlaces.forEach(([place, make, argument, index], p) => {
  // The two simplest places take every bad point; each other one takes its share, so that all are taken again.
  BAD_POINTS.forEach(([name, encoding, code], i) => {
    if (p > 0 && place !== 'single-proof' && (i + p) % 4 !== 0) return;
    put(`${name}@${place}`, ...make(encoding), error(code, argument, index));
  });
});

// A true statement with a point of small order added: the pairing alone does not notice.
for (const [place, make, argument, index, truth] of pointPlaces) {
  const point = decompress(Buffer.from(truth.slice(2), 'hex'));
  for (const [q, t] of SMALL_ORDER.slice(0, place.startsWith('single') ? 5 : 2)) {
    put(`4-true-plus-order-${q}@${place}`, ...make(hex(compress(add(point, t)))), error(POINT_GROUP, argument, index));
  }
}
{
  const t = SMALL_ORDER[0][1], base = cells([['a', 5], ['b', 5]]), both = rows(['a', 'b']);
  const shifted = (point, s) => hex(compress(add(decompress(Buffer.from(point.slice(2), 'hex')), s)));
  put('4-torsion-cancels-proofs@cells', 'verify_cell_kzg_proof_batch', { ...base, proofs: [shifted(hex(set.proof('a', 5)), t), shifted(hex(set.proof('b', 5)), negate(t))] }, error(POINT_GROUP, 'proof', 0));
  put('4-torsion-cancels-commitments@cells', 'verify_cell_kzg_proof_batch', { ...base, commitments: [shifted(C('a'), t), shifted(C('b'), negate(t))] }, error(POINT_GROUP, 'commitment', 0));
  put('4-torsion-cancels-proofs@rows', 'verify_blob_kzg_proof_batch', { ...both, proofs: [shifted(both.proofs[0], t), shifted(both.proofs[1], negate(t))] }, error(POINT_GROUP, 'proof', 0));
  put('4-torsion-cancels-commitments@rows', 'verify_blob_kzg_proof_batch', { ...both, commitments: [shifted(C('a'), t), shifted(C('b'), negate(t))] }, error(POINT_GROUP, 'commitment', 0));
}

// Infinity with a bit set, and zero bytes, where infinity would make the statement true.
for (const [name, encoding, code] of BAD_POINTS.filter(([n]) => n.startsWith('2-'))) {
  const zero = single('zero'), first = cells([['zero', 3], ['a', 3]]);
  put(`${name}@true-single-commitment`, 'verify_kzg_proof', { ...zero, commitment: encoding }, error(code, 'commitment', 0));
  put(`${name}@true-single-proof`, 'verify_kzg_proof', { ...zero, proof: encoding }, error(code, 'proof', 0));
  put(`${name}@true-blob-proof`, 'verify_blob_kzg_proof', { ...whole('one'), proof: encoding }, error(code, 'proof', 0));
  put(`${name}@true-prove`, 'compute_blob_kzg_proof', { blob: 'blob:zero', commitment: encoding }, error(code, 'commitment', 0));
  put(`${name}@true-cells-proof`, 'verify_cell_kzg_proof_batch', { ...first, proofs: [encoding, 'proof:a/3'] }, error(code, 'proof', 0));
}

// x + p in place of x, where that fits into 381 bits and the statement with x is true.
{
  const fits = (h) => {
    const bytes = Buffer.from(h.slice(2), 'hex');
    const flags = bytes[0] >> 5;
    bytes[0] &= 0x1f;
    const x = fromBytes(bytes) + P;
    return x < 1n << 381n ? withFlags(x, flags) : undefined;
  };
  for (let k = 0, found = 0; k < 128 && found < 6; k++) {
    const other = fits(hex(set.proof('a', k)));
    if (other === undefined) continue;
    found++;
    put(`3-x-plus-p-proof-${k}@cells`, 'verify_cell_kzg_proof_batch', { ...cells([['a', k]]), proofs: [other] }, error(POINT_RANGE, 'proof', 0));
  }
  for (let seed = 1n, found = 0; found < 4; seed++) {
    // The constant blob of this value has the commitment [value] G and the proof infinity.
    const commitment = hex(compress(multiply(GENERATOR, seed))), other = fits(commitment);
    if (other === undefined) continue;
    found++;
    const constant = { commitment, z: Z, y: fr(seed), proof: hex(compress(null)) };
    put(`3-x-of-constant-${seed}@single`, 'verify_kzg_proof', constant, true);
    put(`3-x-plus-p-of-constant-${seed}@single`, 'verify_kzg_proof', { ...constant, commitment: other }, error(POINT_RANGE, 'commitment', 0));
    put(`3-x-plus-p-of-constant-${seed}@single-swapped`, 'verify_kzg_proof', { commitment: hex(compress(null)), z: fr(0n), y: fr(0n), proof: other }, error(POINT_RANGE, 'proof', 0));
  }
}

// Valid encodings that are easily refused.
for (const [name, sign] of [['generator', 4], ['minus-generator', 5]]) {
  put(`1-valid-${name}@single`, 'verify_kzg_proof', { commitment: withFlags(GENERATOR.x, sign), z: Z, y: fr(sign === 4 ? 1n : -1n), proof: hex(compress(null)) }, true);
}
for (const name of ['zero', 'one', 'two', 'top']) {
  put(`8-${name}@commitment`, 'blob_to_kzg_commitment', { blob: `blob:${name}` }, C(name));
  put(`8-${name}@single`, 'verify_kzg_proof', single(name), true);
  put(`8-${name}@blob`, 'verify_blob_kzg_proof', whole(name), true);
  put(`8-${name}@rows`, 'verify_blob_kzg_proof_batch', rows([name]), true);
  put(`8-${name}@cells`, 'verify_cell_kzg_proof_batch', cells([[name, 0], [name, 64], [name, 127]]), true);
  put(`8-${name}@prove`, 'compute_blob_kzg_proof', { blob: `blob:${name}`, commitment: C(name) }, blobProof(name));
  put(`8-${name}@opening`, 'compute_kzg_proof', { blob: `blob:${name}`, z: Z }, [opening(name, Z).proof, opening(name, Z).y]);
}

// ---- 6, 7: field elements ----

const TOO_BIG = [['r', raw32(R)], ['r-plus-1', raw32(R + 1n)], ['all-ones', raw32((1n << 256n) - 1n)]];
const asBlob = (fn, i) => (blob) => {
  if (fn === 'compute_kzg_proof') return [fn, { blob, z: Z }];
  if (fn === 'compute_blob_kzg_proof' || fn === 'compute_challenge') return [fn, { blob, commitment: C('zero') }];
  if (fn === 'verify_blob_kzg_proof') return [fn, { ...whole('zero'), blob }];
  if (fn === 'verify_blob_kzg_proof_batch') return [fn, { ...rows(['zero', 'zero', 'a']), blobs: replaced(['blob:zero', 'blob:zero', 'blob:a'], i, blob) }];
  return [fn, { blob }];
};
const BLOB_FUNCTIONS = ['blob_to_kzg_commitment', 'compute_kzg_proof', 'compute_blob_kzg_proof', 'verify_blob_kzg_proof', 'compute_cells', 'compute_cells_and_kzg_proofs', 'compute_challenge'];
for (const [name, value] of TOO_BIG) {
  for (const fn of BLOB_FUNCTIONS) {
    for (const at of [0, 1 + below(4094), 4095]) {
      put(`6-${name}-element-${at}@${fn}`, ...asBlob(fn)(`blob:zero|${at}=${value}`), error(SCALAR, 'blob', 0));
    }
  }
  for (const i of [0, 1]) {
    for (const at of [0, 2048, 4095]) {
      put(`6-${name}-row-${i}-element-${at}@rows`, ...asBlob('verify_blob_kzg_proof_batch', i)(`blob:zero|${at}=${value}`), error(SCALAR, 'blob', i));
    }
  }
  put(`6-${name}@z`, 'verify_kzg_proof', { ...single('zero'), z: value }, error(SCALAR, 'z', 0));
  put(`6-${name}@y`, 'verify_kzg_proof', { ...single('zero'), y: value }, error(SCALAR, 'y', 0));
  put(`6-${name}@opening-z`, 'compute_kzg_proof', { blob: 'blob:a', z: value }, error(SCALAR, 'z', 0));
  for (const at of [0, 1 + below(62), 63]) {
    for (const n of [1, 3, 64]) {
      for (const i of new Set([0, n >> 1, n - 1])) {
        const columns = [...Array(n).keys()], list = columns.map((k) => `cell:zero/${k}`);
        const input = { commitments: [`commitment:zero*${n}`], cell_indices: columns, cells: replaced(list, i, `cell:zero/${i}|${at}=${value}`), proofs: [`proof:zero/0*${n}`] };
        if (n < 64 || at === 63) put(`6-${name}-cell-${i}-of-${n}-element-${at}@verify`, 'verify_cell_kzg_proof_batch', input, error(SCALAR, 'cell', i));
      }
    }
    for (const n of [64, 65, 128]) {
      for (const i of [0, n - 1]) {
        const list = [`cell:zero/0-${i - 1}`, `cell:zero/${i}|${at}=${value}`, `cell:zero/${i + 1}-${n - 1}`].slice(i === 0 ? 1 : 0, i === n - 1 ? 2 : 3);
        put(`6-${name}-cell-${i}-of-${n}-element-${at}@recover`, 'recover_cells_and_kzg_proofs', { cell_indices: [`0-${n - 1}`], cells: list }, error(SCALAR, 'cell', i));
      }
    }
  }
}
// r - 1 is the largest that is valid, everywhere.
put('6-r-minus-1@z', 'verify_kzg_proof', { ...single('zero'), z: fr(-1n) }, true);
put('6-r-minus-1@y', 'verify_kzg_proof', { ...single('top'), z: fr(-1n) }, true);
put('6-r-minus-1@blob', 'verify_blob_kzg_proof', whole('top'), true);
put('7-asymmetric@opening', 'compute_kzg_proof', { blob: 'blob:a', z: hex(Buffer.from([...Array(32).keys()])) }, ((o) => [o.proof, o.y])(opening('a', hex(Buffer.from([...Array(32).keys()])))));
put('7-asymmetric@single', 'verify_kzg_proof', single('a', hex(Buffer.from([...Array(32).keys()]))), true);

// Challenges, by our own hashing.
for (const name of ['a', 'zero', 'top']) {
  put(`27-challenge-${name}`, 'compute_challenge', { blob: `blob:${name}`, commitment: C(name) }, fr(blobChallenge(set.blob(name), set.commitment(name))));
}
put('27-challenge-any-commitment', 'compute_challenge', { blob: 'blob:a', commitment: '0x' + 'ff'.repeat(48) }, fr(blobChallenge(set.blob('a'), Buffer.alloc(48, 255))));

// ---- 17, 22, 16: infinity and equal points inside batches ----

for (const n of [1, 2, 7, 8, 9, 16, 31, 32, 33, 63, 64, 65, 127, 128]) {
  const at = (i) => [...Array(n).keys()].map((k) => [k === i ? 'zero' : 'a', k % 128]);
  for (const i of new Set([0, n >> 1, n - 1])) {
    put(`17-infinity-${i}-of-${n}`, 'verify_cell_kzg_proof_batch', cells(at(i)), true);
    const wrong = cells(at(i));
    wrong.proofs[(i + 1) % n] = 'proof:b/9';
    put(`17-infinity-${i}-of-${n}-and-one-wrong`, 'verify_cell_kzg_proof_batch', wrong, n === 1 ? false : false);
    put(`17-constant-${i}-of-${n}`, 'verify_cell_kzg_proof_batch', cells(at(i).map(([b, k]) => [b === 'zero' ? 'one' : b, k])), true);
  }
  const all = (name) => cells([...Array(n).keys()].map((k) => [name, k % 128]));
  put(`22-all-infinity-${n}`, 'verify_cell_kzg_proof_batch', all('zero'), true);
  put(`22-all-infinity-${n}-wrong-cell`, 'verify_cell_kzg_proof_batch', { ...all('zero'), cells: [...all('zero').cells.slice(1), 'cell:one/0'] }, false);
  const same = { commitments: [`commitment:a*${n}`], cell_indices: [`9*${n}`], cells: [`cell:a/9*${n}`], proofs: [`proof:a/9*${n}`] };
  put(`16-same-entry-${n}-times`, 'verify_cell_kzg_proof_batch', same, true);
  put(`16-same-wrong-entry-${n}-times`, 'verify_cell_kzg_proof_batch', { ...same, proofs: [`proof:a/8*${n}`] }, false);
  const opposite = [...Array(n).keys()].map((k) => [k % 2 ? 'one' : 'top', k % 128]);
  put(`16-opposite-commitments-${n}`, 'verify_cell_kzg_proof_batch', cells(opposite), true);
}
put('16-opposite-rows', 'verify_blob_kzg_proof_batch', rows(['one', 'top', 'one', 'top']), true);
put('17-infinity-in-rows', 'verify_blob_kzg_proof_batch', rows(['a', 'zero', 'b', 'one', 'zero', 'c', 'a', 'zero', 'top']), true);
// Infinity can stand on either side of a false statement.
const INF = hex(compress(null)), GEN = hex(compress(GENERATOR));
put('22-both-infinity-y-0', 'verify_kzg_proof', { commitment: INF, z: Z, y: fr(0n), proof: INF }, true);
put('22-both-infinity-y-1', 'verify_kzg_proof', { commitment: INF, z: Z, y: fr(1n), proof: INF }, false);
put('22-commitment-infinity', 'verify_kzg_proof', { commitment: INF, z: Z, y: fr(0n), proof: GEN }, false);
put('22-proof-infinity', 'verify_kzg_proof', { commitment: GEN, z: Z, y: fr(0n), proof: INF }, false);
for (const z of [0n, 1n, -1n, 5n]) {
  // A polynomial c + d (X - z): commitment c G + d (S - z G) needs S; proof [d] G. With d = 1 and y = c: S = [tau] G is
  // the commitment of x1, the blob of the polynomial X.
  const s = decompress(set.commitment('x1'));
  const commitment = hex(compress(add(add(s, negate(multiply(GENERATOR, mod(z, R)))), multiply(GENERATOR, 11n))));
  put(`23-linear-at-${z}`, 'verify_kzg_proof', { commitment, z: fr(z), y: fr(11n), proof: GEN }, true);
  put(`23-linear-at-${z}-y-off`, 'verify_kzg_proof', { commitment, z: fr(z), y: fr(12n), proof: GEN }, false);
  put(`23-linear-at-${z}-proof-off`, 'verify_kzg_proof', { commitment, z: fr(z), y: fr(11n), proof: hex(compress(add(GENERATOR, GENERATOR))) }, false);
  put(`23-linear-at-${z}-proof-negated`, 'verify_kzg_proof', { commitment, z: fr(z), y: fr(11n), proof: hex(compress(negate(GENERATOR))) }, false);
}

// ---- 25, 26: forged batches ----

const shift = (bytes, k) => hex(compress(add(decompress(bytes), multiply(GENERATOR, mod(k, R)))));
// Weights a faulty verifier might use, as functions of the place; r for the right verifier's and for one that leaves
// something out of its hash.
const naive = { ones: () => 1n, alternating: (i) => (i % 2 ? -1n : 1n), places: (i) => BigInt(i + 1), squares: (i) => BigInt((i + 1) ** 2) };
const powers = (r) => (i) => pow(r, BigInt(i), R);

// Multiples of G to add to three proofs such that weighted sums of them, and of them times each one's shift, vanish.
function threeShifts(weight, s) {
  const w = [0, 1, 2].map((i) => mod(weight(i), R));
  const cross = [s[1] - s[2], s[2] - s[0], s[0] - s[1]];
  return cross.map((c, i) => mod(c * inverse(w[i], R), R));
}

function cellEntries(pairs) {
  return pairs.map(([n, k]) => ({ name: n, column: k, commitment: set.commitment(n), cell: set.cell(n, k), proof: set.proof(n, k) }));
}
function putForgedProofs(id, pairs, weight) {
  const entries = cellEntries(pairs);
  const shifts = threeShifts(weight, entries.map((e) => cosetPower(e.column)));
  put(id, 'verify_cell_kzg_proof_batch', { ...cells(pairs), proofs: entries.map((e, i) => shift(e.proof, shifts[i])) }, false);
}
function putForgedPair(id, pairs, weight) {
  // In one column two shifts are enough: w0 d + w1 d' = 0.
  const entries = cellEntries(pairs), d = [1n, mod(-weight(0) * inverse(mod(weight(1), R), R), R)];
  put(`${id}-proofs`, 'verify_cell_kzg_proof_batch', { ...cells(pairs), proofs: entries.map((e, i) => shift(e.proof, d[i])) }, false);
  put(`${id}-commitments`, 'verify_cell_kzg_proof_batch', { ...cells(pairs), commitments: entries.map((e, i) => shift(e.commitment, d[i])) }, false);
  put(`${id}-cells`, 'verify_cell_kzg_proof_batch', { ...cells(pairs), cells: pairs.map(([n, k], i) => `cell:${n}/${k}|+=${fr(d[i])}`) }, false);
  // One commitment and, against it, one cell of the other entry.
  const first = entries.map((e, i) => (i === 0 ? shift(e.commitment, d[0]) : hex(e.commitment)));
  put(`${id}-mixed`, 'verify_cell_kzg_proof_batch', { ...cells(pairs), commitments: first, cells: [`cell:${pairs[0][0]}/${pairs[0][1]}`, `cell:${pairs[1][0]}/${pairs[1][1]}|+=${fr(-d[1])}`] }, false);
}
function putForgedRows(id, names, weight) {
  const base = rows(names), bytes = (h) => Buffer.from(h.slice(2), 'hex');
  const zs = names.map((n) => blobChallenge(set.blob(n), set.commitment(n)));
  const shifts = threeShifts(weight, zs);
  put(`${id}-proofs`, 'verify_blob_kzg_proof_batch', { ...base, proofs: base.proofs.map((p, i) => shift(bytes(p), shifts[i])) }, false);
}
function rowEntries(names) {
  return names.map((n) => {
    const z = blobChallenge(set.blob(n), set.commitment(n));
    return { commitment: set.commitment(n), z, y: evaluate(set.blob(n), z), proof: Buffer.from(blobProof(n).slice(2), 'hex') };
  });
}
const TRIPLES = { 'three-columns': [['a', 1], ['b', 64], ['c', 100]], 'one-row': [['a', 0], ['a', 1], ['a', 2]], 'one-column': [['a', 7], ['b', 7], ['c', 7]] };
const PAIRS = { 'two-rows': [['a', 7], ['b', 7]], 'same-cell': [['a', 7], ['a', 7]] };
const weightsFor = (entries, challenge) => ({
  ...naive,
  honest: powers(challenge(entries)),
  'no-proofs': powers(challenge(entries, 'proofs')),
  'no-cells': powers(challenge(entries, 'cells')),
  'no-commitments': powers(challenge(entries, 'commitments')),
});
for (const [what, triple] of Object.entries(TRIPLES)) {
  for (const [name, weight] of Object.entries(weightsFor(cellEntries(triple), cellBatchChallenge))) {
    if (what !== 'one-column') putForgedProofs(`${naive[name] ? 26 : 25}-${name}-${what}-proofs`, triple, weight);
  }
  put(`25-honest-${what}`, 'verify_cell_kzg_proof_batch', cells(triple), true);
}
for (const [what, pair] of Object.entries(PAIRS)) {
  for (const [name, weight] of Object.entries(weightsFor(cellEntries(pair), cellBatchChallenge))) {
    putForgedPair(`${naive[name] ? 26 : 25}-${name}-${what}`, pair, weight);
  }
}
{
  const names = ['a', 'b', 'c'], entries = rowEntries(names);
  entries.forEach((e, i) => {
    put(`25-row-${names[i]}-by-our-own-evaluation`, 'verify_kzg_proof', { commitment: hex(e.commitment), z: fr(e.z), y: fr(e.y), proof: hex(e.proof) }, true);
  });
  const weights = { ...naive, honest: powers(batchChallenge(entries)), 'no-proofs': powers(batchChallenge(entries, 'proofs')), 'no-values': powers(batchChallenge(entries, 'values')), 'no-commitments': powers(batchChallenge(entries, 'commitments')) };
  for (const [name, weight] of Object.entries(weights)) putForgedRows(`${naive[name] ? 26 : 25}-${name}-rows`, names, weight);
  put('25-honest-rows', 'verify_blob_kzg_proof_batch', rows(names), true);
}
// Plainly swapped parts of a true batch.
{
  const base = cells(TRIPLES['three-columns']), turned = (list) => [list[1], list[2], list[0]];
  for (const key of ['commitments', 'cell_indices', 'cells', 'proofs']) put(`26-turned-${key}@cells`, 'verify_cell_kzg_proof_batch', { ...base, [key]: turned(base[key]) }, false);
  const rowBase = rows(['a', 'b', 'c']);
  for (const key of ['blobs', 'commitments', 'proofs']) put(`26-turned-${key}@rows`, 'verify_blob_kzg_proof_batch', { ...rowBase, [key]: turned(rowBase[key]) }, false);
}

// ---- 28: one bad entry at every position ----

for (const n of [1, 2, 17, 64, 65]) {
  const pairs = [...Array(n).keys()].map((i) => [i % 3 === 2 ? 'b' : 'a', (i * 37) % 128]);
  // In ranges of one blob the lists stay short in the file.
  put(`28-good-of-${n}@cells`, 'verify_cell_kzg_proof_batch', cells(pairs), true);
  for (let i = 0; i < n; i++) {
    const run = (kind, bad) => [i > 0 && `${kind}:a/0-${i - 1}`, bad, i < n - 1 && `${kind}:a/${i + 1}-${n - 1}`].filter(Boolean);
    const input = { commitments: [`commitment:a*${n}`], cell_indices: [`0-${n - 1}`], cells: [`cell:a/0-${n - 1}`], proofs: [`proof:a/0-${n - 1}`] };
    const kind = i % 3;
    if (kind === 0) input.proofs = run('proof', `proof:a/${(i + 1) % 128}`);
    if (kind === 1) input.cells = run('cell', `cell:a/${i}|63=${fr(1n)}`);
    if (kind === 2) input.commitments = [i > 0 && `commitment:a*${i}`, 'commitment:b', i < n - 1 && `commitment:a*${n - 1 - i}`].filter(Boolean);
    put(`28-bad-${['proof', 'cell', 'commitment'][kind]}-${i}-of-${n}@cells`, 'verify_cell_kzg_proof_batch', input, false);
  }
}
for (const n of [1, 2, 17]) {
  const names = [...Array(n).keys()].map((i) => ['a', 'b', 'c', 'zero', 'one'][i % 5]), base = rows(names);
  put(`28-good-of-${n}@rows`, 'verify_blob_kzg_proof_batch', base, true);
  for (let i = 0; i < n; i++) {
    put(`28-bad-proof-${i}-of-${n}@rows`, 'verify_blob_kzg_proof_batch', { ...base, proofs: replaced(base.proofs, i, base.proofs[i] === GEN ? INF : GEN) }, false);
    if (i % 4 === 0) put(`28-bad-blob-${i}-of-${n}@rows`, 'verify_blob_kzg_proof_batch', { ...base, blobs: replaced(base.blobs, i, `blob:${names[i]}|4095=${fr(77n)}`) }, false);
  }
}
for (const n of [64, 65]) {
  const base = { blobs: [`blob:a*${n}`], commitments: [`commitment:a*${n}`], proofs: [`${blobProof('a')}*${n}`] };
  put(`28-good-of-${n}@rows`, 'verify_blob_kzg_proof_batch', base, true);
  for (const i of [0, n - 1]) {
    const proofs = [i > 0 && `${blobProof('a')}*${i}`, GEN, i < n - 1 && `${blobProof('a')}*${n - 1 - i}`].filter(Boolean);
    put(`28-bad-proof-${i}-of-${n}@rows`, 'verify_blob_kzg_proof_batch', { ...base, proofs }, false);
  }
}
put('28-none@cells', 'verify_cell_kzg_proof_batch', { commitments: [], cell_indices: [], cells: [], proofs: [] }, true);
put('28-none@rows', 'verify_blob_kzg_proof_batch', { blobs: [], commitments: [], proofs: [] }, true);

// ---- 29: rows, repeated commitments ----

{
  // Row k is blob a plus the constant k: its commitment is C + k G, its cells are a's plus k, its proofs are a's.
  const c = decompress(set.commitment('a')), n = 128;
  const commitments = [];
  for (let k = 0, point = c; k < n; k++, point = add(point, GENERATOR)) commitments.push(hex(compress(point)));
  const rowCell = (k, column) => `cell:a/${column}|+=${fr(BigInt(k))}`;
  const column = { commitments, cell_indices: [`50*${n}`], cells: commitments.map((_, k) => rowCell(k, 50)), proofs: [`proof:a/50*${n}`] };
  put('29-128-rows-of-a-column', 'verify_cell_kzg_proof_batch', column, true);
  const swapped = [...column.cells];
  [swapped[40], swapped[41]] = [swapped[41], swapped[40]];
  put('29-128-rows-two-swapped', 'verify_cell_kzg_proof_batch', { ...column, cells: swapped }, false);
  const matrix = (m) => ({ commitments: [...Array(m).keys()].map((i) => commitments[(i * 5) % 8]), cell_indices: [...Array(m).keys()].map((i) => (i * 11) % 128), cells: [...Array(m).keys()].map((i) => rowCell((i * 5) % 8, (i * 11) % 128)), proofs: [...Array(m).keys()].map((i) => `proof:a/${(i * 11) % 128}`) });
  for (const m of [8, 9, 40]) {
    const good = matrix(m), bad = matrix(m);
    put(`29-8-rows-mixed-${m}`, 'verify_cell_kzg_proof_batch', good, true);
    [bad.commitments[1], bad.commitments[2]] = [bad.commitments[2], bad.commitments[1]];
    put(`29-8-rows-mixed-${m}-swapped`, 'verify_cell_kzg_proof_batch', bad, false);
  }
  put('29-one-commitment-128-times', 'verify_cell_kzg_proof_batch', { commitments: [`commitment:a*${n}`], cell_indices: ['0-127'], cells: ['cell:a/0-127'], proofs: ['proof:a/0-127'] }, true);
  const doubled = (list) => [...list, ...list];
  put('29-every-entry-twice', 'verify_cell_kzg_proof_batch', Object.fromEntries(Object.entries(cells(THREE_CELLS)).map(([k, v]) => [k, doubled(v)])), true);
}

// ---- 30: z in the domain ----

const ROOT_4096 = pow(ROOT_8192, 2n, R);
const DOMAIN = [0, 1, 2, 3, 2047, 2048, 4094, 4095].map((i) => [`root-${i}`, pow(ROOT_4096, BigInt(reverseBits(i, 12)), R)]);
const NEAR = [1, 3, 4095, 8191].map((i) => [`outer-root-${i}`, pow(ROOT_8192, BigInt(i), R)]);
for (const [where, z] of [...DOMAIN, ...NEAR, ['zero', 0n], ['r-minus-1', R - 1n], ['2', 2n]]) {
  for (const name of ['a', 'x4095', 'two']) {
    const o = opening(name, fr(z));
    put(`30-${where}-${name}@opening`, 'compute_kzg_proof', { blob: `blob:${name}`, z: fr(z) }, [o.proof, o.y]);
    if (name === 'two') continue;
    put(`30-${where}-${name}@single`, 'verify_kzg_proof', single(name, fr(z)), true);
    put(`30-${where}-${name}-off@single`, 'verify_kzg_proof', { ...single(name, fr(z)), y: fr(fromBytes(Buffer.from(o.y.slice(2), 'hex')) + 1n) }, false);
  }
}
DOMAIN.forEach(([where, z], i) => {
  const at = [0, 1, 2, 3, 2047, 2048, 4094, 4095][i];
  put(`30-${where}-value-is-the-element`, 'verify_kzg_proof', { ...single('a', fr(z)), y: hex(set.blob('a').subarray(32 * at, 32 * at + 32)) }, true);
});

// ---- 31: columns ----

const otherColumn = [(k) => (k + 64) % 128, (k) => reverseBits(k, 7), (k) => (k + 1) % 128, (k) => 127 - k];
for (let k = 0; k < 128; k++) {
  put(`31-column-${k}`, 'verify_cell_kzg_proof_batch', cells([['a', k]]), true);
  let other = otherColumn[k % 4](k);
  if (other === k) other = k ^ 1;
  put(`31-column-${k}-as-${other}`, 'verify_cell_kzg_proof_batch', { ...cells([['a', k]]), cell_indices: [other] }, false);
}
for (const [name, swap] of [['halves', (k) => (k + 64) % 128], ['reversed', (k) => reverseBits(k, 7)]]) {
  put(`31-all-columns-${name}`, 'verify_cell_kzg_proof_batch', { ...cells([...Array(128).keys()].map((k) => ['a', k])), cell_indices: [...Array(128).keys()].map(swap) }, false);
}
for (const [name, index] of [['128', 128], ['256', 256], ['2-pow-32', '4294967296'], ['2-pow-63', '9223372036854775808'], ['2-pow-64-minus-1', '18446744073709551615']]) {
  for (const i of [0, 1, 2]) {
    const base = cells(THREE_CELLS);
    put(`31-index-${name}-at-${i}`, 'verify_cell_kzg_proof_batch', { ...base, cell_indices: replaced(base.cell_indices, i, index) }, error('cell_index_out_of_range', 'cell_index', i));
  }
}
// Indices that are right once they are cut to 8, 16 or 32 bits.
for (const [bits, add64] of [[8, 256n], [16, 65536n], [32, 1n << 32n]]) {
  put(`33-index-plus-2-pow-${bits}@verify`, 'verify_cell_kzg_proof_batch', { ...cells([['a', 5]]), cell_indices: [String(5n + add64)] }, error('cell_index_out_of_range', 'cell_index', 0));
}

// ---- 32: FK20 ----

for (const name of Object.keys(blobs)) {
  put(`32-${name}@cells-and-proofs`, 'compute_cells_and_kzg_proofs', { blob: `blob:${name}` }, { digest: set.digest(name) });
  put(`32-${name}@cells`, 'compute_cells', { blob: `blob:${name}` }, { digest: hex(sha256(...set.columns(name)[0])) });
  put(`32-${name}@commitment`, 'blob_to_kzg_commitment', { blob: `blob:${name}` }, C(name));
  put(`32-${name}@all-proofs`, 'verify_cell_kzg_proof_batch', { commitments: [`commitment:${name}*128`], cell_indices: ['0-127'], cells: [`cell:${name}/0-127`], proofs: [`proof:${name}/0-127`] }, true);
  for (const k of [0, 1, 64, 127]) put(`32-${name}@proof-${k}`, 'verify_cell_kzg_proof_batch', cells([[name, k]]), true);
}

// ---- 33, 34: recovery ----

const recover = (indices, list) => ['recover_cells_and_kzg_proofs', { cell_indices: indices, cells: list }];
const from = (name, indices) => recover(indices, indices.map((k) => (typeof k === 'number' ? `cell:${name}/${k}` : `cell:${name}/${k}`)));
const half = { first: ['0-63'], last: ['64-127'], even: [...Array(64).keys()].map((k) => 2 * k), odd: [...Array(64).keys()].map((k) => 2 * k + 1), middle: ['32-95'], '65': ['63-127'], '100': ['0-49', '78-127'], '127-no-first': ['1-127'], '127-no-last': ['0-126'], all: ['0-127'] };
for (const [what, indices] of Object.entries(half)) put(`33-${what}`, ...from('a', indices), { digest: set.digest('a') });
for (let i = 0; i < 4; i++) {
  const n = [64, 65, 90, 126][i], chosen = new Set();
  while (chosen.size < n) chosen.add(below(128));
  put(`33-random-${n}`, ...from('b', [...chosen].sort((x, y) => x - y)), { digest: set.digest('b') });
}
for (const name of ['zero', 'one', 'top', 'x64', 'x4095', 'low65', 'low4095']) put(`33-half-of-${name}`, ...from(name, half.odd), { digest: set.digest(name) });

const INDEX = 'cell_index';
const plain = (...parts) => recover(parts, parts.map((p) => `cell:a/${p}`));
put('33-none', ...recover([], []), error('too_few_cells'));
put('33-one', ...plain('0'), error('too_few_cells'));
put('33-63', ...plain('0-62'), error('too_few_cells'));
put('33-129', ...recover(['0-127', 127], ['cell:a/0-127', 'cell:a/127']), error('too_many_cells'));
put('33-duplicate-first', ...recover([0, '0-63'], ['cell:a/0', 'cell:a/0-63']), error('cell_index_duplicate', INDEX));
put('33-duplicate-last', ...recover(['0-63', 63], ['cell:a/0-63', 'cell:a/63']), error('cell_index_duplicate', INDEX));
put('33-duplicate-64', ...recover(['0-62', 62], ['cell:a/0-62', 'cell:a/62']), error('cell_index_duplicate', INDEX));
put('33-duplicate-128', ...recover(['0-126', 126], ['cell:a/0-126', 'cell:a/126']), error('cell_index_duplicate', INDEX));
put('33-swapped-first', ...plain('1', '0', '2-63'), error('cell_index_unsorted', INDEX));
put('33-swapped-last', ...plain('0-61', '63', '62'), error('cell_index_unsorted', INDEX));
put('33-swapped-all-128', ...plain('1', '0', '2-127'), error('cell_index_unsorted', INDEX));
put('33-last-two-of-128', ...plain('0-125', '127', '126'), error('cell_index_unsorted', INDEX));
put('33-halves-of-128', ...plain('64-127', '0-63'), error('cell_index_unsorted', INDEX));
put('33-backwards', ...plain(...[...Array(128).keys()].map((k) => String(127 - k))), error('cell_index_unsorted', INDEX));
put('33-backwards-64', ...plain(...[...Array(64).keys()].map((k) => String(63 - k))), error('cell_index_unsorted', INDEX));
for (const [name, index] of [['128', '128'], ['255', '255'], ['256-plus-63', '319'], ['2-pow-16-plus-63', '65599'], ['2-pow-32-plus-63', '4294967359'], ['2-pow-63-plus-63', '9223372036854775871'], ['2-pow-64-minus-1', '18446744073709551615']]) {
  put(`33-last-index-${name}`, ...recover(['0-62', index], ['cell:a/0-63']), error('cell_index_out_of_range', INDEX, 63));
  put(`33-last-of-128-index-${name}`, ...recover(['0-126', index], ['cell:a/0-127']), error('cell_index_out_of_range', INDEX, 127));
}
// More than 64 cells that fit no polynomial.
for (const [n, i] of [[65, 0], [65, 64], [66, 33], [96, 95], [127, 64], [128, 0], [128, 63], [128, 127]]) {
  for (const [what, bad] of [['bit', `cell:a/${i}|0=${fr(1n)}`], ['other-blob', `cell:b/${i}`]]) {
    const list = [i > 0 && `cell:a/0-${i - 1}`, bad, i < n - 1 && `cell:a/${i + 1}-${n - 1}`].filter(Boolean);
    put(`34-${what}-in-${i}-of-${n}`, ...recover([`0-${n - 1}`], list), error('cells_inconsistent'));
  }
}
put('34-two-blobs-mixed', ...recover(['0-127'], ['cell:a/0-63', 'cell:b/64-127']), error('cells_inconsistent'));
put('34-shifted-by-one', ...recover(['1-127', ].concat([]), ['cell:a/0-126']), error('cells_inconsistent'));
// 64 cells always fit one.
{
  const cells64 = ['cell:a/0-31', 'cell:b/32-63'];
  const [outCells, outProofs] = ckzg.recoverCellsAndKzgProofs([...Array(64).keys()], set.expand(cells64));
  put('34-64-of-two-blobs', ...recover(['0-63'], cells64), { digest: hex(sha256(...outCells, ...outProofs)) });
}

// ---- Write ----

// Neighbours in a list as one word: repeats as word*n, consecutive columns or integers as a range.
function compact(list) {
  const merged = [];
  for (const item of list) {
    const text = String(item), last = merged.at(-1);
    const [, head, column] = /^((?:(?:cell|proof):\w+\/)?)(\d+)$/.exec(text) ?? [];
    if (last && last.text === text) last.repeats++;
    else if (last && last.repeats === 1 && head !== undefined && last.head === head && last.to + 1n === BigInt(column)) last.to++;
    else merged.push({ text, repeats: 1, head, from: column, to: column && BigInt(column), item });
    if (merged.at(-1).to !== undefined) merged.at(-1).text = `${merged.at(-1).head}${merged.at(-1).to}`;
  }
  return merged.map((m) => {
    if (m.repeats > 1) return `${m.from === undefined ? m.text : `${m.head}${m.to}`}*${m.repeats}`;
    if (m.from === undefined || BigInt(m.from) === m.to) return m.item;
    return `${m.head}${m.from}-${m.to}`;
  });
}
for (const [, , input] of cases) {
  for (const [key, value] of Object.entries(input)) if (Array.isArray(value)) input[key] = compact(value);
}

// What occurs often has a short name: $3 is values[3].
const uses = new Map();
const literal = /^(0x[0-9a-f]+)((?:\*\d+)?)$/;
const eachWord = (visit) => {
  for (const [, , input] of cases) {
    for (const [key, value] of Object.entries(input)) input[key] = Array.isArray(value) ? value.map(visit) : visit(value);
  }
};
eachWord((word) => {
  const found = literal.exec(word);
  if (found) uses.set(found[1], (uses.get(found[1]) ?? 0) + 1);
  return word;
});
const values = [...uses].filter(([, n]) => n > 2).map(([word]) => word);
const places = new Map(values.map((word, i) => [word, i]));
eachWord((word) => {
  const found = literal.exec(word);
  return found && places.has(found[1]) ? `$${places.get(found[1])}${found[2]}` : word;
});

const ids = new Set(cases.map(([id, fn]) => `${id} ${fn}`));
if (ids.size !== cases.length) throw new Error('two cases have one name');
for (const [name, recipe] of Object.entries(blobs)) Object.assign(recipe, { commitment: C(name), digest: set.digest(name) });
const lines = (list) => list.map((item) => JSON.stringify(item)).join(',\n');
const text = `{"about":"The hostile set: written by gen/hostile.mjs, do not edit","seed":${SEED},
"blobs":${JSON.stringify(blobs)},
"values":[
${lines(values)}
],
"cases":[
${lines(cases)}
]}
`;
if (process.argv.includes('--check')) {
  const same = readFileSync(FILE, 'utf8') === text;
  console.log(same ? `tests/vectors/hostile.json is what gen/hostile.mjs writes: ${cases.length} cases` : 'FAILED: tests/vectors/hostile.json is not what gen/hostile.mjs writes');
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(FILE, text);
  console.log(`${cases.length} cases, ${text.length} bytes`);
}
