#include "AdtsStream.h"

#include <cstdint>
#include <unistd.h>
#include <vector>

// A frame begins with (bits): syncword 12 | id 1 | layer 2 | protection_absent 1 | profile 2 | sampling_frequency_index 4 | private 1 |
// channels 3 | … 4 | frame length 13 (header included) | … 11 | raw data blocks − 1, 2
bool AdtsStream::read(int descriptor, long offset) {
    static const int rates[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350};
    constexpr size_t headerBytes = 7, samplesPerBlock = 1024;
    std::vector<uint8_t> buffer(256 << 10);
    uint64_t samples = 0, bytes = 0;
    size_t available = 0, position = 0;
    while (true) {
        if (position + headerBytes > available) {
            offset += position;
            const ssize_t count = pread(descriptor, buffer.data(), buffer.size(), offset);
            available = count > 0 ? count : 0;
            position = 0;
            if (available < headerBytes) break;
        }
        const uint8_t *header = buffer.data() + position;
        if (header[0] != 0xff || (header[1] & 0xf6) != 0xf0) break;
        const unsigned rate = (header[2] >> 2) & 0x0f;
        const size_t length = (header[3] & 0x03) << 11 | header[4] << 3 | header[5] >> 5;
        if (rate >= sizeof rates / sizeof *rates || length < headerBytes) break;
        sampleRate = rates[rate];
        samples += samplesPerBlock * ((header[6] & 0x03) + 1);
        bytes += length;
        position += length;
        if (position > available) {
            offset += position;
            position = available = 0;
        }
    }
    if (samples == 0) return false;
    const double seconds = double(samples) / sampleRate;
    milliseconds = int(seconds * 1000 + 0.5);
    kilobits = int(bytes * 8 / seconds / 1000 + 0.5);
    return true;
}
