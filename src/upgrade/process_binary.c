#include "upgrade/process_binary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "upgrade/command.h"
#include "upgrade/formats.h"
#include "upgrade/process_control.h"

#define WORDS_MAX  256
#define BYTES_MAX  ((size_t)65536) /* of arguments, or of an environment */
#define PROGRAM_MS 10000           /* for --version and --check-config */

void process_binary_wanted(const struct upgrade_call *call, char *out, size_t size) {
    if (call->undone != NULL && process_note(call->undone, "old-binary", out, size)) return;
    snprintf(out, size, "%s", upgrade_value(call, "binary"));
}

/* ---- Of a running process ---------------------------------------------------------------------------------------
 */

/* Texts that end with NUL each, as the kernel has them. */
struct words {
    char *bytes;
    const char *word[WORDS_MAX + 3];
    size_t count;
};

static bool words_read(struct words *ret, pid_t pid, const char *file) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
    *ret = (struct words){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ret->bytes = malloc(BYTES_MAX + 1);
    size_t used = 0;
    ssize_t n = ret->bytes == NULL ? -1 : 1;
    while (n > 0 && used < BYTES_MAX) {
        n = read(fd, ret->bytes + used, BYTES_MAX - used);
        if (n > 0) used += (size_t)n;
    }
    close(fd);
    bool ok = n == 0 && used > 0 && ret->bytes[used - 1] == '\0';
    for (size_t at = 0; ok && at < used; at += strlen(ret->bytes + at) + 1) {
        ok = ret->count < WORDS_MAX;
        if (ok) ret->word[ret->count++] = ret->bytes + at;
    }
    return ok;
}

static void words_free(struct words *words) {
    free(words->bytes);
}

/* kzgd's own variables, but not the one that a handover leaves. */
static void words_keep_kzgd(struct words *words) {
    size_t n = 0;
    for (size_t i = 0; i < words->count; i++) {
        bool ours = strncmp(words->word[i], "KZGD_", 5) == 0 && strncmp(words->word[i], "KZGD_HANDOVER=", 14) != 0;
        if (ours) words->word[n++] = words->word[i];
    }
    words->word[words->count = n] = NULL;
}

void process_binary_command(const char *binary, pid_t pid, char *out, size_t size) {
    struct words words;
    out[0] = '\0';
    if (words_read(&words, pid, "cmdline") && words.count > 0) {
        words.word[0] = binary;
        words.word[words.count] = NULL;
        command_text(words.word, out, size);
    }
    words_free(&words);
}

/* ---- Checks -----------------------------------------------------------------------------------------------------
 */

static const char *last_line(const char *text) {
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') length--;
    while (length > 0 && text[length - 1] != '\n') length--;
    return text + length;
}

static void tell_end(struct upgrade_call *call, const char *name, const struct command_result *result) {
    const char *text = result->error[0] != '\0' ? last_line(result->error) : "it wrote nothing";
    int length = (int)strcspn(text, "\n");
    if (result->end == COMMAND_EXITED) {
        upgrade_check(call, name, UPGRADE_REFUSE, "exit status %d: %.*s", result->status, length, text);
    } else if (result->end == COMMAND_SIGNALED) {
        upgrade_check(call, name, UPGRADE_REFUSE, "ended by signal %d: %.*s", result->signal, length, text);
    } else if (result->end == COMMAND_TIMED_OUT) {
        upgrade_check(call, name, UPGRADE_REFUSE, "does not end: %.*s", length, text);
    } else {
        upgrade_check(call, name, UPGRADE_REFUSE, "cannot be run: %s", strerror(result->error_number));
    }
}

static bool run_quietly(const struct upgrade_call *call, const char *const *argv, const char *const *environment,
                        struct command_result *ret) {
    int64_t now_ms = command_now_ms(), most_ms = now_ms + PROGRAM_MS;
    const struct command command = {.argv = argv,
                                    .environment = environment,
                                    .output_max = 4096,
                                    .deadline_ms = call->deadline_ms < most_ms ? call->deadline_ms : most_ms};
    return command_run(&command, ret);
}

