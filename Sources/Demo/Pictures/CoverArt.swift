import Foundation

/// Draws the covers and the artists' pictures: a motif, a palette and a seed make a picture.
enum CoverArt {
    enum Motif: Sendable, CaseIterable {
        case sunset, rings, hills, tiles, waves, bars, circles, rays, dots, windows, mesh, moons
    }

    /// Pixels on each side, as the site shows at most.
    static let size = 400

    static func cover(_ motif: Motif, palette: Palette, seed: String, size: Int) -> [UInt8]? {
        var random = SeededRandom("cover " + seed)
        var canvas = Canvas(size: size, ground: palette.ground)
        switch motif {
        case .sunset: sunset(&canvas, palette, &random)
        case .rings: rings(&canvas, palette, &random)
        case .hills: hills(&canvas, palette, &random)
        case .tiles: tiles(&canvas, palette, &random)
        case .waves: waves(&canvas, palette, &random)
        case .bars: bars(&canvas, palette, &random)
        case .circles: circles(&canvas, palette, &random)
        case .rays: rays(&canvas, palette, &random)
        case .dots: dots(&canvas, palette, &random)
        case .windows: windows(&canvas, palette, &random)
        case .mesh: mesh(&canvas, palette, &random)
        case .moons: moons(&canvas, palette, &random)
        }
        canvas.vignette(0.35)
        return PNG.encode(canvas.bytes, width: size, height: size)
    }

    /// Heads and shoulders before a halo.
    static func portrait(_ palette: Palette, members: Int, seed: String, size: Int) -> [UInt8]? {
        var random = SeededRandom("portrait " + seed)
        var canvas = Canvas(size: size, ground: palette.ground)
        let tilt = random.float(in: -0.4...0.4)
        canvas.paint { x, y, _ in between(palette.colours[1], palette.ground, y * 0.9 + tilt * (x - 0.5)) }
        for ring in (1...5).reversed() {
            canvas.fill(palette.blend(0.4 + 0.12 * Float(ring)), opacity: 0.16) { x, y in
                Shape.circle(x, y, centre: [0.5, 0.44], radius: 0.09 * Float(ring) + 0.05)
            }
        }
        let scale = members == 1 ? Float(1) : members == 2 ? 0.8 : 0.66
        for member in 0..<members {
            let spread = members == 1 ? 0 : (Float(member) / Float(members - 1) - 0.5) * (members == 2 ? 0.42 : 0.56)
            // Those in the middle stand in front.
            let drop = members == 3 && member == 1 ? Float(0.05) : random.float(in: -0.02...0.02)
            let centre = SIMD2(0.5 + spread, 0.46 + drop + (1 - scale) * 0.12)
            let body = palette.colours[2 + (member + members) % 2]
            canvas.fill(body * 0.75) { x, y in
                max(
                    Shape.ellipse(x, y, centre: [centre.x, centre.y + 0.62 * scale], radii: [0.34 * scale, 0.42 * scale]),
                    -(y - centre.y - 0.1 * scale))
            }
            canvas.fill(between(palette.accent, body, 0.25)) { x, y in
                Shape.rectangle(x, y, centre: [centre.x, centre.y + 0.2 * scale], half: [0.055 * scale, 0.08 * scale])
            }
            canvas.fill(palette.accent) { x, y in Shape.ellipse(x, y, centre: centre, radii: [0.135 * scale, 0.17 * scale]) }
            // Half the face in shade.
            let side: Float = random.chance(0.5) ? 1 : -1
            canvas.fill(palette.ground, opacity: 0.22) { x, y in
                max(Shape.ellipse(x, y, centre: centre, radii: [0.135 * scale, 0.17 * scale]), -side * (x - centre.x) - 0.01)
            }
            // Hair: a cap that sits a little askew.
            let askew = random.float(in: -0.35...0.35)
            let fringe = random.float(in: 0.02...0.09)
            canvas.fill(palette.ground * 0.6) { x, y in
                max(
                    Shape.ellipse(x, y, centre: [centre.x, centre.y - 0.012 * scale], radii: [0.15 * scale, 0.19 * scale]),
                    y - centre.y + fringe * scale + askew * (x - centre.x))
            }
        }
        canvas.vignette(0.5)
        return PNG.encode(canvas.bytes, width: size, height: size)
    }

