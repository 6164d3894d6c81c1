#include "cli/upgrade_answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/hex.h"
#include "cli/context.h"
#include "wire/wire.h"

#define SSZ        "application/octet-stream"
#define JSON       "application/json"
#define KNOWN_SEED UINT64_C(4844)
#define BLOBS      2
#define SOME_CELLS 8                            /* of a verification */
#define HALF       (KZG_CELLS_PER_EXT_BLOB / 2) /* that recovery begins with */
#define CASES_MAX  32

/* A request and its answer, with the memory of both. */
struct request {
    char name[96], path[80];
    uint8_t *body, *expected;
};

struct requests {
    struct upgrade_answer answer[CASES_MAX];
    struct request own[CASES_MAX];
    size_t count;
};

/* What requests are made of: two random blobs and all that goes with them. */
struct material {
    kzg_blob blob[BLOBS];
    kzg_bytes48 commitment[BLOBS], blob_proof[BLOBS], proof;
    kzg_bytes32 z, y;
    kzg_cell cell[KZG_CELLS_PER_EXT_BLOB];
    kzg_bytes48 cell_proof[KZG_CELLS_PER_EXT_BLOB], same[KZG_CELLS_PER_EXT_BLOB];
    uint64_t index[KZG_CELLS_PER_EXT_BLOB], zero[KZG_CELLS_PER_EXT_BLOB];
    kzg_blob bad_blob;
    kzg_bytes48 bad_point;
};

struct answers {
    kzg_ctx *ctx;
    struct material *material;
    struct requests known, shadow;
    size_t next;   /* of shadow */
    uint64_t seed; /* of shadow's next */
    struct upgrade_cross cross[2];
    uint8_t *cross_prefix;
    char setup_sha256[65];
    struct upgrade_answers all;
};

/* ---- Material -------------------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
static uint64_t next_random(uint64_t *seed) {
    uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Field elements: 248 random bits are below the modulus. */
static void fill_elements(uint8_t *out, size_t bytes, uint64_t *seed) {
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t x = next_random(seed);
        memcpy(out + i, &x, 8);
        if (i % KZG_BYTES_PER_FIELD_ELEMENT == 0) out[i] = 0;
    }
}

