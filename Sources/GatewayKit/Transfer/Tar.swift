/// The tar format (POSIX.1-2017, pax Interchange Format): plain files with names and sizes, and for names over 100 bytes a pax `path`
/// record. Links, folders, devices and everything else are not written, and refused when read.

private let blockBytes = 512
private let zeros = [UInt8](repeating: 0, count: blockBytes)
private let regularFile = UInt8(ascii: "0")
private let paxHeader = UInt8(ascii: "x")

struct TarWriter {
    private static let nameBytes = 100

    private let sink: any ByteSink
    /// Of every file, in seconds since 1970.
    private let time: Int
    private var padding = 0

    init(_ sink: any ByteSink, time: Int) {
        self.sink = sink
        self.time = time
    }

    /// A whole file.
    mutating func add(_ name: String, _ content: [UInt8]) throws {
        try begin(name, size: content.count)
        try write(content)
        try finishFile()
    }

    /// `size` bytes have to follow with `write`, then `finishFile`.
    mutating func begin(_ name: String, size: Int) throws {
        if name.utf8.count > Self.nameBytes {
            let record = Self.paxRecord("path", name)
            try write(header("pax", size: record.count, type: paxHeader))
            try write(record + zeros.prefix(Self.padding(of: record.count)))
        }
        // A name that is too long stands in the record alone: cut off, it might end within a character.
        try write(header(name.utf8.count > Self.nameBytes ? "pax" : name, size: size, type: regularFile))
        padding = Self.padding(of: size)
    }

    func write(_ bytes: [UInt8]) throws { try sink.write(bytes) }

    func finishFile() throws { try write(Array(zeros.prefix(padding))) }

    func finish() throws { try write(zeros + zeros) }

    private static func padding(of size: Int) -> Int { (blockBytes - size % blockBytes) % blockBytes }

    /// `length keyword=value\n`, where the length counts its own digits.
    private static func paxRecord(_ keyword: String, _ value: String) -> [UInt8] {
        let rest = " \(keyword)=\(value)\n".utf8.count
        var length = rest
        while String(length).utf8.count + rest != length { length = String(length).utf8.count + rest }
        return Array("\(length) \(keyword)=\(value)\n".utf8)
    }

    private func header(_ name: String, size: Int, type: UInt8) -> [UInt8] {
        func octal(_ value: Int, digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8) + [0]
        }
        var block = zeros
        func put(_ bytes: some Collection<UInt8>, at offset: Int) { block.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        put(name.utf8.prefix(Self.nameBytes), at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(time, digits: 11), at: 136)
        put(Array("        ".utf8), at: 148)
        put([type], at: 156)
        put(Array("ustar\u{0}00".utf8), at: 257)
        put(octal(TarHeader.checksum(block), digits: 6) + Array(" ".utf8), at: 148)
        return block
    }
}

/// What a header block says.
private struct TarHeader {
    let name: String
    let size: Int
    let type: UInt8

    /// - Throws: `TransferError.damaged` for a block that our writer cannot have made.
    init(_ block: [UInt8]) throws {
        guard block.count == blockBytes, block[257..<265].elementsEqual("ustar\u{0}00".utf8) else {
            throw TransferError.damaged("a tar header is wrong")
        }
        guard block[154..<156].elementsEqual([0, 0x20]), Self.octal(block[148..<154]) == Self.checksum(block),
            let size = Self.octal(block[124..<135])
        else {
            throw TransferError.damaged("a tar header is wrong")
        }
        guard let name = String(validating: block[..<100].prefix { $0 != 0 }, as: UTF8.self) else {
            throw TransferError.damaged("a name is not UTF-8")
        }
        self.name = name
        self.size = size
        type = block[156]
    }

    /// The sum of the bytes, those of the sum itself taken as spaces.
    static func checksum(_ block: [UInt8]) -> Int {
        block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
    }

    private static func octal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - UInt8(ascii: "0")) }  // eleven digits at most: 33 bits
    }
}

/// Reads file after file; what is not asked for is never kept.
struct TarReader {
    struct File: Equatable {
        let name: String
        let size: Int
    }

    private static let maximumPaxBytes = 4 << 10
    private static let pieceBytes = 256 << 10

    private let source: any ByteSource
    private var buffer: [UInt8] = []
    private var position = 0
    private var unreadBytes = 0
    private var padding = 0

    init(_ source: any ByteSource) { self.source = source }

    /// The next file, nil at the end, behind which nothing may follow. The content of the one before has to have been read.
    mutating func next() throws -> File? {
        precondition(unreadBytes == 0, "the content is read before the next file")
        _ = try read(exactly: padding)
        padding = 0
        let block = try read(exactly: blockBytes)
        if block == zeros {
            guard try read(exactly: blockBytes) == zeros else { throw TransferError.damaged("a block is out of place") }
            guard position == buffer.count, try source.read(atMost: 1).isEmpty else {
                throw TransferError.damaged("something follows its end")
            }
            return nil
        }
        var header = try TarHeader(block)
        var name = header.name
        if header.type == paxHeader {
            guard header.size <= Self.maximumPaxBytes else { throw TransferError.damaged("a name is too long") }
            let record = try read(exactly: header.size)
            _ = try read(exactly: (blockBytes - header.size % blockBytes) % blockBytes)
            name = try Self.path(record)
            header = try TarHeader(try read(exactly: blockBytes))
        }
        guard header.type == regularFile else { throw TransferError.damaged("it holds something that is not a file") }
        unreadBytes = header.size
        padding = (blockBytes - header.size % blockBytes) % blockBytes
        return File(name: name, size: header.size)
    }

    /// The next piece of the file's content; none at its end.
    mutating func readContent() throws -> [UInt8] {
        guard unreadBytes > 0 else { return [] }
        try fill()
        let count = min(unreadBytes, buffer.count - position)
        defer { position += count }
        unreadBytes -= count
        return Array(buffer[position..<position + count])
    }

    /// The whole content of a small file.
    mutating func readContent(of file: File, atMost limit: Int) throws -> [UInt8] {
        guard file.size <= limit else { throw TransferError.damaged("\(file.name) is too large") }
        var content: [UInt8] = []
        while case let piece = try readContent(), !piece.isEmpty { content += piece }
        return content
    }

    /// The value of the one record, which has to be `path`.
    private static func path(_ record: [UInt8]) throws -> String {
        guard let text = String(validating: record, as: UTF8.self), text.last == "\n", let space = text.firstIndex(of: " "),
            Int(text[..<space]) == record.count, case let rest = text[text.index(after: space)...].dropLast(), rest.hasPrefix("path=")
        else { throw TransferError.damaged("a name is wrong") }
        return String(rest.dropFirst("path=".count))
    }

    private mutating func read(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            try fill()
            let piece = buffer[position...].prefix(count - bytes.count)
            position += piece.count
            bytes += piece
        }
        return bytes
    }

    /// At least one byte in the buffer.
    private mutating func fill() throws {
        guard position == buffer.count else { return }
        buffer = try source.read(atMost: Self.pieceBytes)
        position = 0
        guard !buffer.isEmpty else { throw TransferError.damaged("it ends too early") }
    }
}
