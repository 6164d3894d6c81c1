/* Every option of every command, once: an option means the same wherever it is taken.
 *
 * X(ID, "name", letter or 0, "VALUE" or NULL for a flag, repeatable, "help")
 */
#ifndef CLI_OPTIONS_LIST_H
#define CLI_OPTIONS_LIST_H

#define CLI_OPTION_LIST(X)                                                                                          \
    X(COMMITMENT, "commitment", 'c', "VALUE", true,                                                                 \
      "commitment(s), 48 bytes each: hexadecimal, or @FILE with any number of them (@- is standard input)")         \
    X(PROOF, "proof", 'p', "VALUE", true, "proof(s), 48 bytes each: hexadecimal, or @FILE with any number of them") \
    X(Z, "z", 'z', "VALUE", false, "evaluation point, 32 bytes: hexadecimal or @FILE")                              \
    X(Y, "y", 'y', "VALUE", false, "claimed value at z, 32 bytes: hexadecimal or @FILE")                            \
    X(INDICES, "indices", 'i', "LIST", false, "cell indices, in the order of the cells: 0-63,70")                   \
    X(CELLS_ONLY, "cells-only", 0, NULL, false, "no proofs, which is much faster")                                  \
    X(BLOB, "blob", 0, NULL, false, "write the blob itself instead of cells and proofs")                            \
    X(ITERATIONS, "iterations", 'n', "N", false, "measurements of each operation, 1 to 1000000 (default 15)")       \
    X(OPERATION, "operation", 0, "NAME", true, "measure only this operation (may be repeated)")                     \
    X(BATCH, "batch", 0, "N", false, "items in the batch operations, 1 to 4096 (default 64)")                       \
    X(RAW, "raw", 0, NULL, false, "input is raw bytes, end to end (default: found out by looking)")                 \
    X(HEX, "hex", 0, NULL, false, "input is hexadecimal, with or without 0x, items end to end or one a line")       \
    X(OUTPUT, "output", 'o', "FILE", false,                                                                         \
      "write to FILE, all or nothing: a failure leaves what was there (default: standard output)")                  \
    X(PROOFS_OUTPUT, "proofs-output", 0, "FILE", false, "write the proofs to FILE, not behind the cells")           \
    X(FORMAT, "format", 'f', "FORM", false, "form of what is written: hex (one item a line) or raw (end to end)")   \
    X(JSON, "json", 'j', NULL, false, "write JSON: one object a line; errors too, on standard error")               \
    X(TRUSTED_SETUP, "trusted-setup", 0, "FILE", false,                                                             \
      "use this setup, not the embedded mainnet one: c-kzg's text format or the consensus-specs JSON")              \
    X(BACKEND, "backend", 0, "NAME", false, "arithmetic: auto (default), portable, adx, ...; see kzg version")      \
    X(PRECOMPUTE, "precompute", 0, "LEVEL", false,                                                                  \
      "memory for speed, 0 (none) to 3 (default: none, or tables where there is much to compute)")                  \
    X(TABLE_CACHE, "table-cache", 0, "FILE", false,                                                                 \
      "keep tables in FILE for the next call, as kzgd does and shared with it (default level then: 3)")             \
    X(ADMIN, "admin", 'a', "ADDRESS", false,                                                                        \
      "kzgd's administration: host:port, [v6]:port or unix:/path (default: KZGD_ADMIN, or 127.0.0.1:7594)")         \
    X(TIMEOUT, "timeout", 't', "SECONDS", false,                                                                    \
      "for a whole answer, 1 to 3600 (default 10); upgrade: for each step, also as 5m (default 300)")               \
    X(PROBE, "probe", 0, "NAME", false, "livez, readyz, startupz or healthz (the default)")                         \
    X(VERBOSE, "verbose", 'v', NULL, false, "print the checks that are well, too")                                  \
    X(EXCLUDE, "exclude", 0, "CHECK", true, "judge without this check (may be repeated)")                           \
    X(WINDOW, "window", 0, "SPAN", false, "1m, 10m (default) or all: since the start or the last reset")            \
    X(SECONDS, "seconds", 0, "N", false, "how long a CPU profile is taken, 1 to 60 (default 10)")                   \
    X(FOLDED, "folded", 0, "FILE", false, "write the profile's stacks as text, one a line with its count")          \
    X(SVG, "svg", 0, "FILE", false, "write the profile as a flame graph, which a browser shows")                    \
    X(PPROF, "pprof", 0, "FILE", false, "write the profile as gzipped profile.proto")                               \
    X(BUNDLE, "bundle", 0, "FILE", false,                                                                           \
      "write everything that was gathered to FILE, a gzipped tar (- is standard output)")                           \
    X(PROFILE, "profile", 0, NULL, false, "with --bundle: take a CPU profile of 5 s, too")                          \
    X(STATE_DIR, "state-dir", 0, "FOLDER", false,                                                                   \
      "kzgd's state directory (default: as kzgd says, or KZGD_STATE_DIR)")                                          \
    X(KERNEL_LOG, "kernel-log", 0, "FILE", false, "the kernel's log, or what dmesg printed (default: /dev/kmsg)")   \
    X(PROC_ROOT, "proc-root", 0, "FOLDER", false, "where the kernel's process files are (default: /proc)")          \
    X(CGROUP_ROOT, "cgroup-root", 0, "FOLDER", false, "where control groups are mounted (default: /sys/fs/cgroup)") \
    X(INTERVAL, "interval", 0, "SECONDS", false, "between two looks, 1 to 3600 (default 2)")                        \
    X(COUNT, "count", 0, "N", false, "end after N looks (default: go on)")                                          \
    X(TO, "to", 0, "VERSION", false, "the version that is wanted")                                                  \
    X(DRIVER, "driver", 0, "NAME", false, "how kzgd is run: process, container or kubernetes")                      \
    X(WITH, "with", 0, "OPTION", true, "name=value of the driver's (may be repeated)")                              \
    X(SET, "set", 0, "SETTING", true, "name=value of the upgrade's (may be repeated)")                              \
    X(CANARY, "canary", 0, "N", false, "how many instances are upgraded and watched first (default 1)")             \
    X(MAX_UNAVAILABLE, "max-unavailable", 0, "N", false, "how many are upgraded at the same time (default 1)")      \
    X(POLL, "poll", 0, "TIME", false, "between two looks: 10, 500ms, 1m (default 10s)")                             \
    X(SETTLE, "settle", 0, "TIME", false, "how long new instances with clients are watched (default 60s)")          \
    X(BAKE, "bake", 0, "TIME", false, "how long the old ones stay warm at the end (default 60s)")                   \
    X(DRY_RUN, "dry-run", 0, NULL, false, "look and tell what would be done; change nothing")                       \
    X(YES, "yes", 0, NULL, false, "do not ask before anything is changed")                                          \
    X(JOURNAL, "journal", 0, "FOLDER", false,                                                                       \
      "where upgrades are written down (default: KZG_UPGRADES, /var/lib/kzg/upgrades for root)")                    \
    X(PAGE, "page", 0, "PROGRAM", false, "run PROGRAM ID STATE SUMMARY when a person is needed; an absolute path")  \
    X(FORCE, "force", 0, NULL, false, "take over the lock of an upgrade on another host that is gone")              \
    X(QUIET, "quiet", 'q', NULL, false, "no progress bar; verifications and health answer by exit status alone")    \
    X(HELP, "help", 'h', NULL, false, "show this help")

#endif
