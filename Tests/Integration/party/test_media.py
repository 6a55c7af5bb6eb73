"""Sound through the real server, from and to clients that others wrote, measured in both ears."""

import asyncio
import os
import random
import socket as sockets

import pytest

from peers import LEFT, RIGHT, Tones, mediasoup_host, mediasoup_listener, received, sdp_host, sdp_listener
from servers import wait_until
from signaling import TRACK, offer

SEPARATION = 30  # dB between the ears, at least


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 90))


async def assert_stereo(ears):
    left, right = await ears.hear_tones()
    assert left > SEPARATION and right > SEPARATION, f"left {left:.0f} dB, right {right:.0f} dB apart"


def test_mediasoup_client_hosts_and_listens(server):
    async def scenario():
        with server.socket() as host, server.socket() as listener:
            sending = await mediasoup_host(host, Tones())
            receiving, ears = await mediasoup_listener(listener)
            await assert_stereo(ears)
            statistics = await received(receiving.handler.pc)
            assert statistics.packetsLost == 0
            await receiving.close()
            await sending.close()
    run(scenario())


def test_sdp_host_and_listener(server):
    async def scenario():
        with server.socket() as host, server.socket() as listener:
            host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            assert (await received(receiving)).packetsLost == 0
            await receiving.close()
            await sending.close()
    run(scenario())


def test_both_kinds_mix(server):
    """A mediasoup host (payload type of its own) with listeners of both kinds, who are there before any sound is."""
    async def scenario():
        with server.socket() as host, server.socket() as one, server.socket() as two:
            host.host()
            first, first_ears = await sdp_listener(one)
            sending = await mediasoup_host(host, Tones())
            one.expect("producerAvailable")
            second, second_ears = await mediasoup_listener(two)
            await assert_stereo(first_ears)
            await assert_stereo(second_ears)
            for connection in (first, second, sending):
                await connection.close()
    run(scenario())


def test_news_carry_the_sounds_timestamp(server):
    async def scenario():
        with server.socket() as host, server.socket() as listener:
            host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            stamps = []
            for _ in range(3):
                host.send("position", currentTime=1, duration=2)
                stamps.append((await asyncio.to_thread(listener.expect, "position"))["rtpTimestamp"])
                await asyncio.sleep(0.5)
            host.send("nowPlaying", track=TRACK)
            stamps.append((await asyncio.to_thread(listener.expect, "nowPlaying"))["rtpTimestamp"])
            # 48 kHz, give or take a busy machine.
            steps = [(after - before) % 2**32 for before, after in zip(stamps, stamps[1:])]
            assert all(12_000 < step < 96_000 and step % 960 == 0 for step in steps), steps
            sources = receiving.getReceivers()[0].getSynchronizationSources()
            assert len(sources) == 1
            await receiving.close()
            await sending.close()
    run(scenario())


def test_an_outage_longer_than_the_grace_time(server):
    """The party is over, its keys are worth nothing, its media is closed; host and listener begin another on the sockets they have."""
    async def scenario():
        with server.socket() as listener:
            host = server.socket()
            created = host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            # Its whole network is gone: the sound stops and the socket says nothing any more.
            await sending.close()
            host.abandon()
            assert (await asyncio.to_thread(listener.expect, "hostAway"))["graceSeconds"] == 1
            await asyncio.to_thread(listener.expect, "sessionEnded")
            assert listener.refusal("restartIce", sdp=offer("recvonly")) == "no_session"
            assert not server.status()["active"]
            await asyncio.to_thread(wait_until, lambda: not (server.data_folder / "party.json").exists(), what="nothing of it is kept")
            await receiving.close()
            with server.socket() as back, server.socket() as other:
                again = back.host(hostKey=created["hostKey"])
                assert again["sessionId"] != created["sessionId"] and again["hostKey"] != created["hostKey"]
                assert other.refusal("createSession", hostKey=created["hostKey"]) == "host_key_invalid"
                sending = await sdp_host(back, Tones())
                renewed, ears = await sdp_listener(listener, listenerKey=receiving.joined["listenerKey"])
                assert renewed.joined["listenerKey"] != receiving.joined["listenerKey"]
                assert renewed.joined["sessionId"] == again["sessionId"] and renewed.joined["hostAway"] is False
                await assert_stereo(ears)
                assert server.status()["listenerCount"] == 1
                await renewed.close()
                await sending.close()
    run(scenario())


def test_a_new_host_is_heard_without_renegotiation(server):
    """Reload of the host's page: the party is taken back, and the listener's one stream goes on."""
    async def scenario():
        with server.socket() as listener:
            host = server.socket()
            created = host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            ssrc = receiving.getReceivers()[0].getSynchronizationSources()[0].source
            host.abandon()
            await asyncio.to_thread(listener.expect, "hostAway")
            await sending.close()
            with server.socket() as back:
                back.host(hostKey=created["hostKey"])
                # The ears changed places, so that the new host is known by its sound.
                again = await sdp_host(back, Tones(left=RIGHT, right=LEFT))
                for _ in range(20):
                    heard = await ears.hear(0.5)
                    if heard["left"][RIGHT] - heard["left"][LEFT] > SEPARATION and heard["right"][LEFT] - heard["right"][RIGHT] > SEPARATION:
                        break
                else:
                    raise AssertionError(f"the new host is not heard: {heard}")
                assert receiving.connectionState == "connected"
                assert [source.source for source in receiving.getReceivers()[0].getSynchronizationSources()] == [ssrc]
                await again.close()
            await receiving.close()
    run(scenario())


