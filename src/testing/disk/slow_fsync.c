/*
 * LD_PRELOAD library that simulates a slow disk: delays every fsync and fdatasync
 * of a file at or under SLOW_UNDER (several paths are separated by colons) by the
 * number of ms in the file SLOW_CONTROL, read at each call. Each delayed call
 * appends a line to SLOW_LOG: start (ms since the Unix epoch), delay in ms, path
 * of the file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int is_under(const char *path) {
  const char *folder = getenv("SLOW_UNDER");
  while (folder != NULL && *folder != '\0') {
    size_t length = strcspn(folder, ":");
    if (length > 0 && strncmp(path, folder, length) == 0 &&
        (path[length] == '/' || path[length] == '\0')) return 1;
    folder += length + (folder[length] == ':');
  }
  return 0;
}

/* 0 if the file is missing or does not contain a number. */
static long delay_ms(void) {
  const char *control = getenv("SLOW_CONTROL");
  char text[32] = "";
  int fd = control == NULL ? -1 : open(control, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  if (read(fd, text, sizeof text - 1) < 0) text[0] = '\0';
  close(fd);
  long found = strtol(text, NULL, 10);
  return found < 0 ? 0 : found > 60000 ? 60000 : found;
}

static void note(const char *path, const struct timespec *began, long waited_ms) {
  const char *log = getenv("SLOW_LOG");
  char line[PATH_MAX + 64];
  int fd = log == NULL ? -1 : open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  long long began_ms = (long long)began->tv_sec * 1000 + began->tv_nsec / 1000000;
  int length = snprintf(line, sizeof line, "%lld %ld %s\n", began_ms, waited_ms, path);
  if (write(fd, line, length) < length) abort(); /* the test counts these lines */
  close(fd);
}

static void wait_before(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = '\0';
  long wait_ms = is_under(path) ? delay_ms() : 0;
  if (wait_ms == 0) return;
  struct timespec began, rest = { wait_ms / 1000, wait_ms % 1000 * 1000000 };
  clock_gettime(CLOCK_REALTIME, &began);
  while (nanosleep(&rest, &rest) != 0) {}
  note(path, &began, wait_ms);
}

int fsync(int fd) {
  wait_before(fd);
  return syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  wait_before(fd);
  return syscall(SYS_fdatasync, fd);
}
