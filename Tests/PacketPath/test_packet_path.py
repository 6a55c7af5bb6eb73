"""What one listener more costs a packet of the host, counted in instructions and allocations: a slow-down fails here without any clock.

`PacketPath` (Plugins/Party/WebRTC/Tests/PacketPath) sends the same packets to a few listeners and to many, under callgrind. The difference
is what is done for each listener; what is done once for the packet, such as opening it with libsrtp2, is left out.
"""

import collections
import pathlib
import re
import subprocess

import pytest

PROGRAM = pathlib.Path(__file__).parents[2] / ".build-packetpath/release/PacketPath"
FEW, MANY, PACKETS = 5, 55, 100
FORWARDED = (MANY - FEW) * PACKETS
# The mangled name of `PacketPath.measured`.
MEASURED = "*8measured*"
ALLOCATES = {"malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign", "mmap"}
# Our own code and Swift's, the same at every load: 225, 271 and 289 when this was written, in the order of the profiles below. The compiler's
# next version may move it a little.
OURS = 320
# With the libraries', which may have another way through on another processor: 1,742, 3,449 and 6,524.
ALL = {"SRTP_AEAD_AES_256_GCM": 2_000, "SRTP_AEAD_AES_128_GCM": 4_000, "SRTP_AES128_CM_SHA1_80": 7_500}


class Counted:
    """A file of callgrind's: instructions by file of the program or library, and those of functions that allocate."""

    def __init__(self, path):
        self.instructions = collections.Counter()
        self.allocating = 0
        objects, functions = {}, {}
        within = function = None
        of_callee = False
        for line in path.read_text().splitlines():
            if found := re.match(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$", line):
                calls, kind, number, name = found.groups()
                known = objects if kind == "ob" else functions
                if name:
                    known[number] = name
                if not calls and kind == "ob":
                    within = pathlib.Path(known[number]).name
                elif not calls:
                    function = known[number].split("'")[0]
            elif line.startswith("calls="):
                of_callee = True
            elif found := re.match(r"[+\-*\d]\S* (\d+)$", line):
                # The line behind `calls=` is what the called function took, which has lines of its own.
                if not of_callee:
                    self.instructions[within] += int(found[1])
                    self.allocating += int(found[1]) if function in ALLOCATES else 0
                of_callee = False


def counted(folder, listeners, profile):
    report = folder / f"{listeners}.callgrind"
    ran = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--toggle-collect={MEASURED}", f"--callgrind-out-file={report}", PROGRAM, str(listeners), str(PACKETS), profile],
        capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == listeners * PACKETS, "not every packet went to everybody"
    return Counted(report)


@pytest.fixture(scope="module", params=list(ALL))
def for_each(request, tmp_path_factory):
    """Profile, instructions for each forwarded packet by file, and those of them that allocate."""
    folder = tmp_path_factory.mktemp("callgrind")
    few, many = (counted(folder, listeners, request.param) for listeners in (FEW, MANY))
    instructions = {name: (many.instructions[name] - few.instructions[name]) / FORWARDED for name in many.instructions}
    assert sum(instructions.values()) > 500, "callgrind has not seen the packets' path"
    return request.param, instructions, (many.allocating - few.allocating) / FORWARDED


def test_nothing_is_allocated(for_each):
    profile, _, allocating = for_each
    assert allocating == 0, f"{allocating:.1f} instructions of malloc and the like for each forwarded packet of {profile}"


def test_instructions(for_each):
    profile, instructions, _ = for_each
    ours = sum(count for name, count in instructions.items() if name == PROGRAM.name or name.startswith("libswift"))
    table = "\n".join(f"{count:8.0f}  {name}" for name, count in sorted(instructions.items(), key=lambda item: -item[1]) if count >= 1)
    print(f"{profile}: {sum(instructions.values()):.0f}, {ours:.0f} of ours\n{table}")
    assert ours <= OURS, f"{ours:.0f} instructions of ours for each forwarded packet of {profile}, more than {OURS}:\n{table}"
    assert sum(instructions.values()) <= ALL[profile], f"more than {ALL[profile]} instructions for each forwarded packet of {profile}:\n{table}"
