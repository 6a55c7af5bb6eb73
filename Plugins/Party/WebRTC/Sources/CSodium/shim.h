// libsodium's AES-256-GCM, whose key the caller keeps.
#pragma once
#include <sodium/core.h>
#include <sodium/crypto_aead_aes256gcm.h>
#include <sodium/utils.h>
