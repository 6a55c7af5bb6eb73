"""Real music files in the seven formats, tagged as people's are; and files as no program should write them."""

import base64
import os
import pathlib
import random
import shutil
import subprocess

import mutagen
from mutagen.flac import Picture
from mutagen.id3 import APIC, ID3, TALB, TBPM, TCMP, TCON, TDRC, TIT2, TPE1, TPE2, TPOS, TRCK, TXXX
from mutagen.mp4 import MP4, MP4Cover
from mutagen.wave import WAVE

FORMATS = ["mp3", "flac", "m4a", "ogg", "opus", "wav", "aac"]


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def make_tones(folder, seconds=3):
    """One untagged tone for each format, and two covers."""
    for name in FORMATS:
        codec = {"ogg": ["-c:a", "libvorbis"], "aac": ["-c:a", "aac", "-f", "adts"]}.get(name, [])
        source = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}:sample_rate=48000"]
        ffmpeg(*source, "-ac", 2, "-map_metadata", -1, "-fflags", "+bitexact", *codec, folder / f"tone.{name}")
    for name, color in [("cover.jpg", "teal"), ("cover.png", "red")]:
        ffmpeg("-f", "lavfi", "-i", f"color=c={color}:s=48x48", "-frames:v", 1, folder / name)
    return folder


def id3(file, values, cover=None):
    """Writes ID3v2.4 tags, as MP3 and WAV files have them, and AAC files may."""
    frames = {"title": TIT2, "artist": TPE1, "album": TALB, "albumartist": TPE2, "date": TDRC, "genre": TCON, "tracknumber": TRCK,
              "discnumber": TPOS, "bpm": TBPM, "compilation": TCMP}
    tags = ID3()
    for key, value in values.items():
        tags.add(frames[key](encoding=3, text=value) if key in frames else TXXX(encoding=3, desc=key, text=value))
    if cover:
        tags.add(APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=cover))
    if file.suffix.lower() == ".wav":
        wave = WAVE(file)
        if wave.tags is None:
            wave.add_tags()
        for frame in tags.values():
            wave.tags.add(frame)
        wave.save()
    else:
        tags.save(file)


def picture(cover):
    block = Picture()
    block.type, block.mime, block.data = 3, "image/png", cover
    return block


