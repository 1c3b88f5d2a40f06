/*
 * Kills the process (SIGKILL, to itself) at a named place in the life of its
 * files, for LD_PRELOAD. KILL_POINT holds steps, joined by semicolons:
 *
 *   before sync 1 *.part      the 1st sync of such a file is about to begin
 *   after write 3 *.db-wal    the 3rd write has been done
 *   half write 1 *.part       half of the 1st write's bytes have been written
 *
 * Each step counts its calls once the step before it was reached; the last one
 * kills. Calls: write, sync (fsync, fdatasync), truncate, rename (by the old
 * name), unlink. Patterns are those of fnmatch(3) over the whole path. The file
 * KILL_MARK is made at the point itself, so that a test can tell it from any
 * other death.
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
      fprintf(stderr, "KILL_POINT cannot be read at: %s\n", text);
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

/* 1 if this call, at this moment, is the last step. */
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
