/// AES-256-GCM by libsodium, where that is installed and the processor has instructions for it; `SrtpCipher` does with it what it would
/// else do with OpenSSL.
///
/// OpenSSL 3 looks up its own parameters by name for each packet, and a context of its takes 1.2 KB: a seal takes 0.5 µs on the way to a
/// thousand listeners, whose contexts lie in no cache, and this one 0.2 µs, although the key is twice as long (docs/Benchmarks.md).

#if SODIUM
    internal import CSodium

    /// Plain bits; whoever makes it calls `free()` once. One thread.
    struct Aes256Gcm: BitwiseCopyable {
        static let isAvailable = sodium_init() >= 0 && crypto_aead_aes256gcm_is_available() == 1

        /// The expanded key.
        private let state: UnsafeMutablePointer<crypto_aead_aes256gcm_state>

        /// Nil where it is not available.
        /// - Parameter key: 32 bytes.
        init?(key: [UInt8]) {
            guard Self.isAvailable, key.count == 32 else { return nil }
            state = UnsafeMutableRawPointer.allocate(byteCount: crypto_aead_aes256gcm_statebytes(), alignment: 64)
                .bindMemory(to: crypto_aead_aes256gcm_state.self, capacity: 1)
            crypto_aead_aes256gcm_beforenm(state, key)
        }

        func free() {
            sodium_memzero(state, crypto_aead_aes256gcm_statebytes())
            UnsafeMutableRawPointer(state).deallocate()
        }

        /// Encrypts `bytes[header..<count]` in place and writes the 16 bytes of the tag behind.
        /// - Parameters:
        ///   - additional: what is authenticated beside it, such as the header.
        ///   - iv: 12 bytes.
        @inline(__always)
        func seal(
            _ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, additional: UnsafeBufferPointer<UInt8>, iv: UnsafePointer<UInt8>
        ) {
            let text = bytes + header
            let status = crypto_aead_aes256gcm_encrypt_detached_afternm(
                text, bytes + count, nil, text, UInt64(count - header), additional.baseAddress, UInt64(additional.count), nil, iv, state)
            precondition(status == 0, "libsodium cannot encrypt")
        }

        /// Decrypts what `seal` makes, in place. False, with the text all zeros, when the tag behind it is not authentic.
        func open(
            _ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, additional: UnsafeBufferPointer<UInt8>, iv: UnsafePointer<UInt8>
        ) -> Bool {
            let text = bytes + header
            return crypto_aead_aes256gcm_decrypt_detached_afternm(
                text, nil, text, UInt64(count - header), bytes + count, additional.baseAddress, UInt64(additional.count), iv, state) == 0
        }
    }
#else
    /// Never there.
    struct Aes256Gcm: BitwiseCopyable {
        static let isAvailable = false

        init?(key: [UInt8]) { return nil }

        func free() {}

        func seal(
            _ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, additional: UnsafeBufferPointer<UInt8>, iv: UnsafePointer<UInt8>
        ) {}

        func open(
            _ bytes: UnsafeMutablePointer<UInt8>, header: Int, count: Int, additional: UnsafeBufferPointer<UInt8>, iv: UnsafePointer<UInt8>
        ) -> Bool { false }
    }
#endif
