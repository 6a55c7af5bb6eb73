// The tag reader: a child process of `dmp index` (GatewayKit/Library/TagReader). TagLib parses files that came from anywhere, so it
// runs here, where a crash, a hang or a giant allocation costs one file and not the index.
//
// Standard input: requests, each `t` (tags) or `p` (tags, and the picture's bytes after them) and a path, ended by a NUL.
// Standard output, in the same order: one line of JSON per request,
//   {"duration":milliseconds,"bitrate":kbit/s,"sampleRate":Hz,"picture":bytes,"tags":{"KEY":["value",…],…}}   or   {"error":"reason"}
// and, for `p`, as many raw bytes as `picture` says.

#include "AudioFile.h"

#include <cstdio>
#include <cstring>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace {

/// The longest text that is kept has 2,000 characters.
constexpr size_t maximumValueBytes = 8 << 10;
constexpr size_t maximumTextBytes = 512 << 10;
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

void appendQuoted(std::string &json, const char *text, size_t length) {
    json += '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = text[i];
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
    json += '"';
}

void appendTag(std::string &json, const TagLib::String &key, const TagLib::StringList &values) {
    if (json.size() > maximumTextBytes) return;
    if (json.back() != '{') json += ',';
    const std::string name = key.to8Bit(true);
    appendQuoted(json, name.data(), std::min(name.size(), maximumValueBytes));
    json += ":[";
    int count = 0;
    for (const auto &value : values) {
        if (++count > maximumValues) break;
        if (count > 1) json += ',';
        const std::string text = value.to8Bit(true);
        appendQuoted(json, text.data(), std::min(text.size(), maximumValueBytes));
    }
    json += ']';
}

void appendTags(std::string &json, TagLib::PropertyMap &tags) {
    json += '{';
    // What has columns of its own comes first: the rest may be more than there is room for.
    for (const char *key : {"TITLE", "ARTIST", "ARTISTS", "ALBUM", "ALBUMARTIST", "DATE", "GENRE", "TRACKNUMBER", "DISCNUMBER", "COMPILATION"}) {
        const auto tag = tags.find(key);
        if (tag == tags.end()) continue;
        appendTag(json, tag->first, tag->second);
        tags.erase(key);
    }
    int keys = 0;
    for (const auto &[key, values] : tags) {
        if (++keys > maximumKeys) break;
        appendTag(json, key, values);
    }
    json += '}';
}

void answer(const char *request, std::string &output) {
    output.clear();
    AudioFile file;
    std::string problem = file.read(request + 1, *request == 'p');
    if (!problem.empty()) {
        output += "{\"error\":";
        appendQuoted(output, problem.data(), problem.size());
        output += "}\n";
        return;
    }
    output += "{\"duration\":" + std::to_string(file.milliseconds) + ",\"bitrate\":" + std::to_string(file.kilobits) +
        ",\"sampleRate\":" + std::to_string(file.sampleRate) + ",\"picture\":" + std::to_string(file.pictureBytes) + ",\"tags\":";
    appendTags(output, file.tags);
    output += "}\n";
    output.append(file.picture.data(), file.picture.size());
}

}  // namespace

int main() {
    // Should `dmp` be killed while this process hangs in a file.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_AS, maximumMemory);
    limit(RLIMIT_CORE, 0);

    std::string output;
    char *request = nullptr;
    size_t capacity = 0;
    while (getdelim(&request, &capacity, 0, stdin) > 1) {
        allowProcessorTime();
        answer(request, output);
        if (fwrite(output.data(), 1, output.size(), stdout) != output.size() || fflush(stdout) != 0) return 1;
    }
    free(request);
    return 0;
}
