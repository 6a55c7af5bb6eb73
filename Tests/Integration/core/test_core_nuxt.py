"""A static Nuxt build as PUBLIC_DIR: one build changes role with the server, and its own inline scripts run under the policy."""

import shutil

import pytest
from playwright.sync_api import sync_playwright
from servers import free_port

ENTRY = """
const config = window.__NUXT__.config ?? window.__NUXT__["nuxt-app"].config
document.getElementById("__nuxt").textContent = JSON.stringify(config.public)
document.title = window.early + " " + document.getElementById("__NUXT_DATA__")?.textContent
"""

# The public object as a build of a host freezes it, with a value of the build's own.
PUBLIC = '{partyEnabled:!1,partyRole:"host",partyUrl:"http://old.test",imageStorage:"local",own:{partyRole:"own",list:[1,"a}"]}}'

SHAPES = {
    "nuxt 4": f'window.__NUXT__={{}};window.__NUXT__.config={{public:{PUBLIC},app:{{baseURL:"/",buildId:"b-1",buildAssetsDir:"/_nuxt/",cdnURL:""}}}}',
    "several applications": f'window.__NUXT__=window.__NUXT__||{{}};window.__NUXT__["nuxt-app"]={{config:{{public:{PUBLIC},app:{{baseURL:"/"}}}}}}',
    "nuxt 3.0": f'window.__NUXT__=(function(a){{return {{data:{{text:"config:{{public:{{"}},config:{{public:{PUBLIC.replace("!1", "a")},app:{{baseURL:"/"}}}}}}}}(false))',
}


def page(configuration, text=""):
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><style>body{{color:rgb(1, 2, 3)}}</style>
<script type="importmap">{{"imports":{{"#entry":"/_nuxt/entry.js"}}}}</script>
<script type="module" src="/_nuxt/entry.js" crossorigin></script><script>window.early = "early"</script></head>
<body><div id="__nuxt" style="margin:7px">{text}</div>
<script type="application/json" data-nuxt-data="nuxt-app" data-ssr="false" id="__NUXT_DATA__">[{{"serverRendered":1}},false]</script>
<script>{configuration}</script></body></html>"""


def build(folder, configuration):
    files = {"index.html": page(configuration, "home"), "200.html": page(configuration), "404.html": page(configuration), "_nuxt/entry.js": ENTRY,
             "browse/index.html": page(configuration, "browse"), "_nuxt/builds/latest.json": "{}", "_nuxt/builds/meta/b-1.json": "{}", "favicon.ico": "x"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        executable = shutil.which("chromium") or pytest.fail("no Chromium: apt-get install chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


def visit(browser, url):
    """The build's public configuration as its script sees it, the page's title, and what the browser complained of."""
    complaints = []
    tab = browser.new_page()
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(url)
    found = tab.evaluate("() => (window.__NUXT__.config ?? window.__NUXT__['nuxt-app'].config).public")
    result = found, tab.title(), complaints, tab.evaluate("() => getComputedStyle(document.body).color + getComputedStyle(document.getElementById('__nuxt')).margin")
    tab.close()
    return result


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("role", ["off", "host", "listener"])
def test_one_build_in_every_role(start, tmp_path, browser, shape, role):
    port = free_port()
    environment = {
        "off": {}, "host": {"PARTY_ENABLED": "true", "PARTY_ROLE": "host", "PARTY_URL": "https://party.test"},
        "listener": {"PARTY_ENABLED": "true", "PARTY_ROLE": "listener", "RTC_MIN_PORT": port, "RTC_MAX_PORT": port},
    }[role]
    server = start(PUBLIC_DIR=build(tmp_path, SHAPES[shape]), IMAGE_STORAGE="both", **environment)
    expected = {
        "partyEnabled": role != "off", "partyRole": "" if role == "off" else role, "partyUrl": "https://party.test" if role == "host" else "",
        "streamMode": role == "listener", "imageStorage": "both", "own": {"partyRole": "own", "list": [1, "a}"]},
    }
    for path in ["/", "/browse", "/artist/some-one", "/200.html"]:
        public, title, complaints, style = visit(browser, server.url + path)
        assert public == expected, path
        assert title == 'early [{"serverRendered":1},false]', "the build's own scripts ran"
        assert complaints == [] and style == "rgb(1, 2, 3)7px", path


@pytest.fixture(scope="module")
def server(start, tmp_path_factory):
    return start(PUBLIC_DIR=build(tmp_path_factory.mktemp("build"), SHAPES["nuxt 4"]))


def test_pages_of_a_build(server):
    assert ">home<" in server.get("/").text or 'id="__nuxt"' in server.get("/").text
    assert ">browse<" in server.get("/browse").text and ">browse<" in server.get("/browse/").text
    fallback = server.get("/artist/x")
    assert fallback.status_code == 200 and ">home<" not in fallback.text
    unknown = server.get("/unknown/page")
    assert unknown.status_code == 404 and 'id="__nuxt"' in unknown.text
    assert server.get("/missing.js").status_code == 404 and "__nuxt" not in server.get("/missing.js").text
    assert server.get("/api/nothing").json()["code"] == "not_found"


def test_caching_of_a_build(server):
    assert server.get("/_nuxt/entry.js").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert server.get("/_nuxt/builds/meta/b-1.json").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for path in ["/", "/browse", "/_nuxt/builds/latest.json", "/favicon.ico"]:
        assert server.get(path).headers["Cache-Control"] == "no-cache", path


def test_the_policy_allows_the_builds_scripts_alone(server, browser):
    policy = server.get("/").headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.count("'sha256-") == 3 and "unsafe" not in scripts
    tab = browser.new_page()
    tab.goto(server.url)
    tab.evaluate("() => { const script = document.createElement('script'); script.textContent = 'window.foreign = true'; document.body.append(script) }")
    assert tab.evaluate("() => window.foreign === undefined")
    tab.close()


def test_what_cannot_be_read_stays(start, tmp_path):
    build(tmp_path, "window.__NUXT__={};window.__NUXT__.config={public:{partyRole")
    server = start(PUBLIC_DIR=tmp_path)
    assert server.get("/").status_code == 200 and "{public:{partyRole</script>" in server.get("/").text
    assert "cannot be read" in server.log and "file=/index.html" in server.log
