#include "runner/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Only the first fault counts: what follows from it is not news. */
static void fault_set(struct tls *t, const char *what, const char *detail)
{
    if (!*t->fault)
        snprintf(t->fault, sizeof t->fault, "TLS: %s%s", what, detail);
}

static void verify_fault(struct tls *t, int error)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        fault_set(t, "the certificate has expired", "");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        fault_set(t, "the certificate is not valid yet", "");
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        fault_set(t, "the certificate is for another host", "");
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        fault_set(t, "the certificate is self-signed", "");
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        fault_set(t, "the certificate's authority is not known", "");
        break;
    case X509_V_ERR_CERT_REVOKED:
        fault_set(t, "the certificate is revoked", "");
        break;
    default:
        fault_set(t, "the certificate is not accepted: ", X509_verify_cert_error_string(error));
        break;
    }
}

/* In place of OpenSSL's own: whose certificate it must be is said here. */
static int certificate_verify(X509_STORE_CTX *store, void *arg)
{
    struct tls *t = arg;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
    int good;

    if (t->insecure) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    good = t->address ? X509_VERIFY_PARAM_set1_ip_asc(param, t->host)
                      : X509_VERIFY_PARAM_set1_host(param, t->host, 0);
    if (!good) {
        fault_set(t, "the certificate cannot be verified: out of memory", "");
        return 0;
    }
    good = X509_verify_cert(store);
    if (good != 1)
        verify_fault(t, X509_STORE_CTX_get_error(store));
    return good == 1;
}

/* What OpenSSL says of a handshake that failed here. */
static void handshake_fault(struct tls *t)
{
    unsigned long error = ERR_peek_error();
    const char *why = error ? ERR_reason_error_string(error) : NULL;

    if (!error)
        return;
    switch (ERR_GET_REASON(error)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        fault_set(t, "the target does not speak it", "");
        break;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        fault_set(t, "closed in the middle of the handshake", "");
        break;
    default:
        fault_set(t, "protocol error: ", why ? why : "unknown");
        break;
    }
}

static void alert_fault(struct tls *t, int alert)
{
    switch (alert & 0xff) {
    case SSL_AD_CLOSE_NOTIFY:
        break;
    case SSL_AD_CERTIFICATE_REQUIRED:
        fault_set(t, "the target wants a client certificate (tls.cert, tls.key)", "");
        break;
    case SSL_AD_UNRECOGNIZED_NAME:
        fault_set(t, "the target serves no host of this name", "");
        break;
    default:
        fault_set(t, "the target refused: ", SSL_alert_desc_string_long(alert));
        break;
    }
}

static void state_changed(const SSL *ssl, int where, int ret)
{
    struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    if (where & SSL_CB_HANDSHAKE_START) /* libwebsockets has put the Host header there */
        SSL_set_tlsext_host_name((SSL *)ssl, t->address ? NULL : t->host);
    else if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
        alert_fault(t, ret);
    else if ((where & SSL_CB_CONNECT_EXIT) == SSL_CB_CONNECT_EXIT && ret <= 0)
        handshake_fault(t);
}

/* A key's passphrase is never asked for: nobody may be there to type it. */
static int passphrase_none(char *out, int size, int writing, void *arg)
{
    (void)out;
    (void)size;
    (void)writing;
    *(bool *)arg = true;
    return -1;
}

/* Says what is wrong with a file that OpenSSL did not take. */
static bool file_fail(const char *key, const char *path, const char *expected, struct err *e)
{
    if (access(path, R_OK) != 0)
        return err_set(e, ERR_USAGE, "tls.%s: %.200s: %s", key, path, strerror(errno));
    return err_set(e, ERR_USAGE, "tls.%s: %.200s: expected %s", key, path, expected);
}

static bool authorities_load(SSL_CTX *context, const char *path, struct err *e)
{
    if (!path)
        return SSL_CTX_set_default_verify_paths(context) == 1 ||
               err_set(e, ERR_MEASURE, "the system's certificate authorities cannot be read");
    return SSL_CTX_load_verify_locations(context, path, NULL) == 1 ||
           file_fail("ca", path, "certificates of authorities, PEM", e);
}

static bool identity_load(SSL_CTX *context, const char *cert, const char *key, struct err *e)
{
    bool locked = false;

    if (!cert)
        return true;
    SSL_CTX_set_default_passwd_cb(context, passphrase_none);
    SSL_CTX_set_default_passwd_cb_userdata(context, &locked);
    if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        return file_fail("cert", cert, "a certificate, PEM", e);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH)
            return err_set(e, ERR_USAGE, "tls.key: %.200s: is not the key of tls.cert", key);
        return file_fail("key", key, locked ? "a key without a passphrase" : "a private key, PEM",
                         e);
    }
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
    SSL_CTX_set_default_passwd_cb(context, NULL);
    return SSL_CTX_check_private_key(context) == 1 ||
           err_set(e, ERR_USAGE, "tls.key: %.200s: is not the key of tls.cert", key);
}

static bool host_is_address(const char *host)
{
    unsigned char any[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

/* A path of the scenario's, from where its file is; the caller frees it. NULL stays NULL. */
static char *path_of(const struct scenario *s, const char *path)
{
    return path ? scenario_path(s, path) : NULL;
}

static bool files_load(SSL_CTX *context, const struct scenario *s, struct err *e)
{
    char *ca = path_of(s, s->tls.ca), *cert = path_of(s, s->tls.cert),
         *key = path_of(s, s->tls.key);
    bool good;

    ERR_clear_error();
    good = authorities_load(context, ca, e) && identity_load(context, cert, key, e);
    ERR_clear_error();
    free(ca);
    free(cert);
    free(key);
    return good;
}

bool tls_open(struct tls *t, const struct scenario *s, const struct url *url, bool insecure,
              struct err *e)
{
    *t = (struct tls){.address = host_is_address(url->host), .insecure = insecure};
    snprintf(t->host, sizeof t->host, "%s", url->host);
    if (!url->tls)
        return true;
    t->context = SSL_CTX_new(TLS_client_method());
    if (!t->context)
        return err_set(e, ERR_MEASURE, "OpenSSL could not be started");
    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION);
    SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(t->context, certificate_verify, t);
    SSL_CTX_set_info_callback(t->context, state_changed);
    SSL_CTX_set_app_data(t->context, t);
    return files_load(t->context, s, e);
}

void tls_close(struct tls *t)
{
    SSL_CTX_free(t->context);
    *t = (struct tls){0};
}
