/* kzg drain, kzg undrain: out of rotation by hand, and back. */
#include "cli/remote.h"

static enum cli_exit run_drain(struct cli *cli, const struct cli_args *args) {
    return remote_show(cli, args, "POST", "/drain", "");
}

static enum cli_exit run_undrain(struct cli *cli, const struct cli_args *args) {
    return remote_show(cli, args, "POST", "/undrain", "");
}

const struct cli_command cli_drain = {
    .name = "drain",
    .operands = "",
    .summary = "take kzgd out of rotation: not ready from now on, but still serving",
    .text = "/readyz fails from now on, so that a load balancer sends nothing more; requests that come are served.\n"
            "kzg undrain takes it back. To end the process, send it SIGTERM.\n",
    .examples = "kzg drain && kzg health --probe readyz\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_drain,
};

const struct cli_command cli_undrain = {
    .name = "undrain",
    .operands = "",
    .summary = "put a drained kzgd back in rotation",
    .text = "Takes kzg drain back. An instance that is unready for another reason stays so.\n",
    .examples = "kzg undrain\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_undrain,
};
