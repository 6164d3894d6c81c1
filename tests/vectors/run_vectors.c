/* Sends vectors through one door and counts.
 *
 *   run_vectors DOOR SET [--program FILE] [--setup FILE] [--every N] [--threads N]
 *
 * DOOR is kzg, ckzg, http or tool; SET is "official" or a hostile set's file. --every N takes each Nth case of a
 * hostile set (and says so), for doors that are slow. --threads N sends all cases a second time from N threads with
 * stacks of 256 KiB and arguments at odd addresses. Exit status: 0 all passed, 1 not, 77 skipped.
 */
#include <kzg/kzg.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"
#include "vectors/door.h"
#include "vectors/hostile.h"

#define SKIPPED      77
#define THREAD_STACK ((size_t)256 * 1024)

typedef struct counts {
    size_t passed, failed, inexpressible, not_offered, left_out;
} counts;

typedef struct run {
    const door *door;
    placement place;
    counts counts;
    pthread_mutex_t lock; /* of counts and of hostile */
    vec_set official;
    hostile_set *hostile; /* NULL: official */
    size_t every;
    atomic_size_t next;
} run;

/* ---- Judging --------------------------------------------------------------------------------------------------- */

static bool same_digest(const vec_node *output, const uint8_t *digest) {
    uint8_t *bytes, actual[32];
    size_t n;
    unsigned length;
    if (!vec_flatten(output, &bytes, &n)) return false;
    bool ok = EVP_Digest(bytes, n, actual, &length, EVP_sha256(), NULL) == 1 && memcmp(actual, digest, 32) == 0;
    free(bytes);
    return ok;
}

/* An error's details, as far as the case asks for them and the door gives them. */
static bool error_fits(const vec_expect *expect, const outcome *got, char *why, size_t size) {
    bool code = expect->code == NULL || got->code[0] == '\0' || strcmp(expect->code, got->code) == 0;
    bool argument =
        expect->argument == NULL || got->argument[0] == '\0' || strcmp(expect->argument, got->argument) == 0;
    bool index = !expect->has_index || !got->has_index || expect->index == got->index;
    if (code && argument && index) return true;
    (void)snprintf(why, size, "expected error %s of %s %llu, got %s of %s %llu", expect->code,
                   expect->argument != NULL ? expect->argument : "-", (unsigned long long)expect->index, got->code,
                   got->argument, (unsigned long long)got->index);
    return false;
}

static bool fits(const vec_expect *expect, const outcome *got, char *why, size_t size) {
    bool want_error = expect->kind == VEC_EXPECT_ERROR;
    if (got->kind == OUTCOME_BROKEN) {
        (void)snprintf(why, size, "%s", got->note);
        return false;
    }
    if (got->kind != OUTCOME_OUTPUT) {
        if (want_error) return got->kind == OUTCOME_INEXPRESSIBLE || error_fits(expect, got, why, size);
        (void)snprintf(why, size, "expected a result, got %s %s %s %s",
                       got->kind == OUTCOME_ERROR ? "error" : "no way to ask:", got->code, got->argument, got->note);
        return false;
    }
    if (want_error) {
        (void)snprintf(why, size, "expected error %s, got a result%s", expect->code != NULL ? expect->code : "",
                       got->output.kind != VEC_BOOL ? ""
                       : got->output.boolean        ? ": true"
                                                    : ": false");
        return false;
    }
    if (expect->kind == VEC_EXPECT_DIGEST ? same_digest(&got->output, expect->digest)
                                          : vec_equal(&expect->output, &got->output)) {
        return true;
    }
    (void)snprintf(why, size, "the result differs");
    return false;
}

/* ---- Running --------------------------------------------------------------------------------------------------- */

static void run_case(run *r, const vec_case *c) {
    char why[512] = "";
    outcome got = r->door->run(c, r->place);
    bool ok = fits(&c->expect, &got, why, sizeof why);
    (void)pthread_mutex_lock(&r->lock);
    if (!ok) {
        r->counts.failed++;
        (void)printf("FAILED %s %s: %s\n", c->function, c->name, why);
    } else if (got.kind == OUTCOME_INEXPRESSIBLE) {
        r->counts.inexpressible++;
        (void)printf("refused before the door: %s %s: %s\n", c->function, c->name, got.note);
    } else {
        r->counts.passed++;
    }
    (void)pthread_mutex_unlock(&r->lock);
    vec_node_free(&got.output);
}

static void count(run *r, size_t *counter) {
    (void)pthread_mutex_lock(&r->lock);
    (*counter)++;
    (void)pthread_mutex_unlock(&r->lock);
}

static void run_official(run *r, size_t i) {
    const vec_case *c = &r->official.cases[i];
    if (!r->door->offers(c->function)) {
        count(r, &r->counts.not_offered);
    } else if (i % r->every != 0) {
        count(r, &r->counts.left_out);
    } else {
        run_case(r, c);
    }
}

