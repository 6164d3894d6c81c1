/* Exit statuses. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

/* The tool's exit statuses. Inside it they are also what functions return: CLI_OK goes on, anything else has been
 * told on standard error (except CLI_NOT_VALID, which is an answer) and ends the command. */
enum cli_exit {
    CLI_OK = 0,        /* done; for a verification: valid */
    CLI_NOT_VALID = 1, /* well-formed, but not true */
    CLI_BAD_INPUT = 2, /* what the user gave is wrong: arguments, files, their contents */
    CLI_FAILED = 3,    /* the machine failed: writing, reading, memory; or the self-test did */
};

#define CLI_TRY(call)                            \
    do {                                         \
        enum cli_exit cli_try_ = (call);         \
        if (cli_try_ != CLI_OK) return cli_try_; \
    } while (0)

#endif
