#define _GNU_SOURCE // recvmmsg, sendmmsg, accept4, struct in6_pktinfo, pthread_setname_np
#include "CLinux.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// Room for either family's packet information.
#define CONTROL_BYTES CMSG_SPACE(sizeof(struct in6_pktinfo))
// A full socket buffer drains within milliseconds; longer than this and the datagrams are lost, so that receiving goes on.
#define SEND_WAITS 4
#define SEND_WAIT_MILLISECONDS 1
// Connections that may wait to be accepted.
#define TCP_BACKLOG 256
// The kernel's own queue of one connection: two or three seconds of sound. More would be too late, and memory.
#define TCP_SEND_BUFFER (32 << 10)

union socketAddress {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static struct CLinuxAddress mapped(struct in_addr address) {
    struct CLinuxAddress result = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}};
    memcpy(result.bytes + 12, &address, 4);
    return result;
}

static struct in_addr unmapped(struct CLinuxAddress address) {
    struct in_addr result;
    memcpy(&result, address.bytes + 12, 4);
    return result;
}

static int isKnown(struct CLinuxAddress address) {
    static const struct CLinuxAddress unknown;
    return memcmp(&address, &unknown, sizeof address) != 0;
}

// A large buffer outlasts bursts; past the system's limit only the privileged options go, so both are tried.
static void enlarge(int s, int option, int privilegedOption) {
    int bytes = 4 << 20;
    if (setsockopt(s, SOL_SOCKET, privilegedOption, &bytes, sizeof bytes) != 0) setsockopt(s, SOL_SOCKET, option, &bytes, sizeof bytes);
}

// Bound to every address; the length of the address that was written.
static socklen_t anyAddress(enum CLinuxFamily family, uint16_t port, union socketAddress *any) {
    memset(any, 0, sizeof *any);
    if (family == CLINUX_IPV4) {
        any->ipv4.sin_family = AF_INET;
        any->ipv4.sin_port = htons(port);
        return sizeof any->ipv4;
    }
    any->ipv6.sin6_family = AF_INET6;
    any->ipv6.sin6_port = htons(port);
    return sizeof any->ipv6;
}

// Closes a socket that could not be set up, and keeps errno.
static int closeFailed(int s) {
    int error = errno;
    close(s);
    errno = error;
    return -1;
}

int CLinux_openUdp(enum CLinuxFamily family, uint16_t port, int isShared) {
    int s = socket(family == CLINUX_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    int on = 1, off = 0;
    union socketAddress any;
    socklen_t length = anyAddress(family, port, &any);
    int isSet = family == CLINUX_IPV4
        ? setsockopt(s, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0
        : setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0
            && setsockopt(s, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
    isSet = isSet && (!isShared || setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    if (!isSet || bind(s, &any.any, length) != 0) return closeFailed(s);
    enlarge(s, SO_RCVBUF, SO_RCVBUFFORCE);
    enlarge(s, SO_SNDBUF, SO_SNDBUFFORCE);
    return s;
}

uint16_t CLinux_boundPort(int s) {
    union socketAddress address;
    socklen_t length = sizeof address;
    if (getsockname(s, &address.any, &length) != 0) return 0;
    return ntohs(address.any.sa_family == AF_INET ? address.ipv4.sin_port : address.ipv6.sin6_port);
}

int CLinux_receive(int s, enum CLinuxFamily family, struct CLinuxDatagram *d, int capacity) {
    struct mmsghdr m[CLINUX_BATCH];
    struct iovec v[CLINUX_BATCH];
    union socketAddress peers[CLINUX_BATCH];
    _Alignas(struct cmsghdr) char control[CLINUX_BATCH][CONTROL_BYTES];
    if (capacity > CLINUX_BATCH) capacity = CLINUX_BATCH;
    for (int i = 0; i < capacity; i++) {
        v[i] = (struct iovec){d[i].bytes, d[i].capacity};
        m[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &v[i], .msg_iovlen = 1,
                                            .msg_control = control[i], .msg_controllen = CONTROL_BYTES}};
    }
    int n = recvmmsg(s, m, (unsigned)capacity, MSG_DONTWAIT, NULL);
    if (n < 0) return 0;
    for (int i = 0; i < n; i++) {
        d[i].count = m[i].msg_hdr.msg_flags & MSG_TRUNC ? 0 : m[i].msg_len;
        if (family == CLINUX_IPV4) {
            d[i].peer = mapped(peers[i].ipv4.sin_addr);
            d[i].port = ntohs(peers[i].ipv4.sin_port);
        } else {
            memcpy(d[i].peer.bytes, &peers[i].ipv6.sin6_addr, 16);
            d[i].port = ntohs(peers[i].ipv6.sin6_port);
        }
        memset(&d[i].local, 0, sizeof d[i].local);
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m[i].msg_hdr); c; c = CMSG_NXTHDR(&m[i].msg_hdr, c)) {
            if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                struct in_pktinfo info;
                memcpy(&info, CMSG_DATA(c), sizeof info);
                d[i].local = mapped(info.ipi_addr);
            } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                struct in6_pktinfo info;
                memcpy(&info, CMSG_DATA(c), sizeof info);
                memcpy(d[i].local.bytes, &info.ipi6_addr, 16);
            }
        }
    }
    return n;
}

