/* A client that sends one request over and over on connections that stay open, so that two builds of kzgd can be
 * given the same work: a fixed number of requests, as fast as the answers come.
 *
 *   load HOST:PORT FILE CONNECTIONS
 *
 * FILE has the request, headers and body, as it goes over the wire. Each number that comes on standard input is a run
 * of that many requests, and is answered by a line: seconds that it took, answers that were not 200. IPv4 only. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define HEAD_MAX        4096

struct client {
    int fd;
    size_t sent; /* of the request; all of it: an answer is awaited */
    bool busy;
    char head[HEAD_MAX + 1];
    size_t head_length;
    size_t body_left; /* once the head is whole */
    bool in_body;
};

static struct {
    char *request;
    size_t length;
    struct client client[CONNECTIONS_MAX];
    size_t clients;
    size_t to_begin, running, bad;
} load;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void read_request(const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
    long length = ftell(file);
    rewind(file);
    load.length = length > 0 ? (size_t)length : 0;
    load.request = malloc(load.length + 1);
    if (load.request == NULL || fread(load.request, 1, load.length, file) != load.length) fail(path);
    fclose(file);
}

static int dial(const char *text) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(text, ':');
    char host[64];
    int one = 1;
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) fail(text);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail(text);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) fail("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) fail(text);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* ---- One request -------------------------------------------------------------------------------------------------
 */

static void begin(struct client *client) {
    client->busy = load.to_begin > 0;
    if (!client->busy) return;
    load.to_begin--;
    load.running++;
    client->sent = client->head_length = client->body_left = 0;
    client->in_body = false;
}

static void push(struct client *client) {
    ssize_t n = send(client->fd, load.request + client->sent, load.length - client->sent, MSG_NOSIGNAL);
    if (n > 0) client->sent += (size_t)n;
    if (n < 0 && errno != EAGAIN && errno != EINTR) fail("send");
}

static void read_head(struct client *client) {
    static const char field[] = "\r\nContent-Length: ";
    client->head[client->head_length] = '\0';
    const char *end = strstr(client->head, "\r\n\r\n");
    if (end == NULL) {
        if (client->head_length == HEAD_MAX) fail("an answer's headers are too long");
        return;
    }
    const char *length = strstr(client->head, field);
    size_t body = length == NULL ? 0 : (size_t)strtoull(length + sizeof field - 1, NULL, 10);
    size_t have = client->head_length - (size_t)(end + 4 - client->head);
    if (strncmp(client->head, "HTTP/1.1 200 ", 13) != 0) load.bad++;
    client->in_body = true;
    client->body_left = body > have ? body - have : 0;
}

static void pull(struct client *client) {
    static char sink[1 << 16];
    size_t room = client->in_body ? sizeof sink : HEAD_MAX - client->head_length;
    ssize_t n = recv(client->fd, client->in_body ? sink : client->head + client->head_length, room, 0);
    if (n == 0) errno = ECONNRESET;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) fail("recv");
    if (n < 0) return;
    if (client->in_body) {
        client->body_left -= (size_t)n < client->body_left ? (size_t)n : client->body_left;
    } else {
        client->head_length += (size_t)n;
        read_head(client);
    }
    if (!client->in_body || client->body_left > 0) return;
    load.running--;
    begin(client);
}

/* ---- A run -------------------------------------------------------------------------------------------------------
 */

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void turn(void) {
    struct pollfd fds[CONNECTIONS_MAX];
    for (size_t i = 0; i < load.clients; i++) {
        const struct client *client = &load.client[i];
        bool sending = client->sent < load.length;
        fds[i] = (struct pollfd){.fd = client->busy ? client->fd : -1, .events = sending ? POLLOUT : POLLIN};
    }
    if (poll(fds, load.clients, -1) < 0 && errno != EINTR) fail("poll");
    for (size_t i = 0; i < load.clients; i++) {
        if (fds[i].revents == 0) continue;
        if (load.client[i].sent < load.length) {
            push(&load.client[i]);
        } else {
            pull(&load.client[i]);
        }
    }
}

static void run(size_t requests) {
    double from_s = now_s();
    load.to_begin = requests;
    load.bad = 0;
    for (size_t i = 0; i < load.clients; i++) begin(&load.client[i]);
    while (load.running > 0) turn();
    printf("%.9f %zu\n", now_s() - from_s, load.bad);
    fflush(stdout);
}

int main(int argc, char **argv) {
    char line[64];
    size_t clients = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (clients == 0 || clients > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: load HOST:PORT FILE CONNECTIONS (1 to %d)\n", CONNECTIONS_MAX);
        return 2;
    }
    read_request(argv[2]);
    load.clients = clients;
    for (size_t i = 0; i < clients; i++) load.client[i].fd = dial(argv[1]);
    while (fgets(line, sizeof line, stdin) != NULL) run(strtoul(line, NULL, 10));
    for (size_t i = 0; i < clients; i++) close(load.client[i].fd);
    free(load.request);
    return 0;
}
