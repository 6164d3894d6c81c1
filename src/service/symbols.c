#include "service/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct symbols {
    const uint8_t *file;
    size_t size;
    uint64_t base; /* where the program was loaded, less where its file says */
    const Elf64_Sym *entry;
    size_t count;
    const char *names;
    size_t names_size;
};

/* The header, which is at the start of the mapped program. */
extern const char __ehdr_start __attribute__((visibility("hidden")));

static const void *piece(const struct symbols *symbols, uint64_t at, uint64_t bytes) {
    if (at > symbols->size || bytes > symbols->size - at || at % 8 != 0) return NULL;
    return symbols->file + at;
}

static const Elf64_Shdr *section(const struct symbols *symbols, const Elf64_Ehdr *head, size_t i) {
    if (i >= head->e_shnum || head->e_shentsize != sizeof(Elf64_Shdr)) return NULL;
    return piece(symbols, head->e_shoff + i * sizeof(Elf64_Shdr), sizeof(Elf64_Shdr));
}

/* Names need no alignment. */
static bool take_names(struct symbols *symbols, const Elf64_Shdr *strings) {
    if (strings == NULL || strings->sh_offset > symbols->size) return false;
    if (strings->sh_size == 0 || strings->sh_size > symbols->size - strings->sh_offset) return false;
    symbols->names = (const char *)symbols->file + strings->sh_offset;
    symbols->names_size = strings->sh_size;
    return symbols->names[symbols->names_size - 1] == '\0';
}

static bool take_table(struct symbols *symbols) {
    const Elf64_Ehdr *head = piece(symbols, 0, sizeof *head);
    if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return false;
    if (head->e_ident[EI_CLASS] != ELFCLASS64) return false;
    for (size_t i = 0; i < head->e_shnum; i++) {
        const Elf64_Shdr *table = section(symbols, head, i);
        if (table == NULL) return false;
        if (table->sh_type != SHT_SYMTAB) continue;
        symbols->entry = piece(symbols, table->sh_offset, table->sh_size);
        symbols->count = table->sh_size / sizeof *symbols->entry;
        symbols->base = head->e_type == ET_DYN ? (uint64_t)(uintptr_t)&__ehdr_start : 0;
        return symbols->entry != NULL && take_names(symbols, section(symbols, head, table->sh_link));
    }
    return false;
}

struct symbols *symbols_open(void) {
    struct symbols *symbols = calloc(1, sizeof *symbols);
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat status;
    bool ok = symbols != NULL && fd >= 0 && fstat(fd, &status) == 0;
    if (ok) {
        void *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = file != MAP_FAILED;
        if (ok) {
            symbols->file = file;
            symbols->size = (size_t)status.st_size;
        }
    }
    if (fd >= 0) close(fd);
    return ok && take_table(symbols) ? symbols : symbols_close(symbols);
}

struct symbols *symbols_close(struct symbols *symbols) {
    if (symbols == NULL) return NULL;
    if (symbols->file != NULL) munmap((void *)(uintptr_t)symbols->file, symbols->size);
    free(symbols);
    return NULL;
}

const char *symbols_find(const struct symbols *symbols, uint64_t address) {
    if (symbols == NULL || address < symbols->base) return NULL;
    uint64_t place = address - symbols->base;
    for (size_t i = 0; i < symbols->count; i++) {
        const Elf64_Sym *symbol = &symbols->entry[i];
        bool function = ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF;
        if (!function || place < symbol->st_value || place - symbol->st_value >= symbol->st_size) continue;
        return symbol->st_name < symbols->names_size ? symbols->names + symbol->st_name : NULL;
    }
    return NULL;
}
