#include "base/hex.h"

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool hex_decode(uint8_t *out, size_t len, const char *digits, size_t *ret_bad) {
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(digits[2 * i]);
        int low = hex_digit(digits[2 * i + 1]);
        if ((high | low) < 0) {
            if (ret_bad != NULL) *ret_bad = 2 * i + (high < 0 ? 0 : 1);
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void hex_encode(char *out, const uint8_t *in, size_t len) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
}
