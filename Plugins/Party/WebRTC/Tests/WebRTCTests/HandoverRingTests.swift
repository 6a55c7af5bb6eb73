/// The queue between two media threads, with two real threads.
import Foundation
import Testing

@testable import WebRTC

@Suite struct HandoverRingTests {
    private func append(_ ring: HandoverRing<Int>, _ header: Int, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { ring.append(header, $0) }
    }

    @Test func keepsOrderAndBytesAndSaysWhenItIsFull() {
        let ring = HandoverRing<Int>(capacity: 2, slotBytes: 64)
        #expect(ring.first == nil)
        for round in 0..<5 {
            #expect(append(ring, round, [1, 2, 3]) && append(ring, round + 100, []))
            #expect(!append(ring, 7, [9]), "full")
            #expect(ring.first?.header == round && ring.first.map { Array($0.bytes) } == [1, 2, 3])
            ring.removeFirst()
            #expect(ring.first?.header == round + 100 && ring.first?.bytes.isEmpty == true)
            ring.removeFirst()
            #expect(ring.first == nil)
        }
    }

    @Test func takesNothingThatDoesNotFit() {
        let ring = HandoverRing<Int>(capacity: 2, slotBytes: 64)
        #expect(!append(ring, 1, [UInt8](repeating: 0, count: 65)) && ring.first == nil)
        #expect(append(ring, 1, [UInt8](repeating: 5, count: 64)) && ring.first?.bytes.count == 64)
    }

    @Test func twoThreadsLoseNothingAndMixNothing() async {
        let count = 20_000
        let ring = HandoverRing<Int>(capacity: 16, slotBytes: 32)
        Thread.detachNewThread {
            for number in 0..<count {
                let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 33)
                while !bytes.withUnsafeBytes({ ring.append(number, $0) }) { sched_yield() }
            }
        }
        var wrong = 0
        for number in 0..<count {
            while ring.first == nil { sched_yield() }
            guard let (header, bytes) = ring.first else { break }
            if header != number || bytes.count != number % 33 || !bytes.allSatisfy({ $0 == UInt8(truncatingIfNeeded: number) }) {
                wrong += 1
            }
            ring.removeFirst()
        }
        #expect(wrong == 0 && ring.first == nil)
    }
}
