"""`script/bench catalog`: every reading route of the catalog on a library of a million tracks, 16 clients at a time.

Each route's own statement is taken from Postgres' log while the server answers, and `pgbench` runs it with the same parameters on the same
database in the same run: the ratio says what the server costs beyond the database, on whatever machine. See docs/Benchmarks.md.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import requests
from servers import BINARY, ROOT, Cluster, Server

CLIENTS = 16
LUA = pathlib.Path(__file__).with_name("varied.lua")
# Parameters that pgbench draws from. Each is a script of its own, which every one of its connections plans five times before it keeps
# the plan: many would measure planning.
PARAMETER_SETS = 12
URLS = 400
TARGET_P99, TARGET_RATIO, TARGET_MEGABYTES = 50, 0.6, 150


class Library:
    """A Postgres of our own with the invented library, kept between runs."""

    def __init__(self, size, folder):
        self.cluster = Cluster(folder / f"library-{size:g}")
        self.size = size

    def database(self, name):
        """`tuned` has the indexes that `dmp db tune` creates, as an embedded database does; `plain` is as the original makes it."""
        with self.cluster.connect() as sql:
            # A database that was interrupted while it was made has another name.
            if not sql.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
                making = self.cluster.create("making")
                self.dmp(making, "db", "fill", "--size", f"{self.size:g}")
                if name == "tuned":
                    self.dmp(making, "db", "tune")
                sql.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
        return name

    def dmp(self, database, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "DATABASE_URL": self.cluster.url(database), "DMP_DATA_DIR": folder}
            subprocess.run([BINARY, *arguments], env=environment, cwd=folder, check=True)


def routes(sql, seed):
    """Name → requests (method, path, body), drawn from what is in the database."""
    draw = random.Random(seed)

    def column(statement):
        return [row[0] for row in sql.execute(statement).fetchall()]

    def some(values, count=URLS):
        return [draw.choice(values) for _ in range(count)]

    def get(paths):
        return [("GET", path, "") for path in paths]

    quote = urllib.parse.quote
    sample = "ORDER BY hashtextextended(\"id\", 1) LIMIT 2000"
    slugs = [quote(slug) for slug in column(f'SELECT "slug" FROM "Artist" {sample}')]
    releases = column(f'SELECT "id" FROM "LocalRelease" {sample}') + column(f'SELECT "id" FROM "MusicBrainzRelease" {sample}')
    tracks = column(f'SELECT "id" FROM "LocalReleaseTrack" {sample}')
    titles = [title for title in column(f'SELECT "title" FROM "LocalReleaseTrack" WHERE "title" <> \'\' {sample}')]
    names = column(f'SELECT "name" FROM "Artist" {sample}')
    genres = column('SELECT "name" FROM "Genre"')
    playlists = column('SELECT "slug" FROM "Playlist"')
    artists = column('SELECT count(*) FROM "Artist"')[0]
    years = column('SELECT DISTINCT "year" FROM "LocalRelease" WHERE "year" > 0')

    def piece(text, length):
        start = draw.randrange(max(1, len(text) - length + 1))
        return quote(text[start:start + length])

    def explore(_):
        sliders = {name: draw.randrange(10) for name in ("energy", "era", "familiarity", "sound")}
        return ("POST", "/api/tracks/explore", json.dumps({**sliders, "excludeIds": draw.sample(tracks, min(20, len(tracks)))}))

    sorts = ["name", "playCount", "score", "recent"]
    found = {
        "artists, first pages": get(f"/api/artists?page={draw.randrange(1, 6)}&sort={draw.choice(sorts)}" for _ in range(URLS)),
        "artists, any page": get(f"/api/artists?page={draw.randrange(1, artists // 48 + 2)}&sort={draw.choice(sorts)}" for _ in range(URLS)),
        "artists, letter": get(f"/api/artists?letter={letter}" for letter in some([*"abcdefghijklmnopqrstuvwxyz", "%23"])),
        "artists, genre": get(f"/api/artists?genre={quote(genre)}&sort={draw.choice(sorts)}" for genre in some(genres)),
        "artists, score": get(f"/api/artists?minScore={draw.randrange(80)}&maxScore={draw.randrange(80, 100)}" for _ in range(URLS)),
        "artists, search": get(f"/api/artists?search={piece(name, draw.randrange(2, 8))}" for name in some(names)),
        "artist": get(f"/api/artists/{slug}" for slug in some(slugs)),
        "artist's tracks": get(f"/api/artists/{slug}/tracks" for slug in some(slugs)),
        "genres": get(["/api/genres"]),
        "releases/latest": get(f"/api/releases/latest?limit={limit}" for limit in (12, 50, 100)),
        "releases/last-played": get(f"/api/releases/last-played?limit={limit}" for limit in (12, 50, 100)),
        "release's tracks": get(f"/api/releases/{id}/tracks" for id in some(releases)),
        "search, two letters": get(f"/api/search?q={piece(title, 2)}" for title in some(titles)),
        "search, words": get(f"/api/search?q={piece(title, draw.randrange(3, 12))}" for title in some(titles)),
        "search, nothing": get(f"/api/search?q={quote(title[:4])}{draw.randrange(1000)}" for title in some(titles)),
        "timeline/decades": get(["/api/timeline/decades"]),
        "timeline/:decade": get(f"/api/timeline/{year // 10 * 10}?page={draw.randrange(1, 4)}" for year in some(years)),
        "timeline, year": get(f"/api/timeline/{year // 10 * 10}?year={year}" for year in some(years)),
        "stats": get(["/api/stats"]),
        "tracks/:id": get(f"/api/tracks/{id}" for id in some(tracks)),
        "tracks/random": get(["/api/tracks/random"]),
        "tracks/explore": [explore(number) for number in range(URLS)],
        "favorites": get(["/api/favorites"]),
        "favorites/ids": get(["/api/favorites/ids"]),
        "playlists": get(["/api/playlists"]),
        "playlist": get(f"/api/playlists/{slug}" for slug in some(playlists)),
    }
    return {name: list(drawn) for name, drawn in found.items()}


class Memory(threading.Thread):
    """Looks at a process's resident memory ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status = pathlib.Path(f"/proc/{pid}/status")
        self.highest = self.highest_of_route = 0
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.1):
            try:
                megabytes = int(re.search(r"VmRSS:\s+(\d+)", self.status.read_text())[1]) / 1024
            except (OSError, TypeError):
                return
            self.highest = max(self.highest, megabytes)
            self.highest_of_route = max(self.highest_of_route, megabytes)


