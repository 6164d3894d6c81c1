#include "vectors/hostile.h"
#include "support/random.h"

#include <kzg/kzg.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENTS ((size_t)KZG_FIELD_ELEMENTS_PER_BLOB)
#define ALL      ((size_t)KZG_CELLS_PER_EXT_BLOB)
#define MODULUS  "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"

typedef struct blob_entry {
    const char *name;
    const vec_node *recipe;
    kzg_blob *blob;      /* made when first asked for */
    kzg_cell *cells;     /* also */
    kzg_bytes48 *proofs; /* also */
} blob_entry;

struct hostile_set {
    vec_node file;
    const vec_node *cases;
    const vec_node *values;
    blob_entry *blobs;
    size_t num_blobs;
    kzg_ctx *ctx;
};

/* ---- Blobs from recipes ---------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood 2014), as in gen/hostile.mjs. */
static void fill_random(kzg_blob *blob, uint64_t seed) {
    for (size_t i = 0; i < ELEMENTS; i++) {
        uint8_t *element = blob->bytes + 32 * i;
        for (size_t j = 0; j < 4; j++) {
            uint64_t word = random_next(&seed);
            for (size_t k = 0; k < 8; k++) element[8 * j + k] = (uint8_t)(word >> (56 - 8 * k));
        }
        element[0] &= 0x3f; /* below r */
    }
}

static void copy_hex(uint8_t *to, size_t size, const char *text) {
    vec_node node = vec_text(text);
    uint8_t *bytes;
    size_t n;
    if (!vec_bytes(&node, &bytes, &n) || n != size) vec_die("hostile set: %s is not %zu bytes", text, size);
    memcpy(to, bytes, n);
    free(bytes);
    vec_node_free(&node);
}

static void fill_constant(kzg_blob *blob, const char *text) {
    for (size_t i = 0; i < ELEMENTS; i++) copy_hex(blob->bytes + 32 * i, 32, text);
}

/* r and powers of the primitive 4096th root of unity 7^((r - 1) / 4096), by OpenSSL's arithmetic. */
typedef struct domain {
    BN_CTX *ctx;
    BIGNUM *r;
    BIGNUM *powers[KZG_FIELD_ELEMENTS_PER_BLOB];
} domain;

static domain *make_domain(void) {
    domain *d = vec_alloc(sizeof *d);
    *d = (domain){.ctx = BN_CTX_new()};
    BIGNUM *exponent = BN_new(), *root = BN_new();
    (void)BN_hex2bn(&d->r, MODULUS);
    (void)BN_rshift(exponent, d->r, 12);
    (void)BN_set_word(root, 7);
    (void)BN_mod_exp(root, root, exponent, d->r, d->ctx);
    for (size_t i = 0; i < ELEMENTS; i++) {
        d->powers[i] = BN_new();
        if (i == 0) (void)BN_one(d->powers[i]);
        if (i > 0 && !BN_mod_mul(d->powers[i], d->powers[i - 1], root, d->r, d->ctx)) vec_die("BN_mod_mul");
    }
    BN_free(exponent);
    BN_free(root);
    return d;
}

static void free_domain(domain *d) {
    for (size_t i = 0; i < ELEMENTS; i++) BN_free(d->powers[i]);
    BN_free(d->r);
    BN_CTX_free(d->ctx);
    free(d);
}

static size_t reverse_bits(size_t i) {
    size_t reversed = 0;
    for (unsigned bit = 0; bit < 12; bit++) reversed |= ((i >> bit) & 1) << (11 - bit);
    return reversed;
}

/* The values of a polynomial given by a few of its coefficients, [[degree, coefficient], ...]. */
static void fill_terms(kzg_blob *blob, const vec_node *terms) {
    domain *d = make_domain();
    BIGNUM *sum = BN_new(), *product = BN_new(), *coefficient = BN_new();
    memset(blob, 0, sizeof *blob);
    for (size_t i = 0; i < ELEMENTS; i++) {
        BN_zero(sum);
        for (size_t t = 0; t < terms->n; t++) {
            size_t power = reverse_bits(i) * (size_t)terms->items[t].items[0].integer % ELEMENTS;
            (void)BN_hex2bn(&coefficient, terms->items[t].items[1].text + 2);
            if (!BN_mod_mul(product, d->powers[power], coefficient, d->r, d->ctx)) vec_die("BN_mod_mul");
            if (!BN_mod_add(sum, sum, product, d->r, d->ctx)) vec_die("BN_mod_add");
        }
        (void)BN_bn2binpad(sum, blob->bytes + 32 * i, 32);
    }
    BN_free(sum);
    BN_free(product);
    BN_free(coefficient);
    free_domain(d);
}

