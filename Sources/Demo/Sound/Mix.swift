import Foundation

/// The mixing desk of one piece: places voices in time and between the ears, and sends them to room, echo and chorus.
struct Mix {
    /// Where one voice goes.
    struct Placement {
        var level: Float = 0.5
        /// -1 left … 1 right
        var pan: Float = 0
        var room: Float = 0.15
        var echo: Float = 0
        var chorus: Float = 0
        /// Lowered on each beat, as the kick drum of dance music does through a compressor.
        var ducked = false

        init(_ level: Float, pan: Float = 0, room: Float = 0.15, echo: Float = 0, chorus: Float = 0, ducked: Bool = false) {
            self.level = level
            self.pan = pan
            self.room = room
            self.echo = echo
            self.chorus = chorus
            self.ducked = ducked
        }
    }

    var reverb = Reverb()
    var delay = PingPongDelay(seconds: 0.375)
    var ensemble = Chorus()
    var master = Master()
    /// Length of a beat for `ducked` voices, in seconds.
    var duckingBeat = 0.5

    let frames: Int
    private var dry: StereoBuffer
    // Made when first used: a minute of stereo is 23 MB.
    private var room: StereoBuffer?
    private var echo: StereoBuffer?
    private var chorus: StereoBuffer?
    private var scratch: [Float] = []

    init(seconds: Double) {
        frames = Int(seconds * Double(StereoBuffer.sampleRate))
        dry = StereoBuffer(frames: frames)
    }

    /// Adds one note. What lies beyond the end of the piece is not heard, nor computed.
    mutating func play(_ voice: some Voice, at seconds: Double, _ placement: Placement) {
        let start = max(0, Int(seconds * Double(StereoBuffer.sampleRate)))
        let count = min(Int(voice.seconds * Double(StereoBuffer.sampleRate)), frames - start)
        guard count > 0 else { return }
        if scratch.count < count { scratch = [Float](repeating: 0, count: max(count, 48_000)) }
        scratch.withUnsafeMutableBufferPointer { scratch in
            // A copy that nobody else sees stays in registers.
            var voice = voice
            for index in 0..<count { scratch[index] = voice.next() * placement.level }
        }
        if placement.ducked { duck(start: start, count: count) }

        let position = StereoBuffer.Position(start: start, count: count, pan: placement.pan)
        dry.add(scratch, at: position, level: 1)
        if placement.room > 0 { Self.send(scratch, to: &room, frames, position, level: placement.room) }
        if placement.echo > 0 { Self.send(scratch, to: &echo, frames, position, level: placement.echo) }
        if placement.chorus > 0 { Self.send(scratch, to: &chorus, frames, position, level: placement.chorus) }
    }

    private static func send(_ voice: [Float], to bus: inout StereoBuffer?, _ frames: Int, _ position: StereoBuffer.Position, level: Float)
    {
        if bus == nil { bus = StereoBuffer(frames: frames) }
        bus?.add(voice, at: position, level: level)
    }

    /// The piece: effects added, mastered.
    consuming func finish() -> StereoBuffer {
        if var wet = chorus.take() {
            ensemble.apply(to: &wet)
            dry.add(wet, level: 1)
            if room == nil { room = StereoBuffer(frames: frames) }
            room?.add(wet, level: 0.3)
        }
        if var wet = echo.take() {
            delay.apply(to: &wet)
            dry.add(wet, level: 1)
            room?.add(wet, level: 0.35)
        }
        if var wet = room.take() {
            reverb.apply(to: &wet)
            dry.add(wet, level: 0.5)
        }
        master.apply(to: &dry)
        return dry
    }

    private mutating func duck(start: Int, count: Int) {
        let beat = max(1, Int(duckingBeat * Double(StereoBuffer.sampleRate)))
        var place = start % beat
        for index in 0..<count {
            let part = Float(place) / Float(beat)
            if part < 0.6 { scratch[index] *= 0.25 + 0.75 * sine(part / 1.2) }
            place = place + 1 == beat ? 0 : place + 1
        }
    }
}
