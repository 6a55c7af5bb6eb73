/// Finds the texts that contain another, among a million, in microseconds and in the order in which they were added. Immutable once built;
/// `SearchIndex` keeps three of them.
///
/// A database without a trigram index has to read every row for `ILIKE '%…%'`, and one that has it still reads a large part of them for
/// two letters or a common word. Here texts lie one after the other in memory, 64 to a block, and for each pair and triple of characters
/// there is a bit per block that says whether one of its texts has it. What a query is made of leaves few blocks to look into (a bit-sliced
/// signature file), and the first matches end the search.
import Glibc

struct TitleIndex: Sendable {
    private static let textsInBlock = 64
    private static let blocksInSegment = 512

    /// 32,768 texts, so that growing never copies what is there.
    private struct Segment: Sendable {
        /// Folded texts, each with a zero at its end.
        var texts: [UInt8] = []
        /// In the texts' order, each with a zero at its end.
        var ids: [UInt8] = []
        /// Where blocks start in `texts` and `ids`.
        var starts: [(text: Int32, id: Int32)] = []
        /// For each gram the blocks that have it: `words` words of 64 blocks.
        var slices = [UInt64](repeating: 0, count: Gram.count * Segment.words)
        var count = 0

        static let words = blocksInSegment / 64
    }

    private var segments: [Segment] = []

    /// Of texts.
    var count: Int { segments.reduce(0) { $0 + $1.count } }

    // MARK: Building

    /// Adds a text, which comes after those that were added before. Neither holds U+0000, which Postgres cannot store.
    mutating func add(id: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) {
        if segments.last.map({ $0.count == Self.textsInBlock * Self.blocksInSegment }) ?? true {
            if !segments.isEmpty { finish() }
            segments.append(Segment())
        }
        let last = segments.count - 1
        let block = segments[last].count / Self.textsInBlock
        if segments[last].count % Self.textsInBlock == 0 {
            segments[last].starts.append((Int32(segments[last].texts.count), Int32(segments[last].ids.count)))
        }
        let start = segments[last].texts.count
        Self.fold(text, into: &segments[last].texts)
        for index in start..<segments[last].texts.count {
            let gram = Gram(endingAt: index, from: start, in: segments[last].texts)
            if let pair = gram.pair { segments[last].slices[pair * Segment.words + block / 64] |= 1 << UInt64(block % 64) }
            if let triple = gram.triple { segments[last].slices[triple * Segment.words + block / 64] |= 1 << UInt64(block % 64) }
        }
        segments[last].texts.append(0)
        segments[last].ids.append(contentsOf: id)
        segments[last].ids.append(0)
        segments[last].count += 1
    }

    /// Gives back what the last segment's arrays have reserved in excess.
    mutating func finish() {
        guard var segment = segments.popLast() else { return }
        segment.texts = [UInt8](unsafeUninitializedCapacity: segment.texts.count) { buffer, count in
            count = buffer.initialize(fromContentsOf: segment.texts)
        }
        segment.ids = [UInt8](unsafeUninitializedCapacity: segment.ids.count) { buffer, count in
            count = buffer.initialize(fromContentsOf: segment.ids)
        }
        segments.append(segment)
    }

    // MARK: Searching

    /// The ids of the first `limit` texts that contain `text`, whatever the case of letters. All of them contain an empty one.
    func find(_ text: String, limit: Int) -> [String] {
        var found: [String] = []
        visit(text) { id in
            found.append(String(decoding: id, as: UTF8.self))
            return found.count < limit
        }
        return found
    }

    /// How many texts contain `text`, and the ids of those at the places `range` among them.
    func page(_ text: String, _ range: Range<Int>) -> (count: Int, ids: [String]) {
        var count = 0
        var ids: [String] = []
        visit(text) { id in
            if range.contains(count) { ids.append(String(decoding: id, as: UTF8.self)) }
            count += 1
            return true
        }
        return (count, ids)
    }