def load(url, drawn, seconds, folder, coding):
    """What wrk measures: median and 99th percentile in milliseconds, requests in how many seconds, failed ones."""
    listing = folder / "requests"
    listing.write_text("".join("\t".join(request) + "\n" for request in drawn))
    command = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "20s", "-s", LUA, url, "--", listing, "7", coding]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(re.search(r"^RESULT (.*)$", output, re.MULTILINE)[1])


class Writer(threading.Thread):
    """Somebody who writes all the time: a thousand transactions a second, which change nothing, but out of date is every answer kept."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster = cluster
        self.ended = threading.Event()
        self.start()

    def run(self):
        with self.cluster.connect() as sql:
            while not self.ended.wait(0.001):
                sql.execute("SELECT txid_current()")

    def stop(self):
        self.ended.set()
        self.join()


class Statements:
    """What a cluster is asked, read from its log."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.log = cluster.folder / "log"

    def set(self, name, value):
        with self.cluster.connect() as sql:
            sql.execute(f"ALTER SYSTEM SET {name} = {value}" if value is not None else f"ALTER SYSTEM RESET {name}")
            sql.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)

    def of(self, send, count):
        """The statement that takes most of the time of `send(0)`, `send(1)`, …: its text and its parameters each time."""
        self.set("log_min_duration_statement", 0)
        start = self.log.stat().st_size
        with self.cluster.connect() as sql:
            for number in range(count):
                # A transaction that writes, as far as anyone can tell: the server's kept answers are out of date.
                sql.execute("SELECT txid_current()")
                send(number)
        time.sleep(0.3)
        self.set("log_min_duration_statement", None)
        with open(self.log, encoding="utf-8") as log:
            log.seek(start)
            entries = re.split(r"^(?=\d{4}-\d\d-\d\d )", log.read(), flags=re.MULTILINE)
        spent, parameters = {}, {}
        for entry, following in zip(entries, entries[1:] + [""]):
            executed = re.search(r"LOG:  duration: ([\d.]+) ms  execute \S+: (.*)", entry, re.DOTALL)
            if not executed or re.search("pg_stat_|txid_current", executed[2]):
                continue
            text = re.sub(r"\n\t", "\n", executed[2]).strip()
            spent[text] = spent.get(text, 0) + float(executed[1])
            detail = re.search(r"DETAIL:  parameters: (.*)", following, re.DOTALL)
            values = re.findall(r"\$\d+ = (NULL|'(?:[^']|'')*')", detail[1]) if detail else []
            parameters.setdefault(text, []).append([None if value == "NULL" else value[1:-1].replace("''", "'") for value in values])
        if not spent:
            return [], {}
        # Requests of one route may differ in their text, as by a sort order: pgbench draws from all of them as they came.
        total = {text: time for text, time in spent.items() if time > max(spent.values()) / 20}
        return list(total), {text: parameters[text] for text in total}