static kzg_blob *get_blob(blob_entry *entry) {
    if (entry->blob != NULL) return entry->blob;
    const vec_node *random = vec_get(entry->recipe, "random"), *constant = vec_get(entry->recipe, "constant");
    const vec_node *terms = vec_get(entry->recipe, "terms");
    entry->blob = vec_alloc(sizeof *entry->blob);
    if (random != NULL) {
        fill_random(entry->blob, random->integer);
    } else if (constant != NULL) {
        fill_constant(entry->blob, constant->text);
    } else if (terms != NULL) {
        fill_terms(entry->blob, terms);
    } else {
        vec_die("hostile set: blob %s has no recipe", entry->name);
    }
    return entry->blob;
}

/* ---- Cells from blobs ------------------------------------------------------------------------------------------ */

static void check_digest(const blob_entry *entry) {
    uint8_t digest[32], expected[32];
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    const vec_node *text = vec_get(entry->recipe, "digest");
    if (md == NULL || text == NULL) vec_die("hostile set: blob %s has no digest", entry->name);
    copy_hex(expected, sizeof expected, text->text);
    (void)EVP_DigestInit_ex(md, EVP_sha256(), NULL);
    (void)EVP_DigestUpdate(md, entry->cells, ALL * sizeof *entry->cells);
    (void)EVP_DigestUpdate(md, entry->proofs, ALL * sizeof *entry->proofs);
    (void)EVP_DigestFinal_ex(md, digest, NULL);
    EVP_MD_CTX_free(md);
    if (memcmp(digest, expected, sizeof digest) != 0) {
        vec_die("FAILED: libkzg's cells and proofs of blob %s are not those of the hostile set", entry->name);
    }
}

static void need_cells(hostile_set *set, blob_entry *entry) {
    if (entry->cells != NULL) return;
    kzg_status status = {0};
    if (set->ctx == NULL) status = kzg_new(&set->ctx, NULL);
    if (status.code != KZG_OK) vec_die("kzg_new: %s", kzg_code_name((kzg_code)status.code));
    entry->cells = vec_alloc(ALL * sizeof *entry->cells);
    entry->proofs = vec_alloc(ALL * sizeof *entry->proofs);
    status = kzg_compute_cells_and_kzg_proofs(set->ctx, entry->cells, entry->proofs, get_blob(entry));
    if (status.code != KZG_OK) vec_die("blob %s: %s", entry->name, kzg_code_name((kzg_code)status.code));
    check_digest(entry);
}

/* ---- Words ----------------------------------------------------------------------------------------------------- */

/* A word stands for one value or several:
 *   0x...                      itself
 *   $3                         values[3] of the file, such a text
 *   7, 3-9                     integers
 *   blob:a, commitment:a       of blob a
 *   cell:a/7, proof:a/3-9      column 7, columns 3 to 9
 * then |17=0x... replaces field element 17 of a blob or cell, |+=0x... adds to all of them modulo r, and *5 repeats
 * all of it. */
typedef struct word {
    char head[128];      /* up to the first | or * */
    const char *patches; /* from the first |, or NULL */
    size_t repeats;
} word;

static word split_word(const char *text) {
    word w = {.patches = strchr(text, '|'), .repeats = 1};
    const char *star = strrchr(text, '*');
    size_t length = strcspn(text, "|*");
    if (length >= sizeof w.head) vec_die("hostile set: %s is too long", text);
    memcpy(w.head, text, length);
    if (star != NULL) w.repeats = strtoull(star + 1, NULL, 10);
    return w;
}

/* Adds a number to every element, modulo r. */
static void add_to_all(uint8_t *bytes, size_t n, const char *text) {
    BIGNUM *r = NULL, *number = NULL, *element = BN_new();
    (void)BN_hex2bn(&r, MODULUS);
    (void)BN_hex2bn(&number, text + 2);
    for (size_t i = 0; i < n; i += 32) {
        (void)BN_bin2bn(bytes + i, 32, element);
        (void)BN_add(element, element, number);
        if (BN_cmp(element, r) >= 0) (void)BN_sub(element, element, r);
        (void)BN_bn2binpad(element, bytes + i, 32);
    }
    BN_free(r);
    BN_free(number);
    BN_free(element);
}

