/* What the SQLite shell asks of a user database and of other processes, for a guest that has neither. */
#include <stdio.h>
struct passwd { char *pw_dir; };
static inline struct passwd *getpwuid(int user) { (void)user; return 0; }
static inline int getuid(void) { return 0; }
int chmod(const char *path, unsigned mode);
int pclose(FILE *stream);
