// libkzg beside npm's c-kzg and @crate-crypto/node-eth-kzg: every operation, in this one process, on the same inputs, in
// turn, each the first of every third turn (A B C, B C A, C A B, ...), one core. Outputs must be equal. Run by bench/run,
// which pins the core and finds the addon. Each gets lists in the form that it takes without more work: libkzg one buffer, as
// its C interface does, the packages arrays of buffers, which they copy together.
//
//   node --expose-gc bench/peers.mjs [--reps N] [--quick] [--operation TEXT] [--csv FILE] [--seed N] [--precompute N]
//       [--clock wall|cpu]
//
// --clock cpu counts the processor time of this process, for a machine that others use at the same time.

import { createRequire } from "node:module";
import { cpus } from "node:os";
import { writeFileSync } from "node:fs";

const requirePeer = createRequire(new URL("../tests/interop/package.json", import.meta.url));
const FIELD_ELEMENTS = 4096;
const CELLS = 128;
const CKZG_PRECOMPUTE = 8; // what the reference column below was measured with

// ---- Options ----

function usage() {
  console.error(
    "usage: peers.mjs [--reps N] [--quick] [--operation TEXT] [--csv FILE] [--seed N] [--precompute 0-3] [--clock wall|cpu]",
  );
  process.exit(2);
}

function whole(text) {
  if (!/^[0-9]+$/.test(text ?? "")) usage();
  return Number(text);
}

function parseOptions(args) {
  const o = { reps: 0, quick: false, operation: "", csv: "", seed: Number(process.env.KZG_SEED ?? 1), precompute: -1, clock: "wall" };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--quick") o.quick = true;
    else if (args[i] === "--reps") o.reps = whole(args[++i]);
    else if (args[i] === "--seed") o.seed = whole(args[++i]);
    else if (args[i] === "--precompute") o.precompute = whole(args[++i]);
    else if (args[i] === "--clock" && ["wall", "cpu"].includes(args[i + 1])) o.clock = args[++i];
    else if (args[i] === "--operation") o.operation = args[++i] ?? usage();
    else if (args[i] === "--csv") o.csv = args[++i] ?? usage();
    else usage();
  }
  if (o.reps === 0) o.reps = o.quick ? 1 : 15;
  return o;
}

const options = parseOptions(process.argv.slice(2));

// ---- Random inputs: one seed, one sequence ----

const MODULUS = Buffer.from("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", "hex");

let randomState = options.seed >>> 0;

