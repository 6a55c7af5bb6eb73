/// How many listened over the party's time, for the host's chart: a fixed number of points, whose step doubles whenever they are full.

struct ListenerHistory: Equatable, Sendable, Codable {
    static let maximumPoints = 240

    struct Point: Equatable, Sendable, Codable {
        /// Since the party's beginning. The point stands for the time up to the next one.
        var seconds: Int
        /// The most at once in that time.
        var listeners: Int
    }

    private(set) var points: [Point] = []
    private var stepSeconds = 1

    /// How far it reaches since the party's beginning.
    var seconds: Int { points.last?.seconds ?? 0 }

    /// Of one that comes from a file: whether `record` could have made it.
    var isSane: Bool {
        (1...Int(PartyTrack.maximumSeconds)).contains(stepSeconds) && points.count <= Self.maximumPoints
            && points.allSatisfy { 0...Int(PartyTrack.maximumSeconds) ~= $0.seconds && $0.listeners >= 0 }
            && zip(points, points.dropFirst()).allSatisfy { $0.seconds < $1.seconds }
    }

    /// To be called about once a second.
    mutating func record(seconds: Int, listeners: Int) {
        let seconds = seconds / stepSeconds * stepSeconds
        if let last = points.indices.last, points[last].seconds >= seconds {
            points[last].listeners = max(points[last].listeners, listeners)
            return
        }
        points.append(Point(seconds: seconds, listeners: listeners))
        while points.count > Self.maximumPoints { thin() }
    }

    private mutating func thin() {
        stepSeconds *= 2
        var thinned: [Point] = []
        for point in points {
            let seconds = point.seconds / stepSeconds * stepSeconds
            if let last = thinned.indices.last, thinned[last].seconds == seconds {
                thinned[last].listeners = max(thinned[last].listeners, point.listeners)
            } else {
                thinned.append(Point(seconds: seconds, listeners: point.listeners))
            }
        }
        points = thinned
    }
}
