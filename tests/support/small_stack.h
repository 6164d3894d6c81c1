/* Runs a function on a thread with a stack of 256 KiB, the smallest that callers are known to use. */
#ifndef SUPPORT_SMALL_STACK_H
#define SUPPORT_SMALL_STACK_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SMALL_STACK_BYTES (256 * 1024)

/* Ends the program if the thread cannot be made; an overflow ends it too, by the thread's guard page. */
static inline void small_stack_run(void *(*run)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, SMALL_STACK_BYTES) != 0 ||
        pthread_create(&thread, &attributes, run, argument) != 0) {
        fputs("small_stack_run: no thread\n", stderr);
        exit(1);
    }
    (void)pthread_join(thread, NULL);
    (void)pthread_attr_destroy(&attributes);
}

#endif
