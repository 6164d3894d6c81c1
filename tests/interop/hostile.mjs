// The hostile set through both npm peers and libkzg: everybody must give the intended answer, but for the differences
// named here. `--every N` takes each Nth case, and one of each known difference.
import { readFileSync } from 'node:fs';
import { HostileSet, sha256 } from './lib/hostile_set.mjs';
import { ckzgPeer, ethKzgPeer, libkzgPeer, loadCkzg } from './lib/peers.mjs';

// Where a peer is known to answer otherwise: [name, peer, case id, why]. A difference that does not show is a failure
// too, so that this list stays true.
const KNOWN = [
  ['unsorted indices taken', 'c-kzg', /^33-(swapped|last-two|halves|backwards)/, 'does not refuse cell indices out of order'],
  ['inconsistent cells recovered', 'c-kzg', /^34-(?!64)/, 'returns cells that are not those given, without an error'],
];

const file = JSON.parse(readFileSync(new URL('../vectors/hostile.json', import.meta.url)));
const ckzg = loadCkzg();
const set = new HostileSet(file.blobs, ckzg, file.values);
const peers = [libkzgPeer(), ckzgPeer(ckzg), ethKzgPeer()];

const every = Number(process.argv[2] === '--every' ? process.argv[3] : 1);
const firsts = KNOWN.map(([, , pattern]) => file.cases.find(([id]) => pattern.test(id)));
const cases = file.cases.filter((each, i) => i % every === 0 || firsts.includes(each));

const ask = (peer, fn, input) => {
  try {
    return { output: peer[fn](input) };
  } catch (error) {
    return { error };
  }
};

const bytes = (value) => Buffer.concat([value].flat().map((text) => Buffer.from(text.slice(2), 'hex')));

// Why an answer is not the intended one; undefined if it is.
function fault(expect, got, ours) {
  if (expect.error) {
    if (!got.error) return `expected the error ${expect.error}, got ${typeof got.output === 'boolean' ? got.output : 'a result'}`;
    const [code, argument, index] = expect.error;
    const same = got.error.code === code && (argument === undefined || got.error.argument === argument) && (index === undefined || got.error.index === index);
    return !ours || same ? undefined : `expected ${expect.error}, got ${got.error.code} of ${got.error.argument} ${got.error.index}`;
  }
  if (got.error) return `expected a result, got the error ${got.error.message}`;
  if (typeof expect === 'boolean') return got.output === expect ? undefined : `expected ${expect}, got ${got.output}`;
  if (expect.digest) return '0x' + sha256(got.output).toString('hex') === expect.digest ? undefined : 'the result differs';
  return Buffer.compare(bytes(expect), got.output) === 0 ? undefined : 'the result differs';
}

const counts = new Map(peers.map((peer) => [peer.name, { passed: 0, failed: 0, known: 0, absent: 0 }]));
const shown = new Map(KNOWN.map(([name]) => [name, 0]));
for (const [id, fn, words, expect] of cases) {
  const input = set.input(words);
  peers.forEach((peer, p) => {
    const count = counts.get(peer.name);
    if (!peer[fn]) {
      count.absent++;
      return;
    }
    const why = fault(expect, ask(peer, fn, input), p === 0);
    const difference = KNOWN.find(([, name, pattern]) => name === peer.name && pattern.test(id));
    if (why && difference) {
      count.known++;
      shown.set(difference[0], shown.get(difference[0]) + 1);
    } else if (why) {
      count.failed++;
      console.log(`FAILED ${peer.name} ${fn} ${id}: ${why}`);
    } else {
      count.passed++;
    }
  });
}
let passed = 0, failed = 0;
for (const [name, c] of counts) {
  console.log(`${name}: ${c.passed} as intended, ${c.failed} not, ${c.known} known differences, ${c.absent} of functions it does not have`);
  passed += c.passed;
  failed += c.failed;
}
for (const [name, peer, , why] of KNOWN) {
  console.log(`known difference "${name}": ${peer} ${why} (${shown.get(name)} cases)`);
  if (shown.get(name) === 0) {
    failed++;
    console.log(`FAILED the difference "${name}" does not show any more: take it from the list`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
