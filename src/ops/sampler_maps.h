/* The executable parts of a process's memory, and the names of the functions in them. */
#ifndef OPS_SAMPLER_MAPS_H
#define OPS_SAMPLER_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/sampler_bytes.h"

#define MAP_PATH_MAX 512
#define BUILD_ID_MAX 41 /* in hexadecimal, with the terminator; longer ones are cut */

struct map_range {
    uint64_t start, end;
};

struct map {
    uint64_t start, end, offset;
    bool executable, writable;
    char path[MAP_PATH_MAX]; /* "" when nothing is said */
    size_t file;             /* place among the files, or NO_FILE */
};

#define NO_FILE SIZE_MAX

struct symbol {
    uint64_t value, size;
    uint32_t name; /* in names */
};

struct segment {
    uint64_t offset, size, address;
};

/* Of one ELF file: what is needed to tell a function's name from a place in it. */
struct symbol_file {
    char path[MAP_PATH_MAX];
    char build_id[BUILD_ID_MAX];
    struct bytes segments; /* of struct segment: what is executable */
    struct bytes symbols;  /* of struct symbol, ascending */
    struct bytes names;
    struct bytes unwind; /* the section .eh_frame, and where it stands in memory */
    uint64_t unwind_address;
    struct bytes unwind_places; /* its functions, ascending */
};

struct maps {
    kzgops_allocator allocator;
    const char *proc_root; /* to find the running program's own file by; NULL: not of this process */
    struct bytes maps;     /* of struct map, ascending, executable ones only */
    struct bytes files;    /* of struct symbol_file */
};

void kzgops__maps_init(struct maps *maps, const kzgops_allocator *allocator, const char *proc_root);
void kzgops__maps_free(struct maps *maps);

/* One line of /proc/PID/maps; false when it is none. */
bool kzgops__map_parse(const char *line, struct map *ret);
/* Those of this process; false when they cannot be read. */
bool kzgops__maps_read(struct maps *maps);
/* One more; keeps it when it is executable. False when there is no memory. */
bool kzgops__maps_add(struct maps *maps, const struct map *map);

size_t kzgops__maps_count(const struct maps *maps);
struct map *kzgops__maps_at(const struct maps *maps, size_t i);
/* The place of the map that holds the address; count when none does. */
size_t kzgops__maps_find(const struct maps *maps, uint64_t address);

/* The function at an address of that map; NULL when nothing says. Opens the file the first time. The name is valid
 * until the maps are freed. */
const char *kzgops__maps_function(struct maps *maps, size_t i, uint64_t address);
/* "" when the file has none or was not opened yet. */
const char *kzgops__maps_build_id(const struct maps *maps, size_t i);

/* Whether the function there, at that instruction, has no frame pointer of its own; then *ret is how far above the
 * stack pointer the address is that it returns to. Only x86-64's tables are read. */
bool kzgops__maps_return_place(struct maps *maps, size_t i, uint64_t address, uint64_t *ret);

void kzgops__symbols_init(struct symbol_file *file, const kzgops_allocator *allocator);
void kzgops__symbols_free(struct symbol_file *file);
/* Reads a file's functions; what cannot be read leaves them empty. */
void kzgops__symbols_read(struct symbol_file *file, const char *open_path);
/* By the place in the file. */
const char *kzgops__symbols_find(const struct symbol_file *file, uint64_t offset);
/* From the place in the file to the address that the file's tables mean; false when it is in no code. */
bool kzgops__symbols_address(const struct symbol_file *file, uint64_t offset, uint64_t *ret);
/* Finds the functions in the unwind tables that were read. */
void kzgops__unwind_index(struct symbol_file *file);
/* As kzgops__maps_return_place, by that address. */
bool kzgops__return_place(const struct symbol_file *file, uint64_t address, uint64_t *ret);

#endif
