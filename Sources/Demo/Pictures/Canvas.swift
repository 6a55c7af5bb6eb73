import Foundation

/// Red, green and blue, 0…1.
typealias Colour = SIMD3<Float>

/// Five colours that go together, from the ground to the accent.
struct Palette: Sendable {
    let colours: [Colour]

    /// As 0xRRGGBB.
    init(_ ground: UInt32, _ second: UInt32, _ third: UInt32, _ fourth: UInt32, _ accent: UInt32) {
        colours = [ground, second, third, fourth, accent].map { (value: UInt32) -> Colour in
            let bytes = SIMD3<UInt32>(value >> 16, value >> 8, value) & 255
            return Colour(bytes) / 255
        }
    }

    var ground: Colour { colours[0] }
    var accent: Colour { colours[4] }

    /// Between the colours, 0…1 from ground to accent.
    func blend(_ part: Float) -> Colour {
        let place = min(max(part, 0), 1) * 4
        let index = min(3, Int(place))
        return between(colours[index], colours[index + 1], place - Float(index))
    }
}

func between(_ first: Colour, _ second: Colour, _ part: Float) -> Colour {
    first + (second - first) * min(max(part, 0), 1)
}

/// A square picture. Shapes are given by their distance from a point (negative inside), and edges are smoothed over one pixel.
struct Canvas {
    let size: Int
    private var pixels: [Colour]

    init(size: Int, ground: Colour) {
        self.size = size
        pixels = Array(repeating: ground, count: size * size)
    }

    /// Colours every pixel anew; coordinates go from 0 to 1, rightwards and downwards.
    mutating func paint(_ colour: (_ x: Float, _ y: Float, _ below: Colour) -> Colour) {
        let scale = 1 / Float(size)
        for row in 0..<size {
            for column in 0..<size {
                let index = row * size + column
                pixels[index] = colour((Float(column) + 0.5) * scale, (Float(row) + 0.5) * scale, pixels[index])
            }
        }
    }

    /// Fills where `distance` is negative. `opacity` 0…1.
    mutating func fill(_ colour: Colour, opacity: Float = 1, where distance: (_ x: Float, _ y: Float) -> Float) {
        let edge = 1 / Float(size)
        paint { x, y, below in
            between(below, colour, opacity * min(max(0.5 - distance(x, y) / edge, 0), 1))
        }
    }

    /// Darkens towards the corners, as a printed sleeve looks.
    mutating func vignette(_ strength: Float) {
        paint { x, y, below in
            let distance = (x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)
            return below * (1 - strength * distance * 1.6)
        }
    }

    /// Rows of red, green, blue.
    var bytes: [UInt8] {
        pixels.flatMap { pixel in
            (0..<3).map { UInt8(min(max(pixel[$0], 0), 1) * 255 + 0.5) }
        }
    }
}

/// Distances for `Canvas.fill`.
enum Shape {
    static func circle(_ x: Float, _ y: Float, centre: SIMD2<Float>, radius: Float) -> Float {
        let offset = SIMD2(x, y) - centre
        return (offset * offset).sum().squareRoot() - radius
    }

    static func ellipse(_ x: Float, _ y: Float, centre: SIMD2<Float>, radii: SIMD2<Float>) -> Float {
        let offset = (SIMD2(x, y) - centre) / radii
        return ((offset * offset).sum().squareRoot() - 1) * radii.min()
    }

    static func rectangle(_ x: Float, _ y: Float, centre: SIMD2<Float>, half: SIMD2<Float>, turn: Float = 0) -> Float {
        let offset = SIMD2(x, y) - centre
        let turned = SIMD2(offset.x * cos(turn) + offset.y * sin(turn), offset.y * cos(turn) - offset.x * sin(turn))
        return max(abs(turned.x) - half.x, abs(turned.y) - half.y)
    }
}
