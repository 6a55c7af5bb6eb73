/// What of a party outlives the server: `party.json` in `DMP_DATA_DIR`. After a restart the party is there again and waits for its host;
/// listeners' keys are gone, and they join anew by themselves.
import Foundation
import GatewayAPI
import WebRTC

/// The content of the file. The host's key itself is never on the disk.
struct KeptParty: Equatable, Sendable, Codable {
    static let maximumBytes = 256 << 10

    var id: String
    /// Hexadecimal SHA-256.
    var hostKeyHash: String
    /// When the host was last known to be there, to ten seconds, since 1970.
    var hostLastSeen: Int
    var currentTrack: PartyTrack?
    var isPlaying: Bool
    var currentTime: Double
    var duration: Double
    /// Networks that may not come back.
    var banned: [String]
    /// Nil in a file of an earlier version.
    var attendance: Attendance?

    /// How many have listened.
    struct Attendance: Equatable, Sendable, Codable {
        var peak: Int
        var total: Int
        var history: ListenerHistory
    }
}

extension KeptParty {
    /// Where `hostLastSeen` is written anew, a party whose host does nothing costs a write in that time and no more.
    static let lastSeenStep = 10

    /// What the file says is checked like a message from outside: someone may have edited it, or a full disk cut it short.
    init(json: Data) throws {
        self = try JSONDecoder().decode(KeptParty.self, from: json)
        let isHex: (UInt8) -> Bool = { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard id.utf8.count == 36, id.utf8.allSatisfy({ isHex($0) || $0 == UInt8(ascii: "-") }), hostKeyHash.utf8.count == 64,
            hostKeyHash.utf8.allSatisfy(isHex), (0...PartyTrack.maximumSeconds).contains(currentTime),
            (0...PartyTrack.maximumSeconds).contains(duration), banned.count <= PartySession.Limits.maximumBans,
            attendance.map(\.isSane) ?? true
        else { throw PartyFileError.odd }
    }

    /// Whether the party would have ended meanwhile. A clock that was set back makes it neither younger nor immortal.
    func isOver(now: Int, graceSeconds: Int) -> Bool {
        now.subtractingReportingOverflow(hostLastSeen).partialValue.magnitude > UInt(graceSeconds + Self.lastSeenStep)
    }
}

extension KeptParty.Attendance {
    fileprivate var isSane: Bool {
        (0...1_000_000_000).contains(peak) && (peak...1_000_000_000).contains(total) && history.isSane
    }
}

enum PartyFileError: Error {
    case odd
    case tooLarge
    case system(Int32)
}

/// Writes on a thread of its own pool, the newest state only and at most once a second.
final class PartyFile: Sendable {
    static let interval: Duration = .seconds(1)

    private let path: String
    private let logger: Logger
    private let states: AsyncStream<KeptParty?>
    private let newest: AsyncStream<KeptParty?>.Continuation

    init(directory: String, logger: Logger) {
        path = directory + "/party.json"
        self.logger = logger
        (states, newest) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Never waits.
    ///
    /// - Parameter party: nil when there is none any more.
    func keep(_ party: KeptParty?) { newest.yield(party) }

    /// Until the task is cancelled. What was to be kept by then is kept: else a party that ended in the last second would be there again.
    func run() async {
        for await party in states {
            do {
                // In a task that no cancellation reaches, since the pool does nothing for one that is cancelled.
                try await Task { try await NIOThreadPool.singleton.runIfActive { try self.write(party) } }.value
            } catch {
                logger.warning("party cannot be kept over a restart", metadata: ["path": "\(path)", "reason": "\(error)"])
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Blocks. The file is there in full or as it was before.
    private func write(_ party: KeptParty?) throws {
        guard let party else {
            guard unlink(path) == 0 || errno == ENOENT else { throw PartyFileError.system(errno) }
            return
        }
        let json = try JSONEncoder().encode(party)
        let unfinished = path + ".new"
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PartyFileError.system(errno) }
        let written = json.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let problem = errno
        close(descriptor)
        guard written == json.count else { throw PartyFileError.system(problem) }
        guard rename(unfinished, path) == 0 else { throw PartyFileError.system(errno) }
    }

    /// Blocks, for a file of ours a moment. An odd file is reported, and left for its owner to look at until the next party replaces it.
    ///
    /// - Returns: nil when there is no party to go on with.
    func read(graceSeconds: Int) -> KeptParty? {
        do {
            guard let json = try bytes() else { return nil }
            let party = try KeptParty(json: json)
            guard !party.isOver(now: Int(Date().timeIntervalSince1970), graceSeconds: graceSeconds) else { return nil }
            return party
        } catch {
            logger.warning("party.json is not as we write it, and is ignored", metadata: ["path": "\(path)"])
            return nil
        }
    }

    /// - Returns: nil when there is no file.
    private func bytes() throws -> Data? {
        // Without O_NONBLOCK the opening of a pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw PartyFileError.system(errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw PartyFileError.odd }
        guard status.st_size <= KeptParty.maximumBytes else { throw PartyFileError.tooLarge }
        var json = Data(count: Int(status.st_size))
        let count = json.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw PartyFileError.system(errno) }
        return json.prefix(count)
    }
}
