/* What this machine's CPU and operating system let us run. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>

struct cpu_features {
    bool adx; /* x86-64 with BMI2 (MULX) and ADX */
    /* AVX-512 F, BW, DQ, VL, IFMA, and SHA, which no CPU with those lacks; and the operating system saves ZMM state
     * (XCR0) */
    bool ifma;
};

/* Reads CPUID and XCR0 each time; thread-safe. All false where there is nothing to find. */
struct cpu_features cpu_detect(void);

#endif
