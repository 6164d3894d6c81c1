/* The two text formats of a trusted setup, down to compressed points. Nothing is checked here but the text: that the
 * bytes are points, and the right ones, is the caller's concern.
 *
 * 1. c-kzg's text format: a line "4096", a line "65", then 4096 G1 Lagrange, 65 G2 monomial and 4096 G1 monomial
 *    points in hexadecimal without a prefix, one a line. Lines end in LF or CRLF; the last line end may be missing.
 * 2. The consensus specifications' JSON: one object with exactly the members "g1_monomial", "g1_lagrange" and
 *    "g2_monomial" in any order, each a list of as many strings, "0x" and hexadecimal digits. Names are taken
 *    literally: a name or point written with escapes is refused.
 *
 * Order of the Lagrange points: both formats hold them in natural order, point i belonging to the i-th power of the
 * primitive 4096th root of unity, and so does the output. The blob's order is the bit-reversed one: the specification
 * permutes where it uses them (bit_reversal_permutation(KZG_SETUP_G1_LAGRANGE)), c-kzg after reading.
 */
#ifndef KZG_SETUP_TEXT_H
#define KZG_SETUP_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SETUP_TEXT_G1_POINTS 4096
#define SETUP_TEXT_G2_POINTS 65
#define SETUP_TEXT_G1_BYTES  48
#define SETUP_TEXT_G2_BYTES  96

/* Recognises the format by its first character ('{' after white space: JSON) and decodes every point. text holds any
 * length bytes, needs no terminator, and may be NULL when length is 0. Each byte is read once or twice; no memory is
 * taken and nothing recurses. Outputs: g1_monomial and g1_lagrange 4096 * 48 bytes, g2_monomial 65 * 96; on failure
 * they are partly written.
 *
 * ST_OK                 the text holds exactly the three lists, and no more
 * ST_SETUP_TRUNCATED    the text ends early, or a list has too few points
 * ST_SETUP_TRAILING     something stands behind the end of the text's format, or a JSON list has too many points
 * ST_SETUP_MALFORMED    anything else
 *
 * On failure *ret_argument and *ret_index say where: a list (ARG_G1_MONOMIAL, ARG_G1_LAGRANGE, ARG_G2_MONOMIAL) and
 * the number in it, in the file's order, of the point that is missing, malformed or too many; or ARG_SETUP and a byte
 * offset into the text where no point is at fault. On success they are ARG_NONE and 0. */
status_code setup_text_parse(const char *text, size_t length, uint8_t *g1_monomial, uint8_t *g1_lagrange,
                             uint8_t *g2_monomial, status_argument *ret_argument, uint64_t *ret_index);

#endif
