/* The one list of options: flags, environment variables, defaults, bounds and the help text come from it.
 *
 * OPTIONS_LIST(X): X(field, TYPE, "flag", "VALUE", "default", min, max, "help")
 *   TYPE  TEXT; COUNT (a whole number); SECONDS (a decimal number, kept in milliseconds; bounds in milliseconds);
 *         BYTES (a whole number, KiB, MiB or GiB behind it); PORTION (such bytes, which the bounds are for, or per
 *         cent)
 * The environment variable is KZGD_ and the flag in upper case, with _ for -. A flag wins over the environment.
 */
#ifndef SERVICE_OPTIONS_LIST_H
#define SERVICE_OPTIONS_LIST_H

#define DAY_MS   86400000
#define MEBIBYTE 1048576
#define PEBIBYTE ((int64_t)1 << 50)
/* Requests that one worker takes together. */
#define COALESCE_MAX 64

#define OPTIONS_LIST(X)                                                                                             \
    X(listen, TEXT, "listen", "ADDRESS", "127.0.0.1:4844", 0, 0,                                                    \
      "API address: host:port, [v6]:port (port 0: any free one) or unix:/path")                                     \
    X(admin_listen, TEXT, "admin-listen", "ADDRESS", "127.0.0.1:7594", 0, 0,                                        \
      "administration address, in the same forms; keep it off public networks")                                     \
    X(shared_listen, TEXT, "shared-listen", "ADDRESS", "", 0, 0,                                                    \
      "a second API address, host:port, which other kzgd may have, too (SO_REUSEPORT); left while out of rotation") \
    X(address_file, TEXT, "address-file", "FILE", "", 0, 0,                                                         \
      "write the two addresses in use to this file once ready")                                                     \
    X(control, TEXT, "control", "PATH", "", 0, 0,                                                                   \
      "control socket, for replacing the running kzgd by a new one; absolute, 58 bytes at most")                    \
    X(trusted_setup, TEXT, "trusted-setup", "FILE", "", 0, 0,                                                       \
      "use this trusted setup (text or JSON format) instead of the embedded mainnet one")                           \
    X(backend, TEXT, "backend", "NAME", "auto", 0, 0,                                                               \
      "arithmetic: auto, portable, or the name of one that this CPU has (as KZG_BACKEND)")                          \
    X(precompute, COUNT, "precompute", "LEVEL", "default", KZG_PRECOMPUTE_MIN, KZG_PRECOMPUTE_MAX,                  \
      "memory for speed, 0 to 3")                                                                                   \
    X(table_cache, TEXT, "table-cache", "FILE", "", 0, 0,                                                           \
      "keep the precomputed tables in this file, for the next start and for others on this machine")                \
    X(workers, COUNT, "workers", "N", "auto", 1, 1024, "worker threads; auto: the CPUs this process may use")       \
    X(queue_length, COUNT, "queue-length", "N", "256", 1, 65536, "requests that may wait for a worker")             \
    X(coalesce, COUNT, "coalesce", "N", "32", 1, COALESCE_MAX,                                                      \
      "single verifications that wait already and may share one pairing check; 1: each has its own")                \
    X(request_memory, COUNT, "request-memory", "MIB", "64", 1, 1048576,                                             \
      "memory set aside for request bodies and answers, in MiB")                                                    \
    X(tap_memory, COUNT, "tap-memory", "MIB", "16", 0, 1024,                                                        \
      "most memory for copies of live requests while an upgrade compares versions, in MiB; 0: none are copied")     \
    X(max_blobs, COUNT, "max-blobs", "N", "128", 1, 4096, "longest list of blobs in a request")                     \
    X(max_cells, COUNT, "max-cells", "N", "8192", 1, 262144, "longest list of cells in a request")                  \
    X(max_connections, COUNT, "max-connections", "N", "512", 1, 65536, "open API connections")                      \
    X(max_connections_per_peer, COUNT, "max-connections-per-peer", "N", "256", 1, 65536,                            \
      "open API connections of one IP address (IPv6: of one /64)")                                                  \
    X(max_requests_per_peer, COUNT, "max-requests-per-peer", "N", "128", 1, 65536,                                  \
      "requests in progress of one IP address; more get 429")                                                       \
    X(header_timeout, SECONDS, "header-timeout", "SECONDS", "10", 10, DAY_MS,                                       \
      "time for a request's line and headers, whole")                                                               \
    X(body_timeout, SECONDS, "body-timeout", "SECONDS", "30", 10, DAY_MS, "time for a request's body, whole")       \
    X(body_rate, COUNT, "body-rate", "BYTES", "16384", 0, 1073741824,                                               \
      "bytes a second that a body must bring after its first 5 s; 0: no minimum")                                   \
    X(idle_timeout, SECONDS, "idle-timeout", "SECONDS", "30", 10, DAY_MS,                                           \
      "time that a connection may wait between requests")                                                           \
    X(write_timeout, SECONDS, "write-timeout", "SECONDS", "30", 10, DAY_MS, "time for a client to take its answer") \
    X(request_timeout, SECONDS, "request-timeout", "SECONDS", "30", 10, DAY_MS,                                     \
      "time from a complete request to the start of its work; later it is refused with 503")                        \
    X(drain_delay, SECONDS, "drain-delay", "SECONDS", "0", 0, DAY_MS,                                               \
      "on SIGTERM, time between not being ready and closing the listener")                                          \
    X(drain_idle, SECONDS, "drain-idle", "SECONDS", "0.5", 0, DAY_MS,                                               \
      "while draining, time for idle connections to send one more request")                                         \
    X(drain_timeout, SECONDS, "drain-timeout", "SECONDS", "30", 0, DAY_MS,                                          \
      "on SIGTERM, longest time to finish; then the exit status is 1")                                              \
    X(kernel_log, TEXT, "kernel-log", "FILE", "/dev/kmsg", 0, 0,                                                    \
      "where the kernel says whom it killed for memory; read at the start")                                         \
    X(proc_root, TEXT, "proc-root", "FOLDER", "/proc", 0, 0, "where the kernel's process files are")                \
    X(cgroup_root, TEXT, "cgroup-root", "FOLDER", "/sys/fs/cgroup", 0, 0, "where control groups are mounted")       \
    X(cpu_threshold, COUNT, "cpu-threshold", "PERCENT", "80", 1, 100,                                               \
      "CPU of the machine, or of what this process may have, from which it counts as high")                         \
    X(slow_request, SECONDS, "slow-request", "SECONDS", "1", 1, DAY_MS,                                             \
      "requests that take this long are kept with their phases and logged")                                         \
    X(objective, SECONDS, "objective", "SECONDS", "auto", 1, DAY_MS,                                                \
      "time within which 99 of 100 operations should end; auto: 4 times the measured cost of each, 0.01 or more")   \
    X(memory_limit, BYTES, "memory-limit", "BYTES", "auto", MEBIBYTE, PEBIBYTE,                                     \
      "what this process may have; auto: its control group's limit, or the machine's memory")                       \
    X(memory_warn, PORTION, "memory-warn", "SIZE", "80%", MEBIBYTE, PEBIBYTE,                                       \
      "memory in use from which a warning is given: bytes, or per cent of the limit")                               \
    X(memory_critical, PORTION, "memory-critical", "SIZE", "90%", MEBIBYTE, INT64_MAX,                              \
      "memory in use from which load is shed and memory given back, in the same forms")                             \
    X(heap_profile, TEXT, "heap-profile", "SWITCH", "off", 0, 0,                                                    \
      "on: sample allocations, so that heap profiles and suspected leaks name functions")                           \
    X(state_dir, TEXT, "state-dir", "FOLDER", "", 0, 0,                                                             \
      "keeps what must outlive the process: flight recorder, captured profiles")                                    \
    X(verify_results, TEXT, "verify-results", "WHICH", "sample", 0, 0,                                              \
      "check results before they are returned: always, sample (one of 64 to 1024) or off")                          \
    X(self_test_interval, SECONDS, "self-test-interval", "SECONDS", "120", 0, DAY_MS,                               \
      "time between self-tests while serving; 0: only at start")                                                    \
    X(health_peers, TEXT, "health-peers", "PEERS", "", 0, 0,                                                        \
      "host:port,...: connections to them are tried, and health says which fail")                                   \
    X(log_format, TEXT, "log-format", "FORMAT", "auto", 0, 0,                                                       \
      "json, logfmt, text, journal or auto (journal under systemd, text on a terminal, else json)")                 \
    X(log_file, TEXT, "log-file", "FILE", "", 0, 0,                                                                 \
      "append the log to this file, opened anew on SIGHUP, instead of standard error")                              \
    X(log_rate, COUNT, "log-rate", "N", "100", 0, 1000000,                                                          \
      "lines a second of one event at one level above debug; 0: all")                                               \
    X(log_level, TEXT, "log-level", "LEVEL", "info", 0, 0, "debug (a line for every request), info, warn or error")

#endif
