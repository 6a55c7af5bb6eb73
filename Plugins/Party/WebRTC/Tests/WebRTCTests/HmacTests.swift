import TestSupport
import Testing

@testable import WebRTC

@Suite struct HmacTests {
    /// RFC 4231 §4.3 and RFC 2202 case 2.
    @Test func vectors() {
        let key = Array("Jefe".utf8)
        let message = Array("what do ya want for nothing?".utf8)
        #expect(hmacSha256(key: key, message) == [UInt8](hex: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
        #expect(hmacSha1(key: key, message) == [UInt8](hex: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"))
    }

    @Test func comparison() {
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]) && constantTimeEqual([], [] as [UInt8]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]) && !constantTimeEqual([1, 2, 3], [1, 2]))
    }
}
