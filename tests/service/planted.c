/* A kzgd with faults that come when they are asked for; only tests build it. Functions are put in the way by the
 * linker (--wrap), so the daemon's own code has no hooks.
 *
 *   SIGUSR1      every 1000th multiplication in Fp one value at a time by a fast variant comes out wrong
 *   SIGUSR2      one bit of the commitment's table flips, when the memory is looked at next
 *   SIGRTMIN+1   sums over the commitment's table by a fast variant come out as another point: valid, and wrong
 *   SIGRTMIN+2   the same, only for a blob that begins with 7: nothing that the self-test would see
 *   SIGRTMIN+3   compute_challenge does not return; SIGRTMIN+4 lets it
 *   SIGRTMIN+5   another variant is not selected, for as long as it takes; SIGRTMIN+6 lets it be
 *   PLANT_AT_START=1 in the environment: as SIGUSR1, from the moment that the first context is made
 *   PLANT_ANY=1: the portable variant has the faults too
 *   PLANT_PATIENT=1: a worker that does not return is not stuck for an hour
 *
 * Workers count as stuck after half a second. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "curve/g1_table.h"
#include "field/dispatch.h"
#include "kzg/context.h"
#include "service/watchdog.h"

#define WRONG_EVERY 1000
#define STUCK_NS    500000000
#define HOUR_NS     ((int64_t)3600 * 1000000000)

static struct field_ops honest;
static atomic_bool wrong_field, wrong_sums, wrong_for_seven, flip, stuck, held;

static void on_signal(int number) {
    if (number == SIGUSR1) atomic_store(&wrong_field, true);
    if (number == SIGUSR2) atomic_store(&flip, true);
    if (number == SIGRTMIN + 1) atomic_store(&wrong_sums, true);
    if (number == SIGRTMIN + 2) atomic_store(&wrong_for_seven, true);
    if (number == SIGRTMIN + 3) atomic_store(&stuck, true);
    if (number == SIGRTMIN + 4) atomic_store(&stuck, false);
    if (number == SIGRTMIN + 5) atomic_store(&held, true);
    if (number == SIGRTMIN + 6) atomic_store(&held, false);
    ssize_t n = write(STDERR_FILENO, "planted\n", 8); /* the test waits for it */
    (void)n;
}

__attribute__((constructor)) static void listen_for_signals(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    for (int i = 1; i <= 6; i++) sigaction(SIGRTMIN + i, &action, NULL);
}

static bool is_target(void) {
    return strcmp(field_ops.name, "portable") != 0 || getenv("PLANT_ANY") != NULL;
}

/* ---- Arithmetic ---- */

static void planted_fp_mul(fp *r, const fp *a, const fp *b) {
    static _Thread_local unsigned count;
    honest.fp_mul(r, a, b);
    if (atomic_load_explicit(&wrong_field, memory_order_relaxed) && ++count % WRONG_EVERY == 0) r->l[0] ^= 2;
}

kzg_status __real_kzg_new(kzg_ctx **ret_ctx, const kzg_options *options);
kzg_status __wrap_kzg_new(kzg_ctx **ret_ctx, const kzg_options *options);
kzg_status __wrap_kzg_new(kzg_ctx **ret_ctx, const kzg_options *options) {
    kzg_status status = __real_kzg_new(ret_ctx, options);
    if (!is_target()) return status;
    honest = field_ops;
    field_ops.fp_mul = planted_fp_mul;
    if (getenv("PLANT_AT_START") != NULL) atomic_store(&wrong_field, true);
    return status;
}

void __real_g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                          size_t sums, struct arena *arena);
void __wrap_g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                          size_t sums, struct arena *arena);
void __wrap_g1_table_sums(g1_affine *r, const struct g1_table *table, size_t first, const fr *scalars, size_t points,
                          size_t sums, struct arena *arena) {
    fr seven, one;
    fr_set_one(&one);
    fr_set_zero(&seven);
    for (int i = 0; i < 7; i++) fr_add(&seven, &seven, &one);
    bool begins_with_seven = fr_equal(&scalars[0], &seven);
    __real_g1_table_sums(r, table, first, scalars, points, sums, arena);
    if (table->bases != FIELD_ELEMENTS_PER_BLOB || !is_target()) return;
    if (atomic_load(&wrong_sums) || (atomic_load(&wrong_for_seven) && begins_with_seven)) g1_affine_neg(r, r);
}

/* ---- Memory ---- */

kzg_status __real_kzg_check_piece(const kzg_ctx *ctx, bool *ret_intact, const char **ret_what, size_t i);
kzg_status __wrap_kzg_check_piece(const kzg_ctx *ctx, bool *ret_intact, const char **ret_what, size_t i);
kzg_status __wrap_kzg_check_piece(const kzg_ctx *ctx, bool *ret_intact, const char **ret_what, size_t i) {
    if (atomic_exchange(&flip, false)) ctx->commit.entries[1234].point.x.l[2] ^= (uint64_t)1 << 40;
    return __real_kzg_check_piece(ctx, ret_intact, ret_what, i);
}

/* ---- Workers ---- */

struct watchdog *__real_watchdog_new(size_t workers, int64_t min_ns);
struct watchdog *__wrap_watchdog_new(size_t workers, int64_t min_ns);
struct watchdog *__wrap_watchdog_new(size_t workers, int64_t min_ns) {
    (void)min_ns;
    return __real_watchdog_new(workers, getenv("PLANT_PATIENT") != NULL ? HOUR_NS : STUCK_NS);
}

static void wait_while(const atomic_bool *flag) {
    const struct timespec moment = {.tv_nsec = 5000000};
    while (atomic_load(flag)) nanosleep(&moment, NULL);
}

kzg_status __real_kzg_select_backend(const char *name);
kzg_status __wrap_kzg_select_backend(const char *name);
kzg_status __wrap_kzg_select_backend(const char *name) {
    wait_while(&held);
    return __real_kzg_select_backend(name);
}

kzg_status __real_kzg_compute_challenge(kzg_bytes32 *ret_challenge, const kzg_blob *blob,
                                        const kzg_bytes48 *commitment);
kzg_status __wrap_kzg_compute_challenge(kzg_bytes32 *ret_challenge, const kzg_blob *blob,
                                        const kzg_bytes48 *commitment);
kzg_status __wrap_kzg_compute_challenge(kzg_bytes32 *ret_challenge, const kzg_blob *blob,
                                        const kzg_bytes48 *commitment) {
    wait_while(&stuck);
    return __real_kzg_compute_challenge(ret_challenge, blob, commitment);
}