static void apply_patches(uint8_t *bytes, size_t n, const char *patches) {
    while (patches != NULL && *patches == '|') {
        char *value, text[67] = {0};
        bool all = patches[1] == '+';
        size_t element = strtoull(patches + 1, &value, 10);
        if (all) value = strchr(patches, '=');
        if (value == NULL || *value != '=' || strlen(value + 1) < 66) vec_die("hostile set: bad patch %s", patches);
        memcpy(text, value + 1, 66);
        if (all) {
            add_to_all(bytes, n, text);
        } else {
            copy_hex(bytes + 32 * element, 32, text);
        }
        patches = value + 67;
    }
}

static vec_node patched(const uint8_t *bytes, size_t n, const char *patches) {
    uint8_t *copy = vec_alloc(n);
    memcpy(copy, bytes, n);
    apply_patches(copy, n, patches);
    vec_node node = vec_hex(copy, n);
    free(copy);
    return node;
}

static blob_entry *find_blob(hostile_set *set, const char *name) {
    for (size_t i = 0; i < set->num_blobs; i++) {
        if (strcmp(set->blobs[i].name, name) == 0) return &set->blobs[i];
    }
    vec_die("hostile set: no blob %s", name);
}

/* "7" or "3-9"; the first of a range of one is also its last. */
static void parse_range(const char *text, uint64_t *first, uint64_t *last) {
    char *end;
    *first = *last = strtoull(text, &end, 10);
    if (*end == '-') *last = strtoull(end + 1, &end, 10);
    if (*end != '\0') vec_die("hostile set: %s is not a range", text);
}

static void append_columns(hostile_set *set, vec_node *list, const word *w, bool proofs) {
    char name[128];
    uint64_t first, last;
    const char *slash = strchr(w->head, '/');
    if (slash == NULL) vec_die("hostile set: %s names no column", w->head);
    (void)snprintf(name, sizeof name, "%.*s", (int)(slash - strchr(w->head, ':') - 1), strchr(w->head, ':') + 1);
    blob_entry *entry = find_blob(set, name);
    need_cells(set, entry);
    parse_range(slash + 1, &first, &last);
    for (uint64_t i = first; i <= last && i < ALL; i++) {
        vec_append(list, proofs ? vec_hex(entry->proofs[i].bytes, sizeof entry->proofs[i])
                                : patched(entry->cells[i].bytes, sizeof entry->cells[i], w->patches));
    }
}

static void append_once(hostile_set *set, vec_node *list, const char *text, const word *w) {
    uint64_t first, last;
    if (strncmp(text, "0x", 2) == 0) {
        char *copy = vec_alloc(strlen(text) + 1);
        size_t length = strcspn(text, "*");
        memcpy(copy, text, length);
        copy[length] = '\0';
        vec_append(list, (vec_node){.kind = VEC_TEXT, .text = copy});
    } else if (text[0] == '$') {
        size_t place = strtoull(text + 1, NULL, 10);
        if (place >= set->values->n) vec_die("hostile set: no value %s", text);
        vec_append(list, vec_text(set->values->items[place].text));
    } else if (strncmp(text, "blob:", 5) == 0) {
        blob_entry *entry = find_blob(set, w->head + 5);
        vec_append(list, patched(get_blob(entry)->bytes, sizeof(kzg_blob), w->patches));
    } else if (strncmp(text, "commitment:", 11) == 0) {
        vec_append(list, vec_text(vec_get(find_blob(set, w->head + 11)->recipe, "commitment")->text));
    } else if (strncmp(text, "cell:", 5) == 0 || strncmp(text, "proof:", 6) == 0) {
        append_columns(set, list, w, text[0] == 'p');
    } else {
        parse_range(w->head, &first, &last);
        for (uint64_t i = first;; i++) {
            vec_append(list, (vec_node){.kind = VEC_INT, .integer = i});
            if (i == last) break;
        }
    }
}