def test_sound_goes_on_while_the_hosts_socket_is_lost(server):
    async def scenario():
        with server.socket() as listener:
            host = server.socket()
            created = host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            host.abandon()
            await asyncio.to_thread(listener.expect, "hostAway")
            with server.socket() as back:
                back.host(hostKey=created["hostKey"])
                await asyncio.to_thread(listener.expect, "hostBack")
                await assert_stereo(ears)
                await sending.close()
            await receiving.close()
    run(scenario())


def test_a_listeners_sound_survives_its_socket(server):
    async def scenario():
        with server.socket() as host:
            listener = server.socket()
            host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            listener.abandon()
            await asyncio.sleep(1)
            with server.socket() as again:
                again.join(listenerKey=receiving.joined["listenerKey"])
                await assert_stereo(ears)
                assert server.status()["listenerCount"] == 1
                await receiving.close()
            await sending.close()
    run(scenario())


def test_a_taken_over_host_is_silent(server):
    async def scenario():
        with server.socket() as old, server.socket() as new, server.socket() as listener:
            created = old.host()
            sending = await sdp_host(old, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            new.host(hostKey=created["hostKey"])
            old.expect("takenOver")
            await asyncio.sleep(1)
            before = (await received(receiving)).packetsReceived
            await asyncio.sleep(1)
            assert (await received(receiving)).packetsReceived == before
            await receiving.close()
            await sending.close()
    run(scenario())


def test_a_wrong_fingerprint_is_never_heard(server):
    """The certificate is not the one that signalling announced: no media, and the listener is told."""
    async def scenario():
        from aiortc import RTCPeerConnection, RTCSessionDescription
        with server.socket() as host, server.socket() as listener:
            host.host()
            sending = await sdp_host(host, Tones())
            connection = RTCPeerConnection()
            connection.addTransceiver("audio", direction="recvonly")
            await connection.setLocalDescription(await connection.createOffer())
            lines = connection.localDescription.sdp.split("\r\n")
            forged = "\r\n".join("a=fingerprint:sha-256 " + ":".join(["00"] * 32) if line.startswith("a=fingerprint:") else line for line in lines)
            reply = listener.request("join", sdp=forged)
            await connection.setRemoteDescription(RTCSessionDescription(reply["sdp"], "answer"))
            closed = await asyncio.to_thread(listener.expect, "transportClosed", 20)
            assert closed["reason"] == "fingerprint_mismatch"
            await connection.close()
            await sending.close()
    run(scenario())


def garbage(chance):
    """Datagrams of every kind that the port sorts by, none of them valid."""
    kinds = [
        lambda: b"",
        lambda: os.urandom(chance.randint(1, 1_400)),
        lambda: bytes([0, 1, 0, chance.randint(0, 255)]) + b"\x21\x12\xa4\x42" + os.urandom(chance.randint(0, 200)),
        lambda: bytes([chance.randint(20, 63), 254, 253]) + os.urandom(chance.randint(0, 1_200)),
        lambda: bytes([chance.randint(128, 191), chance.randint(0, 255)]) + os.urandom(chance.randint(0, 1_300)),
        lambda: bytes([0x80, chance.randint(192, 223), 0, chance.randint(0, 9)]) + os.urandom(chance.randint(0, 100)),
        lambda: os.urandom(5_000),
    ]
    return chance.choice(kinds)()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_garbage_on_the_media_port_disturbs_nobody(server, address):
    async def scenario():
        chance = random.Random(11)
        with server.socket() as host, server.socket() as listener:
            host.host()
            sending = await sdp_host(host, Tones())
            receiving, ears = await sdp_listener(listener)
            await assert_stereo(ears)
            memory = server.resident_bytes()
            family = sockets.AF_INET6 if ":" in address else sockets.AF_INET
            with sockets.socket(family, sockets.SOCK_DGRAM) as stranger:
                stranger.bind((address, 0))
                stranger.settimeout(0.01)
                for _ in range(100):
                    for _ in range(50):
                        stranger.sendto(garbage(chance), (address, server.media_port))
                    await asyncio.sleep(0.01)
                # Strangers get no answer, so nobody can be bombarded through this port.
                with pytest.raises(TimeoutError):
                    stranger.recv(2_048)
            await assert_stereo(ears)
            assert (await received(receiving)).packetsLost == 0
            assert server.resident_bytes() - memory < 16_000_000
            await receiving.close()
            await sending.close()
    run(scenario())
