/* Packets over a Unix socket, with descriptors in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/packet.h"

static void pair(int fds[2]) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
}

static void packet__keeps_its_bounds(void **state) {
    (void)state;
    int fds[2];
    char text[16];
    pair(fds);
    assert_true(packet_send(fds[0], "one", 3, NULL, 0));
    assert_true(packet_send(fds[0], "three", 5, NULL, 0));
    assert_int_equal(packet_receive(fds[1], text, sizeof text, NULL, 0, NULL), 3);
    assert_string_equal(text, "one");
    assert_int_equal(packet_receive(fds[1], text, sizeof text, NULL, 0, NULL), 5);
    assert_string_equal(text, "three");
    assert_true(packet_send(fds[0], "sixteen letters!", 16, NULL, 0));
    assert_int_equal(packet_receive(fds[1], text, sizeof text, NULL, 0, NULL), -1);
    assert_int_equal(errno, EMSGSIZE);
    close(fds[0]);
    assert_int_equal(packet_receive(fds[1], text, sizeof text, NULL, 0, NULL), 0);
    assert_false(packet_send(fds[1], "x", 1, NULL, 0)); /* and no SIGPIPE */
    assert_int_equal(errno, EPIPE);
    close(fds[1]);
}

static int lowest_free(void) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
    return fd;
}

static void packet__descriptors_come_along_or_are_closed(void **state) {
    (void)state;
    int fds[2], ends[2], got[2] = {-1, -1};
    char text[16];
    size_t count = 7;
    pair(fds);
    assert_int_equal(pipe(ends), 0);
    assert_true(packet_send(fds[0], "two", 3, ends, 2));
    assert_int_equal(packet_receive(fds[1], text, sizeof text, got, 2, &count), 3);
    assert_int_equal(count, 2);
    assert_true((fcntl(got[0], F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(got[1], "!", 1), 1);
    assert_int_equal(read(ends[0], text, 1), 1);
    close(got[0]);
    close(got[1]);
    int before = lowest_free();
    assert_true(packet_send(fds[0], "two", 3, ends, 2));
    assert_int_equal(packet_receive(fds[1], text, sizeof text, got, 1, &count), -1);
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(count, 0);
    assert_true(packet_send(fds[0], "two", 3, ends, 2));
    assert_int_equal(packet_receive(fds[1], text, sizeof text, NULL, 0, NULL), -1);
    assert_int_equal(lowest_free(), before);
    const int many[PACKET_FDS_MAX + 1] = {0};
    assert_false(packet_send(fds[0], "many", 4, many, PACKET_FDS_MAX + 1));
    assert_int_equal(errno, EINVAL);
    close(ends[0]);
    close(ends[1]);
    close(fds[0]);
    close(fds[1]);
}

static void packet__socket_is_its_owners(void **state) {
    (void)state;
    char folder[] = "/tmp/kzg-packet-XXXXXX", path[64], text[8];
    struct stat status;
    pid_t pid = 0;
    uid_t uid = 0;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    assert_int_equal(packet_connect(path, 0), -ENOENT);
    int listening = packet_listen(path);
    assert_true(listening >= 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(packet_listen(path), -EADDRINUSE);
    int fd = packet_connect(path, 50);
    assert_true(fd >= 0 && packet_peer(fd, &pid, &uid));
    assert_int_equal(pid, getpid());
    assert_int_equal(uid, geteuid());
    assert_int_equal(packet_receive(fd, text, sizeof text, NULL, 0, NULL), -1); /* nobody answers in time */
    assert_int_equal(errno, EAGAIN);
    close(fd);
    close(listening);
    assert_int_equal(packet_connect(path, 0), -ECONNREFUSED);
    listening = packet_listen(path); /* the file that is left over is replaced */
    assert_true(listening >= 0);
    close(listening);
    assert_int_equal(unlink(path), 0);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(packet_listen(path), -EADDRINUSE); /* one that is no socket is not */
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(packet_listen(longer), -ENAMETOOLONG);
    assert_int_equal(packet_connect(longer, 0), -ENAMETOOLONG);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packet__keeps_its_bounds),
        cmocka_unit_test(packet__descriptors_come_along_or_are_closed),
        cmocka_unit_test(packet__socket_is_its_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
