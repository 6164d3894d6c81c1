/* The log's way out: the ring and its thread, files that turn, fill up or are not there, journald. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kzgops/log.h"

#define PATIENCE_MS 60000

/* ---- What the tests share ------------------------------------------------------------------------------------- */

static _Atomic int64_t fake_ns;

static int64_t fake_monotonic(void *user) {
    (void)user;
    return atomic_load(&fake_ns);
}

static const kzgops_sources fake = {.clock = {.monotonic_ns = fake_monotonic}};

static void advance_ms(int64_t ms) {
    atomic_fetch_add(&fake_ns, ms * 1000000);
}

static char folder[] = "/tmp/test-log-XXXXXX";
static int reader, writer; /* of the pipe that stands for the descriptor */

static const char *in_folder(const char *name) {
    static char path[2][200];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void begin(kzgops_log_format format) {
    int ends[2];
    kzgops_log_stop();
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    reader = ends[0];
    writer = ends[1];
    kzgops_log_init(writer, format, KZGOPS_LOG_INFO);
}

static void start(const kzgops_log_config *config) {
    const char *error = "none";
    if (!kzgops_log_start(config, &error)) fail_msg("not started: %s", error);
}

static void end(void) {
    kzgops_log_stop();
    close(reader);
    close(writer);
    kzgops_log_init(STDERR_FILENO, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
}

static void flush(void) {
    assert_true(kzgops_log_flush(PATIENCE_MS));
}

static const char *piped(void) {
    static char text[1 << 20];
    size_t used = 0;
    ssize_t n;
    while ((n = read(reader, text + used, sizeof text - 1 - used)) > 0) used += (size_t)n;
    text[used] = '\0';
    return text;
}

static char *contents(const char *name) {
    static char text[1 << 23];
    FILE *file = fopen(in_folder(name), "re");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file != NULL) fclose(file);
    text[n] = '\0';
    return text;
}

static int count_of(const char *text, const char *what) {
    int n = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what)) n++;
    return n;
}

static uint64_t dropped(void) {
    return kzgops_log_dropped();
}

static kzgops_log_figures figures(void) {
    kzgops_log_figures figures;
    kzgops_log_stats(&figures);
    return figures;
}

/* ---- The thread ---------------------------------------------------------------------------------------------- */

static void lines__come_in_order_and_are_counted(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    start(NULL);
    uint64_t before = figures().lines[KZGOPS_LOG_INFO];
    for (int i = 0; i < 300; i++) KZGOPS_LOG(KZGOPS_LOG_INFO, "line", KZGOPS_I64("i", i));
    flush();
    const char *at = piped();
    for (int i = 0; i < 300; i++) {
        char want[40];
        snprintf(want, sizeof want, " info line i=%d\n", i);
        at = strstr(at, want);
        assert_non_null(at);
    }
    assert_int_equal(figures().lines[KZGOPS_LOG_INFO], before + 300);
    end();
}

static void line__wakes_the_thread(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    start(NULL);
    for (int i = 0; i < 20; i++) { /* each time it has gone to sleep, or is about to */
        struct pollfd come = {.fd = reader, .events = POLLIN};
        flush();
        KZGOPS_LOG(KZGOPS_LOG_INFO, "line");
        assert_int_equal(poll(&come, 1, PATIENCE_MS), 1);
        assert_int_equal(count_of(piped(), " info line\n"), 1);
    }
    end();
}

static void lines__before_start_and_after_stop_are_written_by_the_caller(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    for (int i = 0; i < 3; i++) {
        KZGOPS_LOG(KZGOPS_LOG_INFO, "before");
        assert_int_equal(count_of(piped(), " info before\n"), 1);
        start(NULL);
        KZGOPS_LOG(KZGOPS_LOG_INFO, "during");
        kzgops_log_stop();
        assert_int_equal(count_of(piped(), " info during\n"), 1);
        KZGOPS_LOG(KZGOPS_LOG_INFO, "after");
        assert_int_equal(count_of(piped(), " info after\n"), 1);
        kzgops_log_stop();
        assert_true(kzgops_log_flush(0));
    }
    end();
}

