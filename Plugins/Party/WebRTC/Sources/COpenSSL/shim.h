// What Swift cannot import from OpenSSL: function-like macros and variadic calls.
#pragma once
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
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

// OSSL_PARAM keeps pointers to its strings, which a Swift string does not outlive its call for.
static inline int COpenSSL_initHmacSha1(EVP_MAC_CTX *mac, const unsigned char *key, size_t count) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA1", 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_init(mac, key, count, parameters);
}

// The 16 bytes of an AEAD's tag. EVP_CIPHER_CTX_ctrl would do the same by way of a translation, which takes a tenth of a whole seal.
static inline int COpenSSL_getTag(EVP_CIPHER_CTX *context, unsigned char *tag) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, 16), OSSL_PARAM_construct_end()};
    return EVP_CIPHER_CTX_get_params(context, parameters);
}
