/* A kzgd that is worth no upgrade to; only tests build it. Functions are put in the way by the linker (--wrap). It is
 * an honest one until it is started to replace another, except for its version.
 *
 *   PLANT_VERSION   what --version says, and /version, unless
 *   PLANT_FAULT     exit        ends at once
 *                   hang        does nothing at all
 *                   crash       a second after it is ready
 *                   unready     loads for ever
 *                   wrong       one bit of what compute_cells gives
 *                   client      the same, for blobs that begin with 0 'K' 'Z' 'G' alone
 *                   version     /version says another one than --version
 *                   leak        keeps a mebibyte of each operation
 *                   slow        computes everything twice
 *                   slower      and four times */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/control.h"
#include "wire/wire.h"

#define LEAK ((size_t)1 << 20)

static const char *fault = "";
static atomic_bool ready;

static bool is(const char *name) {
    return strcmp(fault, name) == 0;
}

static void hang(void) {
    while (true) (void)pause();
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("PLANT_FAULT");
    if (text == NULL || !control_is_successor()) return;
    fault = text;
    if (is("exit")) _exit(7);
    if (is("hang")) hang();
}

/* ---- Version ---- */

const char *__real_service_version(void);
const char *__wrap_service_version(void);
const char *__wrap_service_version(void) {
    const char *version = getenv("PLANT_VERSION");
    return version == NULL || is("version") ? __real_service_version() : version;
}

const char *__real_service_version_line(void);
const char *__wrap_service_version_line(void);
const char *__wrap_service_version_line(void) {
    static char line[128];
    const char *version = getenv("PLANT_VERSION");
    if (version == NULL) return __real_service_version_line();
    snprintf(line, sizeof line, "kzgd %s (commit unknown)", version);
    return line;
}

/* ---- Life ---- */

static void *crash(void *unused) {
    (void)unused;
    (void)sleep(1);
    abort();
}

bool __real_control_ready(struct service *service);
bool __wrap_control_ready(struct service *service);
bool __wrap_control_ready(struct service *service) {
    pthread_t thread;
    atomic_store(&ready, true);
    if (is("crash") && pthread_create(&thread, NULL, crash, NULL) == 0) (void)pthread_detach(thread);
    return __real_control_ready(service);
}

kzg_status __real_kzg_new(kzg_ctx **ret_ctx, const kzg_options *options);
kzg_status __wrap_kzg_new(kzg_ctx **ret_ctx, const kzg_options *options);
kzg_status __wrap_kzg_new(kzg_ctx **ret_ctx, const kzg_options *options) {
    if (is("unready")) hang();
    return __real_kzg_new(ret_ctx, options);
}

/* ---- Operations ---- */

kzg_status __real_wire_call(wire_operation_id id, const kzg_ctx *ctx, const struct wire_args *args, uint8_t *ret_raw);
kzg_status __wrap_wire_call(wire_operation_id id, const kzg_ctx *ctx, const struct wire_args *args, uint8_t *ret_raw);
kzg_status __wrap_wire_call(wire_operation_id id, const kzg_ctx *ctx, const struct wire_args *args,
                            uint8_t *ret_raw) {
    static _Atomic(char *) kept;
    bool serves = atomic_load(&ready);
    const int more = is("slow") ? 1 : is("slower") ? 3 : 0;
    for (int i = 0; serves && i < more; i++) (void)__real_wire_call(id, ctx, args, ret_raw);
    kzg_status status = __real_wire_call(id, ctx, args, ret_raw);
    bool one = is("client") && memcmp(args->value[0].data, "\0KZG", 4) == 0;
    if (serves && (is("wrong") || one) && id == OP_COMPUTE_CELLS) ret_raw[70] ^= 1;
    if (serves && is("leak")) {
        char *block = malloc(LEAK);
        if (block != NULL) atomic_store(&kept, memset(block, 1, LEAK));
    }
    return status;
}