int CLinux_send(int s, enum CLinuxFamily family, const struct CLinuxDatagram *d, int count) {
    struct mmsghdr m[CLINUX_BATCH];
    struct iovec v[CLINUX_BATCH];
    union socketAddress peers[CLINUX_BATCH];
    _Alignas(struct cmsghdr) char control[CLINUX_BATCH][CONTROL_BYTES];
    if (count > CLINUX_BATCH) count = CLINUX_BATCH;
    memset(control, 0, sizeof control[0] * (size_t)count);
    for (int i = 0; i < count; i++) {
        v[i] = (struct iovec){d[i].bytes, d[i].count};
        m[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &peers[i], .msg_iov = &v[i], .msg_iovlen = 1}};
        struct msghdr *header = &m[i].msg_hdr;
        int hasLocal = isKnown(d[i].local);
        // CMSG_LEN below, not CMSG_SPACE: Linux has room on its stack for exactly one in6_pktinfo (36 bytes); with the padding behind the
        // last message it would allocate memory for each datagram.
        if (hasLocal) {
            header->msg_control = control[i];
            header->msg_controllen = CONTROL_BYTES;
        }
        struct cmsghdr *c = CMSG_FIRSTHDR(header);
        if (family == CLINUX_IPV4) {
            peers[i].ipv4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(d[i].port), .sin_addr = unmapped(d[i].peer)};
            header->msg_namelen = sizeof peers[i].ipv4;
            if (hasLocal) {
                struct in_pktinfo info = {.ipi_spec_dst = unmapped(d[i].local)};
                c->cmsg_level = IPPROTO_IP;
                c->cmsg_type = IP_PKTINFO;
                c->cmsg_len = CMSG_LEN(sizeof info);
                memcpy(CMSG_DATA(c), &info, sizeof info);
                header->msg_controllen = CMSG_LEN(sizeof info);
            }
        } else {
            peers[i].ipv6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(d[i].port)};
            memcpy(&peers[i].ipv6.sin6_addr, d[i].peer.bytes, 16);
            header->msg_namelen = sizeof peers[i].ipv6;
            if (hasLocal) {
                // Linux takes a mapped source here too, for a mapped destination.
                struct in6_pktinfo info = {.ipi6_ifindex = 0};
                memcpy(&info.ipi6_addr, d[i].local.bytes, 16);
                c->cmsg_level = IPPROTO_IPV6;
                c->cmsg_type = IPV6_PKTINFO;
                c->cmsg_len = CMSG_LEN(sizeof info);
                memcpy(CMSG_DATA(c), &info, sizeof info);
                header->msg_controllen = CMSG_LEN(sizeof info);
            }
        }
    }
    int lost = 0, waits = 0;
    for (int done = 0; done < count;) {
        int n = sendmmsg(s, m + done, (unsigned)(count - done), MSG_DONTWAIT);
        if (n > 0) {
            done += n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && (errno == EAGAIN || errno == ENOBUFS) && waits < SEND_WAITS) {
            struct pollfd writable = {.fd = s, .events = POLLOUT};
            waits++;
            poll(&writable, 1, SEND_WAIT_MILLISECONDS);
        } else {
            // sendmmsg reports the error of the first datagram only: step over it, the others may well go.
            lost++;
            done++;
        }
    }
    return lost;
}

