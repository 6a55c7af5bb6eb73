"""What the core's tests ask of a running server."""

import base64
import os
import pathlib
import socket
import struct

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


def handshake(path="/smallest", *, without=(), **headers):
    fields = {"Host": "x", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if name not in without)
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


def frame(opcode, payload, *, fin=True, reserved=0, mask=b"\x01\x02\x03\x04"):
    """A client's frame (section 5.2); `mask=b""` leaves it unmasked."""
    length = len(payload)
    head = bytes([(0x80 if fin else 0) | reserved | opcode])
    bit = 0x80 if mask else 0
    head += bytes([bit | length]) if length < 126 else bytes([bit | 126]) + struct.pack("!H", length) if length < 65536 else bytes([bit | 127]) + struct.pack("!Q", length)
    return head + mask + (bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) if mask else payload)
