// Seeded random and edge-shaped inputs through libkzg and both npm peers: all must agree, byte for byte, or all refuse.
// KZG_SEED repeats a run, KZG_ROUNDS makes it longer.
import { randomBytes } from 'node:crypto';
import { R, ROOT_8192, fromBytes, hex, mod, pow, toBytes } from './lib/bls.mjs';
import { splitmix } from './lib/hostile_set.mjs';
import { ckzgPeer, ethKzgPeer, libkzgPeer, loadCkzg } from './lib/peers.mjs';

const seed = BigInt(process.env.KZG_SEED || '0x' + randomBytes(6).toString('hex'));
const rounds = Number(process.env.KZG_ROUNDS || 1);
console.log(`KZG_SEED=${seed}`);
const next = splitmix(seed);
const below = (n) => Number(next() % BigInt(n));
const pick = (list) => list[below(list.length)];

const peers = [libkzgPeer(), ckzgPeer(loadCkzg()), ethKzgPeer()];
console.log(`comparing ${peers.map((p) => p.name).join(', ')}`);
let passed = 0, failed = 0, refused = 0;

// ---- Comparing ----

function ask(peer, fn, input) {
  try {
    const output = peer[fn](input);
    return typeof output === 'boolean' ? String(output) : hex(output);
  } catch {
    return 'refused';
  }
}

// Asks everybody; returns the common answer, or undefined where there is none. what names the input.
function compare(what, fn, input, expected) {
  const answers = peers.map((peer) => ask(peer, fn, input));
  const same = answers.every((a) => a === answers[0]) && (expected === undefined || answers[0] === expected);
  if (same) passed++;
  else {
    failed++;
    const shown = answers.map((a, i) => `${peers[i].name}: ${a.slice(0, 40)}`).join('; ');
    console.log(`FAILED ${fn} ${what}: ${shown}${expected === undefined ? '' : `; expected ${expected.slice(0, 40)}`}`);
  }
  if (answers[0] === 'refused') refused++;
  return same ? answers[0] : undefined;
}

const slices = (answer, size, n, from = 0) =>
  Array.from({ length: n }, (_, i) => Buffer.from(answer.slice(2 + 2 * (from + i * size), 2 + 2 * (from + (i + 1) * size)), 'hex'));

// ---- Inputs ----

const randomBytesOf = (n) => Buffer.from(Array.from({ length: n }, () => below(256)));
const scalarEdges = [0n, 1n, 2n, R - 1n, R - 2n, (R - 1n) / 2n, 1n << 254n, (1n << 255n) % R, (1n << 64n) - 1n, 1n << 64n, 1n << 128n, 0x0123456789abcdefn];
const randomScalar = () => mod(fromBytes(randomBytesOf(48)), R);
const scalar = () => (below(3) === 0 ? pick(scalarEdges) : randomScalar());
const blobOf = (value) => Buffer.concat(Array.from({ length: 4096 }, (_, i) => toBytes(value(i), 32)));

const cheapRandom = () => {
  const blob = Buffer.alloc(131072);
  for (let i = 0; i < 16384; i++) blob.writeBigUInt64BE(next(), 8 * i);
  for (let i = 0; i < 4096; i++) blob[32 * i] &= 0x3f;
  return blob;
};
const blobKinds = {
  random: cheapRandom,
  edges: () => blobOf(() => pick(scalarEdges)),
  sparse: () => {
    const blob = Buffer.alloc(131072);
    for (let k = 0; k < 5; k++) toBytes(scalar(), 32).copy(blob, 32 * below(4096));
    return blob;
  },
  small: () => blobOf(() => BigInt(below(256))),
  'nearly constant': () => {
    const value = scalar(), other = below(4096);
    return blobOf((i) => (i === other ? scalar() : value));
  },
  'first half zero': () => {
    const blob = cheapRandom();
    blob.fill(0, 0, 65536);
    return blob;
  },
  'geometric': () => {
    const ratio = randomScalar();
    let value = randomScalar();
    return blobOf(() => (value = (value * ratio) % R));
  },
};

const points = () => {
  const kinds = [
    toBytes(scalar(), 32),
    toBytes(pow(ROOT_8192, BigInt(2 * below(4096)), R), 32),
    toBytes(pow(ROOT_8192, BigInt(2 * below(4096) + 1), R), 32),
  ];
  return kinds;
};

// One flipped bit, or another value of the same kind.
const flipped = (bytes) => {
  const copy = Buffer.from(bytes);
  copy[below(copy.length)] ^= 1 << below(8);
  return copy;
};

// ---- Rounds ----

