// Length and rate of a raw AAC file (ADTS, ISO/IEC 13818-7 §6.2), which TagLib 1.13 does not measure.
#pragma once

#include <cstddef>

struct AdtsStream {
    int milliseconds = 0;
    int kilobits = 0;
    int sampleRate = 0;

    /// Walks over the frame headers from `offset` on. False when no frame is there.
    bool read(int descriptor, long offset);
};
