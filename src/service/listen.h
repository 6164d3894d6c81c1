/* Listening sockets: made from an address, or inherited from a service manager. */
#ifndef SERVICE_LISTEN_H
#define SERVICE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct listener {
    int fd;
    char address[160];   /* as it can be given to --listen: the port that was chosen, unix:/path */
    char unix_path[108]; /* file to remove when the listener closes; empty: none, or not ours */
    dev_t unix_device;
    ino_t unix_inode;
};

/* Binds and listens, non-blocking, close-on-exec. Says on standard error what is wrong with the address (source names
 * the option) and returns false. */
bool listen_open(struct listener *ret_listener, const char *source, const char *address);

/* The same for a TCP port that other processes of the same user may listen at, too (SO_REUSEPORT): the kernel spreads
 * connections over them. */
bool listen_open_shared(struct listener *ret_listener, const char *source, const char *address);

/* A Unix socket that only the owner may connect to. */
bool listen_open_private(struct listener *ret_listener, const char *path);

/* Whether the address has a form that listen_open takes; nothing is bound or resolved. Says what is wrong. */
bool listen_check(const char *source, const char *address);
bool listen_check_shared(const char *source, const char *address);

/* Takes a socket that listens already. False, with a message, if it is not such a stream socket. */
bool listen_adopt(struct listener *ret_listener, int fd);

/* Whether the file of a Unix socket goes away when the listener closes. A socket that another process goes on
 * listening on keeps its file. */
void listen_own_file(struct listener *listener, bool own);

/* Takes over the sockets that LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES announce: by name (api, admin), and those
 * without such a name in order. Sets *ret_..._given. False, with a message, if one is not a listening stream socket.
 */
bool listen_inherit(struct listener *ret_api, bool *ret_api_given, struct listener *ret_admin, bool *ret_admin_given);

/* Closes the socket and removes its file if it is still the one we made. */
void listen_close(struct listener *listener);

#endif