    private static func sunset(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let horizon = random.float(in: 0.58...0.7)
        let centre = SIMD2(random.float(in: 0.35...0.65), horizon - 0.14)
        let radius = random.float(in: 0.2...0.26)
        canvas.paint { _, y, _ in palette.blend(y < horizon ? y / horizon * 0.62 : 0.12) }
        canvas.fill(palette.accent) { x, y in
            // Stripes cut the lower half, wider and wider.
            let depth = (y - centre.y) / radius
            let stripe = depth > 0 ? sin(depth * 22) - 1.2 + depth * 1.4 : -1
            return max(Shape.circle(x, y, centre: centre, radius: radius), max(y - horizon, stripe * 0.02))
        }
        canvas.paint { x, y, below in
            guard y > horizon else { return below }
            let depth = (y - horizon) / (1 - horizon)
            let lines = abs(sin(1 / (depth + 0.12) * 9)) < 0.12 + depth * 0.05 || abs(sin((x - 0.5) / (depth + 0.15) * 9)) < 0.06
            return lines ? between(palette.colours[3], palette.accent, depth) : between(palette.ground, palette.colours[1], depth)
        }
    }

    private static func rings(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let first = SIMD2(random.float(in: 0.25...0.45), random.float(in: 0.3...0.6))
        let second = SIMD2(random.float(in: 0.55...0.8), random.float(in: 0.4...0.75))
        let pitch = random.float(in: 46...64)
        canvas.paint { x, y, _ in
            let one = Shape.circle(x, y, centre: first, radius: 0)
            let two = Shape.circle(x, y, centre: second, radius: 0)
            let interference = 0.5 + 0.25 * sin(one * pitch) + 0.25 * sin(two * pitch)
            return between(palette.blend(interference * 0.9), palette.accent, max(0, 0.25 - one) * 1.6)
        }
    }

    private static func hills(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let sun = SIMD2(random.float(in: 0.2...0.8), random.float(in: 0.2...0.38))
        canvas.paint { _, y, _ in between(palette.colours[3], palette.accent, 0.55 - y * 0.6) }
        canvas.fill(between(palette.accent, [1, 1, 1], 0.45)) { x, y in Shape.circle(x, y, centre: sun, radius: 0.085) }
        for layer in 0..<5 {
            let height = 0.42 + 0.12 * Float(layer)
            let waves = (0..<3).map { wave in
                (random.float(in: 2...5) * Float(wave + 1), random.float(in: 0...6.28), random.float(in: 0.02...0.06) / Float(wave + 1))
            }
            canvas.fill(between(palette.colours[2], palette.ground, Float(layer) / 4)) { x, y in
                height + waves.reduce(0) { $0 + $1.2 * sin(x * $1.0 + $1.1) } - y
            }
        }
    }

    private static func tiles(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let count = random.integer(in: 4...6)
        let step = 1 / Float(count)
        for row in 0..<count {
            for column in 0..<count {
                let ground = palette.colours[random.integer(in: 0...4)]
                let figure = palette.colours[random.integer(in: 0...4)]
                let corner = SIMD2(Float(column + random.integer(in: 0...1)), Float(row + random.integer(in: 0...1))) * step
                let kind = random.integer(in: 0...3)
                let centre = SIMD2(Float(column) + 0.5, Float(row) + 0.5) * step
                canvas.fill(ground) { x, y in Shape.rectangle(x, y, centre: centre, half: [step / 2, step / 2]) }
                canvas.fill(figure) { x, y in
                    let inside = Shape.rectangle(x, y, centre: centre, half: [step / 2, step / 2])
                    return switch kind {
                    case 0: max(inside, Shape.circle(x, y, centre: corner, radius: step))
                    case 1: max(inside, (x - centre.x) + (y - centre.y))
                    case 2: Shape.circle(x, y, centre: centre, radius: step * 0.32)
                    default: max(inside, (x - centre.x) - (y - centre.y))
                    }
                }
            }
        }
    }

