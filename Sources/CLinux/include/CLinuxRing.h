// The least of io_uring that sends a batch of small messages in one system call: set up, queue a
// send, submit, read results. Raw system calls, so that no liburing is needed. Inline functions only.
#pragma once
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Declared by unistd.h only under _DEFAULT_SOURCE, which Swift's importer may not set.
long syscall(long number, ...);

struct clinux_ring {
    int descriptor;
    unsigned entries;
    unsigned queued;
    unsigned *sq_tail;
    unsigned sq_mask;
    unsigned *sq_array;
    unsigned *cq_head;
    unsigned *cq_tail;
    unsigned cq_mask;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
};

/// Sets up a ring of `entries` (a power of two). Returns 0, or -1 where the kernel or its policy
/// has none: the caller then sends without it.
static inline int clinux_ring_open(struct clinux_ring *ring, unsigned entries) {
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    memset(ring, 0, sizeof *ring);
    ring->descriptor = -1;
    int fd = (int)syscall(SYS_io_uring_setup, entries, &parameters);
    if (fd < 0) return -1;
    if (!(parameters.features & IORING_FEAT_SINGLE_MMAP)) {
        close(fd);
        return -1;
    }
    size_t sq_bytes = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
    size_t cq_bytes = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    size_t bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
    char *base = (char *)mmap(
        0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
    void *sqes = mmap(
        0, parameters.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
    if (base == MAP_FAILED || sqes == MAP_FAILED) {
        close(fd);
        return -1;
    }
    ring->descriptor = fd;
    ring->entries = parameters.sq_entries;
    ring->sq_tail = (unsigned *)(base + parameters.sq_off.tail);
    ring->sq_mask = *(unsigned *)(base + parameters.sq_off.ring_mask);
    ring->sq_array = (unsigned *)(base + parameters.sq_off.array);
    ring->cq_head = (unsigned *)(base + parameters.cq_off.head);
    ring->cq_tail = (unsigned *)(base + parameters.cq_off.tail);
    ring->cq_mask = *(unsigned *)(base + parameters.cq_off.ring_mask);
    ring->cqes = (struct io_uring_cqe *)(base + parameters.cq_off.cqes);
    ring->sqes = (struct io_uring_sqe *)sqes;
    return 0;
}

/// Queues one send that never waits. The caller submits before `entries` are queued.
static inline void clinux_ring_send(
    struct clinux_ring *ring, int socket, const void *bytes, unsigned count, uint64_t tag) {
    unsigned tail = *ring->sq_tail;
    unsigned slot = tail & ring->sq_mask;
    struct io_uring_sqe *sqe = &ring->sqes[slot];
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = IORING_OP_SEND;
    sqe->fd = socket;
    sqe->addr = (uint64_t)(uintptr_t)bytes;
    sqe->len = count;
    sqe->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    sqe->user_data = tag;
    ring->sq_array[slot] = slot;
    __atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
    ring->queued += 1;
}

/// Hands the queued sends to the kernel, which carries them out before it returns, and waits for
/// `results` of them. Returns how many were handed over, or -1.
static inline int clinux_ring_submit(struct clinux_ring *ring, unsigned results) {
    int handed = (int)syscall(
        SYS_io_uring_enter, ring->descriptor, ring->queued, results, IORING_ENTER_GETEVENTS, 0, 0);
    if (handed > 0) ring->queued -= (unsigned)handed;
    return handed;
}

/// Takes one result. Returns 0 when there is none.
static inline int clinux_ring_result(struct clinux_ring *ring, uint64_t *tag, int *result) {
    unsigned head = *ring->cq_head;
    if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) return 0;
    struct io_uring_cqe *cqe = &ring->cqes[head & ring->cq_mask];
    *tag = cqe->user_data;
    *result = cqe->res;
    __atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
    return 1;
}
