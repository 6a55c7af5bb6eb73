/// `ReaderAnswer` seen from outside of its module.

public func readTagAnswer(_ line: UnsafeRawBufferPointer) {
    guard case .sound(let tags)? = ReaderAnswer(line) else { return }
    precondition(tags.milliseconds >= 0 && tags.bitrate >= 0 && tags.sampleRate >= 0 && tags.pictureBytes >= 0, "a size below zero")
}
