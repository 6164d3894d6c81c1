/* What the tests of the flight recorder and of endings share: folders that go away, and children that end in all
 * ways. */
#ifndef TESTS_RECORDER_SUPPORT_H
#define TESTS_RECORDER_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct folder {
    char path[128];
};

/* A new folder below TMPDIR, and what is in it away again. */
struct folder folder_new(void);
void folder_remove(const struct folder *folder);

/* folder/name with that content; makes the folder and those on the way. */
void put_file(const char *folder, const char *name, const char *content);

/* Runs body in a child, which leaves with status 0 should body return; returns its pid. Core dumps are off. */
pid_t start_child(void (*body)(void *user), void *user);
/* How it ended, as waitpid has it. */
int wait_child(pid_t child);
int run_child(void (*body)(void *user), void *user);

/* Ends at once, without a close or an atexit function. */
void leave(int status) __attribute__((noreturn));
/* In a child: says so and leaves, when something does not hold. */
#define CHILD_EXPECT(condition) child_expect((condition), #condition, __LINE__)
void child_expect(bool holds, const char *what, int line);

#endif