def tag(file, cover=None, **values):
    """Writes tags in the way of the file's format."""
    values = {key: value for key, value in values.items() if value is not None}
    kind = file.suffix.lower()
    if kind in (".mp3", ".wav", ".aac"):
        return id3(file, values, cover)
    if kind == ".m4a":
        names = {"title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "albumartist": "aART", "date": "\xa9day", "genre": "\xa9gen"}
        audio = MP4(file)
        for key, value in values.items():
            if key in ("tracknumber", "discnumber"):
                audio["trkn" if key == "tracknumber" else "disk"] = [(int(value), 0)]
            elif key in names:
                audio[names[key]] = value
            else:
                audio["----:com.apple.iTunes:" + key] = [text.encode() for text in ([value] if isinstance(value, str) else value)]
        if cover:
            audio["covr"] = [MP4Cover(cover, MP4Cover.FORMAT_JPEG)]
        return audio.save()
    audio = mutagen.File(file)
    for key, value in values.items():
        audio[key] = value
    if cover and kind == ".flac":
        audio.add_picture(picture(cover))
    elif cover:
        audio["metadata_block_picture"] = [base64.b64encode(picture(cover).write()).decode()]
    audio.save()


class MusicFolder:
    """A folder of music under construction."""

    def __init__(self, root, tones):
        self.root, self.tones = pathlib.Path(root), tones
        self.jpeg, self.png = (tones / "cover.jpg").read_bytes(), (tones / "cover.png").read_bytes()

    def add(self, path, cover=None, **tags):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.tones / f"tone{file.suffix.lower()}", file)
        if tags or cover:
            tag(file, cover, **tags)
        return file

    def add_library(self):
        """Good files in every format."""
        tide = {"album": "Slack Water", "albumartist": "Halden Quay", "date": "1998-04-01"}
        self.add("Halden Quay/Slack Water/01.mp3", self.jpeg, title="First Tide", artist="Halden Quay feat. Mira Sol & Otto",
                 genre="Ambient / Dub, Techno", tracknumber="1/2", discnumber="1/1", bpm="121", REPLAYGAIN_TRACK_GAIN="-7.03 dB",
                 MOOD_HAPPY="33", **tide)
        self.add("Halden Quay/Slack Water/02.MP3", title="Second Tide", artist="Halden Quay", tracknumber="2/2", **tide)
        for disc in (1, 2):
            self.add(f"Björk & Co/Two Discs/CD{disc}/1.flac", self.png if disc == 1 else None, title=f"Disc {disc}", artist=["Björk", "Otto"],
                     album="Two Discs", albumartist="Björk", tracknumber="1", genre=["Rock", "Pop"], IntegerBpm="99",
                     REPLAYGAIN_TRACK_GAIN="-3.5 dB")
        self.add("Apple Person - Apples.m4a", self.jpeg, title="Pip", artist="Apple Person", album="Apples", date="2011", tracknumber="4",
                 discnumber="2", genre="Pop", REPLAYGAIN_TRACK_GAIN="+1.25 dB")
        self.add("Vorbis/one.ogg", title="Vorbis One", artist="Кино", album="Группа крови", date="1988", tracknumber="1")
        (self.root / "Vorbis/Folder.JPG").write_bytes(self.jpeg)
        self.add("Opus/one.opus", self.png, title="Opus One", artist="Zed", album="Opus Magnum", tracknumber="1", genre="rock")
        self.add("Waves/one.wav", title="Wave One", artist="Zed", album="Waves", tracknumber="1")
        self.add("Raw Artist/Raw Album/05 - Raw Song.aac")
        for number in range(1, 4):
            self.add(f"Hits/{number}.mp3", title=f"Hit {number}", artist=f"Singer {number}", album="Big Hits", tracknumber=str(number))
        return self

    def add_awkward(self):
        """Files that are no music, or hardly: returns the paths that cannot be indexed, and those that can."""
        good = (self.tones / "tone.mp3").read_bytes()
        noise = random.Random(7)
        bad = {
            "bad/empty.flac": b"", "bad/random.mp3": noise.randbytes(200_000), "bad/zeros.mp3": bytes(50_000), "bad/text.opus": b"not sound\n" * 50,
            "bad/cut.m4a": (self.tones / "tone.m4a").read_bytes()[:3000], "bad/cut.flac": (self.tones / "tone.flac").read_bytes()[:20],
            "bad/id3 alone.mp3": b"ID3\x04\0\0\x7f\x7f\x7f\x7f", "bad/riff.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff",
            "bad/ogg.ogg": (self.tones / "tone.ogg").read_bytes()[:40], "bad/adts.aac": b"\xff\xf1\0\0\0\0\0" * 9,
        }
        for path, data in bad.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(data)
        os.makedirs(self.root / "odd", exist_ok=True)
        (self.root / "odd/cut.mp3").write_bytes(good[:9000])
        (self.root / "odd/flac inside.mp3").write_bytes((self.tones / "tone.flac").read_bytes())
        self.add("odd/absurd.mp3", title="t" * (1 << 20), artist="x\x1b[31m\nİ", album='quote " back \\ slash', tracknumber="9" * 30,
                 date="99999", genre="g" * 5000, bpm="1e400", compilation="1", **{f"KEY{n}": "v" * 3000 for n in range(300)})
        self.add("odd/nul.flac", title="a\0b\0", artist="\0", album="\0\0", COMMENT="c\0d")
        self.add("odd/new\nline \"quoted\" \\ {brace}.opus", title="Brace")
        with open(os.fsencode(self.root) + b"/odd/bad \xff name.ogg", "wb") as file:
            file.write((self.tones / "tone.ogg").read_bytes())
        deep = "odd/" + "/".join(["d" * 60] * 9)
        self.add(f"{deep}/long.mp3", title="Too deep")
        (self.root / "odd/loop").symlink_to(self.root)
        (self.root / "odd/out.mp3").symlink_to(self.tones / "tone.mp3")
        (self.root / "odd/inside.mp3").symlink_to(self.root / "odd/cut.mp3")
        (self.root / "odd/.hidden.mp3").write_bytes(good)
        os.mkfifo(self.root / "odd/pipe.mp3")
        unreadable = [*bad, "odd/bad \N{REPLACEMENT CHARACTER} name.ogg", f"{deep}/long.mp3", "odd/out.mp3"]
        readable = ["odd/cut.mp3", "odd/flac inside.mp3", "odd/absurd.mp3", "odd/nul.flac", "odd/new\nline \"quoted\" \\ {brace}.opus"]
        return unreadable, readable
