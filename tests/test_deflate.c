/* permessage-deflate: the answers that can be accepted, and messages packed and unpacked. The bytes
 * are the examples of RFC 7692, section 7.2.3. */
#include "runner/ws_deflate.h"
#include "schema/text.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static struct text got;

static bool take(void *arg, const void *bytes, size_t length, bool last)
{
    (void)arg;
    text_add_bytes(&got, bytes, length);
    if (last)
        text_add(&got, "|");
    return true;
}

/* A message fed `step` bytes at a time, each piece in memory of its own. */
static bool unpacked(struct ws_unpack *u, const struct ws_terms *t, const void *bytes,
                     size_t length, size_t step)
{
    bool good = true;

    for (size_t at = 0; good && at < length; at += step) {
        size_t n = length - at < step ? length - at : step;
        char *piece = malloc(n);

        memcpy(piece, (const char *)bytes + at, n);
        good = ws_unpack_feed(u, t, piece, n, at + n == length, take, NULL);
        free(piece);
    }
    return good;
}

static void terms_tested(void)
{
    static const struct {
        const char *header, *fault;
        struct ws_terms terms;
    } item[] = {
        {"permessage-deflate", NULL, {false, 15, 15}},
        {" permessage-deflate ; server_no_context_takeover;client_no_context_takeover ",
         NULL,
         {true, 15, 15}},
        {"permessage-deflate; server_max_window_bits=12; client_max_window_bits=\"8\"",
         NULL,
         {false, 12, 8}},
        {"permessage-deflate; client_max_window_bits", "malformed", {0}},
        {"permessage-deflate; client_max_window_bits=7", "a window that there is not", {0}},
        {"permessage-deflate; client_max_window_bits=012", "a window that there is not", {0}},
        {"permessage-deflate; client_max_window_bits=\"12", "a window that there is not", {0}},
        {"permessage-deflate; client_max_window_bits=12x", "a window that there is not", {0}},
        {"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", "twice", {0}},
        {"permessage-deflate;", "a parameter that there is not", {0}},
        {"permessage-deflate; foo", "a parameter that there is not", {0}},
        {"permessage-deflate server_no_context_takeover", "malformed", {0}},
        {"permessage-deflate, permessage-deflate", "more than one", {0}},
        {"", "not offered", {0}},
        {"permessage-deflated", "not offered", {0}},
    };

    for (size_t i = 0; i < sizeof item / sizeof *item; i++) {
        struct ws_terms t;
        const char *fault = ws_terms_parse(&t, item[i].header);

        OK(item[i].fault ? fault && strstr(fault, item[i].fault)
                         : !fault && t.forgets == item[i].terms.forgets &&
                               t.bits == item[i].terms.bits && t.own_bits == item[i].terms.own_bits,
           "answer '%s': %s", item[i].header, fault ? fault : "accepted");
    }
}

static void examples_tested(void)
{
    static const struct {
        const char *name, *want;
        size_t length;
        unsigned char bytes[24];
    } item[] = {
        {"a message", "Hello|", 7, {0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}},
        {"one that refers to it", "Hello|", 5, {0xf2, 0x00, 0x11, 0x00, 0x00}},
        {"not compressed",
         "Hello|",
         11,
         {0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0}},
        {"BFINAL", "Hello|", 8, {0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}},
        {"one behind it that refers to it", "Hello|", 5, {0xf2, 0x00, 0x11, 0x00, 0x00}},
        {"two blocks",
         "Hello|",
         13,
         {0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00}},
        {"an empty one", "|", 1, {0x00}},
    };

    for (size_t step = 1; step <= 24; step += 23) {
        struct ws_terms t = {false, 15, 15};
        struct ws_unpack u = {0};

        OK(ws_unpack_start(&u, &t), "unpacks, %zu bytes at a time", step);
        for (size_t i = 0; i < sizeof item / sizeof *item; i++) {
            text_free(&got);
            text_add(&got, "");
            unpacked(&u, &t, item[i].bytes, item[i].length, step);
            tap_is(got.data, item[i].want, item[i].name);
        }
        OK(!unpacked(&u, &t, "\xf2\x48\xcd", 3, step) && u.fault, "cut off: %s", u.fault);
        OK(ws_unpack_start(&u, &t) && !unpacked(&u, &t, item[1].bytes, item[1].length, step),
           "a new connection knows nothing of it: %s", u.fault);
        t.forgets = true;
        OK(ws_unpack_start(&u, &t) && unpacked(&u, &t, item[0].bytes, item[0].length, step) &&
               !unpacked(&u, &t, item[1].bytes, item[1].length, step),
           "nor does a message where the target forgets");
        ws_unpack_close(&u);
    }
}

/* What is packed in a window of 2^bits is unpacked by a zlib that has no more. */
static void packed_tested(void)
{
    enum { SIZE = 100000 };
    char *plain = malloc(SIZE);
    struct ws_pack p = {0};

    for (int i = 0; i < SIZE; i++) /* repeats at distances on either side of each window */
        plain[i] = (char)(i % 101 + i / 300 % 3 + i / 1000 % 7);
    for (int bits = WS_DEFLATE_BITS_MIN; bits <= WS_DEFLATE_BITS_MAX; bits++) {
        struct ws_terms t = {false, bits, bits};
        size_t length = ws_pack_message(&p, &t, plain, SIZE), made = 0;
        unsigned char *block = malloc((size_t)1 << bits);
        z_stream z = {.next_in = p.data, .avail_in = (uInt)length};
        bool same = inflateInit2(&z, -bits) == Z_OK;

        do { /* a block of one byte at a time: only the window is left to be referred to */
            z.next_out = block;
            z.avail_out = 1;
            same =
                same && inflate(&z, Z_SYNC_FLUSH) == Z_OK && *block == (unsigned char)plain[made];
        } while (same && ++made < SIZE);
        OK(same && made == SIZE && length < SIZE / 2, "packed in a window of 2^%d: %zu bytes", bits,
           length);
        inflateEnd(&z);
        free(block);
    }
    OK(ws_pack_message(&p, &(struct ws_terms){false, 15, 15}, "", 0) == 1 && p.data[0] == 0,
       "nothing is packed as one byte");
    ws_pack_close(&p);
    free(plain);
}

int main(void)
{
    terms_tested();
    examples_tested();
    packed_tested();
    text_free(&got);
    return tap_end();
}
