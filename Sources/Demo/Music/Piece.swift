/// A piece while it is written: key, clock, chance and the mixing desk. Styles (`Styles/`) write into it bar by bar.
struct Piece {
    let key: Key
    let tempo: Double
    let beatsPerBar: Double
    let bars: Int
    /// Part of a pair of half beats that the first one takes: 0.5 is even, 0.667 is a triplet swing.
    var swing = 0.5
    var random: SeededRandom
    var mix: Mix

    /// `excerpt` ends the sound early, in seconds; the music itself stays the same.
    init(_ track: LibraryPlan.Track, beatsPerBar: Double = 4, bars: Int, tail: Double = 4, excerpt: Double?) {
        key = track.key
        tempo = track.tempo
        self.beatsPerBar = beatsPerBar
        self.bars = bars
        random = SeededRandom(track.seed)
        let seconds = Double(bars) * beatsPerBar * 60 / track.tempo + tail
        mix = Mix(seconds: min(seconds, excerpt ?? seconds))
        mix.duckingBeat = 60 / track.tempo
        mix.delay.seconds = 45 / track.tempo
    }

    var secondsPerBeat: Double { 60 / tempo }

    func seconds(_ beats: Double) -> Double { beats * secondsPerBeat }

    /// When a beat of a bar sounds, swing included.
    func time(_ bar: Int, _ beat: Double) -> Double {
        let total = Double(bar) * beatsPerBar + beat
        let whole = total.rounded(.down)
        let part = total - whole
        let swung = part < 0.5 ? part * 2 * swing : swing + (part - 0.5) * 2 * (1 - swing)
        return (whole + swung) * secondsPerBeat
    }

    /// Plays at a beat, up to `loose` seconds early or late, as a hand would.
    mutating func play(_ voice: some Voice, _ bar: Int, _ beat: Double, _ placement: Mix.Placement, loose: Double = 0.004) {
        mix.play(voice, at: time(bar, beat) + random.value(in: -loose...loose), placement)
    }
}
