#!/bin/sh
# run against wss:// and https:// targets: what is verified, what each fault is called, and that load goes through.
. "$(dirname "$0")/run_lib.sh"
command -v openssl >/dev/null || { skip "no openssl" "TLS"; done_testing; }
[ -d "$BUILD/npm/node_modules/ws" ] && command -v node >/dev/null ||
    { skip "no node with npm's ws" "TLS"; done_testing; }

# certificate NAME SUBJECT-ALT-NAMES OPTIONS...: NAME.pem and NAME.key, by the authority ca.
certificate() {
    name=$1 names=$2
    shift 2
    openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
    printf 'subjectAltName=%s\n' "$names" >"$name.ext"
    openssl x509 -req -in "$name.csr" -CA "${authority:-ca}.pem" -CAkey "${authority:-ca}.key" \
        -CAcreateserial -extfile "$name.ext" -out "$name.pem" "$@" 2>/dev/null
}

# authority NAME
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 30 \
        -subj "/CN=$1" 2>/dev/null
}

mkdir pki
cd pki || exit 1
authority ca
authority stranger
certificate good DNS:localhost,IP:127.0.0.1 -days 30
certificate other DNS:example.org -days 30
certificate client email:client@example.org -days 30
authority=stranger certificate foreign email:client@example.org -days 30
# Not valid by now: `openssl x509` has no start date, `openssl ca` has.
cat >ca.conf <<'END'
[ca]
default_ca = here
[here]
database = index.txt
serial = serial.txt
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
END
: >index.txt
echo 01 >serial.txt
for at in expired:20200101000000Z:20210101000000Z future:20400101000000Z:20410101000000Z; do
    name=${at%%:*}
    openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
    echo subjectAltName=DNS:localhost >"$name.ext"
    openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in "$name.csr" -out "$name.pem" \
        -notext -extfile "$name.ext" -startdate "$(echo "$at" | cut -d: -f2)" \
        -enddate "${at##*:}" 2>/dev/null
done
openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.pem -days 30 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
openssl rsa -in client.key -aes128 -passout pass:secret -out locked.key 2>/dev/null
cd .. || exit 1

NODE_PATH=$BUILD/npm/node_modules node "$tests/servers/echo_tls.js" pki >ports &
started="$started $!"
wait_for '[ "$(wc -l <ports)" = 13 ]'
port() {
    sed -n "s/^$1 //p" ports
}

# scenario TLS [MORE]
scenario() {
    printf '{"name": "tls", "protocol": "ws", "exchange": "echo", "clients": 5, "rate": 20,
        "ramp": 0, "warmup": "2s", "duration": "1s", "timeout": "5s", "connect_timeout": "%s",
        "tls": %s%s}\n' "${3:-5s}" "$1" "${2:-}"
}
mkdir scenarios
scenario '{"ca": "../pki/ca.pem"}' >scenarios/ca.json
scenario '{}' >scenarios/none.json
scenario '{"ca": "../pki/ca.pem"}' '' 1s >scenarios/soon.json
scenario '{"ca": "../pki/ca.pem", "cert": "../pki/client.pem", "key": "../pki/client.key"}' \
    >scenarios/client.json
scenario '{"ca": "../pki/ca.pem", "cert": "../pki/foreign.pem", "key": "../pki/foreign.key"}' \
    >scenarios/foreign.json
scenario '{"ca": "../pki/ca.pem"}' ', "subprotocol": "chat.v1"' >scenarios/chat.json

# Event streams: the same over https://.
for file in ca none client foreign soon; do
    sed 's/"ws"/"sse"/; s/"timeout"/"message": {"json": {"text": "to and fro"}}, "timeout"/' "scenarios/$file.json" \
        >"scenarios/sse-$file.json"
    sed 's/"ws"/"sse"/; s/"echo"/"push"/; s/"rate": 20/"rate": 0/;
        s/"timeout"/"match": {"sequence": "\/sequence", "time": "\/time"}, "timeout"/' \
        "scenarios/$file.json" >"scenarios/push-$file.json"
done
printf '{"name": "large", "protocol": "ws", "exchange": "echo", "clients": 4, "rate": 10, "ramp": 0,
    "warmup": "500ms", "duration": "1s", "message": {"size": "300KiB"},
    "tls": {"ca": "../pki/ca.pem"}}' >scenarios/large.json

# target SCENARIO LISTENER HOST: its url
target() {
    case $1 in sse-* | push-*) echo "https://$3:$(port "$2")/" ;; *) echo "wss://$3:$(port "$2")/" ;; esac
}

# taken SCENARIO LISTENER HOST OPTIONS...: the next of the runs, which are made three at a time and judged
# afterwards, in the order of the list below. True where it is to be judged.
taken() {
    number=$((number + 1))
    if [ "$judging" = no ]; then
        file=scenarios/$1.json to=$(target "$1" "$2" "$3")
        shift 3
        echo "$number $file $to${*:+ $*}" >>jobs
        return 1
    fi
    ln -sf "$number.db" streamgauge.db
    status=$(cat "$number.end") err=$(cat "$number.err")
}
cat >attempt <<'END'
sg=$1 number=$2 file=$3 to=$4
shift 4
"$sg" run "$file" --target "$to" --db "$number.db" "$@" >/dev/null 2>"$number.err" </dev/null
echo $? >"$number.end"
END

# carries NAME SCENARIO LISTENER HOST OPTIONS...
carries() {
    name=$1
    shift
    taken "$@" || return
    carried_out "$status" "$name: carried out"
    is "$(metric messages.matched) $(metric connect.success)" "100.0 1.0" "$name: all of it"
}

