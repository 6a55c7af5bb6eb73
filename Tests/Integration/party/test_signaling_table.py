"""Every message, from every role, in every state of the party: what is allowed, and how the rest is refused."""

import contextlib

import pytest

from signaling import COVER, DTLS, RTP_CAPABILITIES, RTP_PARAMETERS, TRACK, Refused, offer

MESSAGES = {
    "hostChallenge": {},
    "createSession": {},
    "createProducerTransport": {},
    "connectTransport": {"dtlsParameters": DTLS},
    "produce": {"kind": "audio", "rtpParameters": RTP_PARAMETERS},
    "publish": {"sdp": offer("sendonly")},
    "nowPlaying": {"track": TRACK},
    "pause": {},
    "resume": {},
    "position": {"currentTime": 1.5, "duration": 180},
    "endSession": {},
    "join": {},
    "createConsumerTransport": {},
    "consume": {"rtpCapabilities": RTP_CAPABILITIES},
    "resumeConsumer": {},
    "listListeners": {},
    "removeListener": {"listenerId": "0123456789abcdef"},
    "listenerHistory": {},
    "cover": {"trackId": TRACK["id"], "jpeg": COVER},
    "restartIce": {"sdp": offer("recvonly")},
}
HOST_ONLY = {"createProducerTransport", "produce", "publish", "nowPlaying", "pause", "resume", "position", "endSession",
             "listListeners", "removeListener", "listenerHistory", "cover"}
LISTENER_ONLY = {"createConsumerTransport", "consume", "resumeConsumer"}
BOTH = {"connectTransport", "restartIce"}

STATES = ["no party", "no producer", "producing", "host away"]
# Those of a party that is over are nobody any more, and so is a host whose place another one has.
ROLES = ["stranger", "former host", "former listener", "taken-over host", "host", "listener"]


def expected(message, role, state):
    if message == "hostChallenge":
        return "wrong_role" if role == "listener" else "ok"
    if message == "createSession":
        return {"host": "ok", "listener": "wrong_role"}.get(role, "ok" if state in ("no party", "host away") else "session_exists")
    if message == "join":
        return "no_session" if state == "no party" else "wrong_role" if role == "host" else "ok"
    if state == "no party":
        return "no_session"
    allowed = {"host": HOST_ONLY | BOTH, "listener": LISTENER_ONLY | BOTH}.get(role, set())
    if message not in allowed:
        return "wrong_role"
    # The right role, and nothing made beforehand.
    if message == "restartIce":
        return "no_transport"
    if message == "consume":
        return "no_transport" if state == "producing" else "no_producer"
    if message in ("produce", "connectTransport"):
        return "ok" if role == "host" and state == "producing" else "no_transport"
    if message == "removeListener":
        return "unknown_listener"
    return "no_transport" if message == "resumeConsumer" else "ok"


def combinations():
    for state in STATES:
        for role in ROLES:
            if state == "no party" and role in ("host", "listener", "taken-over host"):
                continue
            if state == "host away" and role == "host":
                continue
            yield state, role


@pytest.mark.parametrize("message", MESSAGES)
def test_message(server, message):
    outcomes, wanted = {}, {}
    for state, role in combinations():
        outcomes[state, role] = outcome(server, message, role, state)
        wanted[state, role] = expected(message, role, state)
    assert outcomes == wanted


def outcome(server, message, role, state):
    with contextlib.ExitStack() as stack:
        def socket():
            return stack.enter_context(server.socket())

        former_host, former_listener, listener = socket(), socket(), socket()
        former_host.host()
        former_listener.join()
        former_host.request("endSession")
        host, taken_over = socket(), socket()
        if state != "no party":
            key = taken_over.host()["hostKey"]
            host.host(hostKey=key)
            if state == "producing":
                host.request("createProducerTransport")
                host.request("produce", **MESSAGES["produce"])
            listener.join()
            if state == "host away":
                host.close()
                listener.expect("hostAway")
        subject = {"stranger": socket, "former host": lambda: former_host, "former listener": lambda: former_listener,
                   "taken-over host": lambda: taken_over, "host": lambda: host, "listener": lambda: listener}[role]()
        try:
            return ask(subject, message)
        finally:
            # Nothing is left for the next one.
            for socket in (host, subject):
                with contextlib.suppress(Exception):
                    socket.request("endSession")
            if server.status()["active"]:
                with server.socket() as cleaner, contextlib.suppress(Refused):
                    cleaner.host(hostKey=key)
                    cleaner.request("endSession")


def ask(socket, message):
    """Its outcome; what has no reply is known by the order of replies."""
    socket.send(message, requestId="asked", **MESSAGES[message])
    socket.send("bogus", requestId="after")
    result = "ok"
    while True:
        reply = socket.read()
        if reply.get("requestId") == "asked" and reply["type"] == "error":
            result = reply["code"]
        if reply.get("requestId") == "after":
            return result
