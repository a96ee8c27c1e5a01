/* Frames made by hand, taken apart again as RFC 6455 says; and that libwebsockets lets them
 * through.
 */
#include "runner/ws.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

/* Takes the frame at *at apart; its payload goes to out. False: it is none, or is not masked. */
static bool frame_take(const unsigned char **at, int *opcode, unsigned char *out, size_t *length)
{
    const unsigned char *p = *at;
    size_t bytes = (p[1] & 0x7f) == 126 ? 2 : (p[1] & 0x7f) == 127 ? 8 : 0;

    if ((p[0] & 0xf0) != 0x80 || !(p[1] & 0x80))
        return false;
    *opcode = p[0] & 0x0f;
    *length = bytes ? 0 : p[1] & 0x7f;
    for (size_t i = 0; i < bytes; i++)
        *length = *length << 8 | p[2 + i];
    if ((bytes == 2 && *length < 126) || (bytes == 8 && *length < 65536))
        return false; /* the shortest form is demanded */
    p += 2 + bytes;
    for (size_t i = 0; i < *length; i++)
        out[i] = p[4 + i] ^ p[i % 4];
    *at = p + 4 + *length;
    return true;
}

static void test_frames(void)
{
    static const size_t lengths[] = {0, 1, 7, 8, 125, 126, 65535, 65536, 100003};
    enum { LENGTHS = sizeof lengths / sizeof *lengths };
    unsigned char *data = malloc(100003), *out = malloc(100003);
    struct ws_burst burst = {0};
    const unsigned char *at;
    bool good = true;

    rng_open(&burst.masks, 1, 2);
    for (size_t i = 0; i < 100003; i++)
        data[i] = (unsigned char)(i * 31);
    for (int i = 0; i < LENGTHS; i++)
        ws_frame_add(&burst, i % 2 ? WS_BINARY : WS_TEXT, true, data, lengths[i]);
    at = burst.data + LWS_PRE;
    for (int i = 0; good && i < LENGTHS; i++) {
        int opcode = 0;
        size_t length = 0;

        good = frame_take(&at, &opcode, out, &length) && length == lengths[i] &&
               opcode == (i % 2 ? 2 : 1) && memcmp(out, data, length) == 0;
        OK(good, "a frame of %zu bytes", lengths[i]);
    }
    OK(at == burst.data + LWS_PRE + burst.length, "and nothing else");
    burst.length = 0;
    ws_frame_add(&burst, WS_TEXT, false, data, 2);
    ws_frame_add(&burst, WS_CONTINUATION, true, data + 2, 1);
    OK(burst.data[LWS_PRE] == 0x01 && burst.data[LWS_PRE + 8] == 0x80, "a message in two frames");
    free(burst.data);
    free(data);
    free(out);
}

static int no_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in,
                    size_t length)
{
    (void)wsi, (void)event, (void)user, (void)in, (void)length;
    return 0;
}

static void test_proof(void)
{
    const struct lws_protocols protocols[] = {
        {.name = "websocket", .callback = no_event, .rx_buffer_size = 4096},
        {.name = WS_PROOF_PROTOCOL, .callback = ws_proof_event}};
    struct tls tls = {0};
    struct loop loop;
    struct err e = {0};

    OK(loop_open(&loop, protocols, NULL, NULL, 1, &tls, 1000000000, &e), "a loop");
    OK(ws_proof(&loop), "this libwebsockets writes frames out as they are");
    OK(ws_proof(&loop), "and again");
    loop_close(&loop);
}

int main(void)
{
    test_frames();
    test_proof();
    return tap_end();
}
