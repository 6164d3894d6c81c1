#include "ops/ending_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/memory_files.h"

#define RECORD_BYTES 8192 /* the kernel's own limit of a record */
#define RECORDS_MAX  ((size_t)1 << 18)
#define SECOND_NS    ((int64_t)1000000000)
#define NAME_LENGTH  15

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Digits, at most INT64_MAX; moves *at behind them. False, and nothing moved, when there are none. */
static bool take_number(const char **at, uint64_t *ret) {
    const char *s = *at;
    uint64_t value = 0;
    if (!is_digit(*s)) return false;
    for (; is_digit(*s); s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        if (value > (INT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *at = s;
    *ret = value;
    return true;
}

/* ---- Time ------------------------------------------------------------------------------------------------------ */

/* "priority,sequence,microseconds,flags;": of /dev/kmsg. Priorities from 8 on are of programs that write there. */
static bool take_record_head(const char **at, bool *ret_kernels, struct log_line *ret) {
    const char *s = *at;
    uint64_t priority, sequence, us;
    if (!take_number(&s, &priority) || *s++ != ',') return false;
    if (!take_number(&s, &sequence) || *s++ != ',') return false;
    if (!take_number(&s, &us) || *s != ',' || us > INT64_MAX / 1000) return false;
    const char *message = strchr(s, ';');
    if (message == NULL) return false;
    ret->has_time = true;
    ret->when_ns = (int64_t)us * 1000;
    *ret_kernels = priority < 8;
    *at = message + 1;
    return true;
}

/* "[  167.162171]" at *at, which moves behind it. */
static bool take_bracket(const char **at, struct log_line *ret) {
    const char *s = *at;
    uint64_t seconds, fraction;
    if (*s != '[') return false;
    s += 1 + strspn(s + 1, " ");
    if (!take_number(&s, &seconds) || *s++ != '.') return false;
    const char *digits = s;
    if (!take_number(&s, &fraction) || s - digits != 6 || *s != ']') return false;
    if (seconds >= (uint64_t)(INT64_MAX / SECOND_NS)) return false;
    ret->has_time = true;
    ret->when_ns = (int64_t)seconds * SECOND_NS + (int64_t)fraction * 1000;
    *at = s + 1;
    return true;
}

/* The message behind whatever stands before it: a date, a host, "kernel:", a time in brackets, "[ T123]". */
static const char *find_message(const char *line, struct log_line *ret) {
    const char *message = line;
    for (const char *at = line; *at != '\0'; at++) {
        const char *behind = at;
        if (*at != '[' || !take_bracket(&behind, ret)) continue;
        message = behind;
        break;
    }
    const char *kernel = strstr(message, "kernel: ");
    if (kernel != NULL) message = kernel + strlen("kernel: ");
    message += strspn(message, " ");
    if (message[0] == '[' && strchr(message, ']') != NULL && !ret->has_time) (void)take_bracket(&message, ret);
    return message + strspn(message, " ");
}

/* ---- What it says ---------------------------------------------------------------------------------------------- */

/* A name of the kernel's has at most 15 characters, of any kind: it ends at the last ')' that is not further away. */
static bool take_name(const char *open, char ret[16]) {
    size_t length = strnlen(open + 1, NAME_LENGTH + 1);
    while (length > 0 && open[length] != ')') length--;
    if (length == 0) return false;
    memcpy(ret, open + 1, length - 1);
    ret[length - 1] = '\0';
    return true;
}

/* "... N (name) ...", "... N, UID u, (name) ..." behind the words. */
static bool parse_kill(const char *message, const char *words, enum log_kind kind, struct log_line *ret) {
    const char *at = strstr(message, words);
    if (at == NULL) return false;
    at += strlen(words);
    if (!take_number(&at, &ret->pid)) return false;
    const char *open = strchr(at, '(');
    if (open == NULL || !take_name(open, ret->name)) return false;
    ret->kind = kind;
    ret->of_group = strstr(message, "emory cgroup out of memory") != NULL;
    return true;
}

static const char *find_last(const char *text, const char *words) {
    const char *found = NULL;
    for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words)) found = at;
    return found;
}

static bool copy_until(char *ret, size_t size, const char *from, const char *end) {
    size_t length = (size_t)(end - from);
    if (end < from || length >= size) return false;
    memcpy(ret, from, length);
    ret[length] = '\0';
    return true;
}

/* "oom-kill:constraint=C,...,task_memcg=/g,task=name,pid=1,uid=0": names of groups and tasks may have commas, so
 * members are looked for from the end. */
static bool parse_chosen(const char *message, struct log_line *ret) {
    const char *begin = strstr(message, "oom-kill:constraint=");
    if (begin == NULL) return false;
    const char *pid = find_last(begin, ",pid="), *task = find_last(begin, ",task=");
    const char *group = strstr(begin, ",task_memcg=");
    if (pid == NULL || task == NULL) return false;
    if (!copy_until(ret->name, sizeof ret->name, task + strlen(",task="), pid)) return false;
    if (group != NULL && !copy_until(ret->group, sizeof ret->group, group + strlen(",task_memcg="), task)) {
        ret->group[0] = '\0';
    }
    pid += strlen(",pid=");
    if (!take_number(&pid, &ret->pid)) return false;
    ret->kind = LOG_CHOSEN;
    ret->of_group = strstr(begin, "CONSTRAINT_MEMCG") != NULL;
    return true;
}

/* "name[123]: segfault at ..." or "traps: name[123] trap invalid opcode ...": the bracket before the words. */
static bool parse_fault(const char *message, const char *words, const char *signal, struct log_line *ret) {
    const char *at = strstr(message, words);
    if (at == NULL) return false;
    const char *open = at;
    while (open > message && *open != '[') open--;
    const char *digits = open + 1, *name = open;
    if (*open != '[' || !take_number(&digits, &ret->pid) || *digits != ']') return false;
    while (name > message && open - name < NAME_LENGTH && name[-1] != ' ') name--;
    if (!copy_until(ret->name, sizeof ret->name, name, open)) return false;
    ret->kind = LOG_FAULT;
    ret->fault = signal;
    return true;
}

static void parse_message(const char *message, struct log_line *ret) {
    if (parse_chosen(message, ret) || parse_kill(message, "Killed process ", LOG_KILLED, ret)) return;
    if (parse_kill(message, "Kill process ", LOG_INTENT, ret)) return;
    if (parse_kill(message, "kill process ", LOG_INTENT, ret)) return;
    if (parse_fault(message, " segfault at ", "SIGSEGV", ret)) return;
    if (parse_fault(message, " general protection", "SIGSEGV", ret)) return;
    if (parse_fault(message, " trap invalid opcode", "SIGILL", ret)) return;
    if (parse_fault(message, " trap divide error", "SIGFPE", ret)) return;
    ret->kind = LOG_OTHER;
}

void kzgops__log_parse(const char *line, struct log_line *ret) {
    bool kernels = true;
    *ret = (struct log_line){.kind = LOG_OTHER};
    const char *message = line;
    if (!take_record_head(&message, &kernels, ret)) message = find_message(line, ret);
    ret->text = message;
    if (kernels) parse_message(message, ret);
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

struct reader {
    void (*each)(void *user, const struct log_line *line);
    void *user;
    struct log_reading *reading;
};

static void take_line(struct reader *reader, const char *text) {
    struct log_line line;
    struct log_reading *reading = reader->reading;
    kzgops__log_parse(text, &line);
    reading->lines++;
    if (line.has_time && (!reading->has_oldest || line.when_ns < reading->oldest_ns)) {
        reading->has_oldest = true;
        reading->oldest_ns = line.when_ns;
    }
    if (line.kind != LOG_OTHER) reader->each(reader->user, &line);
}

/* A read gives one record; records that were overwritten meanwhile are an error that the next read does not have. */
static void read_device(int fd, struct reader *reader) {
    char record[RECORD_BYTES + 1];
    for (size_t i = 0; i < RECORDS_MAX; i++) {
        ssize_t n = read(fd, record, RECORD_BYTES);
        if (n < 0 && (errno == EPIPE || errno == EINTR)) continue;
        if (n < 0 && errno != EAGAIN) {
            reader->reading->error = "cannot be read";
            reader->reading->error_number = errno;
        }
        if (n <= 0) return;
        record[n] = '\0';
        record[strcspn(record, "\n")] = '\0';
        take_line(reader, record);
    }
}

static void read_file(int fd, struct reader *reader) {
    struct lines lines;
    const char *line;
    lines.fd = fd;
    lines.begin = lines.end = 0;
    lines.ended = false;
    while ((line = kzgops__lines_next(&lines)) != NULL) take_line(reader, line);
}

void kzgops__log_read(const char *path, void (*each)(void *user, const struct log_line *line), void *user,
                      struct log_reading *ret) {
    struct reader reader = {.each = each, .user = user, .reading = ret};
    struct stat status;
    *ret = (struct log_reading){0};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) != 0) {
        ret->error = "cannot be opened";
        ret->error_number = errno;
    } else if (S_ISCHR(status.st_mode)) {
        read_device(fd, &reader);
    } else {
        read_file(fd, &reader);
    }
    if (fd >= 0) close(fd);
}
