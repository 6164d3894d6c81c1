/* What the upgrade's state machine (machine.h) asks of a way to run kzgd. One file a driver: process, container,
 * kubernetes. A driver acts and looks; it decides nothing: order, polling, verification, comparison and going back
 * are the machine's.
 *
 * A service has slots, numbered from 0: places that one serving instance fills. In each slot there is an old
 * instance and, from start() on, a new one beside it.
 *
 *     describe -> preflight -> prepare                          nothing that serves has changed up to here
 *     a slot:  start -> (inspect NEW until it is up) -> verified by the machine on its own address
 *              -> take_over -> (settle, old one warm)
 *     all:     retire each slot's old one -> clean               done; or, from any point after prepare:
 *     undo:    go_back each slot, last first -> verified by the machine -> clean
 *
 * Repeating. The machine writes to its journal what it is about to do, and only then calls. It can be killed
 * anywhere, in the middle of a call too, and then begins with the same call again, or with go_back. So every function
 * must be safe to repeat, and must find what an earlier attempt left: by call->id and the slot, which a driver writes
 * on whatever it makes (a label, a file of call->folder, an environment variable of the process) BEFORE or WITH
 * making it. A step that finds its work done says so and returns UPGRADE_OK. go_back after no start, half a start, or
 * a second time is fine. Nothing is kept in the driver's own memory that matters to a later call: call->remembered is
 * for that.
 *
 * Time. No call may go on after call->deadline_ms; it then ends what it waits for and returns UPGRADE_TIMED_OUT.
 * Waiting for an instance to come up is not a call's affair: start() returns as soon as the thing is on its way, and
 * the machine polls inspect().
 *
 * Threads. One at a time. Nothing here prints: upgrade_say and upgrade_check are the only way out. */
#ifndef UPGRADE_DRIVER_H
#define UPGRADE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPGRADE_MUST_USE __attribute__((warn_unused_result))

enum upgrade_status {
    UPGRADE_OK = 0,
    UPGRADE_FAILED,    /* call->failure says why */
    UPGRADE_TIMED_OUT, /* the deadline came; call->failure says what was waited for. What was asked may still happen
                        */
};

#define UPGRADE_VERSION_MAX    64  /* all with their NUL */
#define UPGRADE_ID_MAX         40  /* letters, digits, '-': fits a DNS label, a label's value, a file name */
#define UPGRADE_NAME_MAX       256 /* of an instance: a process id, a container's or a pod's name */
#define UPGRADE_ADDRESS_MAX    128 /* host:port, [v6]:port, unix:/path */
#define UPGRADE_REMEMBERED_MAX 8192
#define UPGRADE_OUTPUT_MAX     4096
#define UPGRADE_SLOTS_MAX      256

/* Why a call did not succeed, for people. Filled by upgrade_fail. */
struct upgrade_failure {
    char code[48];                   /* stable: "image_missing", "start_failed", ... */
    char message[512];               /* one sentence, no line ends */
    char output[UPGRADE_OUTPUT_MAX]; /* what the failed program or instance said itself, its end; "" without */
    char remedy[512];                /* what a person can type, where the driver knows it; "" without */
};

enum upgrade_verdict { UPGRADE_PASS, UPGRADE_WARN, UPGRADE_REFUSE };

/* Where a driver's words go. The machine adds time and step. */
struct upgrade_sink {
    void *user;
    void (*say)(void *user, const char *text);
    void (*check)(void *user, const char *name, enum upgrade_verdict verdict, const char *text);
};

/* What a driver lets be set: kzg upgrade --with name=value. Values are checked by their kind before a driver sees
 * them (names.h): none begins with '-', none has a control character. */
