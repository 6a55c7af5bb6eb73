"""The README's configuration table is what the program prints."""

import subprocess

from servers import BINARY, ROOT


def test_configuration_table():
    printed = subprocess.run([BINARY, "configuration", "--markdown"], check=True, capture_output=True, text=True).stdout
    text = (ROOT / "README.md").read_text()
    table = text.split("checked by a test -->")[1].split("<!-- /configuration -->")[0]
    assert table.strip() == printed.strip(), "run `dmp configuration --markdown` and put its output into README.md"