int CLinux_openTcp(enum CLinuxFamily family, uint16_t port) {
    int s = socket(family == CLINUX_IPV4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    int on = 1, off = 0;
    union socketAddress any;
    socklen_t length = anyAddress(family, port, &any);
    // Past connections that linger must not keep a restarted server from its port. Linux still lets only one listener have it.
    int isSet = setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && (family == CLINUX_IPV4 || setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0);
    if (!isSet || bind(s, &any.any, length) != 0 || listen(s, TCP_BACKLOG) != 0) return closeFailed(s);
    return s;
}

static struct CLinuxAddress addressOf(const union socketAddress *a) {
    struct CLinuxAddress result;
    if (a->any.sa_family == AF_INET) return mapped(a->ipv4.sin_addr);
    memcpy(result.bytes, &a->ipv6.sin6_addr, sizeof result.bytes);
    return result;
}

int CLinux_accept(int listener, struct CLinuxAddress *peer, uint16_t *port, struct CLinuxAddress *local) {
    union socketAddress remote, own;
    socklen_t remoteLength = sizeof remote, ownLength = sizeof own;
    int s = accept4(listener, &remote.any, &remoteLength, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (s < 0) return -1;
    int on = 1, bytes = TCP_SEND_BUFFER;
    if (getsockname(s, &own.any, &ownLength) != 0) return closeFailed(s);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(s, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    *peer = addressOf(&remote);
    *port = ntohs(remote.any.sa_family == AF_INET ? remote.ipv4.sin_port : remote.ipv6.sin6_port);
    *local = addressOf(&own);
    return s;
}

long CLinux_sendTcp(int connection, const uint8_t *header, unsigned headerCount, const uint8_t *bytes, unsigned count) {
    struct iovec parts[2] = {{(void *)header, headerCount}, {(void *)bytes, count}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent;
    do sent = sendmsg(connection, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return sent;
    return errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
}

int CLinux_epollCreate(void) { return epoll_create1(EPOLL_CLOEXEC); }

int CLinux_epollAdd(int epoll, int descriptor, uint64_t id) {
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = id};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &e);
}

int CLinux_epollChange(int epoll, int descriptor, uint64_t id, int interest) {
    struct epoll_event e = {.data.u64 = id};
    if (interest & CLINUX_READABLE) e.events |= EPOLLIN;
    if (interest & CLINUX_WRITABLE) e.events |= EPOLLOUT;
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &e);
}

void CLinux_epollRemove(int epoll, int descriptor) { epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

static int epollWait(int epoll, struct epoll_event *e, struct CLinuxEvent *events, int capacity, int timeoutMilliseconds) {
    int n = epoll_wait(epoll, e, capacity, timeoutMilliseconds);
    if (n < 0) return 0;
    for (int i = 0; i < n; i++)
        events[i] = (struct CLinuxEvent){e[i].data.u64, (e[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0, (e[i].events & EPOLLOUT) != 0};
    return n;
}

int CLinux_epollWait(int epoll, struct CLinuxEvent *events, int timeoutMilliseconds) {
    struct epoll_event e[CLINUX_EVENTS];
    return epollWait(epoll, e, events, CLINUX_EVENTS, timeoutMilliseconds);
}

int CLinux_epollWaitForMany(int epoll, struct CLinuxEvent *events, int timeoutMilliseconds) {
    struct epoll_event e[CLINUX_MANY_EVENTS];
    return epollWait(epoll, e, events, CLINUX_MANY_EVENTS, timeoutMilliseconds);
}

int CLinux_eventCreate(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void CLinux_eventSignal(int event) { eventfd_write(event, 1); }

void CLinux_eventClear(int event) {
    eventfd_t count;
    eventfd_read(event, &count);
}

void CLinux_nameThread(const char *name) { pthread_setname_np(pthread_self(), name); }
