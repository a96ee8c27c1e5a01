#include "schema/placeholder.h"
#include "schema/scenario_parts.h"
#include "schema/units.h"
#include "schema/url.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_MAX_BYTES = 100,
    DESCRIPTION_MAX_BYTES = 1000,
    HEADERS_MAX_BYTES = 4096, /* LWS.md: the handshake is put together in a buffer of its own */
    SUBPROTOCOL_MAX_BYTES = 128
};

/* More than this is a slip of the pen: no network or kernel carries it. */
#define OFFERED_MAX 1e7        /* messages per second of all clients */
#define OFFERED_BYTES_MAX 1e11 /* bytes per second of all clients */
#define OWED_MAX 2e6           /* messages of a broadcast on their way: each is kept in mind */
#define BATCH_MAX_BYTES (INT64_C(16) << 20)

/* Letters, digits and what else RFC 9110 allows in a token. */
static bool is_token(const char *s)
{
    if (!*s)
        return false;
    while (isalnum((unsigned char)*s) || (*s && strchr("!#$%&'*+-.^_`|~", *s)))
        s++;
    return !*s;
}

/* One line of printable text, as text_clean() would leave it. */
static bool is_clean(const char *s)
{
    char *copy = mem_copy(s);
    bool same;

    text_clean(copy);
    same = strcmp(copy, s) == 0;
    free(copy);
    return same;
}

static bool names_check(const struct scenario *s, struct err *e)
{
    if (!s->name || !*s->name || strlen(s->name) > NAME_MAX_BYTES || !is_clean(s->name))
        return err_set(e, ERR_USAGE, "name: expected one line of 1 to %d bytes of printable text",
                       NAME_MAX_BYTES);
    if (s->name[0] == ' ' || s->name[strlen(s->name) - 1] == ' ')
        return err_set(e, ERR_USAGE, "name: begins or ends with a blank");
    if (s->description &&
        (strlen(s->description) > DESCRIPTION_MAX_BYTES || !is_clean(s->description)))
        return err_set(e, ERR_USAGE,
                       "description: expected one line of up to %d bytes of printable text",
                       DESCRIPTION_MAX_BYTES);
    return true;
}

/* Asked for as it stands: its answer is no secret, and it is asked twice a second. */
static bool prometheus_check(const char *text, struct err *e)
{
    struct url url;

    if (strstr(text, "${"))
        return err_set(e, ERR_USAGE, "observe.prometheus: expected a url without variables");
    if (!url_parse(&url, text, e))
        return err_wrap(e, "observe.prometheus");
    if (!url.http || url.tls || *url.user)
        return err_set(e, ERR_USAGE,
                       "observe.prometheus: expected a url that begins with http://, without user "
                       "or password");
    return true;
}

static bool target_check(const struct scenario *s, struct err *e)
{
    struct url url;

    if (s->url &&
        (!placeholder_check(s->url, PLACEHOLDERS_CONNECTION, e) || !url_parse(&url, s->url, e)))
        return err_wrap(e, "url");
    if (s->url && url.http != (s->protocol == PROTOCOL_SSE))
        return err_set(e, ERR_USAGE, "url: expected one that begins with %s for protocol \"%s\"",
                       url.http ? "ws:// or wss://" : "http:// or https://",
                       scenario_protocols[s->protocol]);
    if (s->exchange == EXCHANGE_BROADCAST && s->protocol == PROTOCOL_SSE)
        return err_set(e, ERR_USAGE, "exchange: \"broadcast\" belongs to protocol \"ws\"");
    if (s->subprotocol && s->protocol != PROTOCOL_WS)
        return err_set(e, ERR_USAGE, "subprotocol: belongs to protocol \"ws\"");
    if (s->subprotocol &&
        (!is_token(s->subprotocol) || strlen(s->subprotocol) > SUBPROTOCOL_MAX_BYTES))
        return err_set(e, ERR_USAGE,
                       "subprotocol: expected a name of letters, digits and such, such as chat.v1");
    if (!s->tls.cert != !s->tls.key)
        return err_set(e, ERR_USAGE, "tls: cert and key go together, %s is missing",
                       s->tls.cert ? "key" : "cert");
    if (s->observe_pid < 0 || s->observe_pid > SCENARIO_PID_MAX)
        return err_set(e, ERR_USAGE, "observe.pid: is no process");
    return !s->prometheus || prometheus_check(s->prometheus, e);
}

