/* An executor with a thread for each task, the last task's first. */
#ifndef UNIT_KZG_THREAD_EXECUTOR_H
#define UNIT_KZG_THREAD_EXECUTOR_H

#include <stddef.h>

#include <pthread.h>

struct job {
    void (*task)(void *argument, size_t i);
    void *argument;
    size_t i;
};

static void *run_job(void *argument) {
    const struct job *job = argument;
    job->task(job->argument, job->i);
    return NULL;
}

static void threads(void *user, size_t n, void (*task)(void *argument, size_t i), void *argument) {
    struct job jobs[64];
    pthread_t ids[64];
    (void)user;
    assert_true(n <= 64);
    for (size_t i = n; i-- > 0;) {
        jobs[i] = (struct job){task, argument, i};
        assert_int_equal(pthread_create(&ids[i], NULL, run_job, &jobs[i]), 0);
    }
    for (size_t i = 0; i < n; i++) pthread_join(ids[i], NULL);
}

#endif
