// What Swift cannot import from OpenSSL: function-like macros and variadic calls.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED  // for COpenSSL_HmacSha1
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// EVP_EC_gen and EVP_RSA_gen are macros over a variadic function.
static inline EVP_PKEY *COpenSSL_generateP256(void) { return EVP_EC_gen("P-256"); }
static inline EVP_PKEY *COpenSSL_generateRsa2048(void) { return EVP_RSA_gen(2048); }

// DTLS 1.2 only; no session cache, tickets or renegotiation; a memory BIO knows no path MTU; at most 16 KB of peer certificates.
// No read-ahead: one datagram is fed at a time.
static inline void COpenSSL_configureDtls(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set1_groups_list(context, "X25519:P-256");
    SSL_CTX_set_max_cert_list(context, 16384);
    SSL_CTX_set_max_send_fragment(context, 2048);  // its buffer: no record of ours is longer than a datagram
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION);
}

// An empty memory BIO must say "try again" (-1), not "end of file".
static inline BIO *COpenSSL_memoryBio(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio) BIO_set_mem_eof_return(bio, -1);
    return bio;
}

// Throws away what a memory BIO holds.
static inline void COpenSSL_resetBio(BIO *bio) { (void)BIO_reset(bio); }

// Payload of one UDP datagram; OpenSSL wants it with and without the 28 bytes of IP and UDP.
static inline void COpenSSL_setMtu(SSL *ssl, int mtu) {
    SSL_set_mtu(ssl, mtu);
    DTLS_set_link_mtu(ssl, mtu + 28);
}

// Sends the last flight again when its timer has run out; -1 when OpenSSL gives up.
static inline int COpenSSL_handleDtlsTimeout(SSL *ssl) { return (int)DTLSv1_handle_timeout(ssl); }

// HMAC-SHA1 (RFC 2104) whose key has been hashed. By SHA1_Update and its like, which OpenSSL 3 calls deprecated: its EVP_MAC copies contexts
// for each tag, which allocates and takes as long as the hashing.
struct COpenSSL_HmacSha1 {
    SHA_CTX inner, outer;
};

// At most 64 bytes of key.
static inline void COpenSSL_initHmacSha1(struct COpenSSL_HmacSha1 *mac, const unsigned char *key, size_t count) {
    unsigned char block[SHA_CBLOCK];
    for (size_t i = 0; i < sizeof block; i++) block[i] = 0x36 ^ (i < count ? key[i] : 0);
    SHA1_Init(&mac->inner);
    SHA1_Update(&mac->inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36 ^ 0x5c;
    SHA1_Init(&mac->outer);
    SHA1_Update(&mac->outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

// Writes the 20 bytes of the tag.
static inline void COpenSSL_hmacSha1(const struct COpenSSL_HmacSha1 *mac, const unsigned char *bytes, size_t count, unsigned char *tag) {
    SHA_CTX inner = mac->inner, outer = mac->outer;
    SHA1_Update(&inner, bytes, count);
    SHA1_Final(tag, &inner);
    SHA1_Update(&outer, tag, SHA_DIGEST_LENGTH);
    SHA1_Final(tag, &outer);
}

// The 16 bytes of an AEAD's tag. EVP_CIPHER_CTX_ctrl would do the same by way of a translation, which takes a tenth of a whole seal.
static inline int COpenSSL_getTag(EVP_CIPHER_CTX *context, unsigned char *tag) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, 16), OSSL_PARAM_construct_end()};
    return EVP_CIPHER_CTX_get_params(context, parameters);
}
