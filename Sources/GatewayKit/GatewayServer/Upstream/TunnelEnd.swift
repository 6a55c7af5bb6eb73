/// One of two handlers that join two connections of one event loop: what comes in at one goes out at the other. A side that does not
/// take its bytes keeps the other one from being read. When one side ends, the other one does after its last bytes.
import GatewayAPI

final class TunnelEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private weak var partner: TunnelEnd?
    private var context: ChannelHandlerContext?
    /// A read that waits for room at the partner.
    private var isReadPending = false
    /// Nothing but bytes passes through its pipeline any more.
    private var isReady = false
    /// What came before the partner was ready. Reads wait meanwhile, so it is not more than one of them brings.
    private var early: [ByteBuffer] = []
    private var isOver = false

    /// The far end is added to its pipeline first, and holds the near one until that begins.
    static func pair() -> (near: TunnelEnd, far: TunnelEnd) {
        let (near, far) = (TunnelEnd(), TunnelEnd())
        near.partner = far
        far.partner = near
        far.retained = near
        return (near, far)
    }

    private var retained: TunnelEnd?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    /// Called when the handlers of HTTP have left the pipeline.
    func begin() {
        guard let context, let partner, !isOver else {
            context?.close(promise: nil)
            return
        }
        isReady = true
        partner.retained = nil
        partner.partnerIsReady()
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner?.end()
    }

    private func partnerIsReady() {
        for bytes in early { partner?.send(bytes) }
        early = []
        resumeReading()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let partner, partner.isReady else { return early.append(bytes) }
        partner.send(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let partner, partner.isReady { partner.context?.flush() }
        context.fireChannelReadComplete()
    }

    private func send(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

    func read(context: ChannelHandlerContext) {
        if hasRoomAtPartner { context.read() } else { isReadPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.resumeReading() }
        context.fireChannelWritabilityChanged()
    }

    private func resumeReading() {
        guard isReadPending, let context, hasRoomAtPartner else { return }
        isReadPending = false
        context.read()
    }

    private var hasRoomAtPartner: Bool { partner.map { $0.isReady && $0.context?.channel.isWritable == true } ?? false }

    /// What follows on the client's side in the pipeline concerns a request that is answered: its end is the tunnel's.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed()
        end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        partner?.end()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed, is ChannelShouldQuiesceEvent, is IdleStateHandler.IdleStateEvent:
            partner?.end()
            end()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Closes after what is on its way.
    private func end() {
        guard !isOver else { return }
        isOver = true
        guard let context else { return }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }
}
