/* Packets over a Unix socket that keeps their bounds (SOCK_SEQPACKET), with descriptors in them: what kzgd's control
 * socket speaks. Text both ways; a question has one answer. Nothing here keeps state: any thread, one a descriptor.
 */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PACKET_MAX     ((size_t)32768) /* bytes of text */
#define PACKET_FDS_MAX 4

/* A socket that listens at the path, which only the owner may connect to: non-blocking, close-on-exec. A file that
 * nobody listens on any more is replaced. The descriptor, or a negative errno. */
int packet_listen(const char *path);

/* Connects, not waiting for a full backlog; receiving and sending then wait for timeout_ms at most. The descriptor,
 * or a negative errno. */
int packet_connect(const char *path, int64_t timeout_ms);

/* All of it or false with errno. fds (borrowed) may be NULL when there are none; at most PACKET_FDS_MAX. */
bool packet_send(int fd, const char *text, size_t length, const int *fds, size_t fd_count);

/* One packet into out, which gets a NUL behind it; descriptors that came with it (close-on-exec) become the caller's.
 * Its length; 0 when the other side has closed; -1 with errno. A packet that is longer than size - 1, or brings more
 * descriptors than fds_max, is EMSGSIZE. fds may be NULL: none are wanted. */
ssize_t packet_receive(int fd, char *out, size_t size, int *fds, size_t fds_max, size_t *ret_fd_count);

/* Who is at the other end, as the kernel saw it connect (or listen). */
bool packet_peer(int fd, pid_t *ret_pid, uid_t *ret_uid);

#endif
