"""Plugins/Party/SECURITY.md names a test for each of its promises: they all exist."""

import re

from servers import ROOT

LIST = (ROOT / "Plugins/Party/SECURITY.md").read_text()
DECLARATIONS = {".py": r"^(?:async )?def {}\(", ".swift": r"func {}\(", ".mjs": r"test\('{}'"}


def files(name):
    folders = [ROOT / "Tests", ROOT / "Plugins/Party/WebRTC/Tests"]
    return [path for folder in folders for path in folder.rglob(name)]


def test_every_test_that_is_named_exists():
    named = re.findall(r"`([\w.]+\.(?:py|swift|mjs))::([^`]+)`", LIST)
    assert len(named) > 60
    missing = []
    for file, test in named:
        declaration = DECLARATIONS[file[file.rindex("."):]].format(re.escape(test))
        if not any(re.search(declaration, path.read_text(), re.MULTILINE) for path in files(file)):
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_promise_names_a_test():
    rows = [line for line in LIST.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| Promise"))]
    assert len(rows) > 30
    assert [row for row in rows if "`" not in row.rsplit("|", 2)[1]] == []