static void exit__writes_what_is_in_the_ring(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        kzgops_log_init(STDERR_FILENO, KZGOPS_LOG_TEXT, KZGOPS_LOG_INFO);
        if (!kzgops_log_start(&(kzgops_log_config){.file = in_folder("exit"), .ring_bytes = 1 << 20}, NULL)) _exit(1);
        for (int i = 0; i < 2000; i++) KZGOPS_LOG(KZGOPS_LOG_INFO, "line");
        exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(count_of(contents("exit"), " info line\n"), 2000);
}

/* A pipe that nobody reads, full: the thread is held up by its first line. */
static void begin_held_up(size_t ring_bytes) {
    char filler[4096];
    begin(KZGOPS_LOG_TEXT);
    memset(filler, '\n', sizeof filler);
    assert_true(fcntl(writer, F_SETPIPE_SZ, sizeof filler) >= 0);
    while (write(writer, filler, sizeof filler) > 0) continue;
    start(&(kzgops_log_config){.ring_bytes = ring_bytes});
}

static void ring__that_overflows_drops_counts_and_tells(void **state) {
    (void)state;
    static char all[1 << 20];
    char want[100];
    begin_held_up(KZGOPS_LOG_RING_MIN);
    uint64_t before = dropped(), pushed = 0;
    size_t used = 0;
    while (dropped() < before + 10) {
        KZGOPS_LOG(KZGOPS_LOG_INFO, "line", KZGOPS_U64("i", pushed));
        pushed++;
    }
    for (int i = 0; i < 3; i++) KZGOPS_LOG(KZGOPS_LOG_ERROR, "line", KZGOPS_STR("longer than the info lines", ""));
    assert_false(kzgops_log_flush(0));
    assert_int_equal(dropped(), before + 13);
    while (count_of(all, " line i=") < (int)pushed - 10) {
        const char *more = piped();
        memcpy(all + used, more, strlen(more) + 1);
        used += strlen(more);
    }
    flush();
    snprintf(want, sizeof want, " warn log_dropped lines=13 debug=0 info=10 warn=0 errors=3\n");
    assert_int_equal(count_of(all, want), 1);
    assert_int_equal(count_of(all, "log_dropped"), 1);
    assert_string_equal(piped(), "");
    end();
}

static void stop__is_not_held_up_for_ever(void **state) {
    (void)state;
    begin_held_up(0);
    uint64_t before = dropped();
    KZGOPS_LOG(KZGOPS_LOG_INFO, "line");
    assert_false(kzgops_log_flush(50)); /* by now it hangs in that line, and the others come behind it */
    for (int i = 1; i < 500; i++) KZGOPS_LOG(KZGOPS_LOG_INFO, "line");
    assert_int_equal(dropped(), before);
    kzgops_log_stop();
    assert_int_equal(dropped(), before + 500);
    (void)piped();
    KZGOPS_LOG(KZGOPS_LOG_INFO, "later");
    assert_int_equal(count_of(piped(), " warn log_dropped lines=500 "), 1);
    end();
}

static atomic_int hammers;

struct hammer {
    int number, lines;
};

static void *hammer_main(void *arg) {
    struct hammer *h = arg;
    char filler[200];
    memset(filler, 'x', sizeof filler);
    for (int i = 0; i < h->lines; i++) {
        filler[i % 199] = '\0';
        KZGOPS_LOG(KZGOPS_LOG_INFO, "line", KZGOPS_I64("thread", h->number), KZGOPS_I64("i", i),
                   KZGOPS_STR("filler", filler), KZGOPS_BOOL("whole", true));
        filler[i % 199] = 'x';
    }
    atomic_fetch_sub(&hammers, 1);
    return NULL;
}

static void hammer(pthread_t *threads, struct hammer *h, int n, int lines) {
    atomic_store(&hammers, n);
    for (int i = 0; i < n; i++) {
        h[i] = (struct hammer){.number = i, .lines = lines};
        assert_int_equal(pthread_create(&threads[i], NULL, hammer_main, &h[i]), 0);
    }
}

/* Every line is whole, and those of a thread are in its order. Returns how many there are. Ends each line with a
 * zero: what reads one may look for its end, and would find that of the text. */
