/// What a listener of party-load counts: a generator that sees no loss would be no witness.
import Testing

@testable import party_load

@Suite struct ReceptionTests {
    private let begin = ContinuousClock.now
    private var reception = Reception()

    private mutating func receive(_ numbers: [UInt16], after milliseconds: Int = 0) {
        for number in numbers {
            let moment = Moment(instant: begin + .milliseconds(milliseconds), nanoseconds: UInt64(milliseconds) * 1_000_000)
            _ = reception.receive(number, timestamp: UInt32(number) * 960, at: moment)
        }
    }

    @Test mutating func nothingIsMissingAcrossTheWrap() {
        receive([65_534, 65_535, 0, 1])
        #expect(reception.counters.received == 4)
        #expect(reception.counters.gaps == 0)
        #expect(reception.counters.wraps == 1)
        #expect(reception.highest == 65_537)
    }

    @Test mutating func whatIsMissingIsAskedForAndRepairedAcrossTheWrap() {
        receive([65_534, 1])
        #expect(reception.requests(at: begin) == [65_535, 0])
        #expect(reception.requests(at: begin + .milliseconds(10)) == [])
        #expect(reception.requests(at: begin + .milliseconds(40)) == [65_535, 0])
        receive([0, 65_535, 0])
        #expect(reception.requests(at: begin + .milliseconds(80)) == [])
        #expect(reception.counters.received == 4)
        #expect((reception.counters.gaps, reception.counters.recovered, reception.counters.lost) == (2, 2, 0))
        #expect(reception.counters.duplicates == 1)
    }

    @Test mutating func whatDoesNotComeInTimeIsLost() {
        receive([10, 12])
        _ = reception.requests(at: begin + Reception.givesUp)
        #expect((reception.counters.gaps, reception.counters.recovered, reception.counters.lost) == (1, 0, 1))
    }

    @Test mutating func whatIsMissingAtTheEndIsLost() {
        receive([10, 12])
        reception.finish()
        #expect(reception.counters.lost == 1)
    }

    @Test mutating func anOutageIsLostWithoutBeingAskedFor() {
        receive([10, 1_011])
        #expect(reception.requests(at: begin) == [])
        #expect(reception.counters.lost == 1_000)
    }

    @Test mutating func reportsCountFromTheReportBefore() {
        receive([65_533, 65_534, 1, 2])
        let first = reception.report(ssrc: 7)
        #expect(first?.fractionLost == 85)
        #expect(first?.packetsLost == 2)
        #expect(first?.highestSequenceNumber == 65_538)
        receive([3, 4])
        let second = reception.report(ssrc: 7)
        #expect(second?.fractionLost == 0)
        #expect(second?.packetsLost == 2)
    }

    @Test func aPayloadIsWholeDamagedOrSomebodyElses() {
        let stamped = StampedPayload(life: 2, number: 70_000, nanoseconds: 5)
        var bytes = stamped.bytes
        #expect(bytes.count == StampedPayload.byteCount)
        #expect(StampedPayload.read(bytes[...]) == .whole(stamped))
        bytes[bytes.count - 1] ^= 1
        #expect(StampedPayload.read(bytes[...]) == .damaged)
        #expect(StampedPayload.read(bytes[..<10]) == .damaged)
        #expect(StampedPayload.read([0xFC, 1, 2]) == .foreign)
    }
}
