// Prints one line: the smallest C guest.
// flags: -O2
#include <stdio.h>

int main(void) {
    puts("Hello from a guest!");
    return 0;
}
