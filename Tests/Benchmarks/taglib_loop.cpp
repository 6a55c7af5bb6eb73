// The bare loop that `script/bench index` compares with: TagLib opens file after file, and nothing is done with what it says.
#include <cstdio>
#include <cstdlib>
#include <taglib/fileref.h>
#include <taglib/tpropertymap.h>

int main() {
    char *path = nullptr;
    size_t capacity = 0;
    unsigned long tags = 0;
    while (getdelim(&path, &capacity, 0, stdin) > 1) {
        TagLib::FileRef file(path);
        if (!file.isNull()) tags += file.file()->properties().size() + file.audioProperties()->lengthInMilliseconds();
    }
    printf("%lu\n", tags);
    return 0;
}
