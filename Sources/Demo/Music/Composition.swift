/// From a track of the plan to sound: each style has its file in `Styles/`.
enum Composition {
    /// The finished piece. `excerpt` ends it early, in seconds.
    static func render(_ track: LibraryPlan.Track, excerpt: Double? = nil) -> StereoBuffer {
        let mix =
            switch track.style {
            case .ambient: Ambient.compose(track, excerpt: excerpt)
            case .jazz: Jazz.compose(track, excerpt: excerpt)
            case .techno: Techno.compose(track, excerpt: excerpt)
            case .folk: Folk.compose(track, excerpt: excerpt)
            case .minimal: Minimal.compose(track, excerpt: excerpt)
            case .synthPop: SynthPop.compose(track, excerpt: excerpt)
            case .dub: Dub.compose(track, excerpt: excerpt)
            case .sequencer: Sequencer.compose(track, excerpt: excerpt)
            case .downtempo: Downtempo.compose(track, excerpt: excerpt)
            case .bossa: Bossa.compose(track, excerpt: excerpt)
            }
        return mix.finish()
    }

    /// The fewest bars, in whole groups of `group`, that last almost a minute; every style adds a tail of some seconds.
    static func bars(tempo: Double, beatsPerBar: Double = 4, group: Int) -> Int {
        let groups = 58 * tempo / 60 / beatsPerBar / Double(group)
        return Int(groups.rounded(.up)) * group
    }
}
