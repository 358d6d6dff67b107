// A command in plain C: libc is all it uses, as on any system.
#include <stdio.h>
#include <stdlib.h>

// What there is in a stream, without the end of its last line.
static void print(const char *label, FILE *stream) {
    char text[4096];
    size_t length = fread(text, 1, sizeof text, stream);
    while (length > 0 && text[length - 1] == '\n') length--;
    printf("%s: %.*s\n", label, (int)length, text);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: command FILE CODE\n", stderr);
        return EXIT_FAILURE;
    }
    const char *greeting = getenv("GREETING");
    printf("arguments: %s %s\n", arguments[1], arguments[2]);
    printf("GREETING: %s\n", greeting ? greeting : "");
    print("input", stdin);
    FILE *file = fopen(arguments[1], "r");
    if (!file) {
        fflush(stdout);
        perror(arguments[1]);
        return EXIT_FAILURE;
    }
    print("file", file);
    return atoi(arguments[2]);
}
