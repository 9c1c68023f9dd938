/* The wall clock of one process, so many seconds ahead as a file says. Clocks that count on are as
   they are: what asyncio times with does not jump. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void find_real(void) {
    real_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}

/* The file is looked at once a second: a clock is read more often than that. */
static long step_s(void) {
    static long step, looked_s;
    struct timespec counted;
    real_gettime(CLOCK_MONOTONIC, &counted);
    if (counted.tv_sec == looked_s) return step;
    looked_s = counted.tv_sec;
    const char *path = getenv("STEPPED_CLOCK_FILE");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (file) {
        if (fscanf(file, "%ld", &step) != 1) step = 0;
        fclose(file);
    }
    return step;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!real_gettime) find_real();
    int failed = real_gettime(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += step_s();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *stored) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (stored) *stored = exact.tv_sec;
    return exact.tv_sec;
}
