#include "AudioFile.h"

#include "AdtsStream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <strings.h>
#include <sys/stat.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/tfilestream.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <unistd.h>

namespace {

constexpr size_t maximumPictureBytes = 10 << 20;

enum class Format { unknown, mpeg, adts, flac, vorbis, opus, oggFlac, speex, mp4, wav };

struct Descriptor {
    const int number;
    explicit Descriptor(const char *path) : number(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
    ~Descriptor() {
        if (number >= 0) close(number);
    }
};

bool has(const unsigned char *bytes, ssize_t count, ssize_t offset, const char *text) {
    const ssize_t length = strlen(text);
    return offset + length <= count && memcmp(bytes + offset, text, length) == 0;
}

bool endsWith(const char *path, const char *extension) {
    const size_t length = strlen(path), wanted = strlen(extension);
    return length >= wanted && strcasecmp(path + length - wanted, extension) == 0;
}

/// `start` is where the sound begins, after an ID3v2 tag: its size is in four bytes of seven bits (ID3v2.4 §3.1).
Format format(int descriptor, const char *path, long &start) {
    unsigned char bytes[64];
    start = 0;
    ssize_t count = pread(descriptor, bytes, sizeof bytes, 0);
    while (count >= 10 && has(bytes, count, 0, "ID3")) {
        start += 10 + (long(bytes[6] & 0x7f) << 21 | long(bytes[7] & 0x7f) << 14 | long(bytes[8] & 0x7f) << 7 | long(bytes[9] & 0x7f));
        count = pread(descriptor, bytes, sizeof bytes, start);
    }
    if (has(bytes, count, 0, "fLaC")) return Format::flac;
    if (has(bytes, count, 0, "OggS")) {
        // The first packet follows the page header of 27 bytes and one segment.
        if (has(bytes, count, 28, "OpusHead")) return Format::opus;
        if (has(bytes, count, 29, "vorbis")) return Format::vorbis;
        if (has(bytes, count, 29, "FLAC")) return Format::oggFlac;
        if (has(bytes, count, 28, "Speex")) return Format::speex;
        return Format::unknown;
    }
    if (has(bytes, count, 4, "ftyp")) return Format::mp4;
    if (has(bytes, count, 0, "RIFF") && has(bytes, count, 8, "WAVE")) return Format::wav;
    if (count >= 2 && bytes[0] == 0xff && (bytes[1] & 0xf6) == 0xf0) return Format::adts;
    if (count >= 2 && bytes[0] == 0xff && (bytes[1] & 0xe0) == 0xe0) return Format::mpeg;
    // Padding or garbage before the first frame is common in MP3 files, and players skip it.
    if (count > 0 && endsWith(path, ".mp3")) return Format::mpeg;
    return Format::unknown;
}

const TagLib::ID3v2::AttachedPictureFrame *picture(TagLib::ID3v2::Tag *tag, bool &isFront) {
    const TagLib::ID3v2::AttachedPictureFrame *first = nullptr;
    isFront = false;
    if (!tag) return nullptr;
    for (auto frame : tag->frameList("APIC")) {
        auto picture = dynamic_cast<const TagLib::ID3v2::AttachedPictureFrame *>(frame);
        if (!picture) continue;
        if (picture->type() == TagLib::ID3v2::AttachedPictureFrame::FrontCover) {
            isFront = true;
            return picture;
        }
        if (!first) first = picture;
    }
    return first;
}

/// `----:com.apple.iTunes:REPLAYGAIN_TRACK_GAIN` and the like, which TagLib 1.13 does not count among the properties unless it knows them.
void addFreeForm(TagLib::MP4::Tag *tag, TagLib::PropertyMap &tags) {
    if (!tag) return;
    for (const auto &[name, item] : tag->itemMap()) {
        if (!name.startsWith("----:")) continue;
        const int colon = name.rfind(":");
        const TagLib::String key = name.substr(colon + 1).upper();
        if (!key.isEmpty() && !tags.contains(key)) tags.insert(key, item.toStringList());
    }
}

}  // namespace

void AudioFile::take(const TagLib::ByteVector &bytes, bool isFront, bool withPicture) {
    if (bytes.isEmpty() || bytes.size() > maximumPictureBytes || (pictureBytes > 0 && (hasFront || !isFront))) return;
    hasFront = isFront;
    pictureBytes = bytes.size();
    if (withPicture) picture = bytes;
}

std::string AudioFile::read(const char *path, bool withPicture) {
    using namespace TagLib;
    Descriptor descriptor(path);
    if (descriptor.number < 0) return strerror(errno);
    struct stat status;
    if (fstat(descriptor.number, &status) != 0 || !S_ISREG(status.st_mode)) return "not a file";
    if (status.st_size == 0) return "the file is empty";
    long start;
    const Format format = ::format(descriptor.number, path, start);
    if (format == Format::unknown) return "not an audio file of a known format";

    FileStream stream(path, true);
    if (!stream.isOpen()) return "cannot be opened";
    const auto factory = ID3v2::FrameFactory::instance();
    const auto takeID3v2 = [&](ID3v2::Tag *tag) {
        bool isFront;
        if (auto found = ::picture(tag, isFront)) take(found->picture(), isFront, withPicture);
    };
    const auto takeList = [&](const List<FLAC::Picture *> &list) {
        for (auto entry : list) take(entry->data(), entry->type() == FLAC::Picture::FrontCover, withPicture);
    };

    std::unique_ptr<File> file;
    bool mayBeOfUnknownLength = false;
    switch (format) {
    case Format::mpeg:
    case Format::adts: {
        auto mpeg = new MPEG::File(&stream, factory, format == Format::mpeg);
        file.reset(mpeg);
        if (mpeg->isValid()) takeID3v2(mpeg->ID3v2Tag());
        break;
    }
    case Format::flac: {
        auto flac = new FLAC::File(&stream, factory);
        file.reset(flac);
        mayBeOfUnknownLength = true;
        if (flac->isValid()) takeList(flac->pictureList());
        break;
    }
    case Format::vorbis: {
        auto vorbis = new Ogg::Vorbis::File(&stream);
        file.reset(vorbis);
        if (vorbis->isValid() && vorbis->tag()) takeList(vorbis->tag()->pictureList());
        break;
    }
    case Format::opus: {
        auto opus = new Ogg::Opus::File(&stream);
        file.reset(opus);
        if (opus->isValid() && opus->tag()) takeList(opus->tag()->pictureList());
        break;
    }
    case Format::oggFlac: {
        auto flac = new Ogg::FLAC::File(&stream);
        file.reset(flac);
        mayBeOfUnknownLength = true;
        if (flac->isValid() && flac->tag()) takeList(flac->tag()->pictureList());
        break;
    }
    case Format::speex:
        file.reset(new Ogg::Speex::File(&stream));
        break;
    case Format::mp4: {
        auto mp4 = new MP4::File(&stream);
        file.reset(mp4);
        // Fragmented files tell their length fragment by fragment.
        mayBeOfUnknownLength = true;
        if (mp4->isValid() && mp4->tag() && mp4->tag()->contains("covr"))
            for (const auto &cover : mp4->tag()->item("covr").toCoverArtList()) take(cover.data(), true, withPicture);
        break;
    }
    case Format::wav: {
        auto wav = new RIFF::WAV::File(&stream);
        file.reset(wav);
        if (wav->isValid()) takeID3v2(wav->ID3v2Tag());
        break;
    }
    case Format::unknown:
        break;
    }
    if (!file || !file->isValid()) return "damaged: TagLib cannot read it";
    tags = file->properties();
    if (format == Format::mp4) addFreeForm(static_cast<MP4::File *>(file.get())->tag(), tags);

    if (format == Format::adts) {
        AdtsStream sound;
        if (!sound.read(descriptor.number, start)) return "holds no sound";
        milliseconds = sound.milliseconds;
        kilobits = sound.kilobits;
        sampleRate = sound.sampleRate;
    } else {
        const auto sound = file->audioProperties();
        if (!sound || sound->sampleRate() <= 0) return "holds no sound";
        milliseconds = sound->lengthInMilliseconds();
        kilobits = sound->bitrate();
        sampleRate = sound->sampleRate();
    }
    if (milliseconds <= 0 && !mayBeOfUnknownLength) return "holds no sound";
    return "";
}
