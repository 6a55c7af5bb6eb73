internal import CZlib

/// Writes PNG (W3C PNG, third edition): 8-bit RGB, each row filtered with Paeth's predictor, which suits gradients.
enum PNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// `pixels` holds rows of red, green, blue; nil when zlib finds no memory.
    static func encode(_ pixels: [UInt8], width: Int, height: Int) -> [UInt8]? {
        precondition(pixels.count == width * height * 3, "three bytes for each pixel")
        guard let compressed = deflated(filtered(pixels, width: width, height: height)) else { return nil }
        let eightBitRGB: [UInt8] = [8, 2, 0, 0, 0]
        return signature + chunk("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + eightBitRGB)
            + chunk("IDAT", compressed) + chunk("IEND", [])
    }

    private static func filtered(_ pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
        let paeth: UInt8 = 4
        let row = width * 3
        var result: [UInt8] = []
        result.reserveCapacity((row + 1) * height)
        for y in 0..<height {
            result.append(paeth)
            for x in 0..<row {
                let index = y * row + x
                let left = x >= 3 ? Int(pixels[index - 3]) : 0
                let above = y > 0 ? Int(pixels[index - row]) : 0
                let corner = x >= 3 && y > 0 ? Int(pixels[index - row - 3]) : 0
                let toLeft = abs(above - corner)
                let toAbove = abs(left - corner)
                let toCorner = abs(left + above - 2 * corner)
                let guess = toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner
                result.append(pixels[index] &- UInt8(guess))
            }
        }
        return result
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        var length = compressBound(UInt(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        guard compress2(&result, &length, bytes, UInt(bytes.count), 6) == Z_OK else { return nil }
        return Array(result[..<Int(length)])
    }

    /// Length, type, data, CRC-32 of type and data.
    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(type.utf8) + data
        return bigEndian(UInt32(data.count)) + content + bigEndian(UInt32(crc32(0, content, UInt32(content.count))))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
