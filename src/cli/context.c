#include "cli/context.h"

#include <stdlib.h>
#include <string.h>

#include "cli/input.h"
#include "cli/progress.h"

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

enum cli_exit context_open(struct cli *cli, const struct cli_args *args, int precompute, kzg_ctx **ret_ctx) {
    uint64_t level = 0;
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = precompute;
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_PRECOMPUTE, KZG_PRECOMPUTE_MIN, KZG_PRECOMPUTE_MAX, 0, &level));
    if (cli_given(args, CLI_OPT_PRECOMPUTE)) options.precompute = (int)level;
    CLI_TRY(context_backend(cli, args));
    if (cli_given(args, CLI_OPT_TRUSTED_SETUP))
        return open_setup(cli, args->value[CLI_OPT_TRUSTED_SETUP], &options, ret_ctx);
    kzg_status status = kzg_new(ret_ctx, &options);
    return status.code == KZG_OK ? CLI_OK : make_error(cli, status);
}
