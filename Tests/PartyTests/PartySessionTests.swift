import Foundation
import Testing
import WebRTC

@testable import Party

/// One party from its first minute to its last, in simulated time. The host's socket is 1.
@Suite struct PartySessionTests {
    private let start = ContinuousClock.now
    private var session: PartySession

    init() {
        session = PartySession(host: 1, limits: .init(hostGraceSeconds: 60, maximumListeners: 4, maximumListenersPerAddress: 3), now: start)
    }

    private mutating func join(_ peer: PeerID, key: String? = nil, address: String = "192.0.2.1") throws -> String {
        try session.join(peer, key: key, address: address, now: start).key
    }

    private let track = PartyTrack(
        id: "7", title: "Title", artist: "Artist", artistSlug: nil, releaseTitle: "Release", releaseId: nil, coverPath: nil, duration: 180)

    private func newTransport(isConnected: Bool = false) -> PartyTransport {
        PartyTransport(id: IceCredentials().ufrag, hasDtlsParameters: true, isConnected: isConnected)
    }

    // MARK: Roles

    @Test mutating func aSocketHasARoleOnlyThroughTheParty() throws {
        _ = try join(2)
        #expect(session.role(of: 1) == .host)
        #expect(session.role(of: 2) == .listener)
        #expect(session.role(of: 3) == .none)
    }

    @Test func everyPartyHasItsOwnSecrets() {
        let other = PartySession(host: 1, limits: PartySession.Limits(), now: start)
        #expect(session.hostKey.count == 64)
        #expect(session.hostKey != other.hostKey)
        #expect(session.id != other.id)
        #expect(session.producerId != other.producerId)
    }

    // MARK: What is playing

    @Test mutating func newcomersLearnWhatPlays() {
        #expect(
            session.nowPlaying(track, isPlaying: true, rtpTimestamp: 48_000).texts == [
                #"listeners: {"isPlaying":true,"rtpTimestamp":48000,"track":\#(trackJSON),"type":"nowPlaying"}"#
            ])
        #expect(session.currentTrack == track)
        #expect(session.isPlaying)
        #expect(session.duration == 180)
        #expect(
            session.position(currentTime: 12.5, duration: nil, rtpTimestamp: nil).texts
                == [#"listeners: {"currentTime":12.5,"duration":180,"rtpTimestamp":null,"type":"position"}"#])
        #expect(session.pause(rtpTimestamp: 5).texts == [#"listeners: {"rtpTimestamp":5,"type":"pause"}"#])
        #expect(!session.isPlaying)
        #expect(session.resume(rtpTimestamp: 6).texts == [#"listeners: {"rtpTimestamp":6,"type":"resume"}"#])
        #expect(session.isPlaying)
        let status = PartyStatus(session)
        #expect(status.active && status.isPlaying && status.currentTrack == track && status.currentTime == 12.5 && !status.hostAway)
    }

    private var trackJSON: String {
        #"{"artist":"Artist","artistSlug":null,"coverPath":null,"duration":180,"id":"7","releaseId":null,"releaseTitle":"Release","title":"Title"}"#
    }

    @Test mutating func aPausedHostStaysPaused() {
        // The original's listeners would start to play at a nowPlaying, so they are told to pause.
        let effects = session.nowPlaying(track, isPlaying: false, rtpTimestamp: nil).kinds
        #expect(effects == ["listeners nowPlaying", "listeners pause"])
        #expect(!session.isPlaying)
    }

    // MARK: Listeners

    @Test mutating func everyListenerCountsOnce() throws {
        let key = try join(2)
        #expect(try join(2) == key)
        #expect(session.listenerCount == 1)
        #expect(try join(3) != key)
        #expect(session.listenerCount == 2)
        #expect(session.disconnected(3, now: start).kinds == ["count"])
        #expect(session.listenerCount == 1)
    }

    @Test mutating func aReturningListenerIsTheSameOne() throws {
        let key = try join(2)
        let transport = newTransport()
        #expect(session.add(transport, for: 2).isEmpty)
        _ = session.disconnected(2, now: start)
        #expect(session.timePassed(now: start + .seconds(9)).isEmpty)
        #expect(try join(3, key: key) == key)
        #expect(session.listenerCount == 1)
        // Its sound never stopped.
        #expect(session.transport(of: 3) == transport)
        #expect(session.timePassed(now: start + .seconds(60)).isEmpty)
    }

