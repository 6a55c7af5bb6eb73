/// Bytes in memory in place of files, and catalog files made by hand.
@testable import Transfer

final class Memory: ByteSource, ByteSink {
    var bytes: [UInt8]
    /// Bytes that a reader gets at a time: real pipes give what they have.
    private let pieceBytes: Int
    private var position = 0

    init(_ bytes: [UInt8] = [], pieceBytes: Int = .max) {
        self.bytes = bytes
        self.pieceBytes = pieceBytes
    }

    func read(atMost count: Int) throws -> [UInt8] {
        let piece = Array(bytes[position...].prefix(min(count, pieceBytes)))
        position += piece.count
        return piece
    }

    func write(_ piece: UnsafeRawBufferPointer) throws { bytes.append(contentsOf: piece) }
}

/// A gzipped tar of these files.
func archive(_ files: [(String, [UInt8])]) throws -> [UInt8] {
    let memory = Memory()
    let gzip = GzipWriter(memory)
    var tar = TarWriter(gzip, time: 1_700_000_000)
    for (name, content) in files { try tar.add(name, content) }
    try tar.finish()
    try gzip.finish()
    return memory.bytes
}

func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    let memory = Memory()
    let gzip = GzipWriter(memory)
    try gzip.write(bytes)
    try gzip.finish()
    return memory.bytes
}

/// Every file in it, to the last byte.
func files(in archive: [UInt8], pieceBytes: Int = .max) throws -> [(String, [UInt8])] {
    var tar = TarReader(GzipReader(Memory(archive, pieceBytes: pieceBytes)))
    var files: [(String, [UInt8])] = []
    while let file = try tar.next() { files.append((file.name, try tar.readContent(of: file, atMost: 1 << 20))) }
    return files
}
