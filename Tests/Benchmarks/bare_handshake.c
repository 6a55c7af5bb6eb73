// What `script/bench join` compares a join with: the server's half of a DTLS handshake by OpenSSL, and nothing else.
//
//     bare_handshake COUNT CORE
//
// As WebRTC does it: DTLS 1.2, ECDHE by X25519, a P-256 certificate on both sides, use_srtp, keys exported, memory for a network. Prints, as
// JSON, the processor's microseconds for each handshake on the server's side.
#define _GNU_SOURCE
#include <openssl/evp.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MTU 1200
#define KEY_BYTES 88

static void check(int done, const char *what) {
    if (done) return;
    fprintf(stderr, "error: %s\n", what);
    exit(1);
}

static long cpuNanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

// Any certificate passes: the fingerprint would decide.
static int accept(X509_STORE_CTX *store, void *nothing) {
    (void)store, (void)nothing;
    return 1;
}

static SSL_CTX *makeContext(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    check(key && certificate, "no key");
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)"WebRTC", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    check(X509_sign(certificate, key, EVP_sha256()), "no certificate");
    SSL_CTX *context = SSL_CTX_new(DTLS_method());
    check(context && SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1, "no context");
    SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set1_groups_list(context, "X25519:P-256");
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, accept, NULL);
    check(SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AEAD_AES_256_GCM") == 0, "no use_srtp");
    return context;
}

static SSL *makeSide(SSL_CTX *context, BIO *in, BIO *out) {
    SSL *side = SSL_new(context);
    check(side != NULL, "no memory");
    BIO_up_ref(in);
    BIO_up_ref(out);
    SSL_set_bio(side, in, out);
    SSL_set_mtu(side, MTU);
    return side;
}

int main(int argc, char **argv) {
    int count = argc == 3 ? atoi(argv[1]) : 0;
    if (count < 1) {
        fprintf(stderr, "bare_handshake COUNT CORE\n");
        return 2;
    }
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(atoi(argv[2]), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    SSL_CTX *servers = makeContext(), *clients = makeContext();
    long used = 0;
    for (int i = 0; i < count; i++) {
        BIO *toServer = BIO_new(BIO_s_mem()), *toClient = BIO_new(BIO_s_mem());
        BIO_set_mem_eof_return(toServer, -1);
        BIO_set_mem_eof_return(toClient, -1);
        SSL *client = makeSide(clients, toClient, toServer);
        SSL_set_connect_state(client);
        long begin = cpuNanoseconds();
        SSL *server = makeSide(servers, toServer, toClient);
        SSL_set_accept_state(server);
        used += cpuNanoseconds() - begin;
        for (int turn = 0; turn < 10 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); turn++) {
            SSL_do_handshake(client);
            begin = cpuNanoseconds();
            SSL_do_handshake(server);
            used += cpuNanoseconds() - begin;
        }
        unsigned char keys[KEY_BYTES];
        begin = cpuNanoseconds();
        check(SSL_export_keying_material(server, keys, sizeof keys, "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0) == 1, "no handshake");
        SSL_free(server);
        used += cpuNanoseconds() - begin;
        SSL_free(client);
        BIO_free(toServer);
        BIO_free(toClient);
    }
    printf("{\"microseconds\": %.1f, \"openssl\": \"%s\"}\n", (double)used / 1000 / count, OpenSSL_version(OPENSSL_VERSION_STRING));
    return 0;
}
