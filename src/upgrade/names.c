#include "upgrade/names.h"

#include <stdlib.h>
#include <string.h>

#define LOWER     "abcdefghijklmnopqrstuvwxyz"
#define UPPER     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS    "0123456789"
#define UNIX      "unix:"
#define UNIX_MAX  107
#define VALUE_MAX 1024

/* All of text from a set, at least one character and at most max, the first of first. */
static bool made_of(const char *text, const char *first, const char *set, size_t max) {
    size_t length = strlen(text);
    return length > 0 && length <= max && strchr(first, text[0]) != NULL && strspn(text, set) == length;
}

bool name_is_version(const char *text) {
    return made_of(text, LOWER UPPER DIGITS, LOWER UPPER DIGITS ".+_-", UPGRADE_VERSION_MAX - 1) &&
           strstr(text, "..") == NULL;
}

bool name_is_id(const char *text) {
    return made_of(text, LOWER, LOWER DIGITS "-", UPGRADE_ID_MAX - 1);
}

static bool is_number(const char *text, unsigned long low, unsigned long high) {
    if (!made_of(text, DIGITS, DIGITS, 10)) return false;
    unsigned long number = strtoul(text, NULL, 10);
    return number >= low && number <= high;
}

/* Begins and ends with a letter or digit, no two dots in a row: labels between the dots are never empty. */
static bool is_name(const char *text) {
    if (!made_of(text, LOWER DIGITS, LOWER DIGITS ".-", 253) || strstr(text, "..") != NULL) return false;
    char last = text[strlen(text) - 1];
    return last != '.' && last != '-';
}

static bool is_path(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > VALUE_MAX || text[0] != '/') return false;
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) return false;
    for (const char *at = strstr(text, "/.."); at != NULL; at = strstr(at + 1, "/.."))
        if (at[3] == '\0' || at[3] == '/') return false;
    return true;
}

/* registry:port/folder/name: only in the first part may there be a port. */
static bool is_image(const char *text) {
    const char *slash = strchr(text, '/');
    const char *rest = slash == NULL ? text : slash + 1;
    if (!made_of(text, LOWER UPPER DIGITS, LOWER UPPER DIGITS "._-/:", 255)) return false;
    return strchr(rest, ':') == NULL && strstr(text, "..") == NULL && strstr(text, "//") == NULL && rest[0] != '\0' &&
           rest[strlen(rest) - 1] != '/';
}

static bool is_digest(const char *text) {
    return strncmp(text, "sha256:", 7) == 0 && strlen(text + 7) == 64 && strspn(text + 7, DIGITS "abcdef") == 64;
}

bool name_is_address(const char *text) {
    const char *colon = text;
    if (strncmp(text, UNIX, strlen(UNIX)) == 0) return is_path(text + strlen(UNIX)) && strlen(text) <= UNIX_MAX + 5;
    if (strlen(text) >= UPGRADE_ADDRESS_MAX) return false;
    if (text[0] == '[') {
        size_t length = strspn(text + 1, DIGITS "abcdefABCDEF:.");
        if (length == 0 || text[length + 1] != ']') return false;
        colon += length + 2;
    } else {
        size_t length = strspn(text, LOWER UPPER DIGITS "._-");
        if (length == 0 || text[0] == '-') return false;
        colon += length;
    }
    return *colon == ':' && is_number(colon + 1, 1, 65535);
}

static bool is_printable(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > VALUE_MAX) return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return false;
    return true;
}

