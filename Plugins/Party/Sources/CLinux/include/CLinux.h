// What Swift's Glibc module lacks and the media thread needs: epoll, eventfd, batches of datagrams that carry the address of ours
// that was asked, and TCP connections that never wait. Only UdpSocket, TcpListener, TcpConnection, Mailbox and MediaLoop
// call it, and the EventLoop of party-load.
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

// What CLinux_openUdp and CLinux_openTcp opened.
enum CLinuxFamily { CLINUX_IPV4 = 4, CLINUX_DUAL_STACK = 6 };

// A non-blocking UDP socket on every address of the machine, bound exclusively, or with isShared together with others of this user that
// ask for it, too (SO_REUSEPORT): the kernel then gives each peer's datagrams to one of them, always the same.
// Returns the descriptor, or -1 with errno set; EAFNOSUPPORT when the kernel has no such family.
int CLinux_openUdp(enum CLinuxFamily family, uint16_t port, int isShared);

// The port that the socket is bound to, 0 on failure.
uint16_t CLinux_boundPort(int socket);

// Fills `datagrams` with what has arrived, without waiting; returns how many. A datagram larger than its buffer gets count 0.
int CLinux_receive(int socket, enum CLinuxFamily family, struct CLinuxDatagram *datagrams, int capacity);

// Sends all of them, at most CLINUX_BATCH; waits a few milliseconds at most for a full socket buffer. Returns how many did not go out.
int CLinux_send(int socket, enum CLinuxFamily family, const struct CLinuxDatagram *datagrams, int count);

// A non-blocking listener on every address of the machine; the port is then its alone, until it is closed.
// Returns the descriptor, or -1 with errno set, as CLinux_openUdp.
int CLinux_openTcp(enum CLinuxFamily family, uint16_t port);

// The next connection that has come, non-blocking and without Nagle's delay; -1 when there is none (EAGAIN) or it failed.
int CLinux_accept(int listener, struct CLinuxAddress *peer, uint16_t *port, struct CLinuxAddress *local);

// Sends `header` and `bytes`, without waiting and without a signal. Returns how many bytes of both went out, 0 when there is no room
// now, -1 when the connection has ended.
long CLinux_sendTcp(int connection, const uint8_t *header, unsigned headerCount, const uint8_t *bytes, unsigned count);

// What epoll says of one descriptor, under the number that it was added with.
struct CLinuxEvent {
    uint64_t id;
    // Something to read, or its end.
    int isReadable;
    int isWritable;
};

// Events that CLinux_epollWait returns at most.
#define CLINUX_EVENTS 16

// What is an event: something to read, room to write, both, or 0 for neither.
#define CLINUX_READABLE 1
#define CLINUX_WRITABLE 2

int CLinux_epollCreate(void);
// Something to read is an event, until CLinux_epollChange says otherwise.
int CLinux_epollAdd(int epoll, int descriptor, uint64_t id);
int CLinux_epollChange(int epoll, int descriptor, uint64_t id, int interest);
// Nothing more is told of it; needed only while something else keeps it open.
void CLinux_epollRemove(int epoll, int descriptor);
// Waits until something has happened; -1 waits for ever. Fills `events`, which has room for CLINUX_EVENTS, and returns how many.
int CLinux_epollWait(int epoll, struct CLinuxEvent *events, int timeoutMilliseconds);

// Events that CLinux_epollWaitForMany returns at most: for thousands of descriptors, all of what has come by one moment.
#define CLINUX_MANY_EVENTS 1024

// As CLinux_epollWait, with room for CLINUX_MANY_EVENTS.
int CLinux_epollWaitForMany(int epoll, struct CLinuxEvent *events, int timeoutMilliseconds);

// A non-blocking counter that makes epoll_wait return (eventfd(2)).
int CLinux_eventCreate(void);
void CLinux_eventSignal(int event);
void CLinux_eventClear(int event);

// Names the calling thread, as `top -H` shows it; at most 15 bytes.
void CLinux_nameThread(const char *name);

#endif