/* What fails refuses the check of that name. */
static bool run(struct upgrade_call *call, const char *const *argv, const char *const *environment, const char *name,
                struct command_result *ret) {
    bool good = run_quietly(call, argv, environment, ret);
    if (!good) tell_end(call, name, ret);
    return good;
}

/* "kzgd VERSION (...": the word behind the name. */
static void check_version(struct upgrade_call *call, const char *binary) {
    const char *argv[] = {binary, "--version", NULL};
    struct command_result result;
    if (run(call, argv, NULL, "binary_version", &result)) {
        const char *word = strncmp(result.output, "kzgd ", 5) == 0 ? result.output + 5 : "";
        int length = (int)strcspn(word, " \n");
        bool same =
            (size_t)length == strlen(call->to_version) && strncmp(word, call->to_version, (size_t)length) == 0;
        if (length == 0) {
            upgrade_check(call, "binary_version", UPGRADE_REFUSE, "%s is no kzgd: --version says '%.60s'", binary,
                          result.output);
        } else {
            upgrade_check(call, "binary_version", same ? UPGRADE_PASS : UPGRADE_REFUSE, "%s is kzgd %.*s%s%s", binary,
                          length, word, same ? "" : ", not ", same ? "" : call->to_version);
        }
    }
    command_result_free(&result);
}

/* What the program that runs says of its formats; "" when it is of a version that says nothing. */
static void old_formats(struct upgrade_call *call, struct words *arguments, const struct words *environment,
                        pid_t pid, char out[FORMATS_MAX]) {
    char running[64];
    struct command_result result;
    snprintf(running, sizeof running, "/proc/%ld/exe", (long)pid);
    arguments->word[0] = running;
    formats_read(run_quietly(call, arguments->word, environment->word, &result) ? result.output : "", out);
    command_result_free(&result);
}

static void check_config(struct upgrade_call *call, const char *binary, pid_t pid) {
    struct words arguments, environment = {0};
    struct command_result result = {0};
    bool known = words_read(&arguments, pid, "cmdline") && words_read(&environment, pid, "environ");
    if (known) {
        char old[FORMATS_MAX], new_one[FORMATS_MAX];
        arguments.word[0] = binary;
        arguments.word[arguments.count] = "--check-config";
        arguments.word[arguments.count + 1] = NULL;
        words_keep_kzgd(&environment);
        if (run(call, arguments.word, environment.word, "config", &result)) {
            upgrade_check(call, "config", UPGRADE_PASS, "it takes the running kzgd's options");
            formats_read(result.output, new_one);
            old_formats(call, &arguments, &environment, pid, old);
            formats_check(call, old, new_one);
        }
    } else {
        upgrade_check(call, "config", UPGRADE_WARN, "options of process %ld cannot be read", (long)pid);
    }
    command_result_free(&result);
    words_free(&arguments);
    words_free(&environment);
}

/* *ret_good becomes false when it has another one. */
static bool check_digest(struct upgrade_call *call, const char *binary, bool *ret_good) {
    const char *wanted = upgrade_value(call, "digest");
    char found[PROCESS_DIGEST_MAX];
    if (wanted[0] == '\0' || call->undone != NULL) return true;
    if (!process_binary_digest(call, binary, found)) return false;
    bool same = strcmp(wanted, found) == 0;
    upgrade_check(call, "digest", same ? UPGRADE_PASS : UPGRADE_REFUSE, "%s has %s", binary, found);
    *ret_good = *ret_good && same;
    return true;
}

#define SIGNATURE_WORDS 9

static void signature_words(const struct upgrade_call *call, const char *binary, const char *argv[SIGNATURE_WORDS]) {
    const char *const words[SIGNATURE_WORDS] = {"openssl",
                                                "dgst",
                                                "-sha256",
                                                "-verify",
                                                upgrade_value(call, "key"),
                                                "-signature",
                                                upgrade_value(call, "signature"),
                                                binary,
                                                NULL};
    memcpy(argv, words, sizeof words);
}

