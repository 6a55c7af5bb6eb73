import Foundation

// Effects that work on a whole buffer in place.

/// A room: eight delay lines that feed each other through a Hadamard matrix, each with damping. Even lines are heard left, odd ones
/// right, so the two sides share energy but not waveform.
struct Reverb {
    /// Seconds until the sound has fallen by 60 dB.
    var decay: Double = 1.8
    /// 1 is a hall; smaller is a room.
    var size: Double = 1
    /// How dull the walls are, 0…1.
    var damping: Float = 0.35

    /// Line lengths in seconds at size 1, without common factors.
    private static let lengths = [0.0297, 0.0371, 0.0411, 0.0437, 0.0533, 0.0619, 0.0683, 0.0797]

    func apply(to buffer: inout StereoBuffer) {
        // All lines share one ring, as long as the power of two above the longest; a line is a lane of it.
        let lengths = Self.lengths.map { Int($0 * size * Double(StereoBuffer.sampleRate)) | 1 }
        var ring = 1
        while ring <= (lengths.max() ?? 1) { ring *= 2 }
        var memory = [SIMD8<Float>](repeating: .zero, count: ring)
        var delays = SIMD8<Int>.zero
        var losses = SIMD8<Float>.zero
        for line in 0..<8 {
            delays[line] = lengths[line]
            // Divided by √8, which the matrix gains.
            losses[line] = pow(0.001, Float(Double(lengths[line]) / (decay * Double(StereoBuffer.sampleRate)))) * 0.353_553
        }
        var dull = SIMD8<Float>.zero
        var diffusers = (AllPass(frames: 241), AllPass(frames: 263), AllPass(frames: 557), AllPass(frames: 577))
        buffer.left.withUnsafeMutableBufferPointer { left in
            buffer.right.withUnsafeMutableBufferPointer { right in
                memory.withUnsafeMutableBufferPointer { memory in
                    for frame in 0..<left.count {
                        let inLeft = diffusers.2.run(diffusers.0.run(left[frame])) + inaudible
                        let inRight = diffusers.3.run(diffusers.1.run(right[frame])) + inaudible
                        let read = (SIMD8(repeating: frame) &- delays) & (ring - 1)
                        let taps = SIMD8(
                            memory[read[0]][0], memory[read[1]][1], memory[read[2]][2], memory[read[3]][3], memory[read[4]][4],
                            memory[read[5]][5],
                            memory[read[6]][6], memory[read[7]][7])
                        left[frame] = taps[0] - taps[2] + taps[4] - taps[6]
                        right[frame] = taps[1] - taps[3] + taps[5] - taps[7]
                        dull = taps + (dull - taps) * damping
                        let inputs = SIMD8(inLeft, inRight, inLeft, inRight, inLeft, inRight, inLeft, inRight)
                        memory[frame & (ring - 1)] = Self.hadamard(dull) * losses + inputs
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func hadamard(_ input: SIMD8<Float>) -> SIMD8<Float> {
        let first = SIMD8(lowHalf: input.evenHalf + input.oddHalf, highHalf: input.evenHalf - input.oddHalf)
        let second = SIMD8(lowHalf: first.evenHalf + first.oddHalf, highHalf: first.evenHalf - first.oddHalf)
        return SIMD8(lowHalf: second.evenHalf + second.oddHalf, highHalf: second.evenHalf - second.oddHalf)
    }
}

/// Smears a sound in time without colouring it.
private struct AllPass {
    private var memory: [Float]
    private var position = 0

    init(frames: Int) { memory = [Float](repeating: 0, count: frames) }

    @inline(__always)
    mutating func run(_ input: Float) -> Float {
        let delayed = memory[position]
        let output = delayed - 0.6 * input
        memory[position] = input + 0.6 * output
        position += 1
        if position == memory.count { position = 0 }
        return output
    }
}

/// Echoes that jump from side to side and lose treble and bass on each turn, as on tape.
struct PingPongDelay {
    var seconds: Double
    /// Of each echo in the next.
    var feedback: Float = 0.45
    /// Of the first echo, in Hz.
    var treble: Float = 3_600

    func apply(to buffer: inout StereoBuffer) {
        let frames = max(1, Int(seconds * Double(StereoBuffer.sampleRate)))
        var toLeft = [Float](repeating: 0, count: frames)
        var toRight = toLeft
        var dullLeft: Float = 0
        var dullRight: Float = 0
        var bassLeft: Float = 0
        var bassRight: Float = 0
        let dull = 1 - exp(-2 * Float.pi * treble / sampleRate)
        let bass = 1 - exp(-2 * Float.pi * 160 / sampleRate)
        var position = 0
        buffer.left.withUnsafeMutableBufferPointer { left in
            buffer.right.withUnsafeMutableBufferPointer { right in
                for frame in left.indices {
                    let echoLeft = toLeft[position]
                    let echoRight = toRight[position]
                    // What comes in turns up on its own side first, and then crosses over.
                    dullLeft += (left[frame] + echoRight * feedback - dullLeft) * dull
                    dullRight += (right[frame] + echoLeft * feedback - dullRight) * dull
                    bassLeft += (dullLeft - bassLeft) * bass
                    bassRight += (dullRight - bassRight) * bass
                    toLeft[position] = dullLeft - bassLeft
                    toRight[position] = dullRight - bassRight
                    left[frame] = echoLeft
                    right[frame] = echoRight
                    position += 1
                    if position == frames { position = 0 }
                }
            }
        }
    }
}

/// Two slowly moving copies per side, the sides a quarter turn apart: a string machine's ensemble.
struct Chorus {
    var hertz: Float = 0.6
    /// How far the copies move, in seconds.
    var depth: Float = 0.003

    func apply(to buffer: inout StereoBuffer) {
        run(&buffer.left, start: 0)
        run(&buffer.right, start: 0.25)
    }

    private func run(_ channel: inout [Float], start: Float) {
        let length = 2_048  // a power of two above the longest delay
        var memory = [Float](repeating: 0, count: length)
        var slow = Phase(hertz, start: start)
        var fast = Phase(hertz * 1.37, start: start + 0.4)
        let centre = 0.012 * sampleRate
        let swing = depth * sampleRate
        var position = 0
        channel.withUnsafeMutableBufferPointer { channel in
            memory.withUnsafeMutableBufferPointer { memory in
                for frame in channel.indices {
                    memory[position] = channel[frame]
                    let copies =
                        Self.read(memory, at: position, before: centre + swing * sine(slow.advance()))
                        + Self.read(memory, at: position, before: centre + swing * sine(fast.advance()))
                    channel[frame] = 0.6 * channel[frame] + 0.5 * copies
                    position = (position + 1) & (length - 1)
                }
            }
        }
    }

    /// What was stored `delay` samples ago, between two samples if need be.
    @inline(__always)
    private static func read(_ memory: UnsafeMutableBufferPointer<Float>, at position: Int, before delay: Float) -> Float {
        let whole = Int(delay)
        let near = memory[(position - whole) & (memory.count - 1)]
        let far = memory[(position - whole - 1) & (memory.count - 1)]
        return near + (far - near) * (delay - Float(whole))
    }
}
