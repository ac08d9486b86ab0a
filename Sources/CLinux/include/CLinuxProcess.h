// What programs need of glibc and Swift does not see: getopt_long, thread names, a spawn flag.
#pragma once
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// getopt_long answers through globals, which Swift's concurrency rules keep it from reading
// itself. Command lines are parsed by one thread, before there is another.

/// One step of getopt_long: the option's letter, '?' for an error that was printed, -1 at the end.
static inline int clinux_getopt_long(
    int count, char *const *arguments, const char *letters, const struct option *options) {
    return getopt_long(count, arguments, letters, options, 0);
}

/// The argument of the option just returned, or NULL.
static inline const char *clinux_getopt_argument(void) { return optarg; }

/// The index of the first word that is not an option, once all options were returned.
static inline int clinux_getopt_index(void) { return optind; }

/// Starts over with another command line.
static inline void clinux_getopt_reset(void) { optind = 0; }

/// Names the calling thread; on the main thread also the process, as `ps` and `pgrep` see it.
static inline void clinux_name_thread(const char *name) {
    prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0);
}

/// POSIX_SPAWN_SETSID, which spawn.h shows only under _GNU_SOURCE.
static const short CLINUX_SPAWN_SETSID = 0x80;

// Declared only under _GNU_SOURCE, which Swift's importer does not set.
int pipe2(int ends[2], int flags);
long syscall(long number, ...);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

/// Starts a program, an absolute path or a name on PATH, with these descriptors as its standard
/// input, output and error; an input of -1 is the null device.
///
/// It inherits nothing else of ours but the working directory: every other descriptor is closed
/// (all of ours are close-on-exec, one that a library opened may not be), and signals are as a
/// program expects them. `group` is POSIX_SPAWN_SETPGROUP for a process group of its own,
/// CLINUX_SPAWN_SETSID for a session of its own, or 0. Returns 0 or an error number.
static inline int clinux_spawn(
    pid_t *child, const char *program, char *const *words, char *const *variables, int input,
    int output, int errors, short group) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (input >= 0) {
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    } else {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, (short)(group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));

    int failure = posix_spawnp(child, program, &actions, &attributes, words, variables);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/// A pipe whose ends no child inherits. Returns -1 and sets errno.
static inline int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

/// A descriptor that is readable once the process has ended, ours or not; it is not inherited.
/// Returns -1 where the kernel or its policy has none (pidfd_open came with Linux 5.3).
static inline int clinux_open_process(pid_t process) { return (int)syscall(434, process, 0); }

extern char **environ;

/// The environment to hand to a child; for the thread that changes it.
static inline char *const *clinux_environment(void) { return environ; }

/// Takes the lock of an open file for us alone, or fails at once. Returns -1 and sets errno.
static inline int clinux_lock(int file) { return flock(file, LOCK_EX | LOCK_NB); }

// Declared only under _DEFAULT_SOURCE.
int initgroups(const char *user, gid_t group);

/// Becomes another user for good, with the groups that the user has, and stays a process that may
/// look at itself in /proc. Returns -1 and sets errno.
static inline int clinux_become(const char *name, uid_t user, gid_t group) {
    if (initgroups(name, group) != 0 || setgid(group) != 0 || setuid(user) != 0) return -1;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
