/* Commits to the constant polynomial 1: its commitment is the generator of G1, whatever the setup. */
#include <kzg/kzg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char GENERATOR[8] = {0x97, 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94};

static int fail(const char *what, kzg_status status) {
    char text[256];
    kzg_status_format(status, text, sizeof text);
    fprintf(stderr, "%s: %s\n", what, text);
    return 1;
}

int main(void) {
    kzg_ctx *ctx = NULL;
    kzg_status status = kzg_new(&ctx, NULL);
    if (status.code != KZG_OK) return fail("kzg_new", status);

    kzg_blob *blob = calloc(1, sizeof *blob);
    if (blob == NULL) return 1;
    for (size_t i = 0; i < KZG_FIELD_ELEMENTS_PER_BLOB; i++) {
        blob->bytes[32 * i + 31] = 1;
    }
    kzg_bytes48 commitment, proof;
    status = kzg_blob_to_kzg_commitment(ctx, &commitment, blob);
    if (status.code != KZG_OK) return fail("commitment", status);
    if (memcmp(commitment.bytes, GENERATOR, sizeof GENERATOR) != 0) {
        fprintf(stderr, "the commitment is not the generator\n");
        return 1;
    }
    status = kzg_compute_blob_kzg_proof(ctx, &proof, blob, &commitment);
    if (status.code != KZG_OK) return fail("proof", status);
    bool valid = false;
    status = kzg_verify_blob_kzg_proof(ctx, &valid, blob, &commitment, &proof);
    if (status.code != KZG_OK) return fail("verify", status);
    blob->bytes[31] = 2;
    bool false_statement = true;
    status = kzg_verify_blob_kzg_proof(ctx, &false_statement, blob, &commitment, &proof);
    if (status.code != KZG_OK) return fail("verify", status);
    printf("libkzg says %d %d\n", valid, false_statement);
    free(blob);
    kzg_free(ctx);
    return valid && !false_statement ? 0 : 1;
}
