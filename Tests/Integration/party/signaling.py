"""A client of /_ws for tests: one socket, requests matched by requestId, news kept until somebody asks for them."""

import itertools
import json
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


class Refused(Exception):
    """The server's `error` reply."""

    def __init__(self, reply):
        super().__init__(f"{reply['code']}: {reply['message']}")
        self.code = reply["code"]
        self.message = reply["message"]


class Socket:
    _ids = itertools.count(1)

    def __init__(self, server, origin=None, **options):
        self._connection = connect(server.websocket_url, origin=origin, open_timeout=10, **options)
        self.ws = self._connection.__enter__()
        self.news = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.ws.close()

    def abandon(self):
        """Ends the TCP connection without a closing handshake, as a lost network does once it is noticed."""
        self.ws.socket.shutdown(2)

    def send(self, type, **fields):
        self.ws.send(json.dumps({"type": type, **fields}))

    def send_raw(self, text):
        self.ws.send(text)

    def read(self, timeout=5):
        return json.loads(self.ws.recv(timeout=timeout))

    def request(self, type, **fields):
        """The reply with the same requestId; raises Refused for an error."""
        id = next(self._ids)
        self.send(type, requestId=id, **fields)
        while True:
            message = self.read()
            if message.get("requestId") == id:
                if message["type"] == "error":
                    raise Refused(message)
                return message
            self.news.append(message)

    def refusal(self, type, **fields):
        """The code of the error that a request gets; fails when it gets none."""
        try:
            reply = self.request(type, **fields)
        except Refused as refused:
            return refused.code
        raise AssertionError(f"{type} was answered with {reply['type']}")

    def expect(self, type, timeout=5):
        """The next message of that type, also one that came before."""
        for index, message in enumerate(self.news):
            if message["type"] == type:
                del self.news[: index + 1]
                return message
        self.news = []
        deadline = time.monotonic() + timeout
        while True:
            message = self.read(max(0.01, deadline - time.monotonic()))
            if message["type"] == type:
                return message

    def expect_closed(self, timeout=10):
        """The close code."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                self.read(max(0.01, deadline - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    # Whole steps

    def host(self, **fields):
        return self.request("createSession", **fields)

    def join(self, **fields):
        return self.request("join", **fields)


FINGERPRINT = {"algorithm": "sha-256", "value": ":".join(["AB"] * 32)}
DTLS = {"role": "client", "fingerprints": [FINGERPRINT]}
RTP_PARAMETERS = {
    "mid": "0",
    "codecs": [{"mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2, "parameters": {"minptime": 10, "useinbandfec": 1},
                "rtcpFeedback": [{"type": "nack", "parameter": ""}]}],
    "headerExtensions": [{"uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 4, "encrypt": False, "parameters": {}}],
    "encodings": [{"ssrc": 532052519, "dtx": False}],
    "rtcp": {"cname": "ubAtescKbbUkuomp", "reducedSize": True},
}
RTP_CAPABILITIES = {
    "codecs": [{"mimeType": "audio/opus", "kind": "audio", "preferredPayloadType": 100, "clockRate": 48000, "channels": 2,
                "parameters": {"minptime": 10, "useinbandfec": 1}, "rtcpFeedback": [{"type": "nack", "parameter": ""}]}],
    "headerExtensions": [{"kind": "audio", "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "preferredId": 1, "preferredEncrypt": False, "direction": "sendrecv"}],
}
TRACK = {"id": "7", "title": "Title", "artist": "Artist", "artistSlug": "artist", "releaseTitle": "Release", "releaseId": None,
         "coverPath": "/img/releases/r.jpg", "duration": 180}

# A JPEG of 8 by 8 grey pixels.
COVER = ("/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/"
         "wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AH//Z")


def offer(direction):
    """What Chromium offers for one audio section, shortened."""
    return "\r\n".join([
        "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed", "a=msid-semantic: WMS",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:EsAw",
        "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", "a=ice-options:trickle", "a=fingerprint:sha-256 " + FINGERPRINT["value"], "a=setup:actpass", "a=mid:0",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", f"a={direction}", "a=msid:- x",
        "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:13 CN/8000", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000", ""])
