#include "base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>

static uint64_t read_xcr0(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

struct cpu_features cpu_detect(void) {
    struct cpu_features found = {false, false};
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
    bool osxsave = (c >> 27 & 1) != 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
    bool bmi2 = (b >> 8 & 1) != 0, adx = (b >> 19 & 1) != 0;
    bool f = (b >> 16 & 1) != 0, bw = (b >> 30 & 1) != 0, dq = (b >> 17 & 1) != 0, ifma = (b >> 21 & 1) != 0,
         vl = (b >> 31 & 1) != 0, sha = (b >> 29 & 1) != 0;
    found.adx = bmi2 && adx;
    /* XCR0: SSE, AVX, opmask, upper halves of ZMM0-15, ZMM16-31. */
    found.ifma = f && bw && dq && ifma && vl && sha && osxsave && (read_xcr0() & 0xe6) == 0xe6;
    return found;
}
#else
struct cpu_features cpu_detect(void) {
    return (struct cpu_features){false, false};
}
#endif
