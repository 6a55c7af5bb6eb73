/// `SignalingMessage` and `PartyCover` seen from outside of its module.
import Foundation
import WebRTC

/// Decodes one message, and checks the bounds that everything behind the decoder relies on.
public func readSignalingMessage(_ text: String) {
    let request = SignalingRequest(text)
    if let id = request.requestId { precondition((try? JSONEncoder().encode(id)) != nil, "a requestId that cannot be sent back") }
    guard case .success(let message) = request.message else { return }
    switch message {
    case .nowPlaying(let track, _):
        for text in [track.id, track.title, track.artist, track.releaseTitle] {
            precondition(text.utf8.count <= PartyTrack.maximumTextBytes, "a text without bounds")
        }
        precondition((0...315_360_000).contains(track.duration), "a duration beyond all reason")
        precondition((try? JSONEncoder().encode(track)) != nil, "a track that cannot be sent on")
    case .position(let currentTime, let duration):
        for seconds in [currentTime, duration].compactMap(\.self) {
            precondition((0...315_360_000).contains(seconds), "a position beyond all reason")
        }
    case .connectTransport(let parameters): _ = parameters.remotePeer
    case .produce(let parameters): _ = try? ProducerParameters(parameters)
    case .consume(let capabilities): _ = try? ConsumerParameters(capabilities, ssrc: 7, mid: "0")
    case .publish(let sdp), .join(let sdp?, _): precondition(sdp.utf8.count <= 32 * 1_024, "a description without bounds")
    default: break
    }
}

/// Looks at what a host says is a picture.
public func checkCover(_ bytes: UnsafeRawBufferPointer) {
    guard let cover = PartyCover(Data(bytes)) else { return }
    precondition(cover.jpeg.count <= PartyCover.maximumBytes && cover.hash.utf8.count == 32, "a cover without bounds")
    precondition(cover.jpeg.starts(with: [0xFF, 0xD8]) && cover.jpeg.suffix(2) == Data([0xFF, 0xD9]), "a cover that is no JPEG")
}