bool name_is_value(enum upgrade_option_kind kind, const char *text, const char **ret_why) {
    bool good = false;
    const char *why = "nothing";
    switch (kind) {
    case UPGRADE_OPTION_NAME:
        good = is_name(text);
        why = "a name of lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit";
        break;
    case UPGRADE_OPTION_CONTEXT:
        good = made_of(text, LOWER UPPER DIGITS, LOWER UPPER DIGITS "._:@/-", 253);
        why = "letters, digits and . _ : @ / -, beginning with a letter or digit";
        break;
    case UPGRADE_OPTION_PATH:
        good = is_path(text);
        why = "an absolute path without '..' and control characters";
        break;
    case UPGRADE_OPTION_IMAGE:
        good = is_image(text);
        why = "an image's repository, such as registry.example:5000/kzgd, without tag or digest";
        break;
    case UPGRADE_OPTION_DIGEST:
        good = is_digest(text);
        why = "sha256: and 64 hexadecimal digits in lower case";
        break;
    case UPGRADE_OPTION_ADDRESS:
        good = name_is_address(text);
        why = "host:port, [v6]:port or unix:/path";
        break;
    case UPGRADE_OPTION_NUMBER:
        good = is_number(text, 0, INT32_MAX);
        why = "a whole number from 0 to 2147483647";
        break;
    case UPGRADE_OPTION_WORD:
        good = made_of(text, LOWER UPPER DIGITS, LOWER UPPER DIGITS "._-", 253);
        why = "letters, digits and . _ -, beginning with a letter or digit";
        break;
    case UPGRADE_OPTION_ARGUMENTS:
        good = is_printable(text);
        why = "printable text of up to 1024 bytes";
        break;
    }
    *ret_why = why;
    return good;
}

/* ---- Order of versions ---------------------------------------------------------------------------------------- */

/* One identifier, up to '.', '-', '+' or the end. */
static size_t part_length(const char *text) {
    return strcspn(text, ".+-");
}

/* Numbers by value (of any length), before words; words by their bytes. */
static int compare_parts(const char *a, size_t a_length, const char *b, size_t b_length) {
    bool a_number = a_length > 0 && strspn(a, DIGITS) >= a_length;
    bool b_number = b_length > 0 && strspn(b, DIGITS) >= b_length;
    if (a_number && b_number) {
        for (; a_length > 1 && *a == '0'; a++) a_length--;
        for (; b_length > 1 && *b == '0'; b++) b_length--;
        if (a_length != b_length) return a_length < b_length ? -1 : 1;
    } else if (a_number != b_number) {
        return a_number ? -1 : 1;
    }
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    if (order != 0) return order < 0 ? -1 : 1;
    return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

/* Dotted lists; a shorter one that is otherwise equal comes first, unless what follows in the longer is zero. Both
 * are left behind what was read. */
static int compare_lists(const char **a, const char **b, bool zeros_count) {
    while (true) {
        size_t a_length = part_length(*a), b_length = part_length(*b);
        int order = a_length == 0 && !zeros_count   ? compare_parts("0", 1, *b, b_length)
                    : b_length == 0 && !zeros_count ? compare_parts(*a, a_length, "0", 1)
                                                    : compare_parts(*a, a_length, *b, b_length);
        if (order != 0) return order;
        *a += a_length;
        *b += b_length;
        bool a_more = **a == '.', b_more = **b == '.';
        if (!a_more && !b_more) return 0;
        if (zeros_count && a_more != b_more) return a_more ? 1 : -1;
        *a += a_more;
        *b += b_more;
    }
}

static const char *without_v(const char *text) {
    return (text[0] == 'v' || text[0] == 'V') && text[1] >= '0' && text[1] <= '9' ? text + 1 : text;
}

bool name_compare_versions(const char *a, const char *b, int *ret_order) {
    a = without_v(a);
    b = without_v(b);
    if (strchr(DIGITS, a[0]) == NULL || strchr(DIGITS, b[0]) == NULL || a[0] == '\0' || b[0] == '\0') return false;
    int order = compare_lists(&a, &b, false);
    bool a_before = *a == '-', b_before = *b == '-';
    if (order == 0 && a_before != b_before) order = a_before ? -1 : 1;
    if (order == 0 && a_before) {
        a++;
        b++;
        order = compare_lists(&a, &b, true);
    }
    *ret_order = order;
    return true;
}