    private static func waves(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        canvas.paint { _, y, _ in palette.blend(0.15 * (1 - y)) }
        let lines = 26
        let centre = random.float(in: 0.35...0.65)
        for line in 0..<lines {
            let base = 0.12 + 0.8 * Float(line) / Float(lines)
            let bumps = (0..<4).map { _ in
                (centre + random.float(in: -0.2...0.2), random.float(in: 0.02...0.09), random.float(in: 0.025...0.06))
            }
            func height(_ x: Float) -> Float {
                base - bumps.reduce(0) { sum, bump in sum + bump.1 * exp(-(x - bump.0) * (x - bump.0) / (2 * bump.2 * bump.2)) }
            }
            // Each line hides what is behind it.
            canvas.fill(palette.ground) { x, y in max(height(x) - y, y - base - 0.02) }
            canvas.fill(palette.blend(0.35 + 0.65 * Float(line) / Float(lines))) { x, y in abs(y - height(x)) - 0.0028 }
        }
    }

    private static func bars(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        canvas.paint { x, y, _ in between(palette.ground, palette.colours[1], y * 0.5) }
        for bar in 0..<9 {
            let length = random.float(in: 0.18...0.8)
            let place = 0.1 + 0.1 * Float(bar)
            let colour = palette.colours[1 + (bar + random.integer(in: 0...1)) % 4]
            canvas.fill(colour) { x, y in
                Shape.rectangle(x, y, centre: [place, 0.92 - length / 2], half: [0.036, length / 2])
            }
            canvas.fill(palette.accent) { x, y in Shape.circle(x, y, centre: [place, 0.92 - length], radius: 0.036) }
        }
    }

    private static func circles(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        canvas.paint { x, y, _ in between(palette.ground, palette.colours[1], (x + y) / 2.4) }
        for index in 0..<11 {
            let centre = SIMD2(random.float(in: 0.12...0.88), random.float(in: 0.12...0.88))
            let radius = random.float(in: 0.06...0.26)
            canvas.fill(palette.colours[1 + index % 4], opacity: 0.62) { x, y in Shape.circle(x, y, centre: centre, radius: radius) }
            if index % 3 == 0 {
                canvas.fill(palette.accent) { x, y in abs(Shape.circle(x, y, centre: centre, radius: radius + 0.022)) - 0.003 }
            }
        }
    }

    private static func rays(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let centre = SIMD2(random.float(in: 0.4...0.6), random.float(in: 0.62...0.8))
        let count = Float(random.integer(in: 9...14))
        canvas.paint { x, y, _ in
            let angle = atan2(y - centre.y, x - centre.x)
            let distance = Shape.circle(x, y, centre: centre, radius: 0)
            // The edge of a ray is smoothed over a pixel, whatever the distance.
            let edge = sin(angle * count) * distance * 400 / count
            let ray = min(max(edge + 0.5, 0), 1)
            return between(
                between(palette.ground, palette.colours[1], distance), between(palette.colours[3], palette.colours[2], distance), ray)
        }
        for ring in (0..<4).reversed() {
            canvas.fill(ring % 2 == 0 ? palette.accent : palette.ground) { x, y in
                Shape.circle(x, y, centre: centre, radius: 0.07 + 0.045 * Float(ring))
            }
        }
    }

    private static func dots(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let light = SIMD2(random.float(in: 0.2...0.8), random.float(in: 0.2...0.8))
        let count: Float = 17
        canvas.paint { x, y, _ in
            let cell = SIMD2((x * count).rounded(.down), (y * count).rounded(.down))
            let middle = (cell + 0.5) / count
            let offset = middle - light
            let near = (offset * offset).sum().squareRoot()
            let radius = max(0.1, 0.5 - near * 0.52) / count
            let inside = 0.5 - Shape.circle(x, y, centre: middle, radius: radius) * 400
            return between(between(palette.ground, palette.colours[1], y * 0.4), palette.blend(1 - near * 0.8), inside)
        }
    }