static int expect_whole_lines(char *text, int threads) {
    int last[8] = {-1, -1, -1, -1, -1, -1, -1, -1}, lines = 0;
    const char *stop = text + strlen(text);
    for (char *at = text, *end; at < stop; at = end + 1) {
        int thread, i, from = 0;
        end = memchr(at, '\n', (size_t)(stop - at));
        assert_non_null(end);
        *end = '\0';
        if (strncmp(at + 24, " info line ", 11) != 0) {
            assert_int_equal(strncmp(at + 24, " warn log_dropped ", 18), 0);
            continue;
        }
        assert_true(strncmp(end - 11, " whole=true", 11) == 0);
        assert_int_equal(sscanf(at + 24, " info line thread=%d i=%d filler=%n", &thread, &i, &from), 2);
        assert_true(thread >= 0 && thread < threads && i > last[thread]);
        last[thread] = i;
        lines++;
    }
    return lines;
}

static void threads__tear_no_line(void **state) {
    (void)state;
    pthread_t thread[4];
    struct hammer h[4];
    begin(KZGOPS_LOG_TEXT);
    start(&(kzgops_log_config){.file = in_folder("threads")});
    uint64_t before = dropped();
    hammer(thread, h, 4, 5000);
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    flush();
    int lines = expect_whole_lines(contents("threads"), 4);
    assert_int_equal(lines + (int)(dropped() - before), 20000);
    print_message("%d lines written, %d dropped\n", lines, 20000 - lines);
    end();
}

static void threads__lose_nothing_when_the_log_stops_and_starts(void **state) {
    (void)state;
    pthread_t thread[3];
    struct hammer h[3];
    int turns = 0;
    begin(KZGOPS_LOG_TEXT);
    const kzgops_log_config config = {.file = in_folder("stops"), .ring_bytes = 64 << 10};
    start(&config);
    uint64_t before = dropped();
    hammer(thread, h, 3, 5000);
    for (; atomic_load(&hammers) > 0; turns++) {
        kzgops_log_stop();
        start(&config);
    }
    for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
    kzgops_log_stop();
    int lines = expect_whole_lines(contents("stops"), 3);
    assert_int_equal(lines + (int)(dropped() - before), 15000);
    print_message("%d stops, %d lines written\n", turns, lines);
    end();
}

/* ---- Repetitions --------------------------------------------------------------------------------------------- */

static void repeat(kzgops_log_level level, const char *event, int times) {
    for (int i = 0; i < times; i++) KZGOPS_LOG(level, event);
}

static void repetitions__are_suppressed_counted_and_told(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    kzgops_log_set_level(KZGOPS_LOG_DEBUG);
    start(&(kzgops_log_config){.lines_per_second = 5, .sources = &fake});
    uint64_t before = figures().suppressed[KZGOPS_LOG_INFO];
    repeat(KZGOPS_LOG_INFO, "often", 20);
    repeat(KZGOPS_LOG_WARN, "often", 5);
    repeat(KZGOPS_LOG_INFO, "seldom", 1);
    repeat(KZGOPS_LOG_DEBUG, "often", 30);
    flush();
    const char *text = piped();
    assert_int_equal(count_of(text, " info often\n"), 5);
    assert_int_equal(count_of(text, " warn often\n"), 5);
    assert_int_equal(count_of(text, " info seldom\n"), 1);
    assert_int_equal(count_of(text, " debug often\n"), 30);
    assert_null(strstr(text, "log_repeated"));
    assert_int_equal(figures().suppressed[KZGOPS_LOG_INFO], before + 15);
    advance_ms(1000); /* the thread tells when nobody else comes */
    flush();
    text = piped();
    assert_int_equal(count_of(text, " info log_repeated of=often repeated=15\n"), 1);
    assert_int_equal(count_of(text, "\n"), 1);
    flush();
    assert_string_equal(piped(), "");
    end();
}

static void repetitions__are_told_by_the_next_line_and_at_the_end(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    start(&(kzgops_log_config){.lines_per_second = 2, .sources = &fake});
    repeat(KZGOPS_LOG_ERROR, "often", 5);
    advance_ms(1000);
    repeat(KZGOPS_LOG_ERROR, "often", 6);
    kzgops_log_stop();
    const char *text = piped(), *first = strstr(text, " error log_repeated of=often repeated=3\n");
    assert_non_null(first);
    assert_int_equal(count_of(text, " error often\n"), 4);
    assert_non_null(strstr(first, " error log_repeated of=often repeated=4\n"));
    end();
}

