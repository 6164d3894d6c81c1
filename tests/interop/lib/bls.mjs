// BLS12-381 G1 and the scalar field in plain BigInt: slow, small, and sharing nothing with libkzg, so that points and
// forgeries can be made that no library would hand out.
import { createHash } from 'node:crypto';

export const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
export const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
export const COFACTOR = 0x396c8c005555e1568c00aaab0000aaabn;
export const TORSION_PRIMES = [3n, 11n, 10177n, 859267n, 52437899n];

export const mod = (a, m) => ((a % m) + m) % m;

export function pow(base, exponent, m) {
  let result = 1n;
  for (let b = mod(base, m); exponent > 0n; exponent >>= 1n, b = (b * b) % m) {
    if (exponent & 1n) result = (result * b) % m;
  }
  return result;
}

export function inverse(a, m) {
  let [x, y, u, v] = [mod(a, m), m, 1n, 0n];
  while (x > 1n) {
    const q = y / x;
    [x, y, u, v] = [y - q * x, x, v - q * u, u];
  }
  return mod(u, m);
}

// ---- Points: {x, y}, or null for infinity ----

export const GENERATOR = {
  x: 0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
  y: 0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
};

export const negate = (a) => a && { x: a.x, y: mod(-a.y, P) };

export function add(a, b) {
  if (a === null) return b;
  if (b === null) return a;
  if (a.x === b.x && mod(a.y + b.y, P) === 0n) return null;
  const slope = a.x === b.x ? 3n * a.x * a.x * inverse(2n * a.y, P) : (b.y - a.y) * inverse(b.x - a.x, P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

export function multiply(a, k) {
  let sum = null;
  for (let b = a; k > 0n; k >>= 1n, b = add(b, b)) {
    if (k & 1n) sum = add(sum, b);
  }
  return sum;
}

// The point with this x and the smaller y, or undefined where there is none.
export function lift(x) {
  const square = mod(x * x * x + 4n, P);
  const y = pow(square, (P + 1n) / 4n, P);
  if ((y * y) % P !== square) return undefined;
  return { x, y: y > (P - 1n) / 2n ? P - y : y };
}

export const toBytes = (value, n) => Buffer.from(value.toString(16).padStart(2 * n, '0'), 'hex');
export const fromBytes = (bytes) => BigInt('0x' + Buffer.from(bytes).toString('hex'));
export const hex = (bytes) => '0x' + Buffer.from(bytes).toString('hex');

export function compress(a) {
  if (a === null) return Buffer.from('c0'.padEnd(96, '0'), 'hex');
  const bytes = toBytes(a.x, 48);
  bytes[0] |= a.y > (P - 1n) / 2n ? 0xa0 : 0x80;
  return bytes;
}

export function decompress(bytes) {
  if (bytes[0] & 0x40) return null;
  const copy = Buffer.from(bytes);
  copy[0] &= 0x1f;
  const point = lift(fromBytes(copy));
  return bytes[0] & 0x20 ? negate(point) : point;
}

// A point of exactly this prime order.
export function torsion(prime) {
  let others = COFACTOR * R;
  while (others % prime === 0n) others /= prime;
  for (let x = 1n; ; x++) {
    const start = lift(x);
    let point = start && multiply(start, others);
    if (!point) continue;
    for (let next = multiply(point, prime); next !== null; next = multiply(point, prime)) point = next;
    return point;
  }
}

// ---- Scalars, the domain, challenges ----

export const ROOT_8192 = pow(7n, (R - 1n) / 8192n, R);

export function reverseBits(i, bits) {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
  return reversed;
}

// Values of a blob, by its place in the blob, to the value at any z outside the domain.
export function evaluate(blob, z) {
  const root = pow(ROOT_8192, 2n, R);
  const powers = [1n];
  for (let i = 1; i < 4096; i++) powers.push((powers[i - 1] * root) % R);
  const differences = [];
  const products = [1n];
  for (let i = 0; i < 4096; i++) {
    differences.push(mod(z - powers[reverseBits(i, 12)], R));
    products.push((products[i] * differences[i]) % R);
  }
  let inverted = inverse(products[4096], R);
  let sum = 0n;
  for (let i = 4095; i >= 0; i--) {
    const one = (inverted * products[i]) % R;
    inverted = (inverted * differences[i]) % R;
    sum += fromBytes(blob.subarray(32 * i, 32 * i + 32)) * powers[reverseBits(i, 12)] * one;
  }
  return mod(sum * (pow(z, 4096n, R) - 1n) * inverse(4096n, R), R);
}

// Shift of a column's coset to the 64th power: what the pairing equation of its proof multiplies the proof by.
export const cosetPower = (column) => pow(ROOT_8192, BigInt(64 * reverseBits(column, 7)), R);

const u64 = (value) => toBytes(BigInt(value), 8);
const u128 = (value) => toBytes(BigInt(value), 16);

function hashToScalar(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return fromBytes(hash.digest()) % R;
}

// spec: compute_challenge
export const blobChallenge = (blob, commitment) =>
  hashToScalar([Buffer.from('FSBLOBVERIFY_V1_'), u128(4096), blob, commitment]);

// spec: verify_kzg_proof_batch; omit names what a faulty implementation leaves out of the hash.
export function batchChallenge(entries, omit = '') {
  const parts = [Buffer.from('RCKZGBATCH___V1_'), u64(4096), u64(entries.length)];
  for (const e of entries) {
    if (omit !== 'commitments') parts.push(e.commitment);
    parts.push(toBytes(e.z, 32));
    if (omit !== 'values') parts.push(toBytes(e.y, 32));
    if (omit !== 'proofs') parts.push(e.proof);
  }
  return hashToScalar(parts);
}

// spec: compute_verify_cell_kzg_proof_batch_challenge, from entries {commitment, column, cell, proof}
export function cellBatchChallenge(entries, omit = '') {
  const distinct = [...new Set(entries.map((e) => hex(e.commitment)))];
  const parts = [Buffer.from('RCKZGCBATCH__V1_'), u64(4096), u64(64), u64(distinct.length), u64(entries.length)];
  if (omit !== 'commitments') for (const c of distinct) parts.push(Buffer.from(c.slice(2), 'hex'));
  for (const e of entries) {
    parts.push(u64(distinct.indexOf(hex(e.commitment))), u64(e.column));
    if (omit !== 'cells') parts.push(e.cell);
    if (omit !== 'proofs') parts.push(e.proof);
  }
  return hashToScalar(parts);
}
