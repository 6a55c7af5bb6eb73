import Testing
import WebRTC

@testable import Party

@Suite struct MailboxTests {
    @Test func deliversInOrder() {
        let mailbox = Mailbox()
        let (one, two) = (IceCredentials(), IceCredentials())
        #expect(mailbox.post([.open(one), .close(one.ufrag)]))
        mailbox.post(freeing: .close(two.ufrag))
        let names = mailbox.takeAll().map { "\($0)" }
        #expect(names.count == 3)
        #expect(names[1].contains(one.ufrag.description) && names[2].contains(two.ufrag.description))
        #expect(mailbox.takeAll().isEmpty)
    }

    @Test func isBounded() {
        let mailbox = Mailbox()
        let credentials = IceCredentials()
        let full = [MediaCommand](repeating: .resume(credentials.ufrag), count: Mailbox.maximumCommands)
        #expect(mailbox.post(full))
        #expect(!mailbox.post([.resume(credentials.ufrag)]))
        // What frees something always gets through.
        mailbox.post(freeing: .close(credentials.ufrag))
        #expect(mailbox.takeAll().count == Mailbox.maximumCommands + 1)
        #expect(mailbox.post([.resume(credentials.ufrag)]))
    }

    /// All of a step, or nothing of it.
    @Test func takesAStepWhole() {
        let mailbox = Mailbox()
        let credentials = IceCredentials()
        #expect(mailbox.post([MediaCommand](repeating: .resume(credentials.ufrag), count: Mailbox.maximumCommands - 1)))
        #expect(!mailbox.post([.open(credentials), .close(credentials.ufrag)]))
        #expect(mailbox.takeAll().count == Mailbox.maximumCommands - 1)
    }
}
