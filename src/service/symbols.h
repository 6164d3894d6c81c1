/* Names of the functions of this program, from its own file. */
#ifndef SERVICE_SYMBOLS_H
#define SERVICE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Opens the program's file; NULL when it cannot be read or was stripped. */
struct symbols *symbols_open(void);
struct symbols *symbols_close(struct symbols *symbols); /* NULL is fine; returns NULL */

/* The function at an address of this process; NULL outside the program, and with symbols NULL. Borrowed until the
 * close. */
const char *symbols_find(const struct symbols *symbols, uint64_t address);

#endif
