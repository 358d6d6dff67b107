// Reads every clock twice and some random bytes; exits with 1 if a clock went backwards or the bytes are all equal.
// Prints what it saw, one `name value` a line, so that a deterministic run can be compared with another one.
// flags: -O2
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return -1;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int backwards(const char *name, clockid_t clock) {
    int64_t first = nanoseconds(clock), second = nanoseconds(clock);
    printf("%s %lld %lld\n", name, (long long)first, (long long)second);
    return first < 0 || second < first;
}

int main(void) {
    unsigned char bytes[16];
    int failed = backwards("realtime", CLOCK_REALTIME) | backwards("monotonic", CLOCK_MONOTONIC);
    if (getentropy(bytes, sizeof bytes) != 0)
        return 1;
    int different = 0;
    printf("random ");
    for (unsigned i = 0; i < sizeof bytes; i++) {
        different |= bytes[i] != bytes[0];
        printf("%02x", bytes[i]);
    }
    printf("\n");
    return failed || !different;
}
