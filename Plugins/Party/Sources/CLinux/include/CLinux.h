// What Swift's Glibc module lacks and the media thread needs: epoll, eventfd, and batches of datagrams that carry the address of ours
// that was asked. Only UdpSocket, Mailbox and MediaLoop call it.
#ifndef CLINUX_H
#define CLINUX_H

#include <stdint.h>

// Bytes in network order; IPv4 is mapped (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2). All zero: unknown.
struct CLinuxAddress {
    uint8_t bytes[16];
};

// One datagram, in or out.
struct CLinuxDatagram {
    uint8_t *bytes;
    uint32_t capacity;
    uint32_t count;
    struct CLinuxAddress peer;
    // In: the address of ours that the datagram was sent to. Out: the address that it leaves from.
    struct CLinuxAddress local;
    // Of the peer, in host order.
    uint16_t port;
};

// Datagrams that one call of CLinux_receive or CLinux_send takes at most.
#define CLINUX_BATCH 64

// What CLinux_openUdp opened.
enum CLinuxFamily { CLINUX_IPV4 = 4, CLINUX_DUAL_STACK = 6 };

// A non-blocking UDP socket on every address of the machine, bound exclusively (no SO_REUSEPORT, no SO_REUSEADDR).
// Returns the descriptor, or -1 with errno set; EAFNOSUPPORT when the kernel has no such family.
int CLinux_openUdp(enum CLinuxFamily family, uint16_t port);

// The port that the socket is bound to, 0 on failure.
uint16_t CLinux_boundPort(int socket);

// Fills `datagrams` with what has arrived, without waiting; returns how many. A datagram larger than its buffer gets count 0.
int CLinux_receive(int socket, enum CLinuxFamily family, struct CLinuxDatagram *datagrams, int capacity);

// Sends all of them, at most CLINUX_BATCH; waits a few milliseconds at most for a full socket buffer. Returns how many did not go out.
int CLinux_send(int socket, enum CLinuxFamily family, const struct CLinuxDatagram *datagrams, int count);

int CLinux_epollCreate(void);
int CLinux_epollAdd(int epoll, int descriptor);
// Waits until one of the descriptors is readable; -1 waits for ever. Returns a bit set: 1 for `first`, 2 for any other.
int CLinux_epollWait(int epoll, int first, int timeoutMilliseconds);

// A non-blocking counter that makes epoll_wait return (eventfd(2)).
int CLinux_eventCreate(void);
void CLinux_eventSignal(int event);
void CLinux_eventClear(int event);

// Names the calling thread, as `top -H` shows it; at most 15 bytes.
void CLinux_nameThread(const char *name);

#endif
