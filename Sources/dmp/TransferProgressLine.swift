/// Shows on standard error how far an export or import is: on a terminal in one line, elsewhere a line every ten seconds.
import Foundation
import GatewayAPI
import Synchronization
import Transfer

final class TransferProgressLine: Sendable {
    private struct State {
        var step: TransferProgress.Step?
        var stepBegan = ContinuousClock.now
        var shown: ContinuousClock.Instant?
    }

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    func show(_ progress: TransferProgress) {
        let now = ContinuousClock.now
        let text: String? = state.withLock { state in
            if state.step != progress.step {
                // The tables of an exchange are one step for the clock.
                if case .replacing = progress.step, case .replacing = state.step {} else { state.stepBegan = now }
                state.step = progress.step
                if isTerminal { state.shown = nil }
            }
            guard state.shown.map({ now - $0 >= (isTerminal ? .milliseconds(200) : .seconds(10)) }) ?? true else { return nil }
            state.shown = now
            return describe(progress, elapsed: now - state.stepBegan)
        }
        if let text { write(isTerminal ? "\r\u{1b}[K\(text)" : text + "\n") }
    }

    func finish(_ verb: String, _ summary: TransferSummary) {
        let missing = summary.missingPictures > 0 ? " (\(number(summary.missingPictures)) more are not in the image folder)" : ""
        let seconds = Self.seconds(ContinuousClock.now - began).formatted(.number.precision(.fractionLength(1)).locale(Self.locale))
        write(
            (isTerminal ? "\r\u{1b}[K" : "")
                + "\(verb) \(number(summary.artists)) artists, \(number(summary.releases)) releases, \(number(summary.tracks)) tracks and \(number(summary.pictures)) pictures\(missing): \(size(summary.bytes)) in \(seconds) s\n"
        )
    }

    private func describe(_ progress: TransferProgress, elapsed: Duration) -> String {
        let what =
            switch progress.step {
            case .writingRows: "Writing rows"
            case .writingPictures: "Writing pictures"
            case .readingRows: "Reading rows"
            case .readingPictures: "Reading pictures"
            case .replacing(let table): table.isEmpty ? "Finishing" : "Exchanging \(table)"
            }
        var text = "\(what): \(number(progress.completed)) of \(number(progress.total)), file \(size(progress.bytes))"
        let seconds = Self.seconds(elapsed)
        if progress.completed > 0, seconds > 1 {
            let rate = Double(progress.completed) / seconds
            text += ", \(number(Int(rate)))/s"
            let remaining = Double(max(0, progress.total - progress.completed)) / rate
            text += ", \(Duration.seconds(Int64(remaining.rounded(.up))).formatted(.time(pattern: .minuteSecond))) left"
        }
        return text
    }

    private static let locale = Locale(identifier: "en_US_POSIX")

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

    private func number(_ value: Int) -> String { value.formatted(.number.grouping(.automatic).locale(Locale(identifier: "en_US"))) }

    private func size(_ bytes: Int) -> String {
        (Double(bytes) / 1_000_000).formatted(.number.precision(.fractionLength(1)).locale(Self.locale)) + " MB"
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