/* Two names with one text are one event; more events than there are slots are simply not limited. */
static void repetitions__are_told_apart_by_text(void **state) {
    (void)state;
    static char names[200][12], copy[] = "event-7";
    begin(KZGOPS_LOG_TEXT);
    start(&(kzgops_log_config){.lines_per_second = 1, .sources = &fake});
    uint64_t before = figures().suppressed[KZGOPS_LOG_INFO];
    advance_ms(1000);
    for (int i = 0; i < 200; i++) snprintf(names[i], sizeof names[i], "event-%d", i);
    repeat(KZGOPS_LOG_INFO, names[7], 1);
    repeat(KZGOPS_LOG_INFO, copy, 1);
    assert_int_equal(figures().suppressed[KZGOPS_LOG_INFO], before + 1);
    for (int i = 8; i < 200; i++) repeat(KZGOPS_LOG_INFO, names[i], 1);
    assert_int_equal(figures().suppressed[KZGOPS_LOG_INFO], before + 1);
    end();
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

static void file__is_opened_anew_and_the_old_one_keeps_its_lines(void **state) {
    (void)state;
    begin(KZGOPS_LOG_AUTO);
    start(&(kzgops_log_config){.file = in_folder("turning")});
    KZGOPS_LOG(KZGOPS_LOG_INFO, "one");
    flush();
    assert_int_equal(rename(in_folder("turning"), in_folder("turned")), 0);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "two");
    flush();
    kzgops_log_reopen();
    flush();
    KZGOPS_LOG(KZGOPS_LOG_INFO, "three");
    flush();
    assert_int_equal(count_of(contents("turned"), "\"level\":\"info\",\"event\":"), 2);
    const char *text = contents("turning");
    assert_int_equal(count_of(text, "\"event\":\"log_reopened\",\"file\":\""), 1);
    assert_int_equal(count_of(text, "\"event\":\"three\"}\n"), 1);
    assert_int_equal(count_of(text, "\n"), 2);
    assert_string_equal(piped(), "");
    end();
}

static void file__that_cannot_be_opened_anew_leaves_the_old_one(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    assert_int_equal(mkdir(in_folder("room"), 0700), 0);
    start(&(kzgops_log_config){.file = in_folder("room/log"), .sources = &fake});
    assert_int_equal(rename(in_folder("room"), in_folder("away")), 0);
    kzgops_log_reopen();
    KZGOPS_LOG(KZGOPS_LOG_INFO, "one");
    flush();
    assert_int_equal(count_of(piped(), " error log_failed error=\"No such file or directory\" file="), 1);
    assert_int_equal(count_of(contents("away/log"), " info one\n"), 1);
    assert_int_equal(mkdir(in_folder("room"), 0700), 0);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "two");
    flush();
    advance_ms(KZGOPS_LOG_RETRY_MS);
    flush();
    KZGOPS_LOG(KZGOPS_LOG_INFO, "three");
    flush();
    assert_int_equal(count_of(contents("away/log"), " info two\n"), 1);
    assert_int_equal(count_of(contents("room/log"), " info three\n"), 1);
    end();
}

static void file__on_a_full_disk_costs_lines_until_there_is_room(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    assert_int_equal(symlink("/dev/full", in_folder("full")), 0);
    start(&(kzgops_log_config){.file = in_folder("full"), .sources = &fake});
    uint64_t before = dropped();
    repeat(KZGOPS_LOG_INFO, "line", 10);
    flush();
    advance_ms(KZGOPS_LOG_RETRY_MS);
    repeat(KZGOPS_LOG_WARN, "line", 10);
    flush();
    assert_int_equal(dropped(), before + 20);
    assert_true(figures().failing);
    const char *told = piped();
    assert_int_equal(count_of(told, " error log_failed error=\"No space left on device\" file="), 1);
    assert_int_equal(count_of(told, "\n"), 1);
    assert_int_equal(unlink(in_folder("full")), 0);
    advance_ms(KZGOPS_LOG_RETRY_MS);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "again");
    flush();
    const char *text = contents("full");
    assert_int_equal(count_of(text, " warn log_dropped lines=20 debug=0 info=10 warn=10 errors=0\n"), 1);
    assert_int_equal(count_of(text, " info again\n"), 1);
    assert_int_equal(count_of(text, "\n"), 2);
    assert_false(figures().failing);
    assert_string_equal(piped(), "");
    end();
}

