// What `import Glibc` does not give Swift: epoll, accept4, eventfd and the macros around them.
// Inline functions and macros only.
#pragma once
// Types that Glibc has too must be Glibc's: with two definitions it would depend on the order of
// imports, and so on the optimisation level, which module a type belongs to.
#if __has_feature(modules)
#pragma clang module import SwiftGlibc
#endif
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

// accept4 is declared only under _GNU_SOURCE, which Swift's importer does not set.
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

/// Accepts one connection: non-blocking, close-on-exec. Returns -1 and sets errno.
static inline int clinux_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/// The user that connected a Unix socket, or (uid_t)-1. SO_PEERCRED's structure, which is shown only
/// under _GNU_SOURCE, is three numbers: process, user, group.
static inline uid_t clinux_peer_user(int fd) {
    struct {
        pid_t process;
        uid_t user;
        gid_t group;
    } peer;
    socklen_t length = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return (uid_t)-1;
    return peer.user;
}

#include "CLinuxProcess.h"
#include "CLinuxRing.h"
