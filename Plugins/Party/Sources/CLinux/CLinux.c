#define _GNU_SOURCE // recvmmsg, sendmmsg, struct in6_pktinfo, pthread_setname_np
#include "CLinux.h"

#include <errno.h>
#include <netinet/in.h>
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

int CLinux_openUdp(enum CLinuxFamily family, uint16_t port) {
    int s = socket(family == CLINUX_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    int on = 1, off = 0, failed;
    union socketAddress any;
    memset(&any, 0, sizeof any);
    if (family == CLINUX_IPV4) {
        any.ipv4.sin_family = AF_INET;
        any.ipv4.sin_port = htons(port);
        failed = setsockopt(s, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0 || bind(s, &any.any, sizeof any.ipv4) != 0;
    } else {
        any.ipv6.sin6_family = AF_INET6;
        any.ipv6.sin6_port = htons(port);
        failed = setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0
            || setsockopt(s, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) != 0 || bind(s, &any.any, sizeof any.ipv6) != 0;
    }
    if (failed) {
        int error = errno;
        close(s);
        errno = error;
        return -1;
    }
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
                header->msg_controllen = CMSG_SPACE(sizeof info);
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
                header->msg_controllen = CMSG_SPACE(sizeof info);
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

int CLinux_epollCreate(void) { return epoll_create1(EPOLL_CLOEXEC); }

int CLinux_epollAdd(int epoll, int descriptor) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = descriptor};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &e);
}

int CLinux_epollWait(int epoll, int first, int timeoutMilliseconds) {
    struct epoll_event e[4];
    int n = epoll_wait(epoll, e, 4, timeoutMilliseconds), ready = 0;
    for (int i = 0; i < n; i++) ready |= e[i].data.fd == first ? 1 : 2;
    return ready;
}

int CLinux_eventCreate(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void CLinux_eventSignal(int event) { eventfd_write(event, 1); }

void CLinux_eventClear(int event) {
    eventfd_t count;
    eventfd_read(event, &count);
}

void CLinux_nameThread(const char *name) { pthread_setname_np(pthread_self(), name); }
