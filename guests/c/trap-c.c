// Traps three calls deep, with debug information, so that a host can show file and line.
// flags: -g -O1
#include <stdio.h>

__attribute__((noinline)) static int inner(volatile int *depth) {
    *depth += 1;
    if (*depth > 2)
        __builtin_trap();
    return *depth;
}

__attribute__((noinline)) static int middle(volatile int *depth) {
    *depth += 1;
    return inner(depth) + 1;
}

__attribute__((noinline)) static int outer(volatile int *depth) {
    *depth += 1;
    return middle(depth) + 1;
}

int main(void) {
    volatile int depth = 0;
    puts("before the trap");
    fflush(stdout);
    return outer(&depth);
}
