// What `script/bench media` compares the server with: the same bytes to the same number of sockets, by sendmmsg and nothing else.
//
//     bare_sendmmsg DESTINATIONS BYTES SECONDS SENDER_CORE READER_CORE
//
// Each destination is a bound UDP socket on loopback, read by another process on a processor of its own, as the listeners are. First paced as
// a host paces a server, each destination once in 20 ms and a burst for all of them; then so again, with the packets sealed by AES-256-GCM
// under each destination's own key, which is the least that a server of SRTP can do; then bare as fast as it goes, for a second. Prints, as
// JSON, the processor's nanoseconds for each datagram in all three, and how many went out in the first.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
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
#define SMALLEST 64
// Of RTP, in clear.
#define HEADER 12

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

// In place, under the key of this destination; a new nonce each time.
static void seal(const struct iovec *vector, const crypto_aead_aes256gcm_state *key, long number) {
    unsigned char *bytes = vector->iov_base, nonce[crypto_aead_aes256gcm_NPUBBYTES] = {0};
    unsigned long long text = vector->iov_len - HEADER - crypto_aead_aes256gcm_ABYTES;
    memcpy(nonce, &number, sizeof number);
    crypto_aead_aes256gcm_encrypt_detached_afternm(
        bytes + HEADER, bytes + HEADER + text, NULL, bytes + HEADER, text, bytes, HEADER, NULL, nonce, key);
}

// One datagram to each; returns how many went out. Sealed first, when there are keys.
static long sendOnce(int s, struct mmsghdr *messages, int count, const crypto_aead_aes256gcm_state *keys, long number) {
    long sent = 0;
    for (int i = 0; i < count; i += BATCH) {
        int batch = count - i < BATCH ? count - i : BATCH;
        for (int k = i; keys && k < i + batch; k++) seal(messages[k].msg_hdr.msg_iov, keys + k, number);
        int n = sendmmsg(s, messages + i, (unsigned)batch, 0);
        if (n > 0) sent += n;
    }
    return sent;
}

// Once in 20 ms, for so long; returns nanoseconds of the processor for each that went out, and how many these were.
static double sendPaced(int s, struct mmsghdr *messages, int count, const crypto_aead_aes256gcm_state *keys, double seconds, long *sent) {
    long begin = now(CLOCK_MONOTONIC), due = begin, used = now(CLOCK_PROCESS_CPUTIME_ID);
    *sent = 0;
    for (long number = 0; now(CLOCK_MONOTONIC) - begin < (long)(seconds * 1e9); number++) {
        *sent += sendOnce(s, messages, count, keys, number);
        due += PACKET_NANOSECONDS;
        struct timespec until = {due / 1000000000L, due % 1000000000L};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    return (double)(now(CLOCK_PROCESS_CPUTIME_ID) - used) / (double)(*sent ? *sent : 1);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "bare_sendmmsg DESTINATIONS BYTES SECONDS SENDER_CORE READER_CORE\n");
        return 2;
    }
    int count = atoi(argv[1]), bytes = atoi(argv[2]);
    double seconds = atof(argv[3]);
    if (count < 1 || bytes < SMALLEST || bytes > LARGEST) return 2;
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
    sendOnce(s, messages, count, NULL, 0);

    long sent, sealedSent;
    double paced = sendPaced(s, messages, count, NULL, seconds, &sent), sealed = 0;
    crypto_aead_aes256gcm_state *keys = NULL;
    if (sodium_init() >= 0 && crypto_aead_aes256gcm_is_available()) {
        if (posix_memalign((void **)&keys, 64, (size_t)count * sizeof *keys) != 0) fail("posix_memalign");
        for (int i = 0; i < count; i++) {
            unsigned char key[crypto_aead_aes256gcm_KEYBYTES];
            randombytes_buf(key, sizeof key);
            crypto_aead_aes256gcm_beforenm(keys + i, key);
        }
        sealed = sendPaced(s, messages, count, keys, seconds, &sealedSent);
    }

    long begin = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID), unpacedSent = 0;
    while (now(CLOCK_MONOTONIC) - begin < 1000000000L) unpacedSent += sendOnce(s, messages, count, NULL, 0);
    double unpaced = (double)(now(CLOCK_PROCESS_CPUTIME_ID) - used) / (double)(unpacedSent ? unpacedSent : 1);
    kill(reader, SIGKILL);
    printf("{\"paced\": %.1f, \"sealed\": %.1f, \"unpaced\": %.1f, \"sent\": %ld}\n", paced, sealed, unpaced, sent);
    return 0;
}