# fails NAME REASON SCENARIO LISTENER HOST
fails() {
    taken "$3" "$4" "$5" || return
    is "$status" 3 "$1: exit 3"
    is "$(sql "select kind || '|' || reason || '|' || count from failure")" "connection|$2|5" "$1: why"
    case $err in *"no connection succeeded: $2"*) true ;; *) false ;; esac
    ok $? "$1: in one sentence"
}

all() {
    number=0
    carries "verified by name" ca good localhost
    carries "verified by address" ca good 127.0.0.1
    carries "the certificate that is asked for by name" ca sni localhost
    carries "TLS 1.2" ca old localhost
    carries "a client certificate" client wanted localhost
    carries "a client certificate, TLS 1.2" client wanted12 localhost
    carries "a subprotocol" chat chat localhost
    carries "several workers" ca good localhost --workers 2
    for listener in expired other self future; do
        carries "--insecure: $listener" none "$listener" localhost --insecure
    done
    if taken ca good localhost --rate max; then
        like "$(metric messages.matched)" '^[1-9][0-9][0-9]' "a closed loop"
    fi
    if taken large good localhost; then
        is "$(metric messages.matched)" "40.0" "messages larger than a TLS record"
    fi
    fails "expired" "TLS: the certificate has expired" ca expired localhost
    fails "not yet valid" "TLS: the certificate is not valid yet" ca future localhost
    fails "another host" "TLS: the certificate is for another host" ca other localhost
    fails "another address" "TLS: the certificate is for another host" ca other 127.0.0.1
    fails "without a name to ask for" "TLS: the certificate is for another host" ca sni 127.0.0.1
    fails "self-signed" "TLS: the certificate is self-signed" ca self localhost
    fails "unknown authority" "TLS: the certificate's authority is not known" none good localhost
    fails "no client certificate" "TLS: the target wants a client certificate (tls.cert, tls.key)" ca wanted localhost
    fails "no client certificate, TLS 1.2" "TLS: the target refused: handshake failure" ca wanted12 localhost
    fails "a client certificate of strangers" "closed before the upgrade" foreign wanted localhost
    fails "no TLS there" "TLS: the target does not speak it" ca plain localhost
    fails "silence" "no handshake within 1s" soon deaf localhost
    carries "https by name" sse-ca good localhost
    carries "https by address" sse-ca good 127.0.0.1
    carries "https, the certificate that is asked for by name" sse-ca sni localhost
    carries "https, TLS 1.2" sse-ca old localhost
    carries "https, a client certificate" sse-client wanted localhost
    carries "https, a client certificate, TLS 1.2" sse-client wanted12 localhost
    carries "https, several workers" sse-ca good localhost --workers 2
    carries "https, --insecure" sse-none self localhost --insecure
    if taken push-ca good localhost; then
        carried_out "$status" "a stream over https: carried out"
        like "$(metric throughput.received)" '^([3-9][0-9]|[12][0-9][0-9])\.' "... each event"
        is "$(metric messages.lost)" "0.0" "... and nothing lost"
    fi
    fails "https, expired" "TLS: the certificate has expired" sse-ca expired localhost
    fails "https, another host" "TLS: the certificate is for another host" push-ca other localhost
    fails "https, self-signed" "TLS: the certificate is self-signed" sse-ca self localhost
    fails "https, unknown authority" "TLS: the certificate's authority is not known" push-none good localhost
    fails "https, no client certificate" "TLS: the target wants a client certificate (tls.cert, tls.key)" push-ca wanted localhost
    fails "https, no client certificate, TLS 1.2" "TLS: the target refused: handshake failure" sse-ca wanted12 localhost
    fails "https, no TLS there" "TLS: the target does not speak it" sse-ca plain localhost
    fails "https, silence" "no handshake within 1s" sse-soon deaf localhost
}
judging=no
all
xargs -P 3 -L 1 sh attempt "$sg" <jobs
judging=yes
all
rm -f streamgauge.db
run "$sg" run scenarios/ca.json --target "ws://localhost:$(port good)/"
is "$status" 3 "ws:// to a TLS port fails"

# Bad files are found before anything connects.
refused() {
    scenario "$3" >scenarios/bad.json
    run "$sg" run scenarios/bad.json --target wss://localhost:1/
    is "$status" 2 "$1: exit 2"
    like "$err" "scenarios/bad.json: .*$2" "$1: says why"
}
refused "no such file" 'tls.ca: scenarios/none.pem: No such file' '{"ca": "none.pem"}'
refused "no certificate" 'tls.ca: .*expected certificates of authorities, PEM' '{"ca": "../pki/ca.conf"}'
refused "a key in its place" 'tls.cert: .*expected a certificate, PEM' \
    '{"cert": "../pki/client.key", "key": "../pki/client.key"}'
refused "another's key" 'tls.key: .*is not the key of tls.cert' \
    '{"cert": "../pki/client.pem", "key": "../pki/good.key"}'
refused "a locked key" 'tls.key: .*expected a key without a passphrase' \
    '{"cert": "../pki/client.pem", "key": "../pki/locked.key"}'
refused "half of it" 'tls: cert and key go together, key is missing' '{"cert": "../pki/client.pem"}'

# A started server is ready when the handshake is answered, through TLS too.
server="NODE_PATH=$BUILD/npm/node_modules exec node $tests/servers/echo_tls_one.js pki/good {port}"
rm -f streamgauge.db
calm scenarios/ca.json --start-target "$server" --target 'wss://localhost:{port}/'
carried_out "$status" "a started target: carried out"
is "$(metric messages.matched)" "100.0" "a started target: all of it"
run "$sg" run scenarios/none.json --start-target "$server" --target 'wss://localhost:{port}/'
like "$err" "refuses the scenario's handshake: TLS: the certificate's authority is not known" \
    "a started target that is not to be trusted"
done_testing