def pgbench(cluster, database, texts, parameters, seconds, folder):
    """Transactions per second of the statements with the parameters that were seen, drawn at random."""
    uses = [(text, values) for text in texts for values in parameters[text]]
    uses = random.Random(3).sample(uses, min(PARAMETER_SETS, len(uses)))
    command = [cluster.bin / "pgbench", "-n", "-M", "prepared", f"-c{CLIENTS}", "-j2", f"-T{seconds}", "-h", cluster.folder, "-U", "dmp"]
    for number, (text, values) in enumerate(uses):
        script = folder / f"use-{number}.sql"

        def value(match, number=number, values=values):
            index = int(match[1]) - 1
            # Each use becomes a parameter of its own, whose type no other use tells.
            return "NULL" if values[index] is None else f":v{number}_{index}" + ("" if match[2] else "::text")

        # :MI and :SS would be variables, too.
        text = text.replace("HH24:MI:SS", 'HH24":"MI":"SS')
        script.write_text(re.sub(r"\$(\d+)(?=(::)?)", value, text).replace("\n", " ") + ";\n")
        command += ["-f", script]
        for index, given in enumerate(values):
            if given is not None:
                command += ["-D", f"v{number}_{index}={given}"]
    environment = {**os.environ, "PGOPTIONS": "-c TimeZone=UTC -c DateStyle=ISO -c jit=off"}
    done = subprocess.run([*command, database], capture_output=True, text=True, env=environment)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        sys.exit(f"pgbench failed: {done.stderr[-2000:]}")
    return float(found[1])


def main():
    parser = argparse.ArgumentParser(prog="script/bench catalog", description="Measures the catalog's routes on a large library.")
    parser.add_argument("--size", type=float, default=1, help="of the library: 1 is a million tracks")
    parser.add_argument("--seconds", type=int, default=5, help="for each route, and again for pgbench")
    parser.add_argument("--plain", action="store_true", help="without the indexes of `dmp db tune`: an owner's database as it was")
    parser.add_argument("--cold", action="store_true", help="somebody writes all the time, so that no answer can be kept")
    parser.add_argument("--gzip", action="store_true", help="answers compressed, as browsers get them")
    parser.add_argument("--only", default="", help="routes whose name contains this")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/bench", help="keeps the library between runs")
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    library = Library(options.size, options.folder)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="dmp-bench-"))
    server = None
    try:
        database = library.database("plain" if options.plain else "tuned")
        with library.cluster.connect(database) as sql:
            drawn = routes(sql, seed=1)
        environment = {"DATABASE_URL": library.cluster.url(database)}
        server = Server(scratch, environment).wait().wait_for_catalog()
        wait_for_search(server)
        memory = Memory(server.process.pid)
        statements = Statements(library.cluster)
        session = requests.Session()
        print(f"{os.cpu_count()} processors, {CLIENTS} clients, {options.seconds} s each, size {options.size:g}, database {database}\n")
        print(f"{'route':24}{'median':>9}{'p99':>9}{'req/s':>9}{'pgbench':>9}{'ratio':>7}{'memory':>9}")
        missed = 0
        for name, requests_ in drawn.items():
            if options.only not in name or not requests_:
                continue
            method, path, body = requests_[0]
            probe = session.request(method, server.url + path, data=body or None, headers={"content-type": "application/json"} if body else {})
            if probe.status_code == 404:
                print(f"{name:24}{'not there':>9}")
                continue

            def send(number, requests_=requests_):
                method, path, body = requests_[number % len(requests_)]
                answer = session.request(method, server.url + path, data=body.encode() or None,
                                         headers={"content-type": "application/json"} if body else {})
                assert answer.status_code in (200, 404), f"{path}: {answer.text}"

            texts, parameters = statements.of(send, min(PARAMETER_SETS, len(requests_)))
            memory.highest_of_route = 0
            writer = Writer(library.cluster) if options.cold else None
            measured = load(server.url, requests_, options.seconds, scratch, "gzip" if options.gzip else "identity")
            if writer:
                writer.stop()
            rate = measured["requests"] / measured["seconds"]
            transactions = pgbench(library.cluster, database, texts, parameters, options.seconds, scratch) if texts else None
            ratio = rate / transactions if transactions else None
            misses = [measured["p99"] > TARGET_P99, ratio is not None and ratio < TARGET_RATIO, memory.highest_of_route > TARGET_MEGABYTES]
            missed += any(misses)
            print(f"{name:24}{measured['median']:>7.1f}ms{measured['p99']:>7.1f}ms{rate:>9.0f}{transactions or 0:>9.0f}"
                  f"{f'{ratio:.2f}' if ratio else '–':>7}{memory.highest_of_route:>7.0f}MB{'  *' if any(misses) else ''}"
                  f"{'  ' + str(measured['failed']) + ' FAILED' if measured['failed'] and 'explore' not in name else ''}", flush=True)
        print(f"\nhighest memory {memory.highest:.0f} MB; {missed} routes miss a target (*): p99 {TARGET_P99} ms, ratio {TARGET_RATIO}, {TARGET_MEGABYTES} MB")
    finally:
        if server:
            server.stop()
        library.cluster.stop("fast")
        shutil.rmtree(scratch, ignore_errors=True)


def wait_for_search(server):
    """Until the titles of a large library are in memory; a small one is searched by the database."""
    deadline = time.monotonic() + 60
    while "search index built" not in server.log and "searched by the database" not in server.log and time.monotonic() < deadline:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