enum upgrade_option_kind {
    UPGRADE_OPTION_NAME,      /* a DNS label or subdomain: [a-z0-9]([-a-z0-9.]*[a-z0-9])?, up to 253 */
    UPGRADE_OPTION_CONTEXT,   /* as kubectl's contexts are called: letters, digits, ._:@/- */
    UPGRADE_OPTION_PATH,      /* absolute, no ".." in it */
    UPGRADE_OPTION_IMAGE,     /* a container image's repository, without tag or digest */
    UPGRADE_OPTION_DIGEST,    /* sha256: and 64 digits */
    UPGRADE_OPTION_ADDRESS,   /* host:port, [v6]:port, unix:/path */
    UPGRADE_OPTION_NUMBER,    /* 0 to 2^31-1 */
    UPGRADE_OPTION_WORD,      /* letters, digits, ._- */
    UPGRADE_OPTION_ARGUMENTS, /* any printable text: words for a program, split at spaces; never for a shell */
};

struct upgrade_option {
    const char *name; /* NULL ends the table */
    enum upgrade_option_kind kind;
    const char *fallback; /* NULL: must be given; "": may be left out, and is "" then */
    const char *help;     /* one line */
};

/* One call: what every function gets. All borrowed for the call. */
struct upgrade_call {
    const char *id;     /* of the upgrade; the same for all its calls, also after a resume */
    const char *folder; /* exists, is this upgrade's own and survives it (history): logs, staged files, pid files */
    const char *from_version; /* "" before describe */
    const char *to_version;   /* what is asked for; checked: letters, digits, .+_-, begins with a letter or digit */
    const struct upgrade_option *options; /* the driver's table */
    const char *const *values;            /* by that table's index, never NULL */
    int64_t deadline_ms;                  /* of command_now_ms() */
    const struct upgrade_sink *sink;
    struct upgrade_failure *failure;
    /* The driver's own notes, a NUL-ended text in whatever form it likes. prepare fills it with what is needed to go
     * back (image and digest, path of the old binary, revision); any call may change it. The machine saves it in the
     * journal after each call, so a change is lost when the call is killed. */
    char *remembered; /* UPGRADE_REMEMBERED_MAX bytes */
    /* kzg rollback after a commit: the notes of the upgrade that is being undone, so that the target is exactly what
     * ran before. NULL in an upgrade. */
    const char *undone;
};

enum upgrade_side { UPGRADE_OLD, UPGRADE_NEW };

enum upgrade_instance_state {
    UPGRADE_ABSENT,   /* not there: never started, or removed */
    UPGRADE_STARTING, /* on its way: image pulled, scheduled, process loads; address may be "" */
    UPGRADE_RUNNING,  /* the process runs and can be asked at admin; says nothing about ready */
    UPGRADE_BROKEN,   /* ended, crash-loops, cannot be pulled or scheduled: waiting does not help. detail says what */
};

struct upgrade_instance {
    enum upgrade_instance_state state;
    char name[UPGRADE_NAME_MAX];     /* as an operator finds it: pid, container, namespace/pod */
    char api[UPGRADE_ADDRESS_MAX];   /* this very instance's API, never the shared one; "": reach() gives it */
    char admin[UPGRADE_ADDRESS_MAX]; /* its administration */
    uint64_t restarts;               /* since it was made */
    bool serving;                    /* gets clients' requests, as far as the driver has it */
    char detail[512];                /* for people: "exit status 1", "ImagePullBackOff"; "" */
    char output[UPGRADE_OUTPUT_MAX]; /* end of what a BROKEN one wrote; "" */
};

/* The service as it is. */
struct upgrade_description {
    char target[UPGRADE_NAME_MAX]; /* what will be touched, shown before anything is: "cluster X, namespace Y,
                                      deployment Z" */
    size_t slots;                  /* 1 to UPGRADE_SLOTS_MAX */
    bool local;                    /* instances run on this machine: the machine checks memory, CPUs and disk */
    bool serves_at_once;           /* start() puts the new one among the serving as soon as it is ready */
    bool old_ends_at_take_over;    /* there is no warm old one after take_over: go_back must start it anew */
};

struct upgrade_driver {
    const char *name;                     /* --driver */
    const char *summary;                  /* one line, for the help */
    const struct upgrade_option *options; /* ended by a NULL name */

