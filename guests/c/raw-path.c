// Makes the path calls that its arguments name, without a libc between, and prints an error number a line.
// An argument is fields between bars: open|FD|FLAGS|OFLAGS|WRITE|PATH, stat|FD|FLAGS|PATH, link|FD|PATH|FD|PATH, …
// `race|FD|COUNT|PATH` opens and reads a file again and again and prints how often it read something of outside.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

enum { FIELDS = 6 };

static char *field[FIELDS + 1];
static __wasi_fd_t opened;

static __wasi_fd_t fd_of(int index) {
  return strcmp(field[index], "opened") ? (__wasi_fd_t)atoi(field[index]) : opened;
}

static __wasi_errno_t open_at(__wasi_fd_t fd, int flags, int oflags, int write, const char *path) {
  __wasi_rights_t rights = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR;
  if (write) rights |= __WASI_RIGHTS_FD_WRITE;
  return __wasi_path_open(fd, flags, path, oflags, rights, 0, 0, &opened);
}

static int race(void) {
  int seen = 0;
  for (int i = 0; i < atoi(field[2]); i++) {
    if (open_at(fd_of(1), 1, 0, 0, field[3])) continue;
    char text[16] = {0};
    __wasi_iovec_t vector = {(uint8_t *)text, sizeof text - 1};
    __wasi_size_t count;
    if (!__wasi_fd_read(opened, &vector, 1, &count) && strstr(text, "outside")) seen++;
    if (__wasi_fd_close(opened)) return -1;
  }
  return seen;
}

static int run(void) {
  const char *name = field[0];
  __wasi_filestat_t stat;
  __wasi_size_t used;
  uint8_t text[64] = "written";
  if (!strcmp(name, "open")) return open_at(fd_of(1), atoi(field[2]), atoi(field[3]), atoi(field[4]), field[5]);
  if (!strcmp(name, "close")) return __wasi_fd_close(fd_of(1));
  if (!strcmp(name, "stat")) return __wasi_path_filestat_get(fd_of(1), atoi(field[2]), field[3], &stat);
  if (!strcmp(name, "times")) return __wasi_path_filestat_set_times(fd_of(1), 1, field[2], 1, 1, 5);
  if (!strcmp(name, "mkdir")) return __wasi_path_create_directory(fd_of(1), field[2]);
  if (!strcmp(name, "rmdir")) return __wasi_path_remove_directory(fd_of(1), field[2]);
  if (!strcmp(name, "unlink")) return __wasi_path_unlink_file(fd_of(1), field[2]);
  if (!strcmp(name, "symlink")) return __wasi_path_symlink(field[1], fd_of(2), field[3]);
  if (!strcmp(name, "readlink")) return __wasi_path_readlink(fd_of(1), field[2], text, sizeof text, &used);
  if (!strcmp(name, "link")) return __wasi_path_link(fd_of(1), 0, field[2], fd_of(3), field[4]);
  if (!strcmp(name, "rename")) return __wasi_path_rename(fd_of(1), field[2], fd_of(3), field[4]);
  if (!strcmp(name, "truncate")) return __wasi_fd_filestat_set_size(fd_of(1), 0);
  if (!strcmp(name, "allocate")) return __wasi_fd_allocate(fd_of(1), 0, 1 << 20);
  if (!strcmp(name, "touch")) return __wasi_fd_filestat_set_times(fd_of(1), 1, 1, 5);
  if (!strcmp(name, "advise")) return __wasi_fd_advise(fd_of(1), 0, 0, 4);
  if (!strcmp(name, "write")) {
    __wasi_ciovec_t vector = {text, 7};
    return __wasi_fd_write(fd_of(1), &vector, 1, &used);
  }
  if (!strcmp(name, "race")) return race();
  return -1;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    int count = 0;
    for (char *rest = argv[i]; rest && count < FIELDS; count++) {
      field[count] = rest;
      if ((rest = strchr(rest, '|'))) *rest++ = 0;
    }
    for (int index = count; index <= FIELDS; index++) field[index] = "";
    printf("%d\n", run());
    fflush(stdout);
  }
}
