#include "cli/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/progress.h"
#include "wire/table_cache.h"

/* A setup in text is 0.8 MB; in JSON, indented, not ten times that. */
#define SETUP_BYTES_MAX (16u << 20)

enum cli_exit context_backend(const struct cli *cli, const struct cli_args *args) {
    const char *name = args->value[CLI_OPT_BACKEND];
    if (!cli_given(args, CLI_OPT_BACKEND)) return CLI_OK;
    if (name[0] == '\0') return cli_usage(cli, "--backend is empty");
    /* The library looks when the first context is made, which is later. */
    if (setenv("KZG_BACKEND", name, 1) != 0) return cli_out_of_memory(cli);
    return CLI_OK;
}

static enum cli_exit make_error(const struct cli *cli, kzg_status status) {
    if (status.code == KZG_ERR_BACKEND_UNAVAILABLE) {
        const char *name = getenv("KZG_BACKEND");
        return cli_error(cli, CLI_BAD_INPUT, kzg_code_name(KZG_ERR_BACKEND_UNAVAILABLE), NULL,
                         "there is no backend '%s' here, or this machine cannot run it", name == NULL ? "" : name);
    }
    return cli_status_error(cli, status, NULL);
}

/* What the library says about a setup: its argument names the list, its index the point in it (or the byte). */
static enum cli_exit setup_error(const struct cli *cli, kzg_status status, const char *file) {
    struct cli_place place = {.file = file};
    if (status.argument == KZG_ARG_SETUP) {
        place.has_offset = status.code == KZG_ERR_SETUP_MALFORMED || status.code == KZG_ERR_SETUP_TRUNCATED ||
                           status.code == KZG_ERR_SETUP_TRAILING;
        place.offset = status.index;
    } else if (status.argument == KZG_ARG_G1_MONOMIAL || status.argument == KZG_ARG_G1_LAGRANGE ||
               status.argument == KZG_ARG_G2_MONOMIAL) {
        place.item = kzg_argument_name((kzg_argument)status.argument);
        place.index = status.index;
    }
    if (status.code == KZG_ERR_OUT_OF_MEMORY || status.code == KZG_ERR_BACKEND_UNAVAILABLE)
        return make_error(cli, status);
    return cli_status_error(cli, status, &place);
}

static enum cli_exit open_setup(struct cli *cli, const char *file, const kzg_options *options, kzg_ctx **ret_ctx) {
    char *text;
    size_t length;
    if (file[0] == '\0') return cli_usage(cli, "--trusted-setup is empty: expected a file name");
    CLI_TRY(read_whole(cli, file, SETUP_BYTES_MAX, &text, &length));
    kzg_status status = kzg_new_from_setup(ret_ctx, text, length, options);
    free(text);
    return status.code == KZG_OK ? CLI_OK : setup_error(cli, status, file);
}

static enum cli_exit make(struct cli *cli, const struct cli_args *args, const kzg_options *options,
                          kzg_ctx **ret_ctx) {
    if (cli_given(args, CLI_OPT_TRUSTED_SETUP))
        return open_setup(cli, args->value[CLI_OPT_TRUSTED_SETUP], options, ret_ctx);
    kzg_status status = kzg_new(ret_ctx, options);
    return status.code == KZG_OK ? CLI_OK : make_error(cli, status);
}

/* ---- Tables kept in a file ---- */

/* A word that changes nothing about the answer. error: errno, 0: none. */
static void tell(const struct cli *cli, const char *path, const char *what, int error) {
    const struct cli_place place = {.file = path};
    if (cli->quiet) return;
    (void)cli_error(cli, CLI_OK, status_code_name(ST_IO), &place, "%s%s%s", what, error != 0 ? ": " : "",
                    error != 0 ? strerror(error) : "");
}

static void tell_refused(const struct cli *cli, const char *path, const char *why, int error) {
    char what[80];
    snprintf(what, sizeof what, "its tables are not used: %s", why);
    tell(cli, path, what, error);
}

/* A context as kzgd's, with the file's tables where there are any. *ret_ours: a file may be put there. */
static enum cli_exit offer_tables(const struct cli *cli, const struct cli_args *args, struct table_cache *cache,
                                  kzg_options *options, bool *ret_ours) {
    const char *path = args->value[CLI_OPT_TABLE_CACHE];
    *ret_ours = false;
    if (!cli_given(args, CLI_OPT_TABLE_CACHE)) return CLI_OK;
    if (path[0] == '\0') return cli_usage(cli, "--table-cache is empty: expected a file name");
    table_cache_open(cache, path);
    if (cache->why != NULL) tell_refused(cli, path, cache->why, cache->error);
    options->image = cache->image;
    options->precompute = KZG_PRECOMPUTE_DEFAULT;
    *ret_ours = cache->why == NULL;
    return CLI_OK;
}

/* What is there may be of another level or setup, or no tables at all: a file that was named by mistake. */
static bool may_replace(const struct cli *cli, const char *path, kzg_image_verdict verdict) {
    if (verdict == KZG_IMAGE_NONE) return true;
    if (verdict == KZG_IMAGE_USED) return false;
    tell_refused(cli, path, kzg_image_verdict_name(verdict), 0);
    return verdict == KZG_IMAGE_DAMAGED || verdict == KZG_IMAGE_OTHER_VERSION;
}

/* Tables that were computed are kept if what computes them is right. */
static enum cli_exit keep_tables(const struct cli *cli, const char *path, const kzg_ctx *ctx) {
    kzg_info info;
    unsigned passed = 0, total = 0;
    const char *failed = NULL;
    int error;
    kzg_status status = kzg_get_info(ctx, &info);
    if (status.code == KZG_OK && !may_replace(cli, path, info.image)) return CLI_OK;
    if (status.code == KZG_OK) status = kzg_self_test(ctx, &passed, &total, &failed);
    if (status.code != KZG_OK) return cli_status_error(cli, status, NULL);
    if (failed != NULL)
        return cli_error(cli, CLI_FAILED, status_code_name(ST_INTERNAL), NULL,
                         "this machine or build computes wrongly: %s (see kzg selftest)", failed);
    if (table_cache_save(path, ctx, &error) == TABLE_CACHE_FAILED) tell(cli, path, "the tables are not kept", error);
    return CLI_OK;
}

enum cli_exit context_open(struct cli *cli, const struct cli_args *args, int precompute, kzg_ctx **ret_ctx) {
    static struct table_cache cache; /* the context may need it to its end */
    uint64_t level = 0;
    bool ours;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = precompute;
    CLI_TRY(offer_tables(cli, args, &cache, &options, &ours));
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_PRECOMPUTE, KZG_PRECOMPUTE_MIN, KZG_PRECOMPUTE_MAX, 0, &level));
    if (cli_given(args, CLI_OPT_PRECOMPUTE)) options.precompute = (int)level;
    CLI_TRY(context_backend(cli, args));
    CLI_TRY(make(cli, args, &options, ret_ctx));
    enum cli_exit result = ours ? keep_tables(cli, args->value[CLI_OPT_TABLE_CACHE], *ret_ctx) : CLI_OK;
    if (result != CLI_OK) *ret_ctx = kzg_free(*ret_ctx);
    return result;
}
