// The tag reader: a child process of `dmp index` (GatewayKit/Library/TagReader). TagLib parses files that came from anywhere, so it
// runs here, where a crash, a hang or a giant allocation costs one file and not the index.
//
// Standard input: requests, each `t` (tags) or `p` (tags, and the picture's bytes after them) and a path, ended by a NUL.
// Standard output, in the same order: one line of JSON per request,
//   {"duration":milliseconds,"bitrate":kbit/s,"sampleRate":Hz,"picture":bytes,"tags":{"KEY":["value",…],…}}   or   {"error":"reason"}
// and, for `p`, as many raw bytes as `picture` says.

#include "AudioFile.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

/// The longest text that is kept has 2,000 characters.
constexpr size_t maximumValueBytes = 8 << 10;
constexpr size_t maximumTextBytes = 512 << 10;
constexpr size_t maximumUnsentBytes = 64 << 10;
constexpr int maximumKeys = 400;
constexpr int maximumValues = 64;
/// No file takes that long on any machine; reading one takes about a millisecond.
constexpr rlim_t processorSecondsPerFile = 20;
constexpr rlim_t maximumMemory = 1u << 30;

void limit(__rlimit_resource resource, rlim_t value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || value < limit.rlim_max ? value : limit.rlim_max;
    setrlimit(resource, &limit);
}

/// The limit counts from the start of the process, so it is moved along with every file.
void allowProcessorTime() {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        limit(RLIMIT_CPU, usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + processorSecondsPerFile);
}

void appendByte(std::string &json, unsigned char byte) {
    if (byte == '"' || byte == '\\') {
        json += '\\';
        json += byte;
    } else if (byte < 0x20) {
        char escape[8];
        snprintf(escape, sizeof escape, "\\u%04x", byte);
        json += escape;
    } else {
        json += byte;
    }
}

void appendQuoted(std::string &json, const std::string &text) {
    json += '"';
    for (const char byte : text) appendByte(json, byte);
    json += '"';
}

/// In UTF-8. TagLib holds UTF-16, in whatever state it was in the file.
void appendQuoted(std::string &json, const TagLib::String &text) {
    json += '"';
    const size_t length = text.size(), limit = json.size() + maximumValueBytes;
    for (size_t i = 0; i < length && json.size() < limit; i++) {
        uint32_t scalar = text[i];
        if (scalar < 0x80) {
            appendByte(json, scalar);
            continue;
        }
        if (scalar >= 0xd800 && scalar < 0xdc00 && i + 1 < length && text[i + 1] >= 0xdc00 && text[i + 1] < 0xe000)
            scalar = 0x10000 + ((scalar - 0xd800) << 10) + (text[++i] - 0xdc00);
        if ((scalar >= 0xd800 && scalar < 0xe000) || scalar > 0x10ffff) scalar = 0xfffd;
        if (scalar < 0x800) {
            json += char(0xc0 | scalar >> 6);
        } else {
            if (scalar < 0x10000) {
                json += char(0xe0 | scalar >> 12);
            } else {
                json += char(0xf0 | scalar >> 18);
                json += char(0x80 | (scalar >> 12 & 0x3f));
            }
            json += char(0x80 | (scalar >> 6 & 0x3f));
        }
        json += char(0x80 | (scalar & 0x3f));
    }
    json += '"';
}

void appendTag(std::string &json, const TagLib::String &key, const TagLib::StringList &values) {
    if (json.size() > maximumTextBytes) return;
    if (!json.empty()) json += ',';
    appendQuoted(json, key);
    json += ":[";
    int count = 0;
    for (const auto &value : values) {
        if (++count > maximumValues) break;
        if (count > 1) json += ',';
        appendQuoted(json, value);
    }
    json += ']';
}

/// Whether the tag has a column of its own.
bool isMain(const TagLib::String &key) {
    for (const char *name : {"TITLE", "ARTIST", "ARTISTS", "ALBUM", "ALBUMARTIST", "DATE", "GENRE", "TRACKNUMBER", "DISCNUMBER", "COMPILATION"})
        if (key == name) return true;
    return false;
}

/// The main tags have room of their own: the rest may be more than there is room for.
void appendTags(std::string &json, const TagLib::PropertyMap &tags) {
    std::string main, rest;
    int keys = 0;
    for (const auto &[key, values] : tags) {
        if (isMain(key)) {
            appendTag(main, key, values);
        } else if (++keys <= maximumKeys) {
            appendTag(rest, key, values);
        }
    }
    json += '{';
    json += main;
    if (!main.empty() && !rest.empty()) json += ',';
    json += rest;
    json += '}';
}

/// Adds the answer to the output.
void answer(const char *request, std::string &output) {
    AudioFile file;
    const std::string problem = file.read(request + 1, *request == 'p');
    if (!problem.empty()) {
        output += "{\"error\":";
        appendQuoted(output, problem);
        output += "}\n";
        return;
    }
    output += "{\"duration\":" + std::to_string(file.milliseconds) + ",\"bitrate\":" + std::to_string(file.kilobits) +
        ",\"sampleRate\":" + std::to_string(file.sampleRate) + ",\"picture\":" + std::to_string(file.pictureBytes) + ",\"tags\":";
    appendTags(output, file.tags);
    output += "}\n";
    output.append(file.picture.data(), file.picture.size());
}

bool send(std::string &output) {
    size_t sent = 0;
    while (sent < output.size()) {
        const ssize_t count = write(STDOUT_FILENO, output.data() + sent, output.size() - sent);
        if (count <= 0) return false;
        sent += count;
    }
    output.clear();
    return true;
}

}  // namespace

int main() {
    // Should `dmp` be killed while this process hangs in a file.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_AS, maximumMemory);
    limit(RLIMIT_CORE, 0);

    std::string input, output;
    size_t next = 0;
    char buffer[32 << 10];
    while (true) {
        const size_t end = input.find('\0', next);
        if (end == std::string::npos) {
            // Answers go out together when there is nothing else to do: a write for each would cost as much as the file.
            if (!send(output)) return 1;
            const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
            if (count <= 0) return count == 0 ? 0 : 1;
            input.erase(0, next);
            input.append(buffer, count);
            next = 0;
            continue;
        }
        allowProcessorTime();
        const auto start = std::chrono::steady_clock::now();
        if (end > next) answer(input.data() + next, output);
        next = end + 1;
        // On a slow disk somebody waits for a sign of life.
        const bool isSlow = std::chrono::steady_clock::now() - start > std::chrono::milliseconds(50);
        if ((isSlow || output.size() > maximumUnsentBytes) && !send(output)) return 1;
    }
}
