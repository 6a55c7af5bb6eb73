"""Real WebRTC peers that others wrote: aiortc by SDP, and pymediasoup, a mediasoup client, unmodified. Hosts send a different tone in each
ear; listeners measure both ears."""

import asyncio
import fractions
import time

import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler
from pymediasoup import AiortcHandler, Device
from pymediasoup.models.transport import DtlsParameters
from pymediasoup.rtp_parameters import RtpCapabilities, RtpParameters

RATE = 48_000
SAMPLES = 960
LEFT, RIGHT = 440, 1_000


class Tones(MediaStreamTrack):
    """20 ms frames of two tones, one in each ear, in real time."""

    kind = "audio"

    def __init__(self, left=LEFT, right=RIGHT):
        super().__init__()
        self.frequencies = (left, right)
        self.sent = 0
        self.start = None

    async def recv(self):
        if self.readyState != "live":
            raise MediaStreamError
        self.start = self.start or time.monotonic()
        await asyncio.sleep(max(0, self.start + self.sent / RATE - time.monotonic()))
        t = (self.sent + numpy.arange(SAMPLES)) / RATE
        ears = [0.4 * numpy.sin(2 * numpy.pi * frequency * t) if frequency else 0 * t for frequency in self.frequencies]
        samples = (numpy.stack(ears, axis=1) * 32_767).astype(numpy.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.sent, fractions.Fraction(1, RATE)
        self.sent += SAMPLES
        return frame


class Ears:
    """Collects what a track brings."""

    def __init__(self, track):
        self.track = track
        self.frames = []
        self.resampler = AudioResampler(format="s16", layout="stereo", rate=RATE)
        self.task = asyncio.ensure_future(self._listen())

    async def _listen(self):
        try:
            while True:
                for frame in self.resampler.resample(await self.track.recv()):
                    self.frames.append(frame.to_ndarray().reshape(-1, 2))
        except MediaStreamError:
            pass

    async def hear(self, seconds=1.0, timeout=20):
        """Level in dB of each tone in each ear over the newest `seconds`: {"left": {440: …, 1000: …}, "right": …}."""
        self.frames.clear()
        wanted, deadline = int(seconds * RATE), time.monotonic() + timeout
        while sum(map(len, self.frames)) < wanted:
            assert time.monotonic() < deadline, "nothing is heard"
            await asyncio.sleep(0.05)
        samples = numpy.concatenate(self.frames)[-wanted:] / 32_768
        window = numpy.hanning(wanted)
        t = numpy.arange(wanted) / RATE

        def level(ear, frequency):
            amplitude = abs(numpy.sum(samples[:, ear] * window * numpy.exp(-2j * numpy.pi * frequency * t))) / numpy.sum(window) * 2
            return 20 * numpy.log10(max(amplitude, 1e-6))

        return {name: {frequency: level(ear, frequency) for frequency in (LEFT, RIGHT)} for ear, name in enumerate(("left", "right"))}

    async def hear_tones(self, timeout=20):
        """Waits until both tones are there, then measures: separation in dB of (left, right)."""
        deadline = time.monotonic() + timeout
        while True:
            heard = await self.hear()
            if heard["left"][LEFT] > -20 and heard["right"][RIGHT] > -20:
                return heard["left"][LEFT] - heard["left"][RIGHT], heard["right"][RIGHT] - heard["right"][LEFT]
            assert time.monotonic() < deadline, f"the tones are not heard: {heard}"


async def received(connection):
    """Statistics of the stream that arrives: packets and losses."""
    return next(report for report in (await connection.getStats()).values() if report.type == "inbound-rtp")


async def sdp_host(socket, track):
    connection = RTCPeerConnection()
    connection.addTrack(track)
    await connection.setLocalDescription(await connection.createOffer())
    reply = await asyncio.to_thread(socket.request, "publish", sdp=connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(reply["sdp"], "answer"))
    return connection


async def sdp_listener(socket, **fields):
    connection = RTCPeerConnection()
    connection.addTransceiver("audio", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    reply = await asyncio.to_thread(socket.request, "join", sdp=connection.localDescription.sdp, **fields)
    await connection.setRemoteDescription(RTCSessionDescription(reply["sdp"], "answer"))
    connection.joined = reply
    return connection, Ears(connection.getReceivers()[0].track)


def plain(model):
    return model.model_dump(exclude_none=True, mode="json")


async def mediasoup_host(socket, track):
    """As the original's host page does it (party-protocol.md §5)."""
    created = socket.request("createSession")
    device = Device(handlerFactory=AiortcHandler.createFactory(tracks=[track]))
    await device.load(RtpCapabilities(**created["routerRtpCapabilities"]))
    options = socket.request("createProducerTransport")
    transport = device.createSendTransport(
        id=options["id"], iceParameters=options["iceParameters"], iceCandidates=options["iceCandidates"],
        dtlsParameters=DtlsParameters(**options["dtlsParameters"]), sctpParameters=None)

    @transport.on("connect")
    async def connect(dtls_parameters):
        socket.request("connectTransport", dtlsParameters=plain(dtls_parameters))

    @transport.on("produce")
    async def produce(kind, rtp_parameters, app_data):
        return socket.request("produce", kind=kind, rtpParameters=plain(rtp_parameters))["producerId"]

    transport.producer = await transport.produce(track=track)
    return transport


async def mediasoup_listener(socket):
    joined = socket.request("join")
    device = Device(handlerFactory=AiortcHandler.createFactory())
    await device.load(RtpCapabilities(**joined["routerRtpCapabilities"]))
    options = socket.request("createConsumerTransport")
    transport = device.createRecvTransport(
        id=options["id"], iceParameters=options["iceParameters"], iceCandidates=options["iceCandidates"],
        dtlsParameters=DtlsParameters(**options["dtlsParameters"]), sctpParameters=None)

    @transport.on("connect")
    async def connect(dtls_parameters):
        socket.request("connectTransport", dtlsParameters=plain(dtls_parameters))

    consumed = socket.request("consume", rtpCapabilities=plain(device.rtpCapabilities))
    transport.consumer = await transport.consume(
        id=consumed["consumerId"], producerId=consumed["producerId"], kind=consumed["kind"],
        rtpParameters=RtpParameters(**consumed["rtpParameters"]))
    socket.request("resumeConsumer")
    return transport, Ears(transport.consumer.track)
