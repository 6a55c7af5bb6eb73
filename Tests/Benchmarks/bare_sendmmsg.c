// What `script/bench media` compares the server with: the same bytes to the same number of sockets, by sendmmsg and nothing else.
//
//     bare_sendmmsg DESTINATIONS BYTES SECONDS SENDER_CORE READER_CORE
//
// Each destination is a bound UDP socket on loopback, read by another process on a processor of its own, as the listeners are. First paced as
// a host paces a server, each destination once in 20 ms and a burst for all of them; then as fast as it goes, for a second. Prints, as JSON,
// the processor's nanoseconds for each datagram in both, and how many went out.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Datagrams of one call, as many as the server's (CLINUX_BATCH).
#define BATCH 64
#define PACKET_NANOSECONDS 20000000L
#define LARGEST 2048

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void runOn(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail("sched_setaffinity");
}

static long now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

// The listeners' side: takes whatever comes, one recv for each datagram.
static void readAll(const int *sockets, int count) {
    int epoll = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = sockets[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event) != 0) fail("epoll_ctl");
    }
    static struct epoll_event events[1024];
    static char buffer[LARGEST];
    for (;;) {
        int ready = epoll_wait(epoll, events, 1024, -1);
        for (int i = 0; i < ready; i++) recv(events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    }
}

// One datagram to each; returns how many went out.
static long sendOnce(int s, struct mmsghdr *messages, int count) {
    long sent = 0;
    for (int i = 0; i < count; i += BATCH) {
        int n = sendmmsg(s, messages + i, (unsigned)(count - i < BATCH ? count - i : BATCH), 0);
        if (n > 0) sent += n;
    }
    return sent;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "bare_sendmmsg DESTINATIONS BYTES SECONDS SENDER_CORE READER_CORE\n");
        return 2;
    }
    int count = atoi(argv[1]), bytes = atoi(argv[2]);
    double seconds = atof(argv[3]);
    if (count < 1 || bytes < 1 || bytes > LARGEST) return 2;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    int *sockets = calloc((size_t)count, sizeof *sockets);
    struct sockaddr_in *addresses = calloc((size_t)count, sizeof *addresses);
    struct mmsghdr *messages = calloc((size_t)count, sizeof *messages);
    struct iovec *vectors = calloc((size_t)count, sizeof *vectors);
    // Each has bytes of its own, as each listener's packet is sealed for it alone.
    char *payloads = calloc((size_t)count, (size_t)bytes);
    if (!sockets || !addresses || !messages || !vectors || !payloads) fail("calloc");
    for (int i = 0; i < count; i++) {
        sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
        addresses[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof addresses[i];
        if (sockets[i] < 0 || bind(sockets[i], (struct sockaddr *)&addresses[i], length) != 0) fail("bind");
        getsockname(sockets[i], (struct sockaddr *)&addresses[i], &length);
        vectors[i] = (struct iovec){payloads + (size_t)i * (size_t)bytes, (size_t)bytes};
        messages[i].msg_hdr =
            (struct msghdr){.msg_name = &addresses[i], .msg_namelen = sizeof addresses[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    pid_t reader = fork();
    if (reader == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        runOn(atoi(argv[5]));
        readAll(sockets, count);
    }
    runOn(atoi(argv[4]));
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    int room = 4 << 20;
    setsockopt(s, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    sendOnce(s, messages, count);

    long begin = now(CLOCK_MONOTONIC), due = begin, used = now(CLOCK_PROCESS_CPUTIME_ID), sent = 0;
    while (now(CLOCK_MONOTONIC) - begin < (long)(seconds * 1e9)) {
        sent += sendOnce(s, messages, count);
        due += PACKET_NANOSECONDS;
        struct timespec until = {due / 1000000000L, due % 1000000000L};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    double paced = (double)(now(CLOCK_PROCESS_CPUTIME_ID) - used) / (double)(sent ? sent : 1);
    long pacedSent = sent;

    begin = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID), sent = 0;
    while (now(CLOCK_MONOTONIC) - begin < 1000000000L) sent += sendOnce(s, messages, count);
    double unpaced = (double)(now(CLOCK_PROCESS_CPUTIME_ID) - used) / (double)(sent ? sent : 1);
    kill(reader, SIGKILL);
    printf("{\"paced\": %.1f, \"unpaced\": %.1f, \"sent\": %ld}\n", paced, unpaced, pacedSent);
    return 0;
}
