import Glibc
import Testing

@testable import Postgres

@Suite struct FileLockTests {
    @Test func isExclusive() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/lock"
            let shared = try FileLock(path: path, mode: .shared)
            #expect(shared != nil)
            #expect(try FileLock(path: path, mode: .shared) != nil)
            #expect(try FileLock(path: path, mode: .exclusive) == nil)
            withExtendedLifetime(shared) {}
        }
    }

    /// As a program has one that is being started just then.
    @Test func aCopiedDescriptorDoesNotKeepIt() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/lock"
            var lock = try FileLock(path: path, mode: .shared)
            let copies = (3..<1_024).filter { isOpen($0, path: path) }.map { dup(CInt($0)) }
            defer { for copy in copies { close(copy) } }
            #expect(lock != nil && copies.count == 1)
            lock = nil
            #expect(try FileLock(path: path, mode: .exclusive) != nil)
        }
    }

    private func isOpen(_ descriptor: Int, path: String) -> Bool {
        var target = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/fd/\(descriptor)", &target, target.count - 1)
        return count > 0 && String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self).hasSuffix(path)
    }
}
