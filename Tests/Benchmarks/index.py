"""`script/bench index`: files per second of `dmp index` on an empty database, beside those of a bare TagLib loop over the same files.

The loop is one process that reads tags and does nothing with them; `dmp index` reads with one process for each core, and writes rows and
covers. Each file carries its cover, as taggers leave them (`--covers first`: only the first of an album). All are in the page cache, so that
no disk hides the rest. Rounds alternate, since other work on the machine comes and goes.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from servers import BINARY, ROOT, Cluster

sys.path.append(str(ROOT / "Tests/Integration/library"))
from music_files import FORMATS, ffmpeg, make_tones, tag  # noqa: E402

TARGET = 0.7
TRACKS = 10
GENRES = ["Ambient", "Dub / Techno", "Rock", "Jazz, Soul", "Folk"]


def make_library(folder, files, covers="each"):
    """Albums of ten tracks, each in one of the formats, with tags of their own; every album has a cover."""
    tones = make_tones(folder, seconds=1)
    # The usual size: 600 pixels a side.
    noise = ["-f", "lavfi", "-i", "nullsrc=s=600x600,geq=random(1)*60+X/4:128:128", "-frames:v", 1]
    ffmpeg(*noise, "-q:v", 6, tones / "noise.jpg")
    cover = (tones / "noise.jpg").read_bytes()
    music = folder / "music"
    for number in range(files):
        album, track = divmod(number, TRACKS)
        kind = FORMATS[album % len(FORMATS)]
        file = music / f"Artist {album // 4}/Album {album}/{track + 1:02} - Track.{kind}"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tones / f"tone.{kind}", file)
        tag(file, cover if covers == "each" or track == 0 else None, title=f"Track {track + 1} of {album}",
            artist=f"Artist {album // 4}" + (f" feat. Guest {album % 50}" if track % 5 == 0 else ""), album=f"Album {album}",
            albumartist=f"Artist {album // 4}", date=str(1960 + album % 60), genre=GENRES[album % len(GENRES)], tracknumber=str(track + 1),
            discnumber="1", MOOD_HAPPY=str(number % 100), MOOD_SAD=str(album % 100), IntegerBpm=str(60 + number % 120))
    return music


def bare(loop, paths):
    start = time.perf_counter()
    subprocess.run([loop], input=paths, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def indexed(cluster, music, scratch, files):
    database = cluster.create("bench")
    environment = {**os.environ, "DATABASE_URL": cluster.url(database), "IMAGE_DIR": str(scratch / "images"), "DMP_DATA_DIR": str(scratch / "data")}
    # The schema is there before the time begins, and the program is in memory.
    subprocess.run([BINARY, "index", "--dry-run", music], env=environment, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    start = time.perf_counter()
    subprocess.run([BINARY, "index", music], env=environment, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    with cluster.connect(database) as sql:
        assert sql.execute('SELECT count(*) FROM "LocalReleaseTrack"').fetchone()[0] == files
    shutil.rmtree(scratch / "images")
    return seconds


def main():
    parser = argparse.ArgumentParser(prog="script/bench index", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--covers", choices=["each", "first"], default="each")
    options = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="dmp-bench-"))
    cluster = Cluster()
    try:
        loop = scratch / "loop"
        subprocess.run(["g++", "-O2", "-std=c++17", "-o", loop, pathlib.Path(__file__).with_name("taglib_loop.cpp"), "-ltag"], check=True)
        print(f"making {options.files} files in {len(FORMATS)} formats", file=sys.stderr)
        music = make_library(scratch, options.files, options.covers)
        paths = b"".join(os.fsencode(path) + b"\0" for path in sorted(music.rglob("*.*")))
        bare(loop, paths)
        ratios = []
        print(f"{'round':>5} {'TagLib alone':>14} {'dmp index':>14} {'ratio':>7}   files per second")
        for number in range(1, options.rounds + 1):
            alone, whole = bare(loop, paths), indexed(cluster, music, scratch, options.files)
            ratios.append(alone / whole)
            print(f"{number:5} {options.files / alone:14.0f} {options.files / whole:14.0f} {ratios[-1]:7.2f}", flush=True)
        ratio = statistics.median(ratios)
        print(f"\nmedian ratio {ratio:.2f}, target {TARGET}: {'met' if ratio >= TARGET else 'MISSED'}")
        return 0 if ratio >= TARGET else 1
    finally:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
