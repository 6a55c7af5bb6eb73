/// When a listener that took RED gets redundancy, the host's or one made for it: while its own reports show that its link loses packets.
///
/// It costs the link a stream as large again. So it ends when the link is good again, and when it made matters worse, since then the link
/// is too narrow rather than bad.

struct RedundancyTrigger {
    /// Losses that begin it, and that it takes to go on.
    static let begins = 0.02, goesOn = 0.005
    /// Reports in a row below `goesOn` that end it. Browsers send one about every 5 s.
    static let goodReports = 4
    /// Where losses have grown by so much since it began, it ends, and is not tried again for so long.
    static let worse = 0.1, pause = Duration.seconds(120)

    private(set) var isOn = false
    private var lossBefore = 0.0
    private var good = 0
    private var notBefore: ContinuousClock.Instant?

    /// - Parameter loss: 0…1 of what was sent since the report before, repaired or not.
    mutating func receive(loss: Double, at now: ContinuousClock.Instant) {
        guard isOn else {
            guard loss >= Self.begins, notBefore.map({ now >= $0 }) ?? true else { return }
            isOn = true
            lossBefore = loss
            good = 0
            return
        }
        good = loss < Self.goesOn ? good + 1 : 0
        if loss > lossBefore + Self.worse {
            isOn = false
            notBefore = now + Self.pause
        } else if good >= Self.goodReports {
            isOn = false
        }
    }
}