    /* Looks, changes nothing: tools present and allowed, target reachable, how many slots. */
    enum upgrade_status (*describe)(struct upgrade_call *call, struct upgrade_description *ret);

    /* Changes nothing. Tells each of its checks by upgrade_check: binary or image exists and has its digest, new
     * version accepts the configuration (kzgd --check-config), room for one more instance where that is not this
     * machine, rights. A check that refuses is no failure of the call: UPGRADE_FAILED only when it could not look. */
    enum upgrade_status (*preflight)(struct upgrade_call *call);

    /* Gets what start will need (stage the binary, pull by digest) and fills call->remembered. Nothing that serves
     * changes. */
    enum upgrade_status (*prepare)(struct upgrade_call *call);

    /* How one instance is. ABSENT is an answer, not a failure. */
    enum upgrade_status (*inspect)(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                                   struct upgrade_instance *ret);

    /* Makes sure that instance->api and ->admin can be connected to from here until unreach (a port-forward), and
     * fills them. NULL: they always can. unreach twice, or without reach, is fine. */
    enum upgrade_status (*reach)(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                                 struct upgrade_instance *instance);
    void (*unreach)(struct upgrade_call *call, size_t slot, enum upgrade_side side);

    /* Brings a new instance on its way, beside the old one, without clients (but see serves_at_once). */
    enum upgrade_status (*start)(struct upgrade_call *call, size_t slot);

    /* The new one gets the clients, then the old one gets no new ones and finishes what it has: no request is lost.
     * The old one stays: loaded, asked at its own address, able to serve again at once (unless
     * old_ends_at_take_over). */
    enum upgrade_status (*take_over)(struct upgrade_call *call, size_t slot);

    /* The old one has the clients again, then the new one drains and is removed. Starts the old version anew where
     * there is no old instance any more. After this inspect(OLD) tells the one that serves, and inspect(NEW) says
     * ABSENT. */
    enum upgrade_status (*go_back)(struct upgrade_call *call, size_t slot);

    /* Commit: the old one drains whatever is left and ends. After this there is no go_back. */
    enum upgrade_status (*retire)(struct upgrade_call *call, size_t slot);

    /* After commit or rollback: removes leftovers, keeps what a later kzg rollback needs. */
    enum upgrade_status (*clean)(struct upgrade_call *call);

    /* Last word when going back failed: what a person types to get to the old version by hand, one command a line,
     * from call->remembered. */
    void (*by_hand)(struct upgrade_call *call, char *out, size_t size);
};

extern const struct upgrade_driver upgrade_driver_process;
extern const struct upgrade_driver upgrade_driver_container;
extern const struct upgrade_driver upgrade_driver_kubernetes;

/* ---- For drivers --------------------------------------------------------------------------------------------- */

/* Fills call->failure (output and remedy "") and returns UPGRADE_FAILED. The first failure stays when one is there
 * already: it is the cause. */
enum upgrade_status upgrade_fail(struct upgrade_call *call, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for the deadline: code "timed_out", returns UPGRADE_TIMED_OUT. */
enum upgrade_status upgrade_timed_out(struct upgrade_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts the end of text, control characters as '?', behind a failure; and what to type about it. */
void upgrade_fail_output(struct upgrade_call *call, const char *text);
void upgrade_fail_remedy(struct upgrade_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What the driver does, a sentence without its full stop: "pulling registry/kzgd@sha256:...". */
void upgrade_say(struct upgrade_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One check of preflight. name is a stable word: "image", "config", "rights". */
void upgrade_check(struct upgrade_call *call, const char *name, enum upgrade_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Value of one of the driver's options; asking for one that is not in its table is a programmer's error. */
const char *upgrade_value(const struct upgrade_call *call, const char *name);

/* Milliseconds to the deadline, 0 when it is over. */
int64_t upgrade_left_ms(const struct upgrade_call *call);

#endif