static void file__that_is_not_there_at_the_start_is_tried_again(void **state) {
    (void)state;
    begin(KZGOPS_LOG_TEXT);
    start(&(kzgops_log_config){.file = in_folder("late/log"), .sources = &fake});
    KZGOPS_LOG(KZGOPS_LOG_INFO, "lost");
    flush();
    assert_int_equal(count_of(piped(), " error log_failed "), 1);
    assert_int_equal(mkdir(in_folder("late"), 0700), 0);
    advance_ms(KZGOPS_LOG_RETRY_MS);
    flush(); /* that lines were lost is told without a new line coming */
    assert_int_equal(count_of(contents("late/log"), " warn log_dropped lines=1 "), 1);
    end();
}

/* A limit on the file's size writes half a line, as a disk that becomes full does. */
static void file__with_half_a_line_goes_on_on_a_new_one(void **state) {
    (void)state;
    struct rlimit limit, before;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, was;
    begin(KZGOPS_LOG_TEXT);
    start(&(kzgops_log_config){.file = in_folder("torn"), .sources = &fake});
    KZGOPS_LOG(KZGOPS_LOG_INFO, "first");
    flush();
    sigaction(SIGXFSZ, &ignore, &was);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = strlen(contents("torn")) + 30;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "second", KZGOPS_STR("long", "value"));
    flush();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    sigaction(SIGXFSZ, &was, NULL);
    advance_ms(KZGOPS_LOG_RETRY_MS);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "third");
    flush();
    const char *text = contents("torn");
    assert_int_equal(count_of(text, "\n"), 4);
    assert_null(strstr(text, "long=value"));
    const char *half = strchr(text, '\n') + 1;
    assert_int_equal(strchr(half, '\n') - half, 30);
    assert_int_equal(count_of(text, "Z warn log_dropped lines=1 "), 1);
    assert_int_equal(count_of(text, "Z info third\n"), 1);
    end();
}

/* ---- journald ------------------------------------------------------------------------------------------------ */

