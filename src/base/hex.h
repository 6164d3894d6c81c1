/* Hexadecimal, lower case out, either case in. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Value of one digit, or -1. */
int hex_digit(char c);

/* Decodes exactly 2*len digits (no prefix). False, and the position of the first bad digit in *ret_bad (may be
 * NULL), if a character is not a hex digit; out is then partly written. */
bool hex_decode(uint8_t *out, size_t len, const char *digits, size_t *ret_bad);

/* Writes 2*len digits, no prefix, no terminator. */
void hex_encode(char *out, const uint8_t *in, size_t len);

#endif