/* Headers that the handshake itself is made of. */
static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {"Host",
                                           "Upgrade",
                                           "Connection",
                                           "Keep-Alive",
                                           "Content-Length",
                                           "Transfer-Encoding",
                                           "Trailer",
                                           "TE",
                                           "Proxy-Connection"};
    static const char prefix[] = "Sec-WebSocket-";

    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcasecmp(name, reserved[i]) == 0)
            return true;
    return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

/* Of an event stream. */
static bool is_resuming(const char *name)
{
    return strcasecmp(name, "Last-Event-ID") == 0 || strcasecmp(name, "Accept-Encoding") == 0;
}

static bool header_check(const struct scenario *s, const struct header *h, struct err *e)
{
    const char *p = h->value;

    if (!is_token(h->name))
        return err_set(e, ERR_USAGE, "is no name of a header");
    if (is_reserved(h->name) || (s->protocol == PROTOCOL_SSE && is_resuming(h->name)))
        return err_set(e, ERR_USAGE, "belongs to the handshake, it cannot be set");
    while (*p == '\t' || (*p >= ' ' && *p < 0x7f))
        p++;
    if (*p)
        return err_set(e, ERR_USAGE, "its value has byte 0x%02x, which no header may have",
                       (unsigned char)*p);
    return placeholder_check(h->value, PLACEHOLDERS_CONNECTION, e);
}

static bool headers_check(const struct scenario *s, struct err *e)
{
    size_t bytes = 0;

    for (size_t i = 0; i < s->headers_count; i++) {
        if (!header_check(s, &s->headers[i], e))
            return err_wrap(e, "headers.%.80s", *s->headers[i].name ? s->headers[i].name : "\"\"");
        bytes += strlen(s->headers[i].name) + strlen(s->headers[i].value) + strlen(": \r\n");
    }
    return bytes <= HEADERS_MAX_BYTES ||
           err_set(e, ERR_USAGE, "headers: together they have more than %d bytes",
                   HEADERS_MAX_BYTES);
}

static bool fields_check(const struct scenario *s, struct err *e)
{
    for (const struct scenario_field *f = scenario_fields; f->key; f++) {
        int64_t value = scenario_field_get(f, s);
        char lo[UNITS_TEXT_SIZE], hi[UNITS_TEXT_SIZE], found[UNITS_TEXT_SIZE];

        if ((value >= f->minimum && value <= f->maximum) ||
            (f->offset == offsetof(struct scenario, duration_ns) && scenario_trace_unread(s)))
            continue;
        if (f->duration)
            return err_set(e, ERR_USAGE, "%s: expected a duration from %s to %s, found %s", f->key,
                           units_format_duration(lo, f->minimum),
                           units_format_duration(hi, f->maximum),
                           units_format_duration(found, value));
        return err_set(e, ERR_USAGE, "%s: expected a whole number from %lld to %lld, found %lld",
                       f->key, (long long)f->minimum, (long long)f->maximum, (long long)value);
    }
    return true;
}

static bool rate_check(const struct scenario *s, struct err *e)
{
    const struct rate *r = &s->rate;
    double peak = rate_peak(r);
    bool single = r->pattern == RATE_CONSTANT || r->pattern == RATE_POISSON;

    for (const struct rate_number *n = rate_numbers; n->key; n++) {
        double value = rate_number_get(n, r);

        /* So written that NAN fails. */
        if (n->pattern == r->pattern && !(value >= 0 && value <= SCENARIO_RATE_MAX))
            return err_set(e, ERR_USAGE, "rate: expected %s from 0 to %g messages per second",
                           single ? "a number" : n->key, SCENARIO_RATE_MAX);
    }
    if (s->exchange == EXCHANGE_PUSH && (r->pattern != RATE_CONSTANT || r->value != 0))
        return err_set(e, ERR_USAGE, "rate: in exchange \"push\" the server sends, expected 0");
    if (s->exchange == EXCHANGE_BROADCAST && r->pattern == RATE_MAX)
        return err_set(e, ERR_USAGE, "rate: a broadcast has no closed loop, expected a number");
    if (r->pattern == RATE_TRACE)
        return scenario_trace_check(s, e);
    if (s->exchange != EXCHANGE_PUSH && r->pattern != RATE_MAX && peak < SCENARIO_RATE_MIN)
        return err_set(e, ERR_USAGE, "rate: expected at least one message in %g s of a client",
                       1 / SCENARIO_RATE_MIN);
    if (r->pattern == RATE_BURST && r->low > r->high)
        return err_set(e, ERR_USAGE, "rate: low is more than high");
    if (r->pattern == RATE_BURST &&
        (r->period_ns < SCENARIO_PERIOD_MIN || r->period_ns > SCENARIO_DURATION_MAX))
        return err_set(e, ERR_USAGE, "rate.period: expected a duration from 100ms to 1d");
    return true;
}