    @Test mutating func aKeyMovesToItsNewSocket() throws {
        let key = try join(2)
        let (same, effects) = try session.join(3, key: key, address: "198.51.100.9", now: start)
        #expect(same == key)
        #expect(effects.kinds == ["disconnect 2", "count"])
        #expect(session.role(of: 2) == .none)
        #expect(session.listenerCount == 1)
        // The old socket's end is then no news.
        #expect(session.disconnected(2, now: start).isEmpty)
        #expect(session.listenerCount == 1)
    }

    @Test mutating func aListenerThatStaysAwayIsFreed() throws {
        let key = try join(2)
        let transport = newTransport()
        _ = session.add(transport, for: 2)
        _ = session.disconnected(2, now: start)
        #expect(session.timePassed(now: start + PartySession.Limits.listenerGrace).kinds == ["close \(transport.id)"])
        // The key went with it: nobody chooses a key.
        #expect(try join(3, key: key) != key)
    }

    @Test mutating func anInventedKeyIsNotTaken() throws {
        #expect(try join(2, key: "mine") != "mine")
    }

    @Test mutating func aFullPartySaysSo() throws {
        for peer in 2...5 { _ = try join(PeerID(peer), address: "192.0.2.\(peer)") }
        #expect(throws: SignalingError(.partyFull, "The party is full")) { _ = try join(6, address: "192.0.2.6") }
        // A listener that has gone makes room at once.
        let transport = newTransport()
        _ = session.add(transport, for: 2)
        _ = session.disconnected(2, now: start)
        #expect(try session.join(6, key: nil, address: "192.0.2.6", now: start).effects.kinds == ["close \(transport.id)", "count"])
        #expect(session.listenerCount == 4)
    }

    /// Who is away keeps its place when the one who asks for it is refused all the same.
    @Test mutating func aRefusedListenerMakesNobodyLeave() throws {
        for peer in 2...4 { _ = try join(PeerID(peer)) }
        let key = try join(5, address: "192.0.2.5")
        _ = session.disconnected(5, now: start)
        #expect(throws: SignalingError(.partyFull, "The party is full")) { _ = try join(6) }
        #expect(try join(5, key: key, address: "192.0.2.5") == key)
        // Of its own address it may take the place.
        _ = session.disconnected(2, now: start)
        #expect(try session.join(6, key: nil, address: "192.0.2.1", now: start).effects.kinds == ["count"])
    }

    @Test mutating func oneAddressTakesOnlyItsShare() throws {
        for peer in 2...4 { _ = try join(PeerID(peer)) }
        #expect(throws: SignalingError.self) { _ = try join(5) }
        _ = try join(5, address: "192.0.2.5")
        _ = session.disconnected(2, now: start)
        _ = session.timePassed(now: start + .seconds(10))
        _ = try join(6)
    }

    @Test mutating func aListenerHasOneTransport() throws {
        _ = try join(2)
        let first = newTransport()
        let second = newTransport()
        #expect(session.add(first, for: 2).isEmpty)
        #expect(session.add(second, for: 2).kinds == ["close \(first.id)"])
        #expect(session.transport(of: 2) == second)
        // What the media thread reports of the old one comes too late.
        #expect(session.transportClosed(first.id, reason: "x").isEmpty)
        #expect(session.transport(of: 2) == second)
        #expect(session.transportClosed(second.id, reason: "consent_expired").kinds == ["2 transportClosed"])
        #expect(session.transport(of: 2) == nil)
        #expect(session.role(of: 2) == .listener)
    }

    // MARK: What the host sees and does

