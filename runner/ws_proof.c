/* The proof that libwebsockets writes out raw what is given to it with LWS_WRITE_HTTP, also where
 * the kernel takes only a part at a time. The server is a socket of this process, worked between
 * the turns of the loop. */
#include "runner/ws.h"

#include "schema/units.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 300 << 10, PROOF_FRAMES = 3, HEAD_SIZE = 4096 };
#define PROOF_NS (2 * NS_PER_S)

/* Both ends of the connection. */
struct proof {
    struct loop *loop;
    struct lws *wsi;
    struct ws_burst burst;
    bool opened, gone;
    int listener, fd; /* the server's */
    char head[HEAD_SIZE];
    size_t head_length, got;
    bool same; /* all that came was what was written */
};

int ws_proof_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in,
                   size_t length)
{
    struct proof *p = user;

    (void)in;
    (void)length;
    if (!p)
        return 0;
    switch (event) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        p->opened = true;
        loop_established(p->loop, wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        if (!lws_partial_buffered(wsi))
            loop_want(p->loop, wsi, WANT_READ);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_WSI_DESTROY:
        p->gone = true;
        p->wsi = NULL;
        loop_gone(p->loop, wsi);
        lws_set_wsi_user(wsi, NULL);
        return 0;
    default:
        return 0;
    }
}

static bool listener_open(struct proof *p, struct sockaddr_in *at)
{
    socklen_t length = sizeof *at;
    int small = 4096; /* so that it does not take all at once */

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->listener < 0)
        return false;
    setsockopt(p->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    return bind(p->listener, (struct sockaddr *)at, sizeof *at) == 0 &&
           listen(p->listener, 1) == 0 &&
           getsockname(p->listener, (struct sockaddr *)at, &length) == 0;
}

static bool client_begin(struct proof *p, int port)
{
    static const lws_retry_bo_t no_validity_checks = {0};
    struct lws_client_connect_info info = {
        .context = p->loop->context,
        .address = "127.0.0.1",
        .port = port,
        .path = "/",
        .host = "localhost",
        .local_protocol_name = WS_PROOF_PROTOCOL,
        .userdata = p,
        .retry_and_idle_policy = &no_validity_checks,
    };

    p->wsi = lws_client_connect_via_info(&info);
    if (!p->wsi)
        return false;
    loop_connecting(p->loop, p->wsi);
    return true;
}

/* RFC 6455 section 4.2.2 */
static void upgrade_answer(struct proof *p, const char *key, size_t length)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE], encoded[64];
    char text[128], reply[256];
    int n = snprintf(text, sizeof text, "%.*s%s", (int)length, key, magic);
    unsigned size = 0;

    EVP_Digest(text, (size_t)n, digest, &size, EVP_sha1(), NULL);
    EVP_EncodeBlock(encoded, digest, (int)size);
    n = snprintf(reply, sizeof reply,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n\r\n",
                 (const char *)encoded);
    send(p->fd, reply, (size_t)n, MSG_NOSIGNAL);
}

static void upgrade_read(struct proof *p)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    ssize_t n = recv(p->fd, p->head + p->head_length, HEAD_SIZE - 1 - p->head_length, MSG_DONTWAIT);
    char *key;

    if (n <= 0)
        return;
    p->head_length += (size_t)n;
    p->head[p->head_length] = '\0';
    if (!strstr(p->head, "\r\n\r\n"))
        return;
    key = strstr(p->head, name);
    if (key) {
        key += strlen(name);
        upgrade_answer(p, key, strcspn(key, "\r\n"));
    }
    p->head_length = 0;
}

static void frames_read(struct proof *p)
{
    unsigned char some[16 << 10];
    ssize_t n;

    while (p->same && (n = recv(p->fd, some, sizeof some, MSG_DONTWAIT)) > 0) {
        p->same = p->got + (size_t)n <= p->burst.length &&
                  memcmp(p->burst.data + LWS_PRE + p->got, some, (size_t)n) == 0;
        p->got += (size_t)n;
    }
}

/* Writes the frames from a copy: what they must be is compared with afterwards. */
static bool frames_write(struct proof *p)
{
    static const size_t lengths[PROOF_FRAMES] = {5, 300, LARGE};
    unsigned char *payload = calloc(1, LARGE), *copy;
    int n;

    if (!payload)
        return false;
    rng_open(&p->burst.masks, 1, 1);
    for (int i = 0; i < PROOF_FRAMES; i++)
        ws_frame_add(&p->burst, WS_BINARY, true, payload, lengths[i]);
    free(payload);
    copy = malloc(LWS_PRE + p->burst.length);
    if (!copy)
        return false;
    memcpy(copy, p->burst.data, LWS_PRE + p->burst.length);
    n = lws_write(p->wsi, copy + LWS_PRE, p->burst.length, LWS_WRITE_HTTP);
    free(copy);
    if (n >= 0 && lws_partial_buffered(p->wsi))
        loop_want(p->loop, p->wsi, WANT_WRITE);
    return n >= 0;
}

static bool proof_run(struct proof *p)
{
    int64_t until_ns = loop_clock() + PROOF_NS, now_ns;
    bool wrote = false;

    while ((now_ns = loop_clock()) < until_ns && !p->gone && p->same &&
           !(wrote && p->got == p->burst.length)) {
        if (!loop_turn(p->loop, now_ns + NS_PER_MS))
            return false;
        if (p->fd < 0)
            p->fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        else if (!p->opened)
            upgrade_read(p);
        else
            frames_read(p);
        if (p->opened && !p->gone && !wrote) {
            if (!frames_write(p))
                return false;
            wrote = true;
        }
    }
    return wrote && p->same && p->got == p->burst.length;
}

bool ws_proof(struct loop *loop)
{
    struct proof p = {.loop = loop, .listener = -1, .fd = -1, .same = true};
    struct sockaddr_in at;
    bool good = listener_open(&p, &at) && client_begin(&p, ntohs(at.sin_port)) && proof_run(&p);

    if (p.wsi) {
        loop_gone(loop, p.wsi);
        lws_set_wsi_user(p.wsi, NULL);
        lws_set_timeout(p.wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
        loop_hurry(loop);
    }
    if (p.fd >= 0)
        close(p.fd);
    if (p.listener >= 0)
        close(p.listener);
    free(p.burst.data);
    return good;
}