static bool make_material(const kzg_ctx *ctx, struct material *m, uint64_t seed) {
    bool good = true;
    for (size_t i = 0; good && i < BLOBS; i++) {
        fill_elements(m->blob[i].bytes, sizeof m->blob[i].bytes, &seed);
        good = kzg_blob_to_kzg_commitment(ctx, &m->commitment[i], &m->blob[i]).code == KZG_OK &&
               kzg_compute_blob_kzg_proof(ctx, &m->blob_proof[i], &m->blob[i], &m->commitment[i]).code == KZG_OK;
    }
    fill_elements(m->z.bytes, sizeof m->z.bytes, &seed);
    good = good && kzg_compute_kzg_proof(ctx, &m->proof, &m->y, &m->blob[0], &m->z).code == KZG_OK &&
           kzg_compute_cells_and_kzg_proofs(ctx, m->cell, m->cell_proof, &m->blob[0]).code == KZG_OK;
    for (size_t i = 0; i < KZG_CELLS_PER_EXT_BLOB; i++) {
        m->index[i] = i;
        m->zero[i] = 0;
        m->same[i] = m->commitment[0];
    }
    m->bad_blob = m->blob[1];
    memset(m->bad_blob.bytes + 17 * KZG_BYTES_PER_FIELD_ELEMENT, 0xff, KZG_BYTES_PER_FIELD_ELEMENT);
    memset(m->bad_point.bytes, 0xff, sizeof m->bad_point.bytes);
    return good;
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

/* The SSZ container: values of fixed size, offsets of lists, then the lists. NULL without memory. */
static uint8_t *make_ssz(const struct wire_operation *operation, const struct wire_args *args, size_t *ret_length) {
    size_t fixed = 0, whole = 0;
    for (size_t i = 0; i < operation->count; i++) {
        size_t bytes = operation->argument[i].item_bytes * args->value[i].count;
        fixed += operation->argument[i].list ? 4 : bytes;
        whole += operation->argument[i].list ? 4 + bytes : bytes;
    }
    uint8_t *out = malloc(whole);
    size_t at = 0, behind = fixed;
    for (size_t i = 0; out != NULL && i < operation->count; i++) {
        size_t bytes = operation->argument[i].item_bytes * args->value[i].count;
        if (operation->argument[i].list) {
            for (int k = 0; k < 4; k++) out[at++] = (uint8_t)(behind >> 8 * k);
            memcpy(out + behind, args->value[i].data, bytes);
            behind += bytes;
        } else {
            memcpy(out + at, args->value[i].data, bytes);
            at += bytes;
        }
    }
    *ret_length = whole;
    return out;
}

/* One value each, all of them bytes. */
static uint8_t *make_json(const struct wire_operation *operation, const struct wire_args *args, size_t *ret_length) {
    size_t whole = 2;
    for (size_t i = 0; i < operation->count; i++)
        whole += strlen(operation->argument[i].name) + 2 * operation->argument[i].item_bytes + 8;
    char *out = malloc(whole + 1);
    size_t at = 0;
    for (size_t i = 0; out != NULL && i < operation->count; i++) {
        const struct wire_argument *argument = &operation->argument[i];
        at += (size_t)snprintf(out + at, whole + 1 - at, "%s\"%s\":\"0x", i == 0 ? "{" : ",", argument->name);
        hex_encode(out + at, args->value[i].data, argument->item_bytes);
        at += 2 * argument->item_bytes;
        out[at++] = '"';
    }
    if (out != NULL) out[at++] = '}';
    *ret_length = at;
    return (uint8_t *)out;
}

/* What libkzg says: a result, or the code that the problem document must have. */
static bool expect(const kzg_ctx *ctx, wire_operation_id id, const struct wire_args *args, bool json,
                   struct upgrade_answer *answer, struct request *own) {
    enum wire_result kind = wire_operation(id)->result;
    size_t raw_bytes = wire_result_bytes(kind), text_bytes = json ? wire_result_json_max(kind) : 0;
    uint8_t *raw = malloc(raw_bytes);
    own->expected = malloc(raw_bytes + text_bytes + 128);
    if (raw == NULL || own->expected == NULL) {
        free(raw);
        return false;
    }
    kzg_status status = wire_call(id, ctx, args, raw);
    answer->status = status.code == KZG_OK ? 200 : 400;
    answer->expected = own->expected;
    if (status.code != KZG_OK) {
        answer->expected_length =
            (size_t)snprintf((char *)own->expected, 128, "\"code\":\"%s\"", kzg_code_name((kzg_code)status.code));
    } else if (json) {
        answer->expected_length = wire_result_json(kind, raw, (char *)own->expected);
    } else {
        memcpy(own->expected, raw, raw_bytes);
        answer->expected_length = raw_bytes;
    }
    free(raw);
    return status.code != KZG_ERR_OUT_OF_MEMORY;
}

static bool add(struct requests *requests, const kzg_ctx *ctx, wire_operation_id id, bool json, const char *note,
                const struct wire_args *args) {
    const struct wire_operation *operation = wire_operation(id);
    struct upgrade_answer *answer = &requests->answer[requests->count];
    struct request *own = &requests->own[requests->count++];
    snprintf(own->name, sizeof own->name, "%s (%s%s)", operation->name, json ? "JSON" : "SSZ", note);
    snprintf(own->path, sizeof own->path, "/kzg/v1/%s", operation->name);
    own->body = (json ? make_json : make_ssz)(operation, args, &answer->body_length);
    answer->name = own->name;
    answer->path = own->path;
    answer->type = json ? JSON : SSZ;
    answer->body = own->body;
    return own->body != NULL && expect(ctx, id, args, json, answer, own);
}

static void empty(struct requests *requests) {
    for (size_t i = 0; i < requests->count; i++) {
        free(requests->own[i].body);
        free(requests->own[i].expected);
    }
    requests->count = 0;
}

/* ---- Every operation ---------------------------------------------------------------------------------------------
 */

#define ONE(x) \
    { (const uint8_t *)&(x), 1 }
#define MANY(x, n) \
    { (const uint8_t *)(x), n }

static bool add_all(struct requests *requests, const kzg_ctx *ctx, const struct material *m, const char *note) {
    char wrong[64], refused[64];
    const kzg_bytes48 swapped[BLOBS] = {m->blob_proof[1], m->blob_proof[0]};
    const uint64_t commitment_count = 1;
    snprintf(wrong, sizeof wrong, "%s, not valid", note);
    snprintf(refused, sizeof refused, "%s, malformed", note);
#define ADD(NAME, json, note, items, ...) \
    add(requests, ctx, OP_##NAME, json, note, &(const struct wire_args){.value = {__VA_ARGS__}, .n = (items)})
    return ADD(BLOB_TO_KZG_COMMITMENT, false, note, 1, ONE(m->blob[0])) &&
           ADD(COMPUTE_KZG_PROOF, false, note, 1, ONE(m->blob[0]), ONE(m->z)) &&
           ADD(COMPUTE_BLOB_KZG_PROOF, false, note, 1, ONE(m->blob[0]), ONE(m->commitment[0])) &&
           ADD(VERIFY_KZG_PROOF, false, note, 1, ONE(m->commitment[0]), ONE(m->z), ONE(m->y), ONE(m->proof)) &&
           ADD(VERIFY_KZG_PROOF, true, note, 1, ONE(m->commitment[0]), ONE(m->z), ONE(m->y), ONE(m->proof)) &&
           ADD(VERIFY_KZG_PROOF, true, wrong, 1, ONE(m->commitment[0]), ONE(m->y), ONE(m->z), ONE(m->proof)) &&
           ADD(VERIFY_KZG_PROOF, true, refused, 1, ONE(m->bad_point), ONE(m->z), ONE(m->y), ONE(m->proof)) &&
           ADD(VERIFY_BLOB_KZG_PROOF, false, note, 1, ONE(m->blob[0]), ONE(m->commitment[0]),
               ONE(m->blob_proof[0])) &&
           ADD(VERIFY_BLOB_KZG_PROOF, false, wrong, 1, ONE(m->blob[0]), ONE(m->commitment[0]),
               ONE(m->blob_proof[1])) &&
           ADD(VERIFY_BLOB_KZG_PROOF_BATCH, false, note, BLOBS, MANY(m->blob, BLOBS), MANY(m->commitment, BLOBS),
               MANY(m->blob_proof, BLOBS)) &&
           ADD(VERIFY_BLOB_KZG_PROOF_BATCH, false, wrong, BLOBS, MANY(m->blob, BLOBS), MANY(m->commitment, BLOBS),
               MANY(swapped, BLOBS)) &&
           ADD(COMPUTE_CELLS, false, note, 1, ONE(m->blob[1])) &&
           ADD(COMPUTE_CELLS, false, refused, 1, ONE(m->bad_blob)) &&
           ADD(COMPUTE_CELLS_AND_KZG_PROOFS, false, note, 1, ONE(m->blob[1])) &&
           ADD(RECOVER_CELLS_AND_KZG_PROOFS, false, note, HALF, MANY(m->index + HALF / 2, HALF),
               MANY(m->cell + HALF / 2, HALF)) &&
           ADD(RECOVER_CELLS_AND_KZG_PROOFS, false, refused, HALF - 1, MANY(m->index, HALF - 1),
               MANY(m->cell, HALF - 1)) &&
           ADD(VERIFY_CELL_KZG_PROOF_BATCH, false, note, SOME_CELLS, MANY(m->same, SOME_CELLS),
               MANY(m->index, SOME_CELLS), MANY(m->cell, SOME_CELLS), MANY(m->cell_proof, SOME_CELLS)) &&
           ADD(VERIFY_CELL_KZG_PROOF_BATCH, false, wrong, SOME_CELLS, MANY(m->same, SOME_CELLS),
               MANY(m->index, SOME_CELLS), MANY(m->cell, SOME_CELLS), MANY(m->cell_proof + 1, SOME_CELLS)) &&
           ADD(COMPUTE_CHALLENGE, false, note, 1, ONE(m->blob[1]), ONE(m->commitment[1])) &&
           ADD(COMPUTE_VERIFY_CELL_KZG_PROOF_BATCH_CHALLENGE, false, note, SOME_CELLS,
               MANY(m->commitment, commitment_count), MANY(m->zero, SOME_CELLS), MANY(m->index, SOME_CELLS),
               MANY(m->cell, SOME_CELLS), MANY(m->cell_proof, SOME_CELLS));
#undef ADD
}

/* New ones when the last have been used up. */
static bool shadow(void *user, struct upgrade_answer *ret) {
    struct answers *answers = user;
    if (answers->next == answers->shadow.count) {
        char note[48];
        empty(&answers->shadow);
        answers->next = 0;
        uint64_t seed = answers->seed++;
        snprintf(note, sizeof note, ", seed %" PRIu64, seed);
        if (!make_material(answers->ctx, answers->material, seed) ||
            !add_all(&answers->shadow, answers->ctx, answers->material, note))
            return false;
    }
    *ret = answers->shadow.answer[answers->next++];
    return true;
}

/* ---- Cross-verification
 * -------------------------------------------------------------------------------------------- */

/* A blob's proof, and all cells with their proofs: both results are the end of the body that verifies them. */
static bool make_cross(struct answers *answers, const struct requests *known) {
    const struct material *m = answers->material;
    const struct upgrade_answer *blob_proof = &known->answer[2], *commitment = &known->answer[0];
    const struct wire_args args = {
        .value = {MANY(m->same, KZG_CELLS_PER_EXT_BLOB), MANY(m->index, KZG_CELLS_PER_EXT_BLOB),
                  MANY(m->cell, KZG_CELLS_PER_EXT_BLOB), MANY(m->cell_proof, KZG_CELLS_PER_EXT_BLOB)},
        .n = KZG_CELLS_PER_EXT_BLOB};
    size_t length, result = sizeof m->cell + sizeof m->cell_proof;
    answers->cross_prefix = make_ssz(wire_operation(OP_VERIFY_CELL_KZG_PROOF_BATCH), &args, &length);
    answers->cross[0] = (struct upgrade_cross){.name = "blob proof",
                                               .make_path = blob_proof->path,
                                               .verify_path = "/kzg/v1/verify_blob_kzg_proof",
                                               .body = blob_proof->body,
                                               .body_length = blob_proof->body_length,
                                               .prefix = blob_proof->body, /* blob and commitment */
                                               .prefix_length = blob_proof->body_length,
                                               .result_length = KZG_BYTES_PER_G1};
    answers->cross[1] = (struct upgrade_cross){.name = "cells and their proofs",
                                               .make_path = "/kzg/v1/compute_cells_and_kzg_proofs",
                                               .verify_path = "/kzg/v1/verify_cell_kzg_proof_batch",
                                               .body = commitment->body, /* the blob */
                                               .body_length = commitment->body_length,
                                               .prefix = answers->cross_prefix,
                                               .prefix_length = length - result,
                                               .result_length = result};
    return answers->cross_prefix != NULL;
}

/* ---- Interface ------------------------------------------------------------------------------------------------- */

static enum cli_exit test_ourselves(const struct cli *cli, const kzg_ctx *ctx) {
    unsigned passed = 0, total = 0;
    const char *failed = NULL;
    kzg_status status = kzg_self_test(ctx, &passed, &total, &failed);
    if (status.code == KZG_OK && total > 0 && passed == total && failed == NULL) return CLI_OK;
    return cli_error(cli, CLI_FAILED, status_code_name(ST_INTERNAL), NULL,
                     "this kzg computes wrongly itself (%s): it can prove nothing about a kzgd",
                     failed == NULL ? kzg_code_text((kzg_code)status.code) : failed);
}

static enum cli_exit fill(const struct cli *cli, struct answers *answers) {
    kzg_info info;
    if (kzg_get_info(answers->ctx, &info).code != KZG_OK) return cli_out_of_memory(cli);
    hex_encode(answers->setup_sha256, info.setup_sha256, sizeof info.setup_sha256);
    if (getrandom(&answers->seed, sizeof answers->seed, GRND_NONBLOCK) != sizeof answers->seed)
        answers->seed = (uint64_t)time(NULL);
    if (!make_material(answers->ctx, answers->material, KNOWN_SEED) ||
        !add_all(&answers->known, answers->ctx, answers->material, "") || !make_cross(answers, &answers->known))
        return cli_out_of_memory(cli);
    answers->all = (struct upgrade_answers){.known = answers->known.answer,
                                            .known_count = answers->known.count,
                                            .cross = answers->cross,
                                            .cross_count = sizeof answers->cross / sizeof *answers->cross,
                                            .setup_sha256 = answers->setup_sha256,
                                            .user = answers,
                                            .shadow = shadow};
    return CLI_OK;
}

enum cli_exit answers_open(struct cli *cli, const struct cli_args *args, struct answers **ret) {
    struct answers *answers = *ret = calloc(1, sizeof *answers);
    if (answers == NULL) return cli_out_of_memory(cli);
    answers->material = calloc(1, sizeof *answers->material);
    if (answers->material == NULL) return cli_out_of_memory(cli);
    CLI_TRY(context_open(cli, args, KZG_PRECOMPUTE_MIN, &answers->ctx));
    CLI_TRY(test_ourselves(cli, answers->ctx));
    return fill(cli, answers);
}

void answers_close(struct answers *answers) {
    if (answers == NULL) return;
    empty(&answers->known);
    empty(&answers->shadow);
    free(answers->cross_prefix);
    free(answers->material);
    kzg_free(answers->ctx);
    free(answers);
}

const struct upgrade_answers *answers_get(const struct answers *answers) {
    return &answers->all;
}
