/* JSON out. */
#ifndef CLI_JSON_WRITE_H
#define CLI_JSON_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* text as a JSON string with its quotes. Control characters are escaped; bytes that are not valid UTF-8 (file names
 * may hold any) become U+FFFD, so that the output is always JSON. */
void json_write_string(FILE *out, const char *text);

#endif
