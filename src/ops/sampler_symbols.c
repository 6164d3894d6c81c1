/* Functions of an ELF file of this machine's kind, from its .symtab, or its .dynsym when it was stripped. The file
 * may be anything: every offset and size is checked against it. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/sampler_maps.h"

#define HEADERS_MAX 4096
#define TABLE_MAX   ((size_t)1 << 28) /* larger symbol tables are left out */

struct elf {
    int fd;
    uint64_t size;
    Elf64_Ehdr head;
};

static bool read_at(const struct elf *elf, uint64_t offset, void *out, size_t n) {
    if (n > elf->size || offset > elf->size - n) return false;
    unsigned char *at = out;
    while (n > 0) {
        ssize_t got = pread(elf->fd, at, n, (off_t)offset);
        if (got <= 0) return false;
        at += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

static bool read_head(struct elf *elf) {
    struct stat status;
    if (fstat(elf->fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) return false;
    elf->size = (uint64_t)status.st_size;
    return read_at(elf, 0, &elf->head, sizeof elf->head) && memcmp(elf->head.e_ident, ELFMAG, SELFMAG) == 0 &&
           elf->head.e_ident[EI_CLASS] == ELFCLASS64 && elf->head.e_phentsize == sizeof(Elf64_Phdr) &&
           (elf->head.e_shnum == 0 || elf->head.e_shentsize == sizeof(Elf64_Shdr));
}

/* ---- Segments and the build id ------------------------------------------------------------------------------- */

static size_t round4(size_t n) {
    return (n + 3) & ~(size_t)3;
}

static void read_build_id(const struct elf *elf, const Elf64_Phdr *segment, char out[BUILD_ID_MAX]) {
    unsigned char note[1024];
    size_t n = segment->p_filesz < sizeof note ? (size_t)segment->p_filesz : sizeof note, at = 0;
    if (!read_at(elf, segment->p_offset, note, n)) return;
    while (n - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr head;
        memcpy(&head, note + at, sizeof head);
        at += sizeof head;
        if (head.n_namesz > n || head.n_descsz > n) return;
        size_t name = round4(head.n_namesz), content = round4(head.n_descsz);
        if (name + content > n - at) return;
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && memcmp(note + at, "GNU", 4) == 0) {
            for (size_t i = 0; i < head.n_descsz && 2 * i + 2 < BUILD_ID_MAX; i++) {
                snprintf(out + 2 * i, 3, "%02x", note[at + name + i]);
            }
            return;
        }
        at += name + content;
    }
}

static void read_segments(const struct elf *elf, struct symbol_file *file) {
    for (size_t i = 0; i < elf->head.e_phnum && i < HEADERS_MAX; i++) {
        Elf64_Phdr segment;
        if (!read_at(elf, elf->head.e_phoff + i * sizeof segment, &segment, sizeof segment)) return;
        if (segment.p_type == PT_NOTE && file->build_id[0] == '\0') read_build_id(elf, &segment, file->build_id);
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
        const struct segment keep = {segment.p_offset, segment.p_filesz, segment.p_vaddr};
        kzgops__bytes_add(&file->segments, &keep, sizeof keep);
    }
}

/* ---- Symbols ------------------------------------------------------------------------------------------------- */

static bool read_section(const struct elf *elf, size_t i, Elf64_Shdr *ret) {
    return i < elf->head.e_shnum && read_at(elf, elf->head.e_shoff + i * sizeof *ret, ret, sizeof *ret);
}

static bool find_section(const struct elf *elf, unsigned type, Elf64_Shdr *ret) {
    for (size_t i = 0; i < elf->head.e_shnum && i < HEADERS_MAX; i++) {
        if (!read_section(elf, i, ret)) return false;
        if (ret->sh_type == type) return true;
    }
    return false;
}

static bool load(const struct elf *elf, const Elf64_Shdr *section, struct bytes *out) {
    if (section->sh_size == 0 || section->sh_size > TABLE_MAX || section->sh_size > elf->size) return false;
    void *place = kzgops__bytes_extend(out, (size_t)section->sh_size);
    return place != NULL && read_at(elf, section->sh_offset, place, (size_t)section->sh_size);
}

/* By address; among those at the same, the one that covers most first. */
static int by_value(const void *left, const void *right) {
    const struct symbol *a = left, *b = right;
    if (a->value != b->value) return a->value < b->value ? -1 : 1;
    if (a->size != b->size) return a->size > b->size ? -1 : 1;
    return a->name < b->name ? -1 : a->name > b->name;
}

/* Assembly without .type has symbols of no kind; in code they are functions or labels in one. */
static bool is_code(const Elf64_Sym *symbol, size_t names) {
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    bool kind = type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && symbol->st_size > 0);
    return kind && symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 && symbol->st_name > 0 &&
           symbol->st_name < names;
}

static void keep_functions(struct symbol_file *file, const struct bytes *raw) {
    for (size_t at = 0; at + sizeof(Elf64_Sym) <= raw->size; at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, raw->data + at, sizeof symbol);
        if (!is_code(&symbol, file->names.size)) continue;
        const struct symbol keep = {symbol.st_value, symbol.st_size, symbol.st_name};
        kzgops__bytes_add(&file->symbols, &keep, sizeof keep);
    }
    if (file->symbols.size > 0) {
        qsort(file->symbols.data, file->symbols.size / sizeof(struct symbol), sizeof(struct symbol), by_value);
    }
}

