// The npm peers and libkzg behind one interface: operations by the specification's names, Buffers in and out, indices as
// BigInt; a refusal is an exception.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function loadCkzg() {
  const ckzg = require('c-kzg');
  ckzg.loadTrustedSetup(0);
  return ckzg;
}

const flat = (list) => Buffer.concat(list.map((item) => Buffer.from(item)));

// c-kzg's binding takes numbers: what does not fit is refused by us as the binding would.
function toNumbers(indices) {
  return indices.map((i) => {
    if (i > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('index does not fit a number');
    return Number(i);
  });
}

const camel = (f) => ({
  blob_to_kzg_commitment: ({ blob }) => Buffer.from(f.blobToKzgCommitment(blob)),
  compute_kzg_proof: ({ blob, z }) => flat(f.computeKzgProof(blob, z)),
  compute_blob_kzg_proof: ({ blob, commitment }) => Buffer.from(f.computeBlobKzgProof(blob, commitment)),
  verify_kzg_proof: ({ commitment, z, y, proof }) => f.verifyKzgProof(commitment, z, y, proof),
  verify_blob_kzg_proof: ({ blob, commitment, proof }) => f.verifyBlobKzgProof(blob, commitment, proof),
  verify_blob_kzg_proof_batch: ({ blobs, commitments, proofs }) =>
    f.verifyBlobKzgProofBatch(blobs, commitments, proofs),
  compute_cells: ({ blob }) => flat(f.computeCells(blob)),
});

export function ckzgPeer(f) {
  return {
    name: 'c-kzg',
    ...camel(f),
    compute_cells_and_kzg_proofs: ({ blob }) => flat(f.computeCellsAndKzgProofs(blob).flat()),
    recover_cells_and_kzg_proofs: ({ cell_indices, cells }) =>
      flat(f.recoverCellsAndKzgProofs(toNumbers(cell_indices), cells).flat()),
    verify_cell_kzg_proof_batch: ({ commitments, cell_indices, cells, proofs }) =>
      f.verifyCellKzgProofBatch(commitments, toNumbers(cell_indices), cells, proofs),
  };
}

export function ethKzgPeer() {
  const f = require('@crate-crypto/node-eth-kzg').DasContextJs.create({ usePrecomp: false });
  const both = ({ cells, proofs }) => flat([...cells, ...proofs]);
  return {
    name: 'node-eth-kzg',
    ...camel(f),
    compute_cells_and_kzg_proofs: ({ blob }) => both(f.computeCellsAndKzgProofs(blob)),
    recover_cells_and_kzg_proofs: ({ cell_indices, cells }) => both(f.recoverCellsAndKzgProofs(cell_indices, cells)),
    verify_cell_kzg_proof_batch: ({ commitments, cell_indices, cells, proofs }) =>
      f.verifyCellKzgProofBatch(commitments, cell_indices, cells, proofs),
  };
}

// libkzg through the addon that KZG_ADDON names.
export function libkzgPeer() {
  const addon = require(process.env.KZG_ADDON);
  const wanted = process.env.KZG_BACKEND;
  if (wanted && wanted !== addon.backend) {
    console.error(`INTEROP IS SKIPPED: this machine cannot run the backend ${wanted}`);
    process.exit(77);
  }
  const f = new addon.Context();
  const peer = { name: `libkzg (${addon.backend})` };
  const orders = {
    blob_to_kzg_commitment: ['blob'],
    compute_kzg_proof: ['blob', 'z'],
    compute_blob_kzg_proof: ['blob', 'commitment'],
    verify_kzg_proof: ['commitment', 'z', 'y', 'proof'],
    verify_blob_kzg_proof: ['blob', 'commitment', 'proof'],
    verify_blob_kzg_proof_batch: ['blobs', 'commitments', 'proofs'],
    compute_cells: ['blob'],
    compute_cells_and_kzg_proofs: ['blob'],
    recover_cells_and_kzg_proofs: ['cell_indices', 'cells'],
    verify_cell_kzg_proof_batch: ['commitments', 'cell_indices', 'cells', 'proofs'],
    compute_challenge: ['blob', 'commitment'],
    compute_verify_cell_kzg_proof_batch_challenge: [
      'commitments', 'commitment_indices', 'cell_indices', 'cosets_evals', 'proofs',
    ],
  };
  for (const [name, order] of Object.entries(orders)) {
    peer[name] = (input) => {
      const result = f[name](...order.map((key) => input[key]));
      return Array.isArray(result) ? Buffer.concat(result) : result;
    };
  }
  return peer;
}
