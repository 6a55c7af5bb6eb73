"""What is shipped is built so that a bug is hard to use (security.md, "Ship hardened"), and lets the distribution mend its libraries."""

import pathlib
import re
import subprocess

import pytest
from servers import BINARY, ROOT, free_port

FOLDER = BINARY.resolve().parent
PROGRAMS = ["dmp", "dmp-tag-reader"]
LIBRARIES = ["libGatewayKit.so", "libParty.so"]


def readelf(name, *options):
    return subprocess.run(["readelf", "-W", *options, FOLDER / name], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_load_at_random_addresses(name):
    assert "Type:                              DYN" in readelf(name, "-h")
    assert "PIE" in readelf(name, "-d")


@pytest.mark.parametrize("name", PROGRAMS + LIBRARIES)
def test_tables_of_addresses_are_read_only(name):
    """RELRO with BIND_NOW; and no memory is both writable and executable."""
    segments = readelf(name, "-l")
    assert "GNU_RELRO" in segments
    assert "BIND_NOW" in readelf(name, "-d")
    flags = re.findall(r"^ +(?:LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x\S+$", segments, re.MULTILINE)
    assert len(flags) > 2 and all(flag[1:] != "WE" for flag in flags)
    assert "TEXTREL" not in readelf(name, "-d")


@pytest.mark.parametrize("name", PROGRAMS + LIBRARIES)
def test_stacks_are_protected(name):
    assert "__stack_chk_fail" in readelf(name, "--dyn-syms")


@pytest.mark.parametrize("target", ["CLinux", "CGatewayABI", "dmp_tag_reader"])
def test_every_object_of_c_has_canaries(target):
    """Swift's own code would hide from `test_stacks_are_protected` that one of ours has none."""
    objects = list((FOLDER / f"{target}.build").rglob("*.o"))
    assert objects
    protected = [path for path in objects if "__stack_chk_fail" in subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout]
    assert protected


@pytest.mark.parametrize("name, libraries", [
    ("libParty.so", ["libssl.so.3", "libcrypto.so.3", "libsrtp2.so.1"]), ("libGatewayKit.so", ["libpq.so.5", "libz.so.1"]),
    ("dmp-tag-reader", ["libtag.so.1"]), ("dmp", ["libopus.so.0"]),
])
def test_libraries_are_the_distributions(name, libraries):
    found = subprocess.run(["ldd", FOLDER / name], check=True, capture_output=True, text=True).stdout
    for library in libraries:
        path = re.search(rf"{re.escape(library)} => (\S+)", found)
        assert path and pathlib.Path(path.group(1)).resolve().is_relative_to("/usr/lib"), library


def test_the_module_has_no_cryptography_of_its_own():
    """What the distribution mends in OpenSSL and libsrtp would stay broken in a copy."""
    symbols = subprocess.run(["nm", "-D", "--defined-only", FOLDER / "libParty.so"], check=True, capture_output=True, text=True).stdout
    assert not re.search(r" (SSL_do_handshake|srtp_unprotect|EVP_DecryptFinal_ex)$", symbols, re.MULTILINE)


def test_the_unit_of_the_readme_is_a_sandbox(tmp_path):
    """By systemd's own judgement, where 10 is no protection at all; and by what it must contain."""
    text = re.search(r"^ +\[Unit\]\n(?:.*\n)*? +WantedBy=.*$", (ROOT / "README.md").read_text(), re.MULTILINE).group(0)
    lines = [line.strip() for line in text.splitlines()]
    for line in ["User=dmp", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "PrivateTmp=yes", "SystemCallFilter=@system-service"]:
        assert line in lines
    unit = tmp_path / "dmp.service"
    unit.write_text("\n".join(lines) + "\n")
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", unit], capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_its_system_calls_are_those_of_the_sandbox(start_dmp, tmp_path):
    """The unit's filter, tried in advance: a listener server with its own database, from its start to its stop."""
    allowed = allowed_calls("@system-service")
    trace = tmp_path / "trace"
    wrapper = tmp_path / "dmp"
    wrapper.write_text(f"#!/bin/sh\nexec strace -D -f -qq -o {trace} -e signal=none {BINARY.resolve()} \"$@\"\n")
    wrapper.chmod(0o755)
    port = free_port()
    for folder in [tmp_path, *tmp_path.parents[:2]]:  # Postgres' own user passes through
        folder.chmod(0o755)
    server = start_dmp(folder=tmp_path, binary=wrapper, PARTY_ENABLED="true", PARTY_ROLE="listener", RTC_MIN_PORT=port, RTC_MAX_PORT=port)
    assert server.wait_for_catalog().get("/api/artists").status_code == 200
    assert server.stop() == 0
    calls = set(re.findall(r"^\d+ +(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed)", trace.read_text(), re.MULTILINE))
    assert len(calls) > 50 and calls - allowed == set()


def allowed_calls(group):
    """What stands in a group of systemd's, with the groups in it."""
    output = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True).stdout
    names = [line.strip() for line in output.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(allowed_calls(name) if name.startswith("@") else {name} for name in names))