static int journald(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_folder("journal"));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static const char *datagram(int fd) {
    static char text[8192];
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

/* Says that the pipe is the journal's, as systemd does; off by so much in the device and the inode. */
static void name_stream(unsigned device_off, unsigned inode_off) {
    struct stat info;
    char name[64];
    assert_int_equal(fstat(writer, &info), 0);
    snprintf(name, sizeof name, "%llu:%llu", (unsigned long long)info.st_dev + device_off,
             (unsigned long long)info.st_ino + inode_off);
    assert_int_equal(setenv("JOURNAL_STREAM", name, 1), 0);
    kzgops_log_init(writer, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
}

static void journal__gets_fields(void **state) {
    (void)state;
    int fd = journald();
    const char *path = in_folder("journal");
    begin(KZGOPS_LOG_AUTO);
    name_stream(0, 0);
    start(&(kzgops_log_config){.name = "kzgd", .journal_socket = path, .sources = &fake});
    KZGOPS_LOG(KZGOPS_LOG_ERROR, "bad", KZGOPS_STR("value", "a\nPRIORITY=0"), KZGOPS_STR("operation", "prove"));
    flush();
    const char *text = datagram(fd);
    assert_int_equal(strncmp(text, "PRIORITY=3\nSYSLOG_IDENTIFIER=kzgd\n", 34), 0);
    assert_non_null(strstr(text, "\nMESSAGE=bad operation=prove value=\"a\\u000aPRIORITY=0\"\n"));
    assert_non_null(strstr(text, "\nKZGD_EVENT=bad\nKZGD_OPERATION=prove\nKZGD_VALUE=a\\u000aPRIORITY=0\n"));
    assert_string_equal(piped(), "");
    close(fd); /* journald restarts */
    unlink(path);
    repeat(KZGOPS_LOG_INFO, "lost", 3);
    flush();
    assert_int_equal(count_of(piped(), "level=error event=log_failed "), 1);
    fd = journald();
    advance_ms(KZGOPS_LOG_RETRY_MS);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "again");
    flush();
    assert_non_null(strstr(datagram(fd), "\nKZGD_LINES=3\n"));
    assert_non_null(strstr(datagram(fd), "\nKZGD_EVENT=again\n"));
    close(fd);
    unlink(path);
    unsetenv("JOURNAL_STREAM");
    end();
}

static void journal__is_not_taken_for_another_descriptor(void **state) {
    (void)state;
    begin(KZGOPS_LOG_AUTO);
    for (unsigned i = 0; i < 2; i++) {
        name_stream(i, !i);
        KZGOPS_LOG(KZGOPS_LOG_INFO, "seen");
        assert_int_equal(piped()[0], '{');
    }
    assert_int_equal(setenv("JOURNAL_STREAM", "nonsense", 1), 0);
    kzgops_log_init(writer, KZGOPS_LOG_AUTO, KZGOPS_LOG_INFO);
    KZGOPS_LOG(KZGOPS_LOG_INFO, "seen");
    assert_int_equal(piped()[0], '{');
    unsetenv("JOURNAL_STREAM");
    end();
}

/* ---- Configuration ------------------------------------------------------------------------------------------- */

static void *no_memory(void *user, size_t bytes) {
    (void)user;
    (void)bytes;
    return NULL;
}

static void config__out_of_range_is_refused_with_the_reason(void **state) {
    (void)state;
    const char *error = NULL;
    const kzgops_sources poor = {.allocator = {.alloc = no_memory}};
    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    begin(KZGOPS_LOG_TEXT);
    assert_false(kzgops_log_start(&(kzgops_log_config){.ring_bytes = KZGOPS_LOG_RING_MIN - 1}, &error));
    assert_string_equal(error, "the size of the log's ring is out of range");
    assert_false(kzgops_log_start(&(kzgops_log_config){.ring_bytes = KZGOPS_LOG_RING_MAX + 1}, NULL));
    assert_false(kzgops_log_start(&(kzgops_log_config){.file = longest}, NULL));
    assert_false(kzgops_log_start(&(kzgops_log_config){.sources = &poor}, &error));
    assert_string_equal(error, "no memory for the log's ring");
    KZGOPS_LOG(KZGOPS_LOG_INFO, "still");
    assert_int_equal(count_of(piped(), " info still\n"), 1);
    start(NULL);
    assert_false(kzgops_log_start(NULL, &error));
    assert_string_equal(error, "the log runs already");
    end();
    begin(KZGOPS_LOG_JOURNAL);
    assert_false(kzgops_log_start(&(kzgops_log_config){.file = in_folder("x")}, &error));
    assert_string_equal(error, "the journal's format is not for a file");
    end();
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    (void)state;
    static const char *const names[] = {"exit", "threads",  "stops", "turning", "turned", "room/log", "away/log",
                                        "full", "late/log", "torn",  "room",    "away",   "late",     ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) remove(in_folder(names[i]));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit__writes_what_is_in_the_ring),
        cmocka_unit_test(lines__come_in_order_and_are_counted),
        cmocka_unit_test(line__wakes_the_thread),
        cmocka_unit_test(lines__before_start_and_after_stop_are_written_by_the_caller),
        cmocka_unit_test(ring__that_overflows_drops_counts_and_tells),
        cmocka_unit_test(stop__is_not_held_up_for_ever),
        cmocka_unit_test(threads__tear_no_line),
        cmocka_unit_test(threads__lose_nothing_when_the_log_stops_and_starts),
        cmocka_unit_test(repetitions__are_suppressed_counted_and_told),
        cmocka_unit_test(repetitions__are_told_by_the_next_line_and_at_the_end),
        cmocka_unit_test(repetitions__are_told_apart_by_text),
        cmocka_unit_test(file__is_opened_anew_and_the_old_one_keeps_its_lines),
        cmocka_unit_test(file__that_cannot_be_opened_anew_leaves_the_old_one),
        cmocka_unit_test(file__on_a_full_disk_costs_lines_until_there_is_room),
        cmocka_unit_test(file__that_is_not_there_at_the_start_is_tried_again),
        cmocka_unit_test(file__with_half_a_line_goes_on_on_a_new_one),
        cmocka_unit_test(journal__gets_fields),
        cmocka_unit_test(journal__is_not_taken_for_another_descriptor),
        cmocka_unit_test(config__out_of_range_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
