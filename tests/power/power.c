/* Loaded into the program under test with LD_PRELOAD: writes down, in order, what it does to files under a folder, so
 * that the folder can be rebuilt as a power loss would have left it.
 *
 * POWER_ROOT     the folder, an absolute path without links
 * POWER_JOURNAL  where to write it down, outside of the folder
 * POWER_LIE      "1": fsync and fdatasync succeed and make nothing durable, as a disk that lies
 * POWER_FULL     number of bytes that may still be written in the folder; then ENOSPC
 *
 * One call at a time is written down and carried out: what stands in the journal has happened, but perhaps the last line.
 * fsync and fdatasync are written down only: the rebuilding takes their effect from there, and waiting for the real disk
 * would prove nothing. Memory maps are not seen; SQLite maps only its -shm file, which no power loss preserves.
 *
 * A line of the journal: operation, inode, two numbers, two lengths, a line feed; then two texts of these lengths.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 8192
#define PATH 4096

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH];
static size_t root_length;
static int journal = -1;
static int lies;
static long long room = -1;
/* 0: not ours; 1: a file in the folder; 2: a folder in it or itself */
static unsigned char ours[FDS];

#define REAL(result, name, ...)                                     \
    static result (*real_##name)(__VA_ARGS__);                      \
    static void find_##name(void) {                                 \
        if (!real_##name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name); \
    }

REAL(int, openat, int, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(int, ftruncate, int, off_t)
REAL(int, renameat, int, const char *, int, const char *)
REAL(int, linkat, int, const char *, int, const char *, int)
REAL(int, unlinkat, int, const char *, int)
REAL(int, mkdirat, int, const char *, mode_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)

static void begin(void) __attribute__((constructor));
static void begin(void) {
    find_openat(); find_close(); find_write(); find_pwrite(); find_ftruncate(); find_renameat();
    find_linkat(); find_unlinkat(); find_mkdirat(); find_fsync(); find_fdatasync();
    const char *folder = getenv("POWER_ROOT");
    const char *file = getenv("POWER_JOURNAL");
    const char *full = getenv("POWER_FULL");
    const char *lie = getenv("POWER_LIE");
    if (folder && strlen(folder) < PATH) {
        strcpy(root, folder);
        root_length = strlen(root);
    }
    if (full) room = atoll(full);
    lies = lie && strcmp(lie, "1") == 0;
    if (root_length && file)
        journal = real_openat(AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The program may end while a thread of SQLite still closes its file: what is under way is finished, nothing begins any
 * more, and what is written down is what has happened. */
static void end(void) __attribute__((destructor));
static void end(void) { pthread_mutex_lock(&turn); }

/* The absolute path; false when it is not in the folder. */
static int within(int at, const char *path, char *whole) {
    if (!root_length || !path) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= PATH) return 0;
        strcpy(whole, path);
    } else {
        if (at != AT_FDCWD || !getcwd(whole, PATH / 2)) return 0;
        while (path[0] == '.' && path[1] == '/') path += 2;
        if (strlen(path) >= PATH / 2) return 0;
        if (strcmp(path, ".") != 0) {
            strcat(whole, "/");
            strcat(whole, path);
        }
    }
    size_t length = strlen(whole);
    while (length > 1 && whole[length - 1] == '/') whole[--length] = 0;
    return strncmp(whole, root, root_length) == 0 && (whole[root_length] == 0 || whole[root_length] == '/');
}

static const char *beneath(const char *whole) {
    return whole[root_length] == '/' ? whole + root_length + 1 : "";
}

static void note(char operation, unsigned long long inode, long long first, long long second, const void *a, size_t a_length,
                 const void *b, size_t b_length) {
    if (journal < 0) return;
    char head[160];
    int saved = errno;
    int length = snprintf(head, sizeof head, "%c %llu %lld %lld %zu %zu\n", operation, inode, first, second, a_length, b_length);
    struct iovec parts[3] = {{head, (size_t)length}, {(void *)a, a_length}, {(void *)b, b_length}};
    ssize_t all = (ssize_t)((size_t)length + a_length + b_length);
    /* One call, so that a kill leaves all of it or, on a full disk, a part that the reader refuses. */
    if (writev(journal, parts, 3) != all) abort();
    errno = saved;
}

static unsigned long long inode_of(int fd) {
    struct stat stat;
    return fstat(fd, &stat) == 0 ? (unsigned long long)stat.st_ino : 0;
}

static int is_ours(int fd, int kind) { return fd >= 0 && fd < FDS && ours[fd] == kind; }

static int opened(int at, const char *path, int flags, mode_t mode) {
    char whole[PATH];
    if (!within(at, path, whole)) return real_openat(at, path, flags, mode);
    pthread_mutex_lock(&turn);
    struct stat before;
    int there = fstatat(at, path, &before, 0) == 0;
    int fd = real_openat(at, path, flags, mode);
    if (fd >= 0 && fd < FDS) {
        struct stat now;
        fstat(fd, &now);
        ours[fd] = S_ISDIR(now.st_mode) ? 2 : 1;
        const char *name = beneath(whole);
        if (!there && (flags & O_CREAT)) note('C', now.st_ino, now.st_mode & 07777, 0, name, strlen(name), "", 0);
        if (there && (flags & O_TRUNC) && S_ISREG(now.st_mode)) note('T', now.st_ino, 0, 0, "", 0, "", 0);
    }
    pthread_mutex_unlock(&turn);
    return fd;
}

#define OPENING(flags)                                    \
    mode_t mode = 0;                                      \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                \
        va_list rest;                                     \
        va_start(rest, flags);                            \
        mode = (mode_t)va_arg(rest, int);                 \
        va_end(rest);                                     \
    }

int open(const char *path, int flags, ...) { OPENING(flags) find_openat(); return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { OPENING(flags) find_openat(); return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { OPENING(flags) find_openat(); return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { OPENING(flags) find_openat(); return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { find_openat(); return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int close(int fd) {
    find_close();
    if (fd >= 0 && fd < FDS) ours[fd] = 0;
    return real_close(fd);
}

static int is_full(size_t length) {
    if (room < 0) return 0;
    if ((long long)length > room) {
        errno = ENOSPC;
        return 1;
    }
    room -= (long long)length;
    return 0;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    find_write();
    if (!is_ours(fd, 1)) return real_write(fd, bytes, length);
    pthread_mutex_lock(&turn);
    ssize_t done = -1;
    if (!is_full(length)) {
        struct stat stat;
        fstat(fd, &stat);
        int appends = fcntl(fd, F_GETFL) & O_APPEND;
        long long offset = appends ? (long long)stat.st_size : (long long)lseek(fd, 0, SEEK_CUR);
        note('W', stat.st_ino, offset, 0, bytes, length, "", 0);
        done = real_write(fd, bytes, length);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    static ssize_t (*real_writev)(int, const struct iovec *, int);
    if (!real_writev) *(void **)&real_writev = dlsym(RTLD_NEXT, "writev");
    if (!is_ours(fd, 1)) return real_writev(fd, parts, count);
    ssize_t all = 0;
    for (int part = 0; part < count; part++) {
        ssize_t done = write(fd, parts[part].iov_base, parts[part].iov_len);
        if (done < 0) return all ? all : -1;
        all += done;
    }
    return all;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    find_pwrite();
    if (!is_ours(fd, 1)) return real_pwrite(fd, bytes, length, offset);
    pthread_mutex_lock(&turn);
    ssize_t done = -1;
    if (!is_full(length)) {
        note('W', inode_of(fd), offset, 0, bytes, length, "", 0);
        done = real_pwrite(fd, bytes, length, offset);
    }
    pthread_mutex_unlock(&turn);
    return done;
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) { return pwrite(fd, bytes, length, offset); }

int ftruncate(int fd, off_t length) {
    find_ftruncate();
    if (!is_ours(fd, 1)) return real_ftruncate(fd, length);
    pthread_mutex_lock(&turn);
    note('T', inode_of(fd), length, 0, "", 0, "", 0);
    int done = real_ftruncate(fd, length);
    pthread_mutex_unlock(&turn);
    return done;
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int renameat(int from_at, const char *from, int to_at, const char *to) {
    find_renameat();
    char a[PATH], b[PATH];
    if (!within(from_at, from, a) || !within(to_at, to, b)) return real_renameat(from_at, from, to_at, to);
    pthread_mutex_lock(&turn);
    int done = real_renameat(from_at, from, to_at, to);
    if (done == 0) note('R', 0, 0, 0, beneath(a), strlen(beneath(a)), beneath(b), strlen(beneath(b)));
    pthread_mutex_unlock(&turn);
    return done;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    find_linkat();
    char a[PATH], b[PATH];
    if (!within(from_at, from, a) || !within(to_at, to, b)) return real_linkat(from_at, from, to_at, to, flags);
    pthread_mutex_lock(&turn);
    int done = real_linkat(from_at, from, to_at, to, flags);
    if (done == 0) note('L', 0, 0, 0, beneath(a), strlen(beneath(a)), beneath(b), strlen(beneath(b)));
    pthread_mutex_unlock(&turn);
    return done;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int at, const char *path, int flags) {
    find_unlinkat();
    char whole[PATH];
    if (!within(at, path, whole)) return real_unlinkat(at, path, flags);
    pthread_mutex_lock(&turn);
    int done = real_unlinkat(at, path, flags);
    if (done == 0) note('U', 0, 0, 0, beneath(whole), strlen(beneath(whole)), "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode) {
    find_mkdirat();
    char whole[PATH];
    if (!within(at, path, whole)) return real_mkdirat(at, path, mode);
    pthread_mutex_lock(&turn);
    int done = real_mkdirat(at, path, mode);
    if (done == 0) note('M', 0, 0, 0, beneath(whole), strlen(beneath(whole)), "", 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

static int synced(int fd) {
    if (lies) return 0;
    pthread_mutex_lock(&turn);
    if (is_ours(fd, 1)) {
        note('S', inode_of(fd), 0, 0, "", 0, "", 0);
    } else {
        /* The folder is found by the name the descriptor has now. */
        char link[64], whole[PATH];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, whole, PATH - 1);
        if (length > 0) {
            whole[length] = 0;
            if (strncmp(whole, root, root_length) == 0) note('D', 0, 0, 0, beneath(whole), strlen(beneath(whole)), "", 0);
        }
    }
    pthread_mutex_unlock(&turn);
    return 0;
}

int fsync(int fd) {
    find_fsync();
    return is_ours(fd, 1) || is_ours(fd, 2) ? synced(fd) : real_fsync(fd);
}

int fdatasync(int fd) {
    find_fdatasync();
    return is_ours(fd, 1) || is_ours(fd, 2) ? synced(fd) : real_fdatasync(fd);
}
