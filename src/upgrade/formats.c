#include "upgrade/formats.h"

#include <stdio.h>
#include <string.h>

#define LINE "formats: "

void formats_read(const char *output, char out[FORMATS_MAX]) {
    out[0] = '\0';
    for (const char *at = output; at != NULL; at = strchr(at, '\n')) {
        if (*at == '\n') at++;
        if (strncmp(at, LINE, strlen(LINE)) != 0) continue;
        at += strlen(LINE);
        snprintf(out, FORMATS_MAX, "%.*s", (int)strcspn(at, "\n"), at);
        return;
    }
}

void formats_check(struct upgrade_call *call, const char *old, const char *new_one) {
    if (old[0] == '\0' || new_one[0] == '\0')
        upgrade_check(call, "formats", UPGRADE_WARN,
                      "it is not known whether old and new understand each other's flight recorder");
    else if (strcmp(old, new_one) != 0)
        upgrade_check(call, "formats", UPGRADE_WARN,
                      "%s becomes %s: neither will tell how a process of the other version ended", old, new_one);
    else
        upgrade_check(call, "formats", UPGRADE_PASS, "both have %s", old);
}