    /// Calls `take` with the id of each text that contains `text`, in order, until it returns false.
    private func visit(_ text: String, _ take: (Slice<UnsafeRawBufferPointer>) -> Bool) {
        var needle: [UInt8] = []
        var source = text
        source.withUTF8 { Self.fold(UnsafeRawBufferPointer($0), into: &needle) }
        guard !needle.contains(0) else { return }
        var grams: Set<Int> = []
        for index in needle.indices {
            let gram = Gram(endingAt: index, from: 0, in: needle)
            if let pair = gram.pair { grams.insert(pair) }
            if let triple = gram.triple { grams.insert(triple) }
        }
        for segment in segments {
            for word in 0..<Segment.words where word * 64 < segment.starts.count {
                var candidates = UInt64.max
                for gram in grams { candidates &= segment.slices[gram * Segment.words + word] }
                while candidates != 0 {
                    let block = word * 64 + candidates.trailingZeroBitCount
                    candidates &= candidates - 1
                    guard block < segment.starts.count else { break }
                    guard Self.visit(block, of: segment, for: needle, take) else { return }
                }
            }
        }
    }

    /// - Returns: whether to go on.
    private static func visit(
        _ block: Int, of segment: Segment, for needle: [UInt8], _ take: (Slice<UnsafeRawBufferPointer>) -> Bool
    ) -> Bool {
        let isLast = block + 1 == segment.starts.count
        let end = isLast ? segment.texts.count : Int(segment.starts[block + 1].text)
        let idEnd = isLast ? segment.ids.count : Int(segment.starts[block + 1].id)
        return segment.texts.withUnsafeBytes { texts in
            segment.ids.withUnsafeBytes { ids in
                var position = Int(segment.starts[block].text)
                var id = Int(segment.starts[block].id)
                while position < end, let hit = offset(of: needle, in: texts[position..<end]) {
                    // Texts that were passed over have their ids passed over; the text that was hit ends at the next zero.
                    while let zero = offset(of: 0, in: texts[position..<hit]) {
                        position = zero + 1
                        id = (offset(of: 0, in: ids[id..<idEnd]) ?? idEnd - 1) + 1
                    }
                    guard let zero = offset(of: 0, in: ids[id..<idEnd]) else { return true }
                    guard take(ids[id..<zero]) else { return false }
                    id = zero + 1
                    position = (offset(of: 0, in: texts[hit..<end]) ?? end - 1) + 1
                }
                return true
            }
        }
    }

    private static func offset(of needle: [UInt8], in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let first = needle.first else { return bytes.startIndex }
        var position = bytes.startIndex
        while bytes.endIndex - position >= needle.count {
            guard let start = offset(of: first, in: bytes[position..<bytes.endIndex - needle.count + 1]) else { return nil }
            if bytes[start..<start + needle.count].elementsEqual(needle) { return start }
            position = start + 1
        }
        return nil
    }

    private static func offset(of byte: UInt8, in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let buffer = UnsafeRawBufferPointer(rebasing: bytes)
        guard let base = buffer.baseAddress else { return nil }
        return memchr(base, CInt(byte), buffer.count).map { bytes.startIndex + (UnsafeRawPointer($0) - base) }
    }

    // MARK: Folding

    /// Appends `text` in lower case, scalar by scalar, so that a part of a text is folded as it is in the whole.
    private static func fold(_ text: UnsafeRawBufferPointer, into bytes: inout [UInt8]) {
        guard !text.allSatisfy({ $0 < 0x80 }) else {
            bytes.append(contentsOf: text.lazy.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 })
            return
        }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            bytes.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
        }
    }

    /// The pair and the triple of bytes that end at one place, as numbers of bits. Pairs of ASCII letters and digits have one of their own,
    /// since there is nothing else to tell apart queries of two letters.
    private struct Gram {
        static let classes = 38
        static let pairs = classes * classes
        static let count = 4096

        private(set) var pair: Int?
        private(set) var triple: Int?

        init(endingAt index: Int, from start: Int, in bytes: [UInt8]) {
            guard index > start else { return }
            pair = Self.classOf(bytes[index - 1]) * Self.classes + Self.classOf(bytes[index])
            guard index > start + 1 else { return }
            let code = UInt32(bytes[index - 2]) << 16 | UInt32(bytes[index - 1]) << 8 | UInt32(bytes[index])
            // Knuth's multiplicative hash: the high bits are the mixed ones.
            triple = Self.pairs + Int((code &* 2_654_435_761) >> 16) % (Self.count - Self.pairs)
        }

        private static func classOf(_ byte: UInt8) -> Int {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a"))
            case UInt8(ascii: "0")...UInt8(ascii: "9"): 26 + Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: " "): 36
            default: 37
            }
        }
    }
}