function openings(kind, row) {
  for (const z of points()) {
    const answer = compare(kind, 'compute_kzg_proof', { blob: row.blob, z });
    if (answer === undefined) continue;
    const [proof] = slices(answer, 48, 1), [y] = slices(answer, 32, 1, 48);
    const statement = { commitment: row.commitment, z, y, proof };
    compare(kind, 'verify_kzg_proof', statement, 'true');
    compare(`${kind}, y + 1`, 'verify_kzg_proof', { ...statement, y: toBytes((fromBytes(y) + 1n) % R, 32) }, 'false');
    for (const key of Object.keys(statement)) compare(`${kind}, a bit of ${key}`, 'verify_kzg_proof', { ...statement, [key]: flipped(statement[key]) });
  }
}

function wholeBlob(kind, row) {
  const statement = { blob: row.blob, commitment: row.commitment, proof: row.proof };
  compare(kind, 'verify_blob_kzg_proof', statement, 'true');
  for (const key of Object.keys(statement)) compare(`${kind}, a bit of ${key}`, 'verify_blob_kzg_proof', { ...statement, [key]: flipped(statement[key]) });
}

function makeRow(kind) {
  const blob = blobKinds[kind]();
  const commitment = compare(kind, 'blob_to_kzg_commitment', { blob });
  const both = compare(kind, 'compute_cells_and_kzg_proofs', { blob });
  if (!commitment || !both) return undefined;
  const row = { kind, blob, commitment: slices(commitment, 48, 1)[0], both };
  row.cells = slices(both, 2048, 128);
  row.proofs = slices(both, 48, 128, 128 * 2048);
  compare(kind, 'compute_cells', { blob }, both.slice(0, 2 + 2 * 128 * 2048));
  const proof = compare(kind, 'compute_blob_kzg_proof', { blob, commitment: row.commitment });
  if (proof) row.proof = slices(proof, 48, 1)[0];
  return row;
}

function recoveries(row) {
  for (const n of [64, 64 + below(63), 128]) {
    const chosen = new Set();
    while (chosen.size < n) chosen.add(below(128));
    const indices = [...chosen].sort((a, b) => a - b);
    compare(`${row.kind} from ${n}`, 'recover_cells_and_kzg_proofs', { cell_indices: indices.map(BigInt), cells: indices.map((k) => row.cells[k]) }, row.both);
  }
}

function cellBatches(rows) {
  for (const n of [1, 2, 1 + below(16), 1 + below(64), 65 + below(100)]) {
    const entries = Array.from({ length: n }, () => ({ row: pick(rows), column: below(128) }));
    const batch = {
      commitments: entries.map((e) => e.row.commitment), cell_indices: entries.map((e) => BigInt(e.column)),
      cells: entries.map((e) => e.row.cells[e.column]), proofs: entries.map((e) => e.row.proofs[e.column]),
    };
    compare(`${n} entries`, 'verify_cell_kzg_proof_batch', batch, 'true');
    for (const key of ['commitments', 'cells', 'proofs']) {
      const at = below(n), list = [...batch[key]];
      list[at] = flipped(list[at]);
      compare(`${n} entries, a bit of ${key}[${at}]`, 'verify_cell_kzg_proof_batch', { ...batch, [key]: list });
      list[at] = pick(rows)[key === 'cells' ? 'cells' : 'proofs'][below(128)];
      compare(`${n} entries, another ${key}[${at}]`, 'verify_cell_kzg_proof_batch', { ...batch, [key]: list });
    }
    const indices = [...batch.cell_indices];
    indices[below(n)] = BigInt(below(130));
    compare(`${n} entries, another index`, 'verify_cell_kzg_proof_batch', { ...batch, cell_indices: indices });
  }
}

function blobBatches(rows) {
  for (const n of [1, 2, 3 + below(8)]) {
    const chosen = Array.from({ length: n }, () => pick(rows));
    const batch = { blobs: chosen.map((r) => r.blob), commitments: chosen.map((r) => r.commitment), proofs: chosen.map((r) => r.proof) };
    compare(`${n} rows`, 'verify_blob_kzg_proof_batch', batch, 'true');
    for (const key of Object.keys(batch)) {
      const at = below(n), list = [...batch[key]];
      list[at] = flipped(list[at]);
      compare(`${n} rows, a bit of ${key}[${at}]`, 'verify_blob_kzg_proof_batch', { ...batch, [key]: list });
    }
  }
}

for (let round = 0; round < rounds; round++) {
  const rows = Object.keys(blobKinds).map(makeRow).filter((row) => row?.proof);
  for (const row of rows) {
    openings(row.kind, row);
    wholeBlob(row.kind, row);
  }
  recoveries(pick(rows));
  if (rows.length > 0) {
    for (let i = 0; i < 3; i++) cellBatches(rows);
    blobBatches(rows);
  }
}
console.log(`${passed} inputs on which all three agree (${refused} of them refused by all), ${failed} on which they do not`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
