/* TLS of streams: libwebsockets 4.1.6 has none on raw sockets, so that OpenSSL works on memory, and
 * what goes over the wire is carried to and from it here. */
#include "runner/stream.h"

#include <openssl/err.h>
#include <stdio.h>

bool stream_tls_begin(struct stream *st)
{
    static const unsigned char alpn[] = "\x08http/1.1";
    BIO *in, *out;

    stream_tls_end(st);
    st->ssl = SSL_new(st->all->ws.tls.context);
    in = BIO_new(BIO_s_mem());
    out = BIO_new(BIO_s_mem());
    if (!st->ssl || !in || !out) {
        BIO_free(in);
        BIO_free(out);
        return false;
    }
    SSL_set_bio(st->ssl, in, out); /* which are freed with it */
    SSL_set_alpn_protos(st->ssl, alpn, sizeof alpn - 1);
    SSL_set_connect_state(st->ssl);
    return true;
}

void stream_tls_end(struct stream *st)
{
    SSL_free(st->ssl);
    st->ssl = NULL;
    st->secured = false;
}

void stream_tls_take(struct stream *st, const void *bytes, size_t length)
{
    BIO_write(SSL_get_rbio(st->ssl), bytes, (int)length);
}

/* Connections take turns: what is said of a fault is of the one at hand. */
static void fault_forget(struct stream *st)
{
    *st->all->ws.tls.fault = '\0';
    ERR_clear_error();
}

enum tls_state stream_tls_shake(struct stream *st)
{
    int n;

    fault_forget(st);
    n = SSL_do_handshake(st->ssl);

    st->secured = n == 1;
    return n == 1                                             ? TLS_DONE
           : SSL_get_error(st->ssl, n) == SSL_ERROR_WANT_READ ? TLS_MORE
                                                              : TLS_FAILED;
}

enum tls_state stream_tls_read(struct stream *st, char *out, size_t room, size_t *length)
{
    int n;

    fault_forget(st);
    n = SSL_read(st->ssl, out, (int)room);
    *length = n > 0 ? (size_t)n : 0;
    return n > 0                                              ? TLS_DONE
           : SSL_get_error(st->ssl, n) == SSL_ERROR_WANT_READ ? TLS_MORE
                                                              : TLS_FAILED;
}

bool stream_tls_write(struct stream *st, const void *bytes, size_t length)
{
    fault_forget(st);
    return SSL_write(st->ssl, bytes, (int)length) > 0;
}

void stream_tls_drain(struct stream *st, struct text *out)
{
    char *data;
    long length = BIO_get_mem_data(SSL_get_wbio(st->ssl), &data);

    out->length = 0;
    text_addf(out, "%*s", LWS_PRE, "");
    if (length > 0)
        text_add_bytes(out, data, (size_t)length);
    (void)BIO_reset(SSL_get_wbio(st->ssl));
}