static bool message_text_check(const struct message *m, struct err *e)
{
    if (!m->text || !*m->text)
        return err_set(e, ERR_USAGE, "is empty");
    if (strlen(m->text) > (size_t)SCENARIO_MESSAGE_MAX)
        return err_set(e, ERR_USAGE, "expected up to %lld bytes", (long long)SCENARIO_MESSAGE_MAX);
    return placeholder_check(m->text, PLACEHOLDERS_MESSAGE, e);
}

static bool message_check(const struct scenario *s, struct err *e)
{
    const struct message *m = &s->message;

    if (m->form == MESSAGE_SIZE && (m->size_bytes < 1 || m->size_bytes > SCENARIO_MESSAGE_MAX))
        return err_set(e, ERR_USAGE, "message.size: expected 1 to %lld bytes",
                       (long long)SCENARIO_MESSAGE_MAX);
    if ((m->form == MESSAGE_TEXT || m->form == MESSAGE_JSON) && !message_text_check(m, e))
        return err_wrap(e, "message.%s", m->form == MESSAGE_TEXT ? "text" : "json");
    if ((m->form == MESSAGE_FILE || m->form == MESSAGE_LINES) && (!m->path || !*m->path))
        return err_set(e, ERR_USAGE, "message: expected the name of a file");
    if (m->fragment < 0 || m->fragment > SCENARIO_MESSAGE_MAX)
        return err_set(e, ERR_USAGE, "message.fragment: expected 0 to %lld bytes",
                       (long long)SCENARIO_MESSAGE_MAX);
    if (m->fragment && s->protocol == PROTOCOL_SSE)
        return err_set(e, ERR_USAGE, "message.fragment: belongs to protocol \"ws\"");
    if (m->binary && s->protocol == PROTOCOL_SSE)
        return err_set(e, ERR_USAGE, "message.binary: an event stream is text");
    if (m->batch < 1 || m->batch > SCENARIO_BATCH_MAX)
        return err_set(e, ERR_USAGE, "message.batch: expected 1 to %d messages",
                       SCENARIO_BATCH_MAX);
    return true;
}

/* What only all of it together shows to be too much. */
static bool load_check(const struct scenario *s, struct err *e)
{
    double bytes = s->message.text                   ? (double)strlen(s->message.text)
                   : s->message.form == MESSAGE_SIZE ? (double)s->message.size_bytes
                                                     : 1; /* the runner reads the file */
    double peak =
        s->rate.pattern == RATE_TRACE ? s->rate.peak : rate_peak(&s->rate) * (double)s->clients;
    double owed = s->exchange == EXCHANGE_BROADCAST ? peak * (double)s->clients : peak;

    if (bytes * (double)s->message.batch > (double)BATCH_MAX_BYTES)
        return err_set(e, ERR_USAGE, "message: a batch of %lld messages has more than 16 MiB",
                       (long long)s->message.batch);
    if (owed > OFFERED_MAX && owed > peak)
        return err_set(e, ERR_USAGE,
                       "rate: %.0f messages per second to each of %lld clients are more than %.0f "
                       "in a second",
                       peak, (long long)s->clients, OFFERED_MAX);
    if (owed > peak && owed * (double)s->timeout_ns / NS_PER_S > OWED_MAX)
        return err_set(
            e, ERR_USAGE,
            "timeout: within it %.0f messages could be on their way to all clients, more "
            "than %.0f",
            owed * (double)s->timeout_ns / NS_PER_S, OWED_MAX);
    if (peak > OFFERED_MAX)
        return err_set(e, ERR_USAGE,
                       "rate: %lld clients would send %.0f messages per second, more than %.0f",
                       (long long)s->clients, peak, OFFERED_MAX);
    if (peak * bytes > OFFERED_BYTES_MAX)
        return err_set(e, ERR_USAGE,
                       "rate: %lld clients would send %.0f GB per second, more than %.0f",
                       (long long)s->clients, peak * bytes / 1e9, OFFERED_BYTES_MAX / 1e9);
    return true;
}

bool scenario_check(const struct scenario *s, struct err *e)
{
    return names_check(s, e) && target_check(s, e) && headers_check(s, e) && fields_check(s, e) &&
           rate_check(s, e) && message_check(s, e) && scenario_match_check(s, e) &&
           load_check(s, e) && scenario_link_check(s, e) &&
           scenario_network_check(&s->network, e) && scenario_clients_check(s, e);
}
