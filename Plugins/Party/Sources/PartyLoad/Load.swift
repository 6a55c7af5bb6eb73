/// One run: listeners come, stay and go, some in between; the host reloads; everything on one thread.
import Foundation
import Glibc

final class Load {
    struct Plan {
        var listeners = 50
        /// For coming and for going.
        var ramp = Duration.seconds(1)
        var hold = Duration.seconds(30)
        /// Leavings a minute, each followed by a joining.
        var churn = 0.0
        var hostReload: Duration?
        /// The host is silent until all have come, so that each must hear every packet.
        var hostWaits = false
        var progress = Duration.seconds(5)
        var listener = Listener.Settings()
        var host: Host.Settings?
        var server: ServerProcess?
    }

    /// What is on its way arrives within it, even if it has to be asked for.
    private static let drain = Reception.givesUp + .milliseconds(500)
    private static let round = Duration.milliseconds(10)
    /// This program itself was kept waiting: a server asks its host for a lost packet for about as long.
    private static let stall = Duration.milliseconds(200)
    /// Who has left without a word keeps its sockets for so long.
    private static let silence = Duration.seconds(75)

    private let plan: Plan
    private let address: ServerAddress
    private let report: (Figures) -> Void
    private let loop: EventLoop
    private let begin = ContinuousClock.now
    private var phase = Figures.Phase.joining
    private var phaseBegan: (at: ContinuousClock.Instant, cpu: Double?)
    private var host: Host?
    private var listeners: [Listener] = []
    private var silent: [(listener: Listener, until: ContinuousClock.Instant)] = []
    /// Of those who are gone.
    private var past = PacketCounters()
    private var made = 0, joined = 0, failed = 0, dropped = 0, left = 0
    private var reasons: [String: Int] = [:]
    private var joins = Histogram(), firstPackets = Histogram(), latencies = Histogram()
    private var nextProgress: ContinuousClock.Instant, nextChurn: ContinuousClock.Instant?, nextReload: ContinuousClock.Instant?
    private var leavings = 0, stalls = 0
    /// Somebody's state is another than at the last look.
    private var hasChanged = false
    /// While all were there.
    private var held: Figures.Server?
    /// Of the listeners who were there when the host ended; they are gone later.
    private var final: Figures?

