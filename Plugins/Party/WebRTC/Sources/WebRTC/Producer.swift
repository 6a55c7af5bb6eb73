/// A host's stream (W3C's sender, mediasoup's Producer): which packets belong to it, and reports on how they arrived.
import RTP

/// Plain state of one media thread; owned by its `Transport`.
public final class Producer {
    public let parameters: ProducerParameters
    unowned let router: Router

    init(_ parameters: ProducerParameters, router: Router) {
        self.parameters = parameters
        self.router = router
    }
}