function random32() {
  randomState = (randomState + 0x9e3779b9) >>> 0;
  let z = randomState;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

function randomElement(out) {
  do {
    for (let i = 0; i < 32; i += 4) out.writeUInt32BE(random32(), i);
    out[0] &= 0x7f;
  } while (out.compare(MODULUS) >= 0);
  return out;
}

function randomBlob() {
  const blob = Buffer.alloc(32 * FIELD_ELEMENTS);
  for (let i = 0; i < FIELD_ELEMENTS; i++) randomElement(blob.subarray(32 * i, 32 * i + 32));
  return blob;
}

function randomHalf() {
  const columns = Array.from({ length: CELLS }, (_, i) => i);
  for (let i = CELLS - 1; i > 0; i--) {
    const j = random32() % (i + 1);
    [columns[i], columns[j]] = [columns[j], columns[i]];
  }
  return columns.slice(0, CELLS / 2).sort((a, b) => a - b);
}

// ---- The three libraries, behind the same names; outputs as one Buffer ----

const flat = (items) => Buffer.concat(items.map((x) => Buffer.from(x)));

function oursAs(addon, precompute) {
  const kzg = new addon.Context(precompute < 0 ? {} : { precompute });
  return {
    name: "libkzg",
    info: kzg.info(),
    commitment: (i) => kzg.blob_to_kzg_commitment(i.blob),
    proof: (i) => kzg.compute_kzg_proof(i.blob, i.z),
    blobProof: (i) => kzg.compute_blob_kzg_proof(i.blob, i.commitment),
    verify: (i) => kzg.verify_kzg_proof(i.commitment, i.z, i.y, i.zProof),
    verifyBlob: (i) => kzg.verify_blob_kzg_proof(i.blob, i.commitment, i.proof),
    verifyBlobs: ({ flat: i }) => kzg.verify_blob_kzg_proof_batch(i.blobs, i.commitments, i.proofs),
    cells: (i) => kzg.compute_cells(i.blob),
    cellsAndProofs: (i) => kzg.compute_cells_and_kzg_proofs(i.blob),
    recover: ({ flat: i }) => kzg.recover_cells_and_kzg_proofs(i.indices, i.cells),
    recoverCells: ({ flat: i }) => kzg.recover_cells(i.indices, i.cells),
    verifyCells: ({ flat: i }) => kzg.verify_cell_kzg_proof_batch(i.commitments, i.indices, i.cells, i.proofs),
    load: () => new addon.Context(precompute < 0 ? {} : { precompute }),
    bytes: (x) => (Array.isArray(x) ? flat(x) : x),
  };
}

function ckzgAs(ckzg) {
  return {
    name: "c-kzg",
    commitment: (i) => ckzg.blobToKzgCommitment(i.blob),
    proof: (i) => ckzg.computeKzgProof(i.blob, i.z),
    blobProof: (i) => ckzg.computeBlobKzgProof(i.blob, i.commitment),
    verify: (i) => ckzg.verifyKzgProof(i.commitment, i.z, i.y, i.zProof),
    verifyBlob: (i) => ckzg.verifyBlobKzgProof(i.blob, i.commitment, i.proof),
    verifyBlobs: (i) => ckzg.verifyBlobKzgProofBatch(i.blobs, i.commitments, i.proofs),
    cells: (i) => ckzg.computeCells(i.blob),
    cellsAndProofs: (i) => ckzg.computeCellsAndKzgProofs(i.blob),
    recover: (i) => ckzg.recoverCellsAndKzgProofs(i.indices, i.cells),
    verifyCells: (i) => ckzg.verifyCellKzgProofBatch(i.commitments, i.indices, i.cells, i.proofs),
    bytes: (x) => (Array.isArray(x) ? flat(x.flat()) : x),
  };
}

function ethkzgAs(Context) {
  const kzg = Context.create({ usePrecomp: true });
  return {
    name: "node-eth-kzg",
    commitment: (i) => kzg.blobToKzgCommitment(i.blob),
    proof: (i) => kzg.computeKzgProof(i.blob, i.z),
    blobProof: (i) => kzg.computeBlobKzgProof(i.blob, i.commitment),
    verify: (i) => kzg.verifyKzgProof(i.commitment, i.z, i.y, i.zProof),
    verifyBlob: (i) => kzg.verifyBlobKzgProof(i.blob, i.commitment, i.proof),
    verifyBlobs: (i) => kzg.verifyBlobKzgProofBatch(i.blobs, i.commitments, i.proofs),
    cells: (i) => kzg.computeCells(i.blob),
    cellsAndProofs: (i) => kzg.computeCellsAndKzgProofs(i.blob),
    recover: (i) => kzg.recoverCellsAndKzgProofs(i.indices, i.cells),
    verifyCells: (i) => kzg.verifyCellKzgProofBatch(i.commitments, i.indices, i.cells, i.proofs),
    load: () => Context.create({ usePrecomp: true }),
    bytes: (x) => (x?.cells ? flat([...x.cells, ...x.proofs]) : Array.isArray(x) ? flat(x) : x),
  };
}

// ---- Inputs of each row; made by libkzg, outside the clock ----

const POOL = options.quick ? 4 : 64 + 16; // more than the largest batch, so that batches in a row differ

// Lists as arrays, and in flat each as one buffer.
function lists(arrays) {
  const join = ([name, items]) => [name, name === "indices" ? BigUint64Array.from(items, BigInt) : Buffer.concat(items)];
  return { ...arrays, flat: Object.fromEntries(Object.entries(arrays).map(join)) };
}

class Pool {
  constructor(kzg) {
    this.kzg = kzg;
    this.entries = Array.from({ length: POOL }, () => this.makeEntry());
  }
  makeEntry() {
    const blob = randomBlob(), z = randomElement(Buffer.alloc(32));
    const commitment = this.kzg.commitment({ blob });
    const proof = this.kzg.blobProof({ blob, commitment });
    const [zProof, y] = this.kzg.proof({ blob, z });
    return { blob, z, commitment, proof, zProof, y };
  }
  one(i) {
    return this.entries[i % POOL];
  }
  cellsOf(i) {
    const e = this.one(i);
    if (!e.cells) {
      const [cells, proofs] = this.kzg.cellsAndProofs(e);
      e.cells = Array.from({ length: CELLS }, (_, c) => cells.subarray(2048 * c, 2048 * c + 2048));
      e.cellProofs = Array.from({ length: CELLS }, (_, c) => proofs.subarray(48 * c, 48 * c + 48));
    }
    return e;
  }
  blobs(i, n) {
    const es = Array.from({ length: n }, (_, k) => this.one(i + k));
    return lists({
      blobs: es.map((e) => e.blob), commitments: es.map((e) => e.commitment), proofs: es.map((e) => e.proof),
    });
  }
  // The entries of a batch of cells: [blob, column] each.
  batch(pairs) {
    const es = pairs.map(([b, c]) => [this.cellsOf(b), c]);
    return lists({
      commitments: es.map(([e]) => e.commitment),
      indices: es.map(([, c]) => c),
      cells: es.map(([e, c]) => e.cells[c]),
      proofs: es.map(([e, c]) => e.cellProofs[c]),
    });
  }
  rows(i, n) {
    return this.batch(Array.from({ length: n * CELLS }, (_, k) => [i + Math.floor(k / CELLS), k % CELLS]));
  }
  column(i, n) {
    const c = random32() % CELLS;
    return this.batch(Array.from({ length: n }, (_, k) => [i + k, c]));
  }
  half(i) {
    const e = this.cellsOf(i), indices = randomHalf();
    return lists({ indices, cells: indices.map((c) => e.cells[c]) });
  }
}

// ---- The rows ----
//
// aim: milliseconds, without AVX-512. reference: milliseconds of c-kzg on the machine where the aims were set. Only
// their ratio carries over to another machine or hour: docs/performance.md.

const small = (n, quick) => (options.quick ? quick : n);
const [B6, B64, B16] = [small(6, 2), small(64, 4), small(16, 2)];
const ROWS = [
  { name: "blob_to_kzg_commitment", call: "commitment", input: (p, i) => p.one(i), aim: 14, reference: 40.5 },
  { name: "compute_kzg_proof", call: "proof", input: (p, i) => p.one(i), aim: 15, reference: 42.7 },
  { name: "compute_blob_kzg_proof", call: "blobProof", input: (p, i) => p.one(i), aim: 15, reference: 42.6 },
  { name: "verify_kzg_proof", call: "verify", input: (p, i) => p.one(i), aim: 0.85, reference: 1.04 },
  { name: "verify_blob_kzg_proof", call: "verifyBlob", input: (p, i) => p.one(i), aim: 1.4, reference: 1.78 },
  { name: `verify_blob_kzg_proof_batch, ${B6}`, call: "verifyBlobs", input: (p, i) => p.blobs(i, B6), aim: 5.5, reference: 7.4 },
  { name: `verify_blob_kzg_proof_batch, ${B64}`, call: "verifyBlobs", input: (p, i) => p.blobs(i, B64), aim: 48, reference: 71 },
  { name: "compute_cells_and_kzg_proofs", call: "cellsAndProofs", input: (p, i) => p.one(i), aim: 110, reference: 168 },
  { name: "compute_cells", call: "cells", input: (p, i) => p.one(i), aim: 1.3, reference: 2.65 },
  { name: "recover_cells_and_kzg_proofs, 64 of 128", call: "recover", input: (p, i) => p.half(i), aim: 120, reference: 193 },
  { name: "recover, 64 of 128, cells alone", call: "recoverCells", input: (p, i) => p.half(i), aim: 10, reference: 20 },
  { name: "verify_cell_kzg_proof_batch, 1 cell", call: "verifyCells", input: (p, i) => p.batch([[i, random32() % CELLS]]), aim: 2.1, reference: 2.7 },
  { name: "verify_cell_kzg_proof_batch, 1 blob x 128", call: "verifyCells", input: (p, i) => p.rows(i, 1), aim: 12, reference: 15.8 },
  { name: `verify_cell_kzg_proof_batch, column of ${B64}`, call: "verifyCells", input: (p, i) => p.column(i, B64), aim: 13, reference: 14.7 },
  { name: `verify_cell_kzg_proof_batch, ${B16} blobs x 128`, call: "verifyCells", input: (p, i) => p.rows(i, B16), aim: 130, reference: 179 },
];
const LOAD = { name: "load the trusted setup", aim: 400, reference: 2170 };

// ---- Measuring ----

function processorMs() {
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e3;
}

const spent = { wall: 0, cpu: 0 };

function clock(f) {
  const cpu = processorMs(), wall = process.hrtime.bigint();
  const result = f();
  const took = { wall: Number(process.hrtime.bigint() - wall) / 1e6, cpu: processorMs() - cpu };
  spent.wall += took.wall;
  spent.cpu += took.cpu;
  return [took[options.clock], result];
}

const middle = (sorted) => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;

function statistics(samples) {
  const s = [...samples].sort((a, b) => a - b), n = s.length;
  const at = (q) => s[Math.min(n - 1, Math.ceil(q * n) - 1)];
  return { min: s[0], median: middle(s), p99: at(0.99), n, samples };
}

function mustAgree(row, outputs) {
  const first = outputs[0];
  if (first === false) throw new Error(`${row.name}: a true statement was refused`);
  for (const other of outputs.slice(1)) {
    const same = first instanceof Uint8Array ? Buffer.compare(first, other) === 0 : other === first;
    if (!same) throw new Error(`${row.name}: the libraries disagree`);
  }
}

function measure(row, libraries, pool) {
  const those = libraries.filter((l) => l[row.call]);
  const samples = new Map(those.map((l) => [l.name, []]));
  for (const l of those) l[row.call](row.input(pool, options.reps)); // warms up
  for (let i = 0; i < options.reps; i++) {
    const input = row.input(pool, i), outputs = [];
    globalThis.gc?.();
    for (let k = 0; k < those.length; k++) {
      const l = those[(i + k) % those.length], [ms, output] = clock(() => l[row.call](input));
      samples.get(l.name).push(ms);
      outputs.push(l.bytes(output));
    }
    mustAgree(row, outputs);
  }
  return new Map([...samples].map(([name, s]) => [name, statistics(s)]));
}

// An empty batch is true without any work: what is left is the way from JavaScript into the library and back.
function measureBoundary(libraries) {
  const empty = lists({ commitments: [], indices: [], cells: [], proofs: [] });
  const calls = options.quick ? 10 : 2000, result = {};
  for (const l of libraries) {
    for (let i = 0; i < calls; i++) l.verifyCells(empty);
    const samples = [];
    for (let i = 0; i < Math.max(3, options.reps); i++) {
      const [ms] = clock(() => {
        for (let k = 0; k < calls; k++) l.verifyCells(empty);
      });
      samples.push((ms * 1e3) / calls);
    }
    result[l.name] = statistics(samples).median;
  }
  return result;
}

// ---- The table ----

const CLOCKS = { wall: "wall clock", cpu: "processor time" };
const ms = (s) => (s === undefined ? "-" : s.median.toFixed(s.median < 10 ? 3 : 1));
const ratio = (x) => (x === undefined ? "-" : x.toFixed(2));
const met = (yes) => (yes === undefined ? "-" : yes ? "met" : "not met");

// How much slower this machine is, now, than the one where the aims were set: for rows that c-kzg's package lacks.
function machineFactor(results) {
  const factors = results
    .filter((r) => r.times.get("c-kzg") && r.row !== LOAD)
    .map((r) => r.times.get("c-kzg").median / r.row.reference)
    .sort((a, b) => a - b);
  return factors.length ? factors[factors.length >> 1] : undefined;
}

// The median of the ratios of neighbours in time, so that a slow minute weighs on both sides alike.
function ratioTo(ours, other) {
  if (other.n !== ours.n) return ours.median / other.median;
  return middle(ours.samples.map((x, i) => x / other.samples[i]).sort((a, b) => a - b));
}

function judge(result, factor) {
  const [ours, ckzg, eth] = ["libkzg", "c-kzg", "node-eth-kzg"].map((n) => result.times.get(n));
  const { aim, reference } = result.row;
  const peers = [ckzg, eth].filter(Boolean);
  const toCkzg = ckzg ? ratioTo(ours, ckzg) : factor && ours.median / (factor * reference);
  return {
    name: result.row.name, ours, ckzg, eth, aim,
    toFaster: peers.length ? Math.max(...peers.map((p) => ratioTo(ours, p))) : undefined,
    toCkzg,
    estimated: !ckzg,
    aimRatio: aim / reference,
    metAbsolute: options.quick ? undefined : ours.median <= aim,
    metRatio: options.quick || !toCkzg ? undefined : toCkzg <= aim / reference,
  };
}

const COLUMNS = [
  ["operation (ms, median)", 46, (j) => j.name],
  ["libkzg", 9, (j) => ms(j.ours)],
  ["c-kzg", 9, (j) => ms(j.ckzg)],
  ["eth-kzg", 9, (j) => ms(j.eth)],
  ["/faster", 8, (j) => ratio(j.toFaster)],
  ["/c-kzg", 8, (j) => ratio(j.toCkzg) + (j.estimated && j.toCkzg ? "*" : "")],
  ["aim/c-kzg", 10, (j) => ratio(j.aimRatio)],
  ["by ratio", 9, (j) => met(j.metRatio)],
  ["aim ms", 8, (j) => String(j.aim)],
  ["by ms", 9, (j) => met(j.metAbsolute)],
];

function printTable(judged) {
  const line = (cells) =>
    console.log(cells.map((c, i) => (i === 0 ? c.padEnd(COLUMNS[i][1]) : c.padStart(COLUMNS[i][1]))).join(" "));
  line(COLUMNS.map(([title]) => title));
  for (const j of judged) line(COLUMNS.map(([, , cell]) => cell(j)));
}

function writeCsv(file, judged, about) {
  const fields = (s) => (s ? [s.min, s.median, s.p99].map((x) => x.toFixed(4)) : ["", "", ""]);
  const head = "operation," + ["libkzg", "c-kzg", "node-eth-kzg"].map((n) => `${n}_min_ms,${n}_median_ms,${n}_p99_ms`).join(",");
  const rows = judged.map((j) =>
    [`"${j.name}"`, ...fields(j.ours), ...fields(j.ckzg), ...fields(j.eth), j.ours.n, ratio(j.toFaster), ratio(j.toCkzg),
      j.aimRatio.toFixed(3), met(j.metRatio), j.aim, met(j.metAbsolute), about.backend, options.clock, about.precompute, about.commit,
      `"${about.compiler}"`, `"${about.cpu}"`].join(","));
  writeFileSync(file, [`${head},samples,ratio_to_faster,ratio_to_ckzg,aim_ratio,by_ratio,aim_ms,by_ms,backend,clock,precompute,commit,compiler,cpu`, ...rows, ""].join("\n"));
}

// ---- The run ----

const addon = createRequire(import.meta.url)(process.env.KZG_ADDON);
const ckzg = requirePeer("c-kzg");
const { DasContextJs } = requirePeer("@crate-crypto/node-eth-kzg");

// c-kzg holds one setup for the process and loads it once; so its load is one sample.
const [ckzgLoad] = clock(() => ckzg.loadTrustedSetup(CKZG_PRECOMPUTE));
const [ethLoad, eth] = clock(() => ethkzgAs(DasContextJs));
const ours = oursAs(addon, options.precompute);
const libraries = [ours, ckzgAs(ckzg), eth];

const about = {
  cpu: cpus()[0].model.trim(), backend: ours.info.backend, precompute: ours.info.precompute,
  commit: process.env.KZG_BENCH_COMMIT ?? "unknown", compiler: process.env.KZG_BENCH_COMPILER ?? "unknown",
};
console.log(`libkzg ${ours.info.version} (backend ${about.backend}, precompute ${about.precompute}, tables ${(ours.info.tables_bytes / 2 ** 20).toFixed(1)} MiB), ` +
  `c-kzg ${requirePeer("c-kzg/package.json").version} (precompute ${CKZG_PRECOMPUTE}), @crate-crypto/node-eth-kzg ${requirePeer("@crate-crypto/node-eth-kzg/package.json").version} (precomputation on)`);
console.log(`commit ${about.commit}, compiler ${about.compiler}, ${about.cpu}, node ${process.version}, seed ${options.seed}, ${options.reps} samples, ${CLOCKS[options.clock]}${options.quick ? " (quick: not a measurement)" : ""}`);

const pool = new Pool(ours);
const results = ROWS.filter((row) => row.name.includes(options.operation))
  .map((row) => ({ row, times: measure(row, libraries, pool) }));
if (LOAD.name.includes(options.operation)) {
  const loads = Array.from({ length: Math.min(5, options.reps) }, () => clock(() => ours.load())[0]);
  results.push({ row: LOAD, times: new Map([
    ["libkzg", statistics(loads)], ["c-kzg", statistics([ckzgLoad])], ["node-eth-kzg", statistics([ethLoad])],
  ]) });
}

const factor = machineFactor(results);
const judged = results.map((r) => judge(r, factor));
console.log();
printTable(judged);
console.log();
if (factor) console.log(`c-kzg here and now takes ${factor.toFixed(2)} times what it took where the aims were set (median of the rows); * uses that, since c-kzg's package has no such call`);
const taken = 1 - spent.cpu / spent.wall;
if (taken > 0.03) console.log(`others had this core for ${(100 * taken).toFixed(0)} % of the time: ${options.clock === "wall" ? "milliseconds are too long; --clock cpu leaves that out" : "left out here, but caches were shared"}`);
const boundary = measureBoundary(libraries);
console.log(`an empty call from JavaScript and back (included above): ${Object.entries(boundary).map(([n, us]) => `${n} ${us.toFixed(2)} us`).join(", ")}`);
if (!options.quick) {
  const count = (key) => judged.filter((j) => j[key]).length;
  console.log(`aims met: ${count("metRatio")} of ${judged.length} by ratio, ${count("metAbsolute")} of ${judged.length} by milliseconds`);
}
if (options.csv) writeCsv(options.csv, judged, about);
