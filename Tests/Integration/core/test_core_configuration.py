"""Where settings come from, how they are printed, and what a wrong one says."""

import json
import re
import subprocess

import pytest
from servers import BINARY, ROOT, wait_until


def run(*arguments, folder, **environment):
    return subprocess.run([BINARY, *arguments], cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": "/root"} | environment, capture_output=True, text=True, timeout=60)


def test_dot_env(start, tmp_path):
    (tmp_path / ".env").write_text("export MODULES = 'Smallest' # a comment\nSMALLEST_GREETING=\"from the file\"\nIMAGE_STORAGE=s3\nthis is no setting\n")
    server = start(folder=tmp_path, IMAGE_STORAGE="both")
    assert server.get("/api/smallest").text.startswith("from the file")
    assert '"imageStorage":"both"' in server.get("/").text, "the environment wins"
    assert "line=4" in server.log


def test_options_win(start):
    server = start(HOST="0.0.0.0", PORT=1, arguments=["--host", "127.0.0.1", "--port", "0"], wait=False)
    wait_until(lambda: re.search(r"listening on 127\.0\.0\.1:\d{2,}", server.log), what="listening on a free port")


@pytest.mark.parametrize("variable, value, accepts", [
    ("PORT", "70000", "0–65535"), ("PORT", "3000x", "0–65535"), ("IMAGE_STORAGE", "tape", "local or s3 or both"), ("TRUSTED_PROXIES", "10.0.0.0/33", "addresses or networks"),
    ("TRUSTED_PROXIES", "proxy.test", "addresses or networks"), ("LOG_LEVEL", "loud", "trace, debug"), ("LOG_FORMAT", "xml", "text or json"), ("MAX_CONNECTIONS", "0", "16–"),
    ("S3_PUBLIC_URL", "https://x; script-src *", "http(s)://"), ("MODULES", "a/b", "names"),
])
def test_wrong_values(tmp_path, variable, value, accepts):
    result = run("serve", folder=tmp_path, **{variable: value})
    assert result.returncode == 1
    assert result.stderr.startswith(f"dmp: {variable}: ") and accepts in result.stderr and result.stderr.count("\n") == 1


def test_empty_is_not_set(start):
    server = start(IMAGE_STORAGE="", LOG_LEVEL="  ", MODULES=",", TRUSTED_PROXIES="")
    assert server.get("/").status_code == 200


def test_help_shows_every_setting(tmp_path):
    text = run("serve", "--help", folder=tmp_path, MODULES="Smallest").stdout
    for name in ["HOST", "PORT", "DATABASE_URL", "PARTY_ROLE", "PARTY_SECRET", "RTC_MIN_PORT", "MEDIASOUP_ANNOUNCED_IP", "SMALLEST_GREETING", "--port"]:
        assert name in text, name


def test_readme_has_the_table():
    printed = run("configuration", "--markdown", folder="/").stdout.strip()
    assert printed.count("\n| `") > 20
    readme = (ROOT / "README.md").read_text()
    between = re.search(r"<!-- configuration:.*?-->\n(.*?)<!-- /configuration -->", readme, re.DOTALL).group(1).strip()
    assert between == printed, "put the output of `dmp configuration --markdown` there"


def test_json_log(start):
    server = start(LOG_FORMAT="json", LOG_LEVEL="debug")
    server.get("/api/nothing%0a%22injected?secret=1")
    server.stop()
    lines = [json.loads(line) for line in server.log.splitlines()]
    requests_ = [line for line in lines if line["message"] == "request" and "injected" in line["path"]]
    assert len(requests_) == 1 and "secret" not in json.dumps(requests_)
    assert {"time", "level", "label", "hb.request.id", "method", "status", "ms"} <= requests_[0].keys()


def test_a_log_line_is_one_line(start):
    server = start(LOG_LEVEL="debug")
    server.get("/api/artists", headers={"X-Forwarded-For": "1.2.3.4"})
    server.stop()
    assert all(line[:4].isdigit() for line in server.log.splitlines()), server.log


def test_version(tmp_path):
    assert run("--version", folder=tmp_path).stdout.strip().count(".") == 2