    @Test mutating func aRemovedListenerGoesAndABannedOneStaysAway() throws {
        let key = try join(2)
        let transport = newTransport()
        _ = session.add(transport, for: 2)
        let id = try #require(session.newestListeners(now: start).first?.id)
        #expect(id != key)
        #expect(
            try session.removeListener(id: id, ban: false).kinds == ["2 removed", "disconnect 2", "close \(transport.id)", "count"])
        #expect(session.role(of: 2) == .none && session.listenerCount == 0)
        #expect(throws: SignalingError.unknownListener) { _ = try session.removeListener(id: id, ban: false) }
        let again = try join(3, address: "198.51.100.3")
        let other = try #require(session.newestListeners(now: start).first?.id)
        _ = try session.removeListener(id: other, ban: true)
        #expect(throws: SignalingError.banned) { _ = try join(4, address: "198.51.100.3") }
        #expect(throws: SignalingError.banned) { _ = try join(5, key: again, address: "198.51.100.9") }
        _ = try join(6, address: "198.51.100.9")
    }

    @Test mutating func listenersAreCountedOverTime() throws {
        _ = try join(2)
        _ = try join(3)
        _ = session.disconnected(3, now: start)
        _ = session.timePassed(now: start + .seconds(20))
        _ = try join(4)
        #expect((session.peakListeners, session.totalListeners, session.listenerCount) == (2, 3, 2))
        #expect(session.newestListeners(now: start + .seconds(7)).map(\.seconds) == [7, 7])
        #expect(session.history.points == [.init(seconds: 20, listeners: 1)])
    }

    @Test mutating func aCoverIsForItsTrack() {
        #expect(session.coverStored(trackId: "7", coverPath: "/x").isEmpty)
        _ = session.nowPlaying(track, isPlaying: true, rtpTimestamp: nil)
        #expect(session.coverStored(trackId: "8", coverPath: "/x").isEmpty)
        #expect(session.coverStored(trackId: "7", coverPath: "/x").kinds == ["listeners cover"])
        #expect(session.currentTrack?.coverPath == "/x")
    }

    // MARK: A restart of the server

    @Test mutating func aPartyOutlivesTheServer() throws {
        _ = session.nowPlaying(track, isPlaying: true, rtpTimestamp: nil)
        let json = try JSONEncoder().encode(session.kept(hostLastSeen: 1_000))
        #expect(!String(decoding: json, as: UTF8.self).contains(session.hostKey))
        var restored = PartySession(try KeptParty(json: json), limits: .init(hostGraceSeconds: 60), now: start)
        #expect(restored.id == session.id && restored.currentTrack == track && restored.isPlaying && restored.isHostAway)
        #expect(restored.graceSeconds(now: start) == 60)
        #expect(restored.hostKey != session.hostKey)
        #expect(restored.isHostKey(session.hostKey) && !restored.isHostKey(randomHex(bytes: 32)))
        #expect(restored.hostArrived(9, shownKey: session.hostKey).kinds == ["listeners hostBack"])
        #expect(restored.hostKey == session.hostKey)
        var unclaimed = PartySession(try KeptParty(json: json), limits: .init(hostGraceSeconds: 60), now: start)
        #expect(unclaimed.timePassed(now: start + .seconds(60)).kinds == ["listeners sessionEnded", "end"])
    }

    @Test mutating func whoListenedIsKept() throws {
        for peer in 2...3 as ClosedRange<PeerID> { _ = try join(peer) }
        for second in 0...99 { _ = session.timePassed(now: start + .seconds(second)) }
        let kept = try KeptParty(json: try JSONEncoder().encode(session.kept(hostLastSeen: 1_000)))
        var restored = PartySession(kept, limits: .init(hostGraceSeconds: 60), now: start)
        #expect(restored.peakListeners == 2 && restored.totalListeners == 2 && restored.history == session.history)
        _ = try restored.join(9, key: nil, address: "192.0.2.1", now: start)
        #expect(restored.totalListeners == 3 && restored.peakListeners == 2)
        _ = restored.timePassed(now: start + .seconds(1))
        #expect(restored.history.points.last == .init(seconds: 100, listeners: 1))
        // A file of an earlier version knows nothing of it.
        var earlier = kept
        earlier.attendance = nil
        let json = try JSONEncoder().encode(earlier)
        #expect(PartySession(try KeptParty(json: json), limits: .init(), now: start).totalListeners == 0)
    }

    @Test func anOldPartyIsOver() throws {
        let kept = session.kept(hostLastSeen: 100_000)
        #expect(!kept.isOver(now: 100_060, graceSeconds: 60))
        #expect(kept.isOver(now: 100_071, graceSeconds: 60))
        #expect(kept.isOver(now: 99_000, graceSeconds: 60), "a clock that was set back")
    }

    // MARK: Host

    @Test mutating func aLostHostIsWaitedFor() throws {
        _ = try join(2)
        let transport = newTransport(isConnected: true)
        _ = session.add(transport, for: 1)
        _ = session.produced()
        #expect(session.disconnected(1, now: start).texts == [#"listeners: {"graceSeconds":60,"type":"hostAway"}"#])
        #expect(session.isHostAway)
        #expect(session.role(of: 1) == .none)
        #expect(session.timePassed(now: start + .seconds(59)).isEmpty)
        #expect(session.hostArrived(9).kinds == ["listeners hostBack"])
        #expect(session.role(of: 9) == .host)
        #expect(session.transport(of: 9) == transport)
        #expect(session.timePassed(now: start + .seconds(600)).isEmpty)
    }

    @Test mutating func thePartyEndsWithoutItsHost() throws {
        _ = try join(2)
        _ = session.disconnected(1, now: start)
        #expect(session.timePassed(now: start + .seconds(60)).kinds == ["listeners sessionEnded", "end"])
    }

    @Test mutating func aTakenOverHostIsHeardNoMore() throws {
        _ = try join(2)
        let transport = newTransport(isConnected: true)
        _ = session.add(transport, for: 1)
        let (id, producerId, key) = (session.id, session.producerId, session.hostKey)
        #expect(session.hostArrived(9).kinds == ["1 takenOver", "close \(transport.id)"])
        #expect(session.role(of: 1) == .none)
        #expect(session.role(of: 9) == .host)
        #expect((session.id, session.producerId, session.hostKey) == (id, producerId, key))
        // Its socket's end does not touch the party of the new one.
        #expect(session.disconnected(1, now: start).isEmpty)
        #expect(!session.isHostAway)
    }

    @Test mutating func theHostMayAskAgain() {
        #expect(session.hostArrived(1).isEmpty)
        #expect(session.role(of: 1) == .host)
    }

    @Test mutating func aHostsSoundGoesOnUntilTheNextOneCarries() {
        let first = newTransport()
        _ = session.add(first, for: 1)
        session.transportConnected(first.id)
        let second = newTransport()
        #expect(session.add(second, for: 1).isEmpty)
        #expect(session.transport(of: 1) == second)
        // A third attempt: the second never came to anything.
        let third = newTransport()
        #expect(session.add(third, for: 1).kinds == ["close \(second.id)"])
        // The media thread closes the first when the third is heard: that is no news.
        #expect(session.transportClosed(first.id, reason: "replaced").isEmpty)
        #expect(session.transport(of: 1) == third)
        #expect(session.transportClosed(third.id, reason: "consent_expired").kinds == ["1 transportClosed"])
        #expect(session.transport(of: 1) == nil)
    }

    @Test mutating func aProducerIsAnnounced() throws {
        #expect(!session.hasProducer)
        #expect(session.produced().kinds == ["listeners producerAvailable"])
        #expect(session.hasProducer)
    }

    @Test mutating func aTransportForNobodyIsClosed() {
        let transport = newTransport()
        #expect(session.add(transport, for: 77).kinds == ["close \(transport.id)"])
    }
}

extension [PartySession.Effect] {
    /// With whole messages.
    var texts: [String] {
        map {
            switch $0 {
            case .tell(let peer, let message): "\(peer): \(message.json())"
            case .tellListeners(let message): "listeners: \(message.json())"
            default: "\($0)"
            }
        }
    }

    /// In a word or two.
    var kinds: [String] {
        func name(_ message: ServerMessage) -> String { String("\(message)".prefix { $0 != "(" }) }
        return map {
            switch $0 {
            case .tell(let peer, let message): "\(peer) \(name(message))"
            case .tellListeners(let message): "listeners \(name(message))"
            case .listenerCountChanged: "count"
            case .closeTransport(let id): "close \(id)"
            case .disconnect(let peer, _): "disconnect \(peer)"
            case .end: "end"
            }
        }
    }
}