static void run_hostile(run *r, size_t i) {
    if (!r->door->offers(hostile_function(r->hostile, i))) {
        count(r, &r->counts.not_offered);
    } else if (i % r->every != 0) {
        count(r, &r->counts.left_out);
    } else {
        (void)pthread_mutex_lock(&r->lock);
        vec_case c = hostile_case(r->hostile, i);
        (void)pthread_mutex_unlock(&r->lock);
        run_case(r, &c);
        hostile_case_free(&c);
    }
}

static void *run_worker(void *argument) {
    run *r = argument;
    size_t total = r->hostile != NULL ? hostile_count(r->hostile) : r->official.n;
    for (size_t i = r->next++; i < total; i = r->next++) {
        if (r->hostile != NULL) {
            run_hostile(r, i);
        } else {
            run_official(r, i);
        }
    }
    return NULL;
}

static void run_threads(run *r, size_t n) {
    pthread_t *threads = vec_alloc(n * sizeof *threads);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, THREAD_STACK) != 0) {
        vec_die("cannot set the size of stacks");
    }
    for (size_t i = 0; i < n; i++) {
        if (pthread_create(&threads[i], &attributes, run_worker, r) != 0) vec_die("cannot make a thread");
    }
    for (size_t i = 0; i < n; i++) (void)pthread_join(threads[i], NULL);
    (void)pthread_attr_destroy(&attributes);
    free(threads);
}

static void report(const run *r, const char *what) {
    const counts *c = &r->counts;
    (void)printf(
        "door %s, %s: %zu passed, %zu failed, %zu refused before the door because its types cannot hold them",
        r->door->name, what, c->passed, c->failed, c->inexpressible);
    if (c->not_offered > 0) (void)printf(", %zu of functions that the door does not have", c->not_offered);
    if (c->left_out > 0) (void)printf(", %zu left out by --every", c->left_out);
    (void)printf("\n");
}

/* ---- Command line ---------------------------------------------------------------------------------------------- */

typedef struct arguments {
    const char *door, *set;
    door_options options;
    size_t every, threads;
} arguments;

static arguments parse(int argc, char **argv) {
    arguments a = {.every = 1};
    if (argc < 3 || argc % 2 == 0)
        vec_die("usage: run_vectors DOOR SET [--program|--setup|--every|--threads VALUE]...");
    a.door = argv[1];
    a.set = argv[2];
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--program") == 0) {
            a.options.program = argv[i + 1];
        } else if (strcmp(argv[i], "--setup") == 0) {
            a.options.setup = argv[i + 1];
        } else if (strcmp(argv[i], "--every") == 0) {
            a.every = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--threads") == 0) {
            a.threads = strtoull(argv[i + 1], NULL, 10);
        } else {
            vec_die("unknown option %s", argv[i]);
        }
    }
    if (a.every == 0) vec_die("--every must be at least 1");
    return a;
}

static const door *find_door(const char *name) {
    if (strcmp(name, "kzg") == 0) return &door_kzg;
    if (strcmp(name, "ckzg") == 0) return &door_ckzg;
    if (strcmp(name, "http") == 0) return &door_http;
    if (strcmp(name, "tool") == 0) return &door_tool;
    vec_die("no door %s in this build", name);
}

/* Never another arithmetic than the one that was asked for. */
static bool backend_is_there(void) {
    const char *wanted = getenv("KZG_BACKEND");
    if (wanted == NULL || wanted[0] == '\0' || strcmp(wanted, kzg_backend_name()) == 0) return true;
    (void)fprintf(stderr, "SKIPPED: this machine cannot run the backend %s\n", wanted);
    return false;
}

static bool load(run *r, const char *set) {
    if (strcmp(set, "official") != 0) {
        r->hostile = hostile_load(set);
        return true;
    }
    const char *folder = vec_official_folder();
    if (folder == NULL) {
        (void)fprintf(stderr,
                      "\n*** THE OFFICIAL VECTORS ARE SKIPPED: set KZG_VECTORS to the folder that holds them, or "
                      "put it at ../shared/vectors beside the project. ***\n\n");
        return false;
    }
    r->official = vec_load_official(folder);
    if (r->official.n == 0) vec_die("%s holds no vectors", folder);
    return true;
}

static bool run_all(run *r, const arguments *a) {
    (void)run_worker(r);
    report(r, a->set);
    if (a->threads > 0 && r->door->threads) {
        r->next = 0;
        r->place = PLACE_MISALIGNED;
        run_threads(r, a->threads);
        report(r, "again with threads on small stacks and misaligned arguments, in all");
    }
    (void)printf("%zu passed, %zu failed\n", r->counts.passed, r->counts.failed);
    return r->counts.failed == 0 && r->counts.passed > 0;
}

int main(int argc, char **argv) {
    arguments a = parse(argc, argv);
    run r = {.door = find_door(a.door), .every = a.every, .lock = PTHREAD_MUTEX_INITIALIZER};
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (!backend_is_there() || !load(&r, a.set)) return SKIPPED;
    if (!r.door->open(&a.options)) return SKIPPED;
    bool ok = run_all(&r, &a);
    r.door->close();
    if (r.hostile != NULL) r.hostile = hostile_free(r.hostile);
    vec_set_free(&r.official);
    return ok ? 0 : 1;
}