    /// - Parameter report: told at each change of phase and at intervals, last of all with `done`.
    init(_ plan: Plan, _ address: ServerAddress, report: @escaping (Figures) -> Void) throws {
        self.plan = plan
        self.address = address
        self.report = report
        loop = try EventLoop()
        phaseBegan = (begin, plan.server?.cpuSeconds)
        nextProgress = begin + plan.progress
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    func run() throws {
        try openParty()
        var nextRound = ContinuousClock.now
        while phase != .done {
            let now = ContinuousClock.now
            if now >= nextRound {
                if now - nextRound >= Self.stall { stalls += 1 }
                nextRound = now + Self.round
                try step(at: now)
            }
            host?.timePassed(at: now)
            if let failure = host?.failure { throw Failure(failure) }
            let wait = (host?.nextTimeout(before: nextRound) ?? nextRound) - .now
            loop.turn(milliseconds: Int32(clamping: Int((max(wait, .zero) / .milliseconds(1)).rounded(.up))))
        }
    }

    /// Listeners find no party before its host has one.
    private func openParty() throws {
        guard let settings = plan.host else { return }
        let host = Host(address, loop, settings)
        self.host = host
        while !host.isConnected {
            host.timePassed(at: .now)
            if let failure = host.failure { throw Failure(failure) }
            loop.turn(milliseconds: 5)
        }
        host.isSending = !plan.hostWaits
    }

    // MARK: - Time

    private func step(at now: ContinuousClock.Instant) throws {
        if phase == .joining { try come(at: now) }
        for listener in listeners { listener.timePassed(at: now) }
        if hasChanged { sort() }
        if phase == .holding {
            if let time = nextChurn, now >= time { try exchangeOne(at: now) }
            if let time = nextReload, let interval = plan.hostReload, now >= time {
                host?.reload()
                nextReload = now + interval
            }
        }
        if phase == .leaving { go(at: now) }
        for gone in silent where now >= gone.until { gone.listener.end() }
        silent.removeAll { now >= $0.until }
        try advance(at: now)
        if now >= nextProgress {
            nextProgress += plan.progress
            report(figures(at: now))
        }
    }

    private func advance(at now: ContinuousClock.Instant) throws {
        let elapsed = now - phaseBegan.at
        switch phase {
        case .joining:
            guard made >= plan.listeners, listeners.allSatisfy({ $0.state == .connected }) else { return }
            guard !listeners.isEmpty else { throw Failure("nobody got in: \(reasons.keys.sorted().joined(separator: ", "))") }
            enter(.holding, at: now)
            host?.isSending = true
            if plan.churn > 0 { nextChurn = now + .seconds(60 / plan.churn) }
            nextReload = plan.hostReload.map { now + $0 }
        case .holding:
            guard elapsed >= plan.hold, host.map(\.isConnected) ?? true else { return }
            host?.isSending = false
            enter(.draining, at: now)
        case .draining:
            guard elapsed >= Self.drain || host == nil else { return }
            final = figures(at: now, hostsLast: host.flatMap { $0.sent > 0 ? $0.sent - 1 : nil }, phase: .done)
            enter(.leaving, at: now)
        case .leaving:
            guard listeners.isEmpty else { return }
            host?.end()
            for gone in silent { gone.listener.end() }
            phase = .done
            if let final { report(final) }
        case .done: break
        }
    }

    private func enter(_ phase: Figures.Phase, at now: ContinuousClock.Instant) {
        if self.phase == .holding { held = serverFigures(at: now) }
        self.phase = phase
        phaseBegan = (now, plan.server?.cpuSeconds)
        report(figures(at: now))
    }

    // MARK: - Coming and going

    private func come(at now: ContinuousClock.Instant) throws {
        let share = plan.ramp > .zero ? min((now - begin) / plan.ramp, 1) : 1
        while made < plan.listeners, Double(made) <= share * Double(plan.listeners) { try addOne() }
    }

    private func addOne() throws {
        made += 1
        let listener = try Listener(name: "listener\(made)", address, loop, plan.listener)
        listener.onChange = { [unowned self] in hasChanged = true }
        listener.onConnected = { [unowned self] in
            joined += 1
            joins.add($0)
        }
        listener.onFirstPacket = { [unowned self] in firstPackets.add($0) }
        listener.onPacket = { [unowned self] in latencies.add($0) }
        listeners.append(listener)
    }

    /// Who has not come through, who is lost.
    private func sort() {
        hasChanged = false
        listeners.removeAll { listener in
            switch listener.state {
            case .failed(let reason):
                failed += 1
                reasons[reason, default: 0] += 1
            case .dropped(let reason):
                dropped += 1
                reasons[reason, default: 0] += 1
                past += listener.counters
            default: return false
            }
            return true
        }
    }

    /// Somebody leaves, by turns politely, abruptly and without a word; somebody comes.
    private func exchangeOne(at now: ContinuousClock.Instant) throws {
        nextChurn = now + .seconds(60 / plan.churn)
        let present = listeners.indices.filter { listeners[$0].state == .connected }
        guard let index = present.randomElement() else { return }
        let leaving = Listener.Leaving.allCases[leavings % Listener.Leaving.allCases.count]
        leavings += 1
        left += 1
        let listener = listeners.remove(at: index)
        if !listener.leave(leaving) { silent.append((listener, now + Self.silence)) }
        past += listener.counters
        try addOne()
    }

    private func go(at now: ContinuousClock.Instant) {
        let share = plan.ramp > .zero ? min((now - phaseBegan.at) / plan.ramp, 1) : 1
        let stay = Int((1 - share) * Double(plan.listeners))
        while listeners.count > stay, let listener = listeners.popLast() {
            left += 1
            _ = listener.leave(.politely)
        }
    }

    // MARK: - Figures

    /// - Parameter hostsLast: the last packet of a host that has ended: who does not have it has lost it.
    private func figures(at now: ContinuousClock.Instant, hostsLast: UInt32? = nil, phase: Figures.Phase? = nil) -> Figures {
        let present = listeners.filter { $0.state == .connected }
        var sum = past
        let each = present.map { hostsLast == nil ? $0.counters : $0.finishCounting(hostsLast: hostsLast) }
        for counters in each { sum += counters }
        return Figures(
            phase: phase ?? self.phase, seconds: (now - begin) / .seconds(1), listeners: present.count, joined: joined, failed: failed,
            dropped: dropped, left: left, reasons: reasons,
            host: host.map { .init(sent: Int($0.sent), lives: Int($0.lives), dropped: $0.dropped, repaired: $0.repaired) },
            received: sum.received, gaps: sum.gaps, recovered: sum.recovered, lost: sum.lost, duplicates: sum.duplicates,
            checked: sum.checked, wrong: sum.wrong, refused: sum.refused, thrownAway: sum.dropped, sequenceWraps: sum.wraps,
            bytes: sum.bytes,
            lostPercent: sum.received + sum.lost > 0 ? 100 * Double(sum.lost) / Double(sum.received + sum.lost) : 0,
            least: each.map(\.received).min() ?? 0, most: each.map(\.received).max() ?? 0,
            stalls: stalls, join: joins.percentiles, firstPacket: firstPackets.percentiles, latency: latencies.percentiles,
            server: phase == .done ? held : serverFigures(at: now))
    }

    private func serverFigures(at now: ContinuousClock.Instant) -> Figures.Server? {
        guard let server = plan.server, let before = phaseBegan.cpu, let used = server.cpuSeconds, let bytes = server.residentBytes else {
            return nil
        }
        let seconds = (now - phaseBegan.at) / .seconds(1)
        return Figures.Server(cpuPercent: seconds > 0 ? 100 * (used - before) / seconds : 0, residentBytes: bytes)
    }
}
