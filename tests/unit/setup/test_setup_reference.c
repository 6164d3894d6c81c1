/* The embedded setup against the reference copy of the ceremony's output, point by point. Skips, with status 77 and
 * loudly, where there is no such copy. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "curve/encoding.h"
#include "kzg/embedded.h"
#include "kzg/setup_text.h"
#include "unit/setup/plain_transform.h"
#include "unit/setup/setup_support.h"

#include <openssl/sha.h>

static const char REFERENCE_SHA256[] = "d39b9f2d047cc9dca2de58f264b6a09448ccd34db967881a6713eacacf0f26b7";

static struct points reference;
static unsigned wrong;

static void expect_bytes(const char *list, size_t index, const uint8_t *embedded, const uint8_t *expected, size_t n) {
    if (memcmp(embedded, expected, n) == 0) return;
    fprintf(stderr, "FAILED: %s %zu differs from the reference\n", list, index);
    wrong++;
}

static void expect_g1(const char *list, size_t index, const uint8_t *embedded, const uint8_t compressed[48]) {
    g1_affine point;
    uint8_t bytes[96];
    status_code status = g1_decode(&point, compressed);
    if (status != ST_OK) {
        fprintf(stderr, "FAILED: the reference's %s %zu: %s\n", list, index, status_code_text(status));
        wrong++;
        return;
    }
    g1_serialize(bytes, &point);
    expect_bytes(list, index, embedded, bytes, sizeof(bytes));
}

static void expect_g2(size_t index, const uint8_t *embedded, const uint8_t compressed[96]) {
    g2_affine point;
    uint8_t bytes[192];
    status_code status = g2_decode(&point, compressed);
    if (status != ST_OK) {
        fprintf(stderr, "FAILED: the reference's g2_monomial %zu: %s\n", index, status_code_text(status));
        wrong++;
        return;
    }
    g2_serialize(bytes, &point);
    expect_bytes("g2_monomial", index, embedded, bytes, sizeof(bytes));
}

static bool read_reference(void) {
    struct text text = read_reference_setup();
    if (text.length == 0) return false;
    uint8_t digest[32];
    char hex[65] = {0};
    status_argument argument;
    uint64_t index;
    SHA256((const uint8_t *)text.data, text.length, digest);
    hex_encode(hex, digest, 32);
    if (strcmp(hex, REFERENCE_SHA256) != 0) {
        fprintf(stderr, "FAILED: the reference's SHA-256 is %s, not %s\n", hex, REFERENCE_SHA256);
        wrong++;
    }
    if (setup_text_parse(text.data, text.length, reference.g1_monomial[0], reference.g1_lagrange[0],
                         reference.g2_monomial[0], &argument, &index) != ST_OK) {
        fprintf(stderr, "FAILED: the reference cannot be read: %s %" PRIu64 "\n", status_argument_name(argument),
                index);
        wrong++;
    }
    text_free(&text);
    return true;
}

int main(void) {
    if (!read_reference()) return 77;
    for (size_t i = 0; i < G1_POINTS && wrong == 0; i++) {
        expect_g1("g1_monomial", i, kzg__mainnet_setup + SETUP_DATA_G1_MONOMIAL + i * 96, reference.g1_monomial[i]);
        expect_g1("g1_lagrange", i, kzg__mainnet_setup + SETUP_DATA_G1_LAGRANGE + plain_reverse(i, G1_POINTS) * 96,
                  reference.g1_lagrange[i]);
    }
    for (size_t i = 0; i < G2_POINTS && wrong == 0; i++)
        expect_g2(i, kzg__mainnet_setup + SETUP_DATA_G2_MONOMIAL + i * 192, reference.g2_monomial[i]);
    if (wrong == 0) printf("%d points equal\n", 2 * G1_POINTS + G2_POINTS);
    return wrong != 0;
}
