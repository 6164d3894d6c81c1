/* make_setup_data SETUP_TEXT DIRECTORY: writes the library's own form of a trusted setup, mainnet_setup.bin and
 * mainnet_cells.bin, whose layout kzg/embedded.h gives. Every point is decoded with all its checks. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curve/encoding.h"
#include "kzg/embedded.h"
#include "kzg/setup.h"
#include "kzg/setup_text.h"

static struct {
    uint8_t g1_monomial[SETUP_DATA_G1_POINTS * 48];
    uint8_t g1_lagrange[SETUP_DATA_G1_POINTS * 48];
    uint8_t g2_monomial[SETUP_DATA_G2_POINTS * 96];
} compressed;

static struct setup_points setup;
static uint8_t setup_data[SETUP_DATA_BYTES], cells_data[CELLS_DATA_BYTES];

static void fail(const char *what, status_code code, status_argument argument, uint64_t index) {
    fprintf(stderr, "make_setup_data: %s: %s %llu: %s\n", what, status_argument_name(argument),
            (unsigned long long)index, status_code_text(code));
    exit(1);
}

static char *read_all(const char *path, size_t *ret_length) {
    FILE *file = fopen(path, "rb");
    size_t capacity = 4 << 20;
    char *text = malloc(capacity);
    if (file == NULL || text == NULL) {
        perror(path);
        exit(1);
    }
    *ret_length = fread(text, 1, capacity, file);
    if (ferror(file) || !feof(file)) {
        fprintf(stderr, "%s: cannot be read, or is larger than 4 MiB\n", path);
        exit(1);
    }
    fclose(file);
    return text;
}

static void parse(const char *path) {
    size_t length;
    char *text = read_all(path, &length);
    status_argument argument;
    uint64_t index;
    status_code status = setup_text_parse(text, length, compressed.g1_monomial, compressed.g1_lagrange,
                                          compressed.g2_monomial, &argument, &index);
    if (status != ST_OK) fail(path, status, argument, index);
    free(text);
    struct setup_fault fault;
    status = setup_decode(&setup, compressed.g1_monomial, compressed.g1_lagrange, compressed.g2_monomial, &fault);
    if (status != ST_OK) fail(path, status, fault.argument, fault.index);
}

static void put_u16(uint8_t *out, unsigned value) {
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static void put_header(uint8_t *out, const char *magic, unsigned first, unsigned second) {
    memcpy(out, magic, 8);
    put_u16(out + 8, DATA_VERSION);
    put_u16(out + 10, first);
    put_u16(out + 12, second);
    put_u16(out + 14, 0);
}

static void make_setup(void) {
    put_header(setup_data, SETUP_DATA_MAGIC, SETUP_DATA_G1_POINTS, SETUP_DATA_G2_POINTS);
    for (size_t i = 0; i < SETUP_DATA_G1_POINTS; i++) {
        g1_serialize(setup_data + SETUP_DATA_G1_MONOMIAL + i * 96, &setup.monomial[i]);
        g1_serialize(setup_data + SETUP_DATA_G1_LAGRANGE + i * 96, &setup.lagrange[i]);
    }
    for (size_t i = 0; i < SETUP_DATA_G2_POINTS; i++)
        g2_serialize(setup_data + SETUP_DATA_G2_MONOMIAL + i * 192, &setup.g2[i]);
    SHA256(setup_data, SETUP_DATA_DIGEST, setup_data + SETUP_DATA_DIGEST);
}

static void make_cells(void) {
    static struct domain domain;
    struct arena arena;
    size_t scratch = arena_size(setup_cell_points_scratch_bytes());
    void *memory = aligned_alloc(ARENA_ALIGN, scratch);
    if (memory == NULL) abort();
    arena_init(&arena, memory, scratch);
    domain_init(&domain);
    setup_cell_points(&setup, &domain, &arena);
    free(memory);
    put_header(cells_data, CELLS_DATA_MAGIC, CELLS_DATA_ROWS, CELLS_DATA_COLUMNS);
    for (size_t i = 0; i < CELLS_DATA_ROWS * CELLS_DATA_COLUMNS; i++)
        g1_serialize(cells_data + CELLS_DATA_POINTS + i * 96, &setup.cells[i]);
    SHA256(cells_data, CELLS_DATA_DIGEST, cells_data + CELLS_DATA_DIGEST);
}

static void write_file(const char *directory, const char *name, const uint8_t *data, size_t size) {
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    printf("%s: %zu bytes\n", path, size);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: make_setup_data SETUP_TEXT DIRECTORY\n");
        return 2;
    }
    parse(argv[1]);
    make_setup();
    make_cells();
    write_file(argv[2], "mainnet_setup.bin", setup_data, sizeof(setup_data));
    write_file(argv[2], "mainnet_cells.bin", cells_data, sizeof(cells_data));
    return 0;
}
