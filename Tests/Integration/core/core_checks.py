"""What the core's tests ask of a running server."""

import pathlib
import socket

INDEX = "<!doctype html><html><head><title>Test</title><!--dmp:configuration--></head><body></body></html>\n"
SCRIPT = "// a script\n" + "export const line = 'line'\n" * 400


def modules(server):
    return {module["name"]: module for module in server.get("/api/modules").json()}


def udp_ports(pid):
    """Local ports of the process's UDP sockets, by the inodes of its open files (proc(5))."""
    inodes = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    ports = set()
    for table in ["udp", "udp6"]:
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


def raw(server, data, *, seconds=10, until_closed=True):
    """What the server sends for these bytes on a connection of their own."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(data)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
            if not until_closed:
                break
        return answer