/* Whether the key's owner signed it, as openssl sees it; true where nobody asks. Refusals are told. */
static bool check_signature(struct upgrade_call *call, const char *binary) {
    const char *argv[SIGNATURE_WORDS];
    const char *signature = upgrade_value(call, "signature"), *key = upgrade_value(call, "key");
    struct command_result result = {0};
    if (call->undone != NULL || (signature[0] == '\0' && key[0] == '\0')) return true;
    if (signature[0] == '\0' || key[0] == '\0') {
        upgrade_check(call, "signature", UPGRADE_REFUSE, "signature and key go together");
        return false;
    }
    signature_words(call, binary, argv);
    bool good = run(call, argv, NULL, "signature", &result);
    if (good) upgrade_check(call, "signature", UPGRADE_PASS, "%s is signed by the owner of %s", binary, key);
    command_result_free(&result);
    return good;
}

bool process_binary_signed(struct upgrade_call *call, const char *binary) {
    const char *argv[SIGNATURE_WORDS];
    struct command_result result;
    if (call->undone != NULL || upgrade_value(call, "signature")[0] == '\0') return true;
    signature_words(call, binary, argv);
    bool good = command_run_for(call, "signature_wrong", argv, 0, &result) == UPGRADE_OK;
    command_result_free(&result);
    return good;
}

bool process_binary_check(struct upgrade_call *call, const char *binary, pid_t pid) {
    struct stat status;
    if (binary[0] == '\0') {
        upgrade_check(call, "binary", UPGRADE_REFUSE, "--with binary=PATH says which program is to run");
        return true;
    }
    if (stat(binary, &status) != 0 || !S_ISREG(status.st_mode) || access(binary, X_OK) != 0) {
        upgrade_check(call, "binary", UPGRADE_REFUSE, "%s is no file that may be executed", binary);
        return true;
    }
    upgrade_check(call, "binary", UPGRADE_PASS, "%s, %lld bytes", binary, (long long)status.st_size);
    bool vouched_for = check_signature(call, binary);
    if (!check_digest(call, binary, &vouched_for)) return false;
    if (!vouched_for) return true; /* then it is not run either */
    check_version(call, binary);
    check_config(call, binary, pid);
    return true;
}

/* ---- Digest and copy --------------------------------------------------------------------------------------------
 */

bool process_binary_digest(struct upgrade_call *call, const char *path, char out[PROCESS_DIGEST_MAX]) {
    const char *argv[] = {"sha256sum", "--", path, NULL};
    struct command_result result;
    bool good = command_run_for(call, "digest_failed", argv, 0, &result) == UPGRADE_OK;
    if (good && strspn(result.output, "0123456789abcdef") == 64) {
        snprintf(out, PROCESS_DIGEST_MAX, "sha256:%.64s", result.output);
    } else if (good) {
        (void)upgrade_fail(call, "digest_failed", "sha256sum says '%.80s' of %s", result.output, path);
        good = false;
    }
    command_result_free(&result);
    return good;
}

/* False with errno. */
static bool copy_bytes(int from, int to) {
    char bytes[65536];
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        for (ssize_t done = 0, put; done < n; done += put) {
            put = write(to, bytes + done, (size_t)(n - done));
            if (put < 0 && errno != EINTR) return false;
            if (put < 0) put = 0;
        }
    }
    return fchmod(to, 0755) == 0 && fsync(to) == 0;
}

bool process_binary_copy(struct upgrade_call *call, const char *from, const char *to) {
    char beside[PATH_MAX];
    snprintf(beside, sizeof beside, "%.4000s.part", to);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        (void)upgrade_fail(call, "stage_failed", "%s cannot be read: %s", from, strerror(errno));
        return false;
    }
    (void)unlink(beside);
    int out = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700);
    bool good = out >= 0 && copy_bytes(in, out);
    if (out >= 0 && close(out) != 0) good = false;
    good = good && rename(beside, to) == 0;
    if (!good) {
        (void)upgrade_fail(call, "stage_failed", "%s cannot be written: %s", to, strerror(errno));
        (void)unlink(beside);
    }
    close(in);
    return good;
}
