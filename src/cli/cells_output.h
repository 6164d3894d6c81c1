/* Writing cells and proofs: what cells and recover have in common.
 *
 * Text: a blob's cells, one a line, then its proofs. Raw: 128 * 2048 bytes, then 128 * 48. With --proofs-output the
 * proofs go there instead. JSON: one object a line with "cells" and "proofs". */
#ifndef CLI_CELLS_OUTPUT_H
#define CLI_CELLS_OUTPUT_H

#include "cli/cli.h"
#include "cli/output.h"

/* Opens --proofs-output, if it is given, and checks that it goes with the other options. */
enum cli_exit cells_proofs_open(struct output *proofs, const struct cli *cli, const struct cli_args *args);

/* Writes one blob's cells and, if proofs is not NULL, proofs, to output and where cells_proofs_open said. In JSON,
 * the members behind those that have been written. */
enum cli_exit cells_write(struct output *output, struct output *proofs_output, const kzg_cell *cells,
                          const kzg_bytes48 *proofs);

#endif
