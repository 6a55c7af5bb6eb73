// What the tag reader finds in one audio file.
#pragma once

#include <string>
#include <taglib/tbytevector.h>
#include <taglib/tpropertymap.h>

struct AudioFile {
    int milliseconds = 0;
    int kilobits = 0;
    int sampleRate = 0;
    /// Of the front cover, or else of the first picture; 0 when there is none, or none of an acceptable size.
    size_t pictureBytes = 0;
    /// Filled only on request.
    TagLib::ByteVector picture;
    TagLib::PropertyMap tags;

    /// Reads the file, whose format its content says and its name only as a last resort.
    ///
    /// Returns an empty text, or why the file cannot be read.
    std::string read(const char *path, bool withPicture);

private:
    void take(const TagLib::ByteVector &bytes, bool isFront, bool withPicture);
    bool hasFront = false;
};