static void append_word(hostile_set *set, vec_node *list, const vec_node *item) {
    if (item->kind == VEC_INT) {
        vec_append(list, (vec_node){.kind = VEC_INT, .integer = item->integer});
        return;
    }
    if (item->kind != VEC_TEXT) vec_die("hostile set: a word is neither text nor integer");
    word w = strncmp(item->text, "0x", 2) == 0 ? (word){.repeats = 1} : split_word(item->text);
    const char *star = strchr(item->text, '*');
    if (star != NULL) w.repeats = strtoull(star + 1, NULL, 10);
    for (size_t i = 0; i < w.repeats; i++) append_once(set, list, item->text, &w);
}

static vec_node expand(hostile_set *set, const vec_node *value) {
    vec_node list = {.kind = VEC_LIST};
    if (value->kind != VEC_LIST) {
        append_word(set, &list, value);
        vec_node only = list.items[0];
        if (list.n != 1) vec_die("hostile set: one value expected");
        free(list.items);
        return only;
    }
    for (size_t i = 0; i < value->n; i++) append_word(set, &list, &value->items[i]);
    return list;
}

/* ---- Cases ----------------------------------------------------------------------------------------------------- */

hostile_set *hostile_load(const char *path) {
    size_t length;
    char *text = vec_read_file(path, &length);
    hostile_set *set = vec_alloc(sizeof *set);
    *set = (hostile_set){0};
    if (!vec_parse_json(text, length, &set->file)) vec_die("%s is not valid JSON", path);
    free(text);
    const vec_node *blobs = vec_get(&set->file, "blobs");
    set->cases = vec_get(&set->file, "cases");
    set->values = vec_get(&set->file, "values");
    if (blobs == NULL || set->values == NULL || set->cases == NULL) vec_die("%s lacks blobs, values or cases", path);
    set->num_blobs = blobs->n;
    set->blobs = vec_alloc(blobs->n * sizeof *set->blobs);
    for (size_t i = 0; i < blobs->n; i++) {
        set->blobs[i] = (blob_entry){.name = blobs->keys[i], .recipe = &blobs->items[i]};
    }
    return set;
}

hostile_set *hostile_free(hostile_set *set) {
    for (size_t i = 0; i < set->num_blobs; i++) {
        free(set->blobs[i].blob);
        free(set->blobs[i].cells);
        free(set->blobs[i].proofs);
    }
    free(set->blobs);
    vec_node_free(&set->file);
    set->ctx = kzg_free(set->ctx);
    free(set);
    return NULL;
}

size_t hostile_count(const hostile_set *set) {
    return set->cases->n;
}

const char *hostile_name(const hostile_set *set, size_t i) {
    return set->cases->items[i].items[0].text;
}

const char *hostile_function(const hostile_set *set, size_t i) {
    return set->cases->items[i].items[1].text;
}

static vec_node copy_value(const vec_node *value) {
    vec_node copy = {.kind = value->kind, .boolean = value->boolean, .integer = value->integer};
    if (value->kind == VEC_TEXT) return vec_text(value->text);
    for (size_t i = 0; i < value->n; i++) vec_append(&copy, copy_value(&value->items[i]));
    return copy;
}

static vec_expect read_expect(const vec_node *node) {
    vec_expect expect = {.kind = VEC_EXPECT_OUTPUT};
    const vec_node *error = vec_get(node, "error"), *digest = vec_get(node, "digest");
    if (error != NULL) {
        expect.kind = VEC_EXPECT_ERROR;
        expect.code = error->items[0].text;
        if (error->n > 1) expect.argument = error->items[1].text;
        expect.has_index = error->n > 2;
        if (expect.has_index) expect.index = error->items[2].integer;
    } else if (digest != NULL) {
        expect.kind = VEC_EXPECT_DIGEST;
        copy_hex(expect.digest, sizeof expect.digest, digest->text);
    } else {
        expect.output = copy_value(node);
    }
    return expect;
}

vec_case hostile_case(hostile_set *set, size_t i) {
    const vec_node *entry = &set->cases->items[i], *input = &entry->items[2];
    vec_case c = {.function = entry->items[1].text, .name = entry->items[0].text, .input = {.kind = VEC_MAP}};
    for (size_t k = 0; k < input->n; k++) vec_put(&c.input, input->keys[k], expand(set, &input->items[k]));
    c.expect = read_expect(&entry->items[3]);
    return c;
}

void hostile_case_free(vec_case *c) {
    vec_node_free(&c->input);
    vec_node_free(&c->expect.output);
}
