/* A program written for c-kzg-4844: only the path of its header has changed. Its argument is the trusted setup's
 * file. */
#include <kzg/ckzg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    KZGSettings settings;
    FILE *file = fopen(argv[1], "r");
    if (file == NULL) return 2;
    C_KZG_RET ret = load_trusted_setup_file(&settings, file, 0);
    fclose(file);
    if (ret != C_KZG_OK) return 3;

    Blob *blob = calloc(1, sizeof(Blob));
    if (blob == NULL) return 4;
    for (size_t i = 0; i < FIELD_ELEMENTS_PER_BLOB; i++) {
        blob->bytes[i * BYTES_PER_FIELD_ELEMENT + 30] = (uint8_t)(i >> 8);
        blob->bytes[i * BYTES_PER_FIELD_ELEMENT + 31] = (uint8_t)i;
    }
    KZGCommitment commitment;
    KZGProof proof;
    bool ok = false;
    if (blob_to_kzg_commitment(&commitment, blob, &settings) != C_KZG_OK) return 5;
    if (compute_blob_kzg_proof(&proof, blob, &commitment, &settings) != C_KZG_OK) return 6;
    if (verify_blob_kzg_proof(&ok, blob, &commitment, &proof, &settings) != C_KZG_OK || !ok) return 7;
    blob->bytes[31] ^= 1;
    if (verify_blob_kzg_proof(&ok, blob, &commitment, &proof, &settings) != C_KZG_OK || ok) return 8;
    memset(blob->bytes, 0xff, BYTES_PER_FIELD_ELEMENT);
    if (blob_to_kzg_commitment(&commitment, blob, &settings) != C_KZG_BADARGS) return 9;

    free_trusted_setup(&settings);
    free(blob);
    printf("the blob verifies\n");
    return 0;
}
