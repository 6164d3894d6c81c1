/* The one list of kzgd's pages that a diagnosis looks at and a bundle holds.
 *
 * PAGES_LIST(X): X(NAME, "name", "path", FORM)
 *   "name"  of its files in a bundle
 *   FORM    BOTH: text, and JSON when asked for; JSON or TEXT: that alone
 */
#ifndef DIAGNOSE_PAGES_LIST_H
#define DIAGNOSE_PAGES_LIST_H

#define PAGES_LIST(X)                                        \
    X(VERSION, "version", "/version", JSON)                  \
    X(METRICS, "metrics", "/metrics", TEXT)                  \
    X(READYZ, "readyz", "/readyz?verbose", BOTH)             \
    X(STARTUPZ, "startupz", "/startupz?verbose", BOTH)       \
    X(HEALTHZ, "healthz", "/healthz?verbose", BOTH)          \
    X(MEMORY, "memory", "/debug/memory", BOTH)               \
    X(CPU, "cpu", "/debug/cpu", BOTH)                        \
    X(WORKERS, "workers", "/debug/workers", BOTH)            \
    X(PROFILE, "profile", "/debug/profile?window=10m", BOTH) \
    X(ERRORS, "errors", "/debug/errors", BOTH)               \
    X(SLOW, "slow", "/debug/slow", BOTH)                     \
    X(ENDING, "ending", "/debug/ending", BOTH)               \
    X(RECORDER, "recorder", "/debug/recorder", BOTH)         \
    X(CAPTURES, "captures", "/debug/pprof/captures", BOTH)   \
    X(LOG_LEVEL, "log-level", "/debug/log-level", BOTH)      \
    X(CONFIG, "config", "/debug/config", BOTH)

#endif
