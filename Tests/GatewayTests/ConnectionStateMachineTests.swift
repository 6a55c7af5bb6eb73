/// When a connection has gone too far, with time as a parameter.
import NIOCore
import Testing

@testable import GatewayServer

@Suite struct ConnectionStateMachineTests {
    /// `#expect` takes no mutating calls: this makes plain ones of them.
    private final class Connection {
        var state: ConnectionStateMachine

        init(now: NIODeadline) { state = ConnectionStateMachine(limits: ConnectionLimits(), now: now) }

        func responseEnded(now: NIODeadline) -> ConnectionStateMachine.Action { state.responseEnded(now: now) }
        func serverStops(now: NIODeadline) -> ConnectionStateMachine.Action { state.serverStops(now: now) }
    }

    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private let connection: Connection

    init() { connection = Connection(now: start) }

    private func isClosed(after time: TimeAmount) -> Bool { connection.state.timePassed(now: start + time) == .close }

    @Test func nothingIsSent() {
        #expect(!isClosed(after: .seconds(29)))
        #expect(isClosed(after: .seconds(30)))
    }

    @Test func slowRequest() {
        connection.state.requestBegan(now: start + .seconds(20))
        for second in 20..<50 {
            connection.state.bodyArrived()
            #expect(!isClosed(after: .seconds(Int64(second))))
        }
        #expect(isClosed(after: .seconds(50)))
    }

    @Test func slowAnswerIsNoFault() {
        connection.state.requestBegan(now: start)
        connection.state.requestEnded(now: start)
        #expect(!isClosed(after: .hours(1)))
        #expect(connection.responseEnded(now: start + .hours(1)) == .none)
        #expect(!isClosed(after: .hours(1) + .seconds(59)))
        #expect(isClosed(after: .hours(1) + .seconds(60)))
    }

    @Test func answerBeforeTheRequestsEnd() {
        connection.state.requestBegan(now: start)
        #expect(connection.responseEnded(now: start) == .none)
        #expect(isClosed(after: .seconds(30)), "the body is still to come")
        connection.state.requestEnded(now: start + .seconds(5))
        #expect(!isClosed(after: .seconds(64)))
        #expect(isClosed(after: .seconds(65)))
    }

    @Test func requestThatIsPassedOn() {
        connection.state.requestBegan(now: start)
        connection.state.readingBegan(now: start)
        connection.state.requestPassedOn(now: start)
        #expect(isClosed(after: .seconds(30)), "nothing comes")
        connection.state.bodyArrived()
        #expect(!isClosed(after: .hours(1)), "the upstream takes its time")
        connection.state.readingBegan(now: start + .hours(1))
        #expect(!isClosed(after: .hours(1) + .seconds(29)))
        #expect(isClosed(after: .hours(1) + .seconds(30)))
        connection.state.bodyArrived()
        #expect(connection.responseEnded(now: start + .hours(2)) == .none)
        connection.state.bodyArrived()
        #expect(isClosed(after: .hours(2) + .seconds(30)), "what is for nobody has a limit")
        connection.state.requestEnded(now: start + .hours(2))
        #expect(isClosed(after: .hours(2) + .seconds(60)))
    }

    @Test func requestBehindThePassedOnOne() {
        connection.state.requestBegan(now: start)
        connection.state.requestEnded(now: start)
        connection.state.requestBegan(now: start)
        connection.state.requestPassedOn(now: start)
        connection.state.bodyArrived()
        #expect(isClosed(after: .seconds(30)), "it is not the one that is meant")
    }

    @Test func stalledWrite() {
        connection.state.requestBegan(now: start)
        connection.state.requestEnded(now: start)
        connection.state.writabilityChanged(false, now: start)
        #expect(!isClosed(after: .seconds(119)))
        #expect(isClosed(after: .seconds(120)))
        connection.state.writabilityChanged(true, now: start + .seconds(100))
        #expect(!isClosed(after: .seconds(300)))
    }

    @Test func stopsBetweenRequests() { #expect(connection.serverStops(now: start) == .close) }

    @Test func stopsAfterTheAnswer() {
        connection.state.requestBegan(now: start)
        connection.state.requestEnded(now: start)
        connection.state.requestBegan(now: start)
        connection.state.requestEnded(now: start)
        #expect(connection.serverStops(now: start) == .none)
        #expect(connection.responseEnded(now: start) == .none, "another is pipelined")
        #expect(connection.responseEnded(now: start) == .close)
    }

    @Test func stopDoesNotWaitForEver() {
        connection.state.requestBegan(now: start)
        #expect(connection.serverStops(now: start) == .none)
        #expect(!isClosed(after: .seconds(7)))
        #expect(isClosed(after: .seconds(8)))
    }

    @Test func switchedProtocol() {
        connection.state.requestBegan(now: start)
        connection.state.protocolSwitched()
        #expect(!isClosed(after: .hours(24)))
        #expect(connection.responseEnded(now: start) == .none, "it closes as its own rules say")
        connection.state.writabilityChanged(false, now: start)
        #expect(isClosed(after: .seconds(120)))
    }

    @Test func badRequest() {
        connection.state.requestFailed()
        #expect(connection.responseEnded(now: start) == .none)
        #expect(!isClosed(after: .seconds(4)))
        #expect(isClosed(after: .seconds(5)), "time to read the answer")
    }

    @Test(arguments: [
        ("/a?b", "/a?b"), ("http://x/a?b", "/a?b"), ("HTTPS://x:1/a", "/a"), ("http://x", "/"), ("http://x?b", "/?b"), ("http://", nil),
        ("http:///a", nil), ("a", nil),
        ("", nil), ("ftp://x/a", nil), ("*", nil), ("//a", "//a"),
    ])
    func target(text: String, originForm: String?) { #expect(ConnectionGuard.originForm(text, method: .GET) == originForm) }

    @Test func asterisk() { #expect(ConnectionGuard.originForm("*", method: .OPTIONS) == "/") }
}
