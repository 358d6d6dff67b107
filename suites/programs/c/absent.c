/* Functions that programs expect of a system with processes and threads, each answering that there is none. */
#include <stdio.h>
FILE *popen(const char *command, const char *type) { (void)command; (void)type; return 0; }
int pclose(FILE *stream) { (void)stream; return -1; }
int system(const char *command) { (void)command; return -1; }
int chmod(const char *path, unsigned mode) { (void)path; (void)mode; return 0; }
int pthread_attr_init(void *attr) { (void)attr; return 0; }
int pthread_attr_setstacksize(void *attr, unsigned long size) { (void)attr; (void)size; return 0; }
int pthread_attr_destroy(void *attr) { (void)attr; return 0; }
int pthread_create(void *thread, void *attr, void *start, void *arg) { (void)thread; (void)attr; (void)start; (void)arg; return 6; }
int pthread_join(void *thread, void *result) { (void)thread; (void)result; return 6; }
int pthread_detach(void *thread) { (void)thread; return 6; }
char *realpath(const char *path, char *resolved) { (void)path; (void)resolved; return 0; }
