/* The one list of administration pages: routes, the text of a 404 and the table in docs/api.md come from it.
 *
 * ROUTES_LIST(X): X(METHOD, "path", REST, function, "what it answers")
 *   METHOD    GET (HEAD too), PUT or POST
 *   REST      EXACT, or BELOW: the path itself and everything behind path/
 *   function  page_<function>, declared from this list in service/page.h
 */
#ifndef SERVICE_ROUTES_LIST_H
#define SERVICE_ROUTES_LIST_H

#define ROUTES_LIST(X)                                                                                               \
    X(GET, "/livez", BELOW, livez, "200, or 503 when only a restart helps; /livez/<check> for one")                  \
    X(GET, "/readyz", BELOW, readyz, "200 when this instance takes work, else 503; ?verbose says why")               \
    X(GET, "/startupz", BELOW, startupz, "200 once the start is over, until then 503 with how far it is")            \
    X(GET, "/healthz", BELOW, healthz, "every check; 200 or 503")                                                    \
    X(POST, "/drain", EXACT, drain, "out of rotation: not ready, and serving who comes")                             \
    X(POST, "/undrain", EXACT, undrain, "in rotation again")                                                         \
    X(GET, "/version", EXACT, version, "JSON: version, commit, backend, isa, setup, precompute, tables, workers")    \
    X(GET, "/metrics", EXACT, metrics, "Prometheus or OpenMetrics")                                                  \
    X(GET, "/debug/memory", EXACT, memory,                                                                           \
      "memory by purpose, of process, group and allocator; thresholds, leaks, reservations")                         \
    X(GET, "/debug/cpu", EXACT, cpu, "CPU of machine, process and threads, quota, pressure")                         \
    X(GET, "/debug/workers", EXACT, workers, "each worker: how busy, at what; what operations cost on this machine") \
    X(GET, "/debug/profile", EXACT, profile, "times by operation and phase; ?window=1m, 10m or all")                 \
    X(POST, "/debug/profile/reset", EXACT, profile_reset, "begins the operation profile anew")                       \
    X(GET, "/debug/errors", EXACT, errors, "errors by code and place: count, first, last, rate, a sample")           \
    X(GET, "/debug/slow", EXACT, slow, "the slowest requests with their phases")                                     \
    X(GET, "/debug/requests", BELOW, request, "what is known of the request with the id behind the slash")           \
    X(GET, "/debug/tap", BELOW, tap, "the tap on live requests; the copy of the number behind the slash")            \
    X(POST, "/debug/tap", EXACT, tap_begin,                                                                          \
      "copies live requests and their answers; ?requests=1 to 1000, seconds=1 to 600, what comes first")             \
    X(POST, "/debug/tap/end", EXACT, tap_end, "ends that, and drops the copies")                                     \
    X(GET, "/debug/log-level", EXACT, log_level, "the log's level")                                                  \
    X(PUT, "/debug/log-level", EXACT, log_level_set, "sets it: debug, info, warn or error as the body")              \
    X(GET, "/debug/ending", EXACT, ending, "how the previous process ended, with evidence and advice")               \
    X(GET, "/debug/recorder", EXACT, recorder, "what the flight recorder has of this process")                       \
    X(GET, "/debug/pprof/profile", EXACT, pprof_profile,                                                             \
      "CPU profile; ?seconds=1 to 60, hz=1 to 1000, format=pprof, folded or svg")                                    \
    X(GET, "/debug/pprof/heap", EXACT, pprof_heap, "what the heap holds, as a profile; needs --heap-profile on")     \
    X(POST, "/debug/pprof/symbol", EXACT, pprof_symbol, "for go tool pprof: no names beyond those in the profile")   \
    X(GET, "/debug/pprof/captures", BELOW, pprof_captures,                                                           \
      "profiles that were kept by themselves, or the one of the name behind the slash; needs --state-dir")           \
    X(GET, "/debug/config", EXACT, config, "the options in force and where each came from")

#endif
