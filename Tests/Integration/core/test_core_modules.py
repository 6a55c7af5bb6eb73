"""Modules that load, and all the ways in which one may not: the site serves, and says why."""

import shutil
import subprocess

import pytest
import requests
from servers import BINARY
from core_checks import modules


def compile_module(folder, name, source):
    file = folder / f"{name}.c"
    file.write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / f"lib{name}.so", file], check=True)


def assert_serves(server):
    assert server.get("/").status_code == 200
    assert server.get("/api/modules").status_code == 200


def test_smallest(start):
    server = start(MODULES="Smallest, Smallest", SMALLEST_GREETING="Good day")
    assert modules(server)["Smallest"] == {"name": "Smallest", "status": "loaded", "message": None}
    assert len(server.get("/api/modules").json()) == 2, "a module that is named twice is loaded once"
    assert server.get("/api/smallest").text == "Good day from a off server"
    assert requests.post(server.url + "/api/smallest", data=b"body").text == "body"


def test_not_named_not_loaded(start):
    server = start()
    assert "Smallest" not in modules(server)
    assert server.get("/api/smallest").status_code == 404


def test_copied_to_another_folder(start, binaries):
    shutil.copy2(BINARY.resolve().parent / "libSmallest.so", binaries)
    server = start(binary=binaries / "dmp", MODULES="Smallest")
    assert modules(server)["Smallest"]["status"] == "loaded"
    with open(f"/proc/{server.process.pid}/maps") as maps:
        kits = {line.split()[-1] for line in maps if "libGatewayKit" in line}
    assert kits == {str(binaries / "libGatewayKit.so")}


def test_missing(start):
    server = start(MODULES="Absent")
    assert modules(server)["Absent"]["status"] == "failed"
    assert "libAbsent.so is missing" in modules(server)["Absent"]["message"]
    assert "module failed" in server.log and "Absent" in server.log
    assert_serves(server)


def test_failing(start):
    server = start(MODULES="Smallest", SMALLEST_GREETING="fail")
    assert modules(server)["Smallest"] == {"name": "Smallest", "status": "failed", "message": "SMALLEST_GREETING is fail"}
    assert server.get("/api/smallest").status_code == 404
    assert_serves(server)


def test_stale(start, binaries):
    # It would end the process, were its code called.
    compile_module(binaries, "Stale", "#include <stdlib.h>\nvoid *dmp_module_abi0(void) { abort(); }\n")
    server = start(binary=binaries / "dmp", MODULES="Stale")
    assert modules(server)["Stale"]["status"] == "failed"
    assert "built for module ABI 0, this kit has 5" in modules(server)["Stale"]["message"]
    assert_serves(server)


def test_built_against_another_kit(start, binaries):
    compile_module(binaries, "Other", "void gone_in_this_kit(void);\nvoid *dmp_module_abi5(void) { gone_in_this_kit(); return 0; }\n")
    server = start(binary=binaries / "dmp", MODULES="Other")
    assert "another version of the kit" in modules(server)["Other"]["message"]
    assert "gone_in_this_kit" in modules(server)["Other"]["message"]
    assert_serves(server)


def test_no_module_at_all(start, binaries):
    compile_module(binaries, "Plain", "int nothing;\n")
    (binaries / "libText.so").write_text("not a library")
    server = start(binary=binaries / "dmp", MODULES="Plain,Text")
    assert "is not a module" in modules(server)["Plain"]["message"]
    assert "cannot be opened" in modules(server)["Text"]["message"]
    assert_serves(server)


@pytest.mark.parametrize("name", ["../Smallest", "/tmp/x", "a b", "ä"])
def test_a_name_leads_nowhere_else(start, name):
    server = start(wait=False, MODULES=name)
    assert server.process.wait(20) == 1
    assert "dmp: MODULES: " in server.log


@pytest.mark.parametrize("library", ["libParty.so", "libSmallest.so"])
def test_no_second_copy_of_a_shared_library(library):
    """A module that defines the symbols of a library which the kit contains has types and singletons of its own."""
    symbols = subprocess.run(["nm", "-D", "--defined-only", BINARY.resolve().parent / library], check=True, capture_output=True, text=True).stdout
    defined = [line.split()[-1] for line in symbols.splitlines()]
    # Mangled names: `$s`, then the length and the name of the module that defines it.
    copies = ["NIOCore", "NIOPosix", "NIOHTTP1", "Hummingbird", "HummingbirdCore", "Logging", "CoreMetrics", "ServiceLifecycle", "HTTPTypes",
              "GatewayAPI", "GatewayServer", "Catalog", "Postgres"]
    wrong = [name for name in defined for copy in copies if name.startswith(f"$s{len(copy)}{copy}") and name.endswith(("Mn", "Ma"))]
    assert wrong == []
    assert "dmp_module_abi5" in defined
    needed = subprocess.run(["readelf", "-d", BINARY.resolve().parent / library], check=True, capture_output=True, text=True).stdout
    assert "libGatewayKit.so" in needed and "$ORIGIN" in needed