/* The unwind tables, by their section's name. */
static void read_unwind(const struct elf *elf, struct symbol_file *file) {
    Elf64_Shdr names, section;
    static const char wanted[] = ".eh_frame";
    char name[sizeof wanted];
    if (!read_section(elf, elf->head.e_shstrndx, &names)) return;
    for (size_t i = 0; i < elf->head.e_shnum && i < HEADERS_MAX; i++) {
        if (!read_section(elf, i, &section)) return;
        if (section.sh_type == SHT_NOBITS || section.sh_name >= names.sh_size) continue;
        if (!read_at(elf, names.sh_offset + section.sh_name, name, sizeof name)) continue;
        if (memcmp(name, wanted, sizeof wanted) != 0) continue;
        if (!load(elf, &section, &file->unwind)) file->unwind.size = 0;
        file->unwind_address = section.sh_addr;
        kzgops__unwind_index(file);
        return;
    }
}

static void read_symbols(const struct elf *elf, struct symbol_file *file) {
    Elf64_Shdr table, strings;
    struct bytes raw;
    if (elf->head.e_shnum == 0) return;
    if (!find_section(elf, SHT_SYMTAB, &table) && !find_section(elf, SHT_DYNSYM, &table)) return;
    if (!read_section(elf, table.sh_link, &strings) || strings.sh_type != SHT_STRTAB) return;
    kzgops__bytes_init(&raw, &file->names.allocator);
    if (load(elf, &strings, &file->names) && load(elf, &table, &raw)) {
        file->names.data[file->names.size - 1] = '\0';
        keep_functions(file, &raw);
    }
    kzgops__bytes_free(&raw);
}

void kzgops__symbols_init(struct symbol_file *file, const kzgops_allocator *allocator) {
    *file = (struct symbol_file){.build_id = ""};
    struct bytes *rows[] = {&file->segments, &file->symbols, &file->names, &file->unwind, &file->unwind_places};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) kzgops__bytes_init(rows[i], allocator);
}

void kzgops__symbols_free(struct symbol_file *file) {
    struct bytes *rows[] = {&file->segments, &file->symbols, &file->names, &file->unwind, &file->unwind_places};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) kzgops__bytes_free(rows[i]);
}

void kzgops__symbols_read(struct symbol_file *file, const char *open_path) {
    struct elf elf = {.fd = open(open_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (elf.fd < 0) return;
    if (read_head(&elf)) {
        read_segments(&elf, file);
        read_symbols(&elf, file);
        if (elf.head.e_machine == EM_X86_64) read_unwind(&elf, file);
    }
    close(elf.fd);
}

/* ---- Looking up ---------------------------------------------------------------------------------------------- */

bool kzgops__symbols_address(const struct symbol_file *file, uint64_t offset, uint64_t *ret) {
    const struct segment *segments = (const struct segment *)(const void *)file->segments.data;
    for (size_t i = 0; i < file->segments.size / sizeof *segments; i++) {
        if (offset < segments[i].offset || offset - segments[i].offset >= segments[i].size) continue;
        *ret = offset - segments[i].offset + segments[i].address;
        return true;
    }
    return false;
}

/* The last that begins at or before the address and covers it; one without a size reaches to the next. Symbols within
 * others' bounds (a label in assembly) make that two candidates at most. */
const char *kzgops__symbols_find(const struct symbol_file *file, uint64_t offset) {
    const struct symbol *symbols = (const struct symbol *)(const void *)file->symbols.data;
    size_t low = 0, high = file->symbols.size / sizeof *symbols;
    uint64_t address;
    if (file->names.size == 0 || !kzgops__symbols_address(file, offset, &address)) return NULL;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (symbols[middle].value <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t back = 0; back < 8 && back < low; back++) {
        const struct symbol *symbol = &symbols[low - 1 - back];
        if (symbol->size == 0 ? back == 0 : address - symbol->value < symbol->size) {
            return (const char *)file->names.data + symbol->name;
        }
    }
    return NULL;
}
