import CZlib
import Testing

@testable import Demo

/// PNG files, taken apart by rules of their own.
struct PictureTests {
    private struct Chunk {
        let type: String
        let data: [UInt8]
    }

    private func chunks(_ png: [UInt8]) throws -> [Chunk] {
        #expect(png.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
        func number(_ offset: Int) -> Int { png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        var chunks: [Chunk] = []
        var offset = 8
        while offset < png.count {
            let length = number(offset)
            try #require(offset + 12 + length <= png.count)
            let content = Array(png[offset + 4..<offset + 8 + length])
            #expect(number(offset + 8 + length) == Int(crc32(0, content, UInt32(content.count))))
            chunks.append(Chunk(type: String(decoding: content[..<4], as: UTF8.self), data: Array(content[4...])))
            offset += 12 + length
        }
        return chunks
    }

    @Test func pixelsComeBack() throws {
        var random = SeededRandom(seed: 3)
        let (width, height) = (17, 9)
        let pixels = (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let chunks = try chunks(try #require(PNG.encode(pixels, width: width, height: height)))
        #expect(chunks.map(\.type) == ["IHDR", "IDAT", "IEND"])
        #expect(chunks[0].data == [0, 0, 0, 17, 0, 0, 0, 9, 8, 2, 0, 0, 0])

        let row = width * 3 + 1
        var length = UInt(row * height)
        var raw = [UInt8](repeating: 0, count: row * height)
        #expect(uncompress(&raw, &length, chunks[1].data, UInt(chunks[1].data.count)) == Z_OK)
        #expect(length == UInt(row * height))
        // Undoes the Paeth filter as PNG §9.4 words it.
        var decoded = [UInt8](repeating: 0, count: pixels.count)
        for y in 0..<height {
            #expect(raw[y * row] == 4)
            for x in 0..<width * 3 {
                func at(_ column: Int, _ line: Int) -> Int { column < 0 || line < 0 ? 0 : Int(decoded[line * width * 3 + column]) }
                let (a, b, c) = (at(x - 3, y), at(x, y - 1), at(x - 3, y - 1))
                let estimate = a + b - c
                let nearest = [a, b, c].min { abs($0 - estimate) < abs($1 - estimate) } ?? 0
                decoded[y * width * 3 + x] = raw[y * row + 1 + x] &+ UInt8(nearest)
            }
        }
        #expect(decoded == pixels)
    }

    @Test(arguments: CoverArt.Motif.allCases)
    func everyMotifIsAPictureOfItsOwn(motif: CoverArt.Motif) throws {
        let palette = Palette(0x1b0f3b, 0x4b1d7a, 0xc2338b, 0xff7e67, 0xffe29a)
        func draw(_ seed: String) throws -> [UInt8] { try #require(CoverArt.cover(motif, palette: palette, seed: seed, size: 24)) }
        #expect(try chunks(draw("a")).count == 3)
        #expect(try draw("a") == draw("a"))
        #expect(try draw("a") != draw("b"))
    }
}
