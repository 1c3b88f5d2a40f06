/*
 * LD_PRELOAD library that kills its process (SIGKILL) at a given file operation.
 * KILL_POINT is a list of steps, separated by semicolons:
 *
 *   before sync 1 *.part      before the 1st sync of a matching file
 *   after write 3 *.db-wal    after the 3rd write to it
 *   half write 1 *.part       after half of the 1st write's bytes
 *
 * A step counts calls only after the previous step was reached; the last step
 * kills. Calls: write, sync (fsync, fdatasync), truncate, rename (by the old
 * name), unlink. Patterns are matched by fnmatch(3) against the whole path. The
 * file KILL_MARK is created immediately before the kill, so that a test can
 * distinguish it from any other exit.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define STEPS_MAX 8

struct step {
  char when[8], call[16], pattern[256];
  int count;
};

static struct step steps[STEPS_MAX];
static int steps_count, at, seen;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void read_point(void) {
  const char *text = getenv("KILL_POINT");
  while (text != NULL && *text != '\0') {
    struct step *next = &steps[steps_count];
    if (steps_count == STEPS_MAX ||
        sscanf(text, "%7s %15s %d %255[^;]", next->when, next->call, &next->count,
               next->pattern) != 4) {
      fprintf(stderr, "KILL_POINT: invalid step: %s\n", text);
      abort();
    }
    steps_count++;
    text = strchr(text, ';');
    if (text != NULL) text++;
  }
}

static void die(void) {
  const char *mark = getenv("KILL_MARK");
  if (mark != NULL) syscall(SYS_close, open(mark, O_WRONLY | O_CREAT, 0600));
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

/* Counts a call; 1 if it completes the last step. */
static int is_reached(const char *when, const char *call, const char *path) {
  int reached = 0;
  pthread_mutex_lock(&lock);
  if (at < steps_count) {
    struct step *step = &steps[at];
    if (strcmp(step->when, when) == 0 && strcmp(step->call, call) == 0 &&
        fnmatch(step->pattern, path, 0) == 0 && ++seen == step->count) {
      seen = 0;
      reached = ++at == steps_count;
    }
  }
  pthread_mutex_unlock(&lock);
  return reached;
}

static const char *path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = '\0';
  return path;
}

#define AROUND(name, path, real)                  \
  if (at >= steps_count) return real;             \
  if (is_reached("before", name, path)) die();    \
  long result = real;                             \
  if (is_reached("after", name, path)) die();     \
  return result

ssize_t write(int fd, const void *bytes, size_t size) {
  char path[PATH_MAX];
  if (at < steps_count && is_reached("half", "write", path_of(fd, path))) {
    syscall(SYS_write, fd, bytes, size / 2);
    die();
  }
  AROUND("write", path_of(fd, path), syscall(SYS_write, fd, bytes, size));
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  char path[PATH_MAX];
  if (at < steps_count && is_reached("half", "write", path_of(fd, path))) {
    syscall(SYS_pwrite64, fd, bytes, size / 2, offset);
    die();
  }
  AROUND("write", path_of(fd, path), syscall(SYS_pwrite64, fd, bytes, size, offset));
}

int fsync(int fd) {
  char path[PATH_MAX];
  AROUND("sync", path_of(fd, path), syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  char path[PATH_MAX];
  AROUND("sync", path_of(fd, path), syscall(SYS_fdatasync, fd));
}

int ftruncate64(int fd, off64_t size) {
  char path[PATH_MAX];
  AROUND("truncate", path_of(fd, path), syscall(SYS_ftruncate, fd, size));
}

int ftruncate(int fd, off_t size) {
  char path[PATH_MAX];
  AROUND("truncate", path_of(fd, path), syscall(SYS_ftruncate, fd, size));
}

int rename(const char *from, const char *to) {
  AROUND("rename", from, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char *path) {
  AROUND("unlink", path, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
