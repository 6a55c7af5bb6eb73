/// The container: what was written is read, and whatever was not is refused without a trap.
import Testing

@testable import Transfer

@Suite struct ArchiveTests {
    private let sample: [(String, [UInt8])] = [
        ("manifest.json", Array("{}".utf8)), ("rows/Genre/000001.tsv", Array("g1\tDub\n".utf8)),
        ("pictures/artists/\(String(repeating: "ä", count: 60)).jpg", Array(0...255)), ("empty", []),
        ("block", Array(repeating: 7, count: 512)),
    ]

    @Test(arguments: [1, 7, 511, 512, 513, Int.max]) func roundTrip(pieceBytes: Int) throws {
        let read = try files(in: archive(sample), pieceBytes: pieceBytes)
        #expect(read.map(\.0) == sample.map(\.0))
        #expect(read.map(\.1) == sample.map(\.1))
    }

    @Test func largeContentPassesThroughInPieces() throws {
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        var tar = TarReader(GzipReader(Memory(try archive([("large", content)]))))
        let file = try #require(try tar.next())
        #expect(file == TarReader.File(name: "large", size: content.count))
        var read: [UInt8] = []
        while case let piece = try tar.readContent(), !piece.isEmpty {
            #expect(piece.count <= 256 << 10)
            read += piece
        }
        #expect(read == content)
        #expect(try tar.next() == nil)
    }

    @Test func everyTruncationIsRefused() throws {
        let whole = try archive(sample)
        for count in 0..<whole.count {
            #expect(throws: TransferError.self) { try files(in: Array(whole[..<count])) }
        }
    }

    /// Deflate has several ways to say the same thing: a change that changes nothing of the content may pass, and no other.
    @Test func noChangedByteChangesTheContent() throws {
        let whole = try archive(sample)
        var refused = 0
        for index in whole.indices {
            for bit: UInt8 in [1, 0x10, 0x80] {
                var altered = whole
                altered[index] ^= bit
                do {
                    let read = try files(in: altered)
                    #expect(read.map(\.0) == sample.map(\.0) && read.map(\.1) == sample.map(\.1), "byte \(index)")
                } catch is TransferError {
                    refused += 1
                }
            }
        }
        #expect(refused > whole.count * 2)
    }

    @Test func nothingMayFollow() throws {
        let whole = try archive(sample)
        #expect(throws: TransferError.damaged("something follows its end")) { try files(in: whole + [0]) }
        #expect(throws: TransferError.damaged("something follows its end")) { try files(in: whole + whole) }
        let tar = Memory()
        var writer = TarWriter(tar, time: 0)
        try writer.add("a", [1])
        try writer.finish()
        #expect(throws: TransferError.damaged("something follows its end")) { try files(in: gzipped(tar.bytes + [0])) }
    }

    /// The tar is changed, and gzip's checksum is right.
    @Test func everyChangedByteOfAHeaderIsRefused() throws {
        let tar = Memory()
        var writer = TarWriter(tar, time: 0)
        try writer.add("name", Array("content".utf8))
        try writer.finish()
        for index in 0..<512 {
            var altered = tar.bytes
            altered[index] ^= 1
            let packed = try gzipped(altered)
            #expect(throws: TransferError.self, "byte \(index)") { try files(in: packed) }
        }
    }

    @Test(arguments: [UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "5"), UInt8(ascii: "6"), UInt8(ascii: "g"), 0])
    func linksFoldersAndDevicesAreRefused(type: UInt8) throws {
        let tar = Memory()
        var writer = TarWriter(tar, time: 0)
        try writer.add("name", [])
        try writer.finish()
        let checksum = tar.bytes[..<512].enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        tar.bytes[156] = type
        let changed = String(checksum - 48 + Int(type), radix: 8)
        tar.bytes.replaceSubrange(148..<154, with: Array((String(repeating: "0", count: 6 - changed.count) + changed).utf8))
        #expect(throws: TransferError.damaged("it holds something that is not a file")) { try files(in: gzipped(tar.bytes)) }
    }

    @Test func hostileSizesEndTheFile() throws {
        for size in [1 << 33 - 1, 1 << 20, 513] {
            let tar = Memory()
            var writer = TarWriter(tar, time: 0)
            try writer.begin("name", size: size)
            #expect(throws: TransferError.self) { try files(in: gzipped(tar.bytes)) }
        }
    }

    @Test func hostileRecordsOfNamesAreRefused() throws {
        for record in ["", "12 path=a\n", "9 path=a", "x path=a\n", "10 size=9\n", "99999999999999999999 path=a\n", "-1 path=a\n"] {
            let tar = Memory()
            var writer = TarWriter(tar, time: 0)
            // A long name makes a record, whose content is then replaced.
            try writer.add(String(repeating: "n", count: 200), [])
            try writer.finish()
            let content = Array(record.utf8) + Array(repeating: UInt8(ascii: "\n"), count: 512 - record.utf8.count)
            tar.bytes.replaceSubrange(512..<1024, with: content)
            #expect(throws: TransferError.self, "\(record)") { try files(in: gzipped(tar.bytes)) }
        }
    }

    @Test func bombIsRefused() throws {
        // 300 MB of nothing in some hundred kilobytes.
        let memory = Memory()
        let gzip = GzipWriter(memory)
        let nothing = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<300 { try gzip.write(nothing) }
        try gzip.finish()
        let reader = GzipReader(Memory(memory.bytes))
        #expect(throws: TransferError.damaged("it unpacks to far more than a catalog could")) {
            while try !reader.read(atMost: 1 << 20).isEmpty {}
        }
    }

    @Test func otherFilesAreNoCatalogs() throws {
        for bytes in [
            [], Array("PGDMP".utf8), Array(repeating: 0, count: 4_096), [0x1f, 0x8b], [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 65, 0],
        ] {
            #expect(throws: TransferError.unsupported("the file is not one that `dmp export` has written")) { try files(in: bytes) }
        }
    }
}
