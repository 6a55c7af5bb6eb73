#define _GNU_SOURCE // dladdr, which Swift's Glibc module does not show
#include "CGatewayABI.h"
#include <dlfcn.h>

const char *CGatewayABI_imagePath(void) {
    Dl_info info;
    return dladdr((const void *)&CGatewayABI_imagePath, &info) ? info.dli_fname : 0;
}
