/// Which prepared statements a connection's server process holds, bounded. One for each connection: they end with it.

struct StatementCache {
    /// Names for a statement text.
    enum Entry: Equatable {
        /// Prepared before on this connection.
        case prepared(name: String)
        /// To be prepared now under `name`; `evicted` is to be deallocated first.
        case new(name: String, evicted: String?)
    }

    private var statements: [String: (name: String, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0
    let capacity: Int

    init(capacity: Int = 128) { self.capacity = max(1, capacity) }

    var count: Int { statements.count }

    /// The entry for `text`, which counts as used and, when new, as prepared from now on. Names are never used twice.
    mutating func entry(for text: String) -> Entry {
        uses += 1
        if let known = statements[text] {
            statements[text] = (known.name, uses)
            return .prepared(name: known.name)
        }
        var evicted: String?
        // A linear search, but only when a text that was never seen meets a full cache.
        if statements.count >= capacity, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            evicted = oldest.value.name
            statements[oldest.key] = nil
        }
        let name = "s\(uses)"
        statements[text] = (name, uses)
        return .new(name: name, evicted: evicted)
    }

    /// Forgets `text` if it still goes by `name`: preparing it failed, or its plan cannot be used any more.
    mutating func forget(_ text: String, name: String) {
        if statements[text]?.name == name { statements[text] = nil }
    }
}
