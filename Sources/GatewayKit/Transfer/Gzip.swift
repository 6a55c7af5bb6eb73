/// gzip (RFC 1952) through zlib, streamed both ways. Its CRC-32 and length cover every byte of a catalog file.
internal import CZlib

/// One member as our own writer makes it: these ten bytes, deflated data, CRC-32 and length, and nothing behind them.
private let gzipHeader: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

private let gzipWindow: CInt = 15 + 16
private let pieceBytes = 256 << 10

/// Owns a `z_stream`, which must not move: zlib's state points back at it.
private final class ZlibStream {
    let pointer: UnsafeMutablePointer<z_stream>
    private let end: (z_streamp?) -> CInt

    init(_ begin: (z_streamp) -> CInt, end: @escaping (z_streamp?) -> CInt) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: z_stream())
        self.end = end
        // With our constants only memory can be missing here.
        precondition(begin(pointer) == Z_OK, "zlib has no memory")
    }

    deinit {
        _ = end(pointer)
        pointer.deallocate()
    }
}

final class GzipWriter: ByteSink {
    /// Rows become a fifth at this level, at a speed that Postgres hardly outruns; pictures are compressed already.
    private static let level: CInt = 3

    private let sink: any ByteSink
    private var output = [UInt8](repeating: 0, count: pieceBytes)
    private let stream = ZlibStream(
        { deflateInit2_($0, level, Z_DEFLATED, gzipWindow, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) },
        end: deflateEnd)

    init(_ sink: any ByteSink) { self.sink = sink }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        // zlib does not write to its input; the C declaration lacks the const.
        stream.pointer.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointer.pointee.avail_in = UInt32(clamping: bytes.count)
        while stream.pointer.pointee.avail_in > 0 { _ = try deflatePiece(Z_NO_FLUSH) }
    }

    /// Writes what is left, and the checksum.
    func finish() throws {
        while try deflatePiece(Z_FINISH) != Z_STREAM_END {}
    }

    private func deflatePiece(_ flush: CInt) throws -> CInt {
        var status = Z_OK
        let count = output.withUnsafeMutableBufferPointer { output in
            stream.pointer.pointee.next_out = output.baseAddress
            stream.pointer.pointee.avail_out = UInt32(output.count)
            status = deflate(stream.pointer, flush)
            return output.count - Int(stream.pointer.pointee.avail_out)
        }
        if count > 0 { try output.withUnsafeBytes { try sink.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) } }
        return status
    }
}

/// Throws `TransferError.damaged` for anything but exactly one whole member.
final class GzipReader: ByteSource {
    /// Text that Postgres writes becomes a tenth, seldom a thirtieth; deflate can go to a thousandth. From the first amount on,
    /// more than the second is a bomb.
    private static let looseBytes = 256 << 20
    private static let maximumRatio = 200

    private let source: any ByteSource
    private var input: [UInt8] = []
    private var position = 0
    private var isHeaderChecked = false
    private var isAtEnd = false
    private var bytesIn = 0
    private var bytesOut = 0
    private let stream = ZlibStream(
        { inflateInit2_($0, gzipWindow, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) }, end: inflateEnd)

    init(_ source: any ByteSource) { self.source = source }

    func read(atMost count: Int) throws -> [UInt8] {
        try checkHeader()
        while !isAtEnd {
            if position == input.count {
                input = try source.read(atMost: pieceBytes)
                position = 0
                guard !input.isEmpty else { throw TransferError.damaged("it ends too early") }
            }
            let output = try inflatePiece(count)
            guard output.isEmpty else { return output }
        }
        return []
    }

    private func checkHeader() throws {
        guard !isHeaderChecked else { return }
        while input.count < gzipHeader.count {
            let more = try source.read(atMost: pieceBytes)
            guard !more.isEmpty else { break }
            input += more
        }
        guard input.starts(with: gzipHeader) else { throw TransferError.unsupported("the file is not one that `dmp export` has written") }
        isHeaderChecked = true
    }

    private func inflatePiece(_ count: Int) throws -> [UInt8] {
        var status = Z_OK
        let available = input.count - position
        let output = [UInt8](unsafeUninitializedCapacity: count) { output, used in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointer.pointee.next_in = input.baseAddress?.advanced(by: position)
                stream.pointer.pointee.avail_in = UInt32(clamping: available)
                stream.pointer.pointee.next_out = output.baseAddress
                stream.pointer.pointee.avail_out = UInt32(clamping: count)
                status = inflate(stream.pointer, Z_NO_FLUSH)
            }
            used = count - Int(stream.pointer.pointee.avail_out)
        }
        let taken = available - Int(stream.pointer.pointee.avail_in)
        position += taken
        bytesIn += taken
        bytesOut += output.count
        guard bytesOut < Self.looseBytes || bytesOut / Self.maximumRatio < bytesIn else {
            throw TransferError.damaged("it unpacks to far more than a catalog could")
        }
        switch status {
        case Z_OK, Z_BUF_ERROR: return output
        case Z_STREAM_END:
            isAtEnd = true
            guard position == input.count, try source.read(atMost: 1).isEmpty else {
                throw TransferError.damaged("something follows its end")
            }
            return output
        default: throw TransferError.damaged("its checksum or its compressed data are wrong")
        }
    }
}
