// libsrtp2: opens the host's SRTP, and is the oracle that our own sealing is compared with.
#pragma once
#include <srtp2/srtp.h>
