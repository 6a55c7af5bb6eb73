import Testing

@testable import Party

@Suite struct ListenerHistoryTests {
    @Test func aLongPartyFitsAndKeepsItsPeaks() {
        var history = ListenerHistory()
        for second in 0..<20_000 { history.record(seconds: second, listeners: second == 7_777 ? 500 : 3) }
        #expect(history.points.count <= ListenerHistory.maximumPoints)
        #expect(history.points.count > ListenerHistory.maximumPoints / 3)
        #expect(history.points.map(\.listeners).max() == 500)
        let steps = Set(zip(history.points, history.points.dropFirst()).map { $1.seconds - $0.seconds })
        #expect(steps.count == 1, "evenly thinned")
        #expect(history.points.first?.seconds == 0)
    }

    @Test func aShortOneHasEverySecond() {
        var history = ListenerHistory()
        for second in 0..<10 { history.record(seconds: second, listeners: second) }
        #expect(history.points.map(\.listeners) == Array(0..<10))
        // A clock that stands still adds nothing.
        history.record(seconds: 9, listeners: 20)
        #expect(history.points.count == 10 && history.points.last?.listeners == 20)
    }
}
