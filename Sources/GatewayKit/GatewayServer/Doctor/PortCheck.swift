/// What `dmp doctor` says of the address that the site is served at.
import GatewayAPI
import NIOPosix

enum PortCheck {
    /// Takes the port for a moment.
    @Sendable static func port(_ patient: Patient) async -> [Finding] {
        let values = patient.configuration.values
        let (host, port) = (values[CoreKeys.host], values[CoreKeys.port])
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
            return [.fine("\(host) port \(port) is free")]
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            let local = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "[::1]" : host.contains(":") ? "[\(host)]" : host
            if let page = try? await OutgoingRequest.fetch("http://\(local):\(port)/api/modules", within: .seconds(2)), page.status == 200 {
                return [.fine("\(host) port \(port): a server of ours runs there")]
            }
            return [.broken("\(host) port \(port) is taken by another program", "stop it, or set PORT to another number")]
        } catch {
            return [
                .broken(
                    "\(host) port \(port) cannot be opened: \(error)",
                    "set HOST to an address of this machine, and PORT to a number above 1023, with a reverse proxy in front of it")
            ]
        }
    }
}