    private static func windows(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        canvas.paint { _, y, _ in between(palette.colours[1], palette.colours[3], y * y) }
        canvas.fill(between(palette.accent, [1, 1, 1], 0.3)) { x, y in Shape.circle(x, y, centre: [0.72, 0.22], radius: 0.07) }
        var left: Float = -0.02
        while left < 1 {
            let width = random.float(in: 0.12...0.22)
            let top = random.float(in: 0.3...0.62)
            let centre = SIMD2(left + width / 2, (top + 1) / 2 + 0.02)
            let wall = between(palette.ground, palette.colours[1], random.float(in: 0...0.25))
            canvas.fill(wall) { x, y in Shape.rectangle(x, y, centre: centre, half: [width / 2, (1 - top) / 2 + 0.04]) }
            for row in 0..<Int((1 - top) / 0.07) {
                for column in 0..<max(1, Int(width / 0.05)) where random.chance(0.45) {
                    let place = SIMD2(left + 0.03 + 0.05 * Float(column), top + 0.05 + 0.07 * Float(row))
                    canvas.fill(palette.accent, opacity: random.float(in: 0.5...1)) { x, y in
                        Shape.rectangle(x, y, centre: place, half: [0.013, 0.02])
                    }
                }
            }
            left += width + 0.006
        }
    }

    private static func mesh(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        let points = (0..<14).map { _ in SIMD2(random.float(in: -0.05...1.05), random.float(in: -0.05...1.05)) }
        let tones = points.map { _ in random.float(in: 0...1) }
        // Cells around points, each in one tone, with light borders.
        canvas.paint { x, y, _ in
            var nearest: (index: Int, distance: Float) = (0, 9)
            var second: Float = 9
            for (index, point) in points.enumerated() {
                let distance = Shape.circle(x, y, centre: point, radius: 0)
                if distance < nearest.distance {
                    second = nearest.distance
                    nearest = (index, distance)
                } else if distance < second {
                    second = distance
                }
            }
            let tone = palette.blend(tones[nearest.index] * 0.85)
            let border = min(max((0.009 - (second - nearest.distance)) * 400, 0), 1)
            return between(tone * (1 - nearest.distance * 0.8), palette.accent, border)
        }
    }

    private static func moons(_ canvas: inout Canvas, _ palette: Palette, _ random: inout SeededRandom) {
        canvas.paint { _, y, _ in between(palette.ground, palette.colours[2], y * y * 0.8) }
        for _ in 0..<70 {
            let star = SIMD2(random.float(in: 0...1), random.float(in: 0...0.75))
            let radius = random.float(in: 0.0012...0.004)
            canvas.fill(palette.accent, opacity: 0.8) { x, y in Shape.circle(x, y, centre: star, radius: radius) }
        }
        for phase in 0..<5 {
            let centre = SIMD2(0.14 + 0.18 * Float(phase), 0.42 - 0.1 * sin(Float(phase) / 4 * .pi))
            let shift: Float = [-0.03, -0.062, 0, 0.062, 0.03][phase]
            canvas.fill(between(palette.accent, [1, 1, 1], 0.25)) { x, y in
                let full = Shape.circle(x, y, centre: centre, radius: 0.066)
                return phase == 2 ? full : max(full, -Shape.circle(x, y, centre: [centre.x + shift, centre.y], radius: 0.062))
            }
        }
        let lean = random.float(in: 0.04...0.09)
        for layer in 0..<3 {
            canvas.fill(between(palette.colours[1], palette.ground, Float(layer) / 2)) { x, y in
                0.74 + 0.08 * Float(layer) + lean * sin(x * 5 + Float(layer) * 2.1) - y
            }
        }
    }
}
