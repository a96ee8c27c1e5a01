# lib.sh: the few words that tests in shell need to speak TAP; sourced by tests/*.t. BUILD is the
# folder of the program under test. Each test works in a folder of its own, removed at its end.
set -u
LC_ALL=C.UTF-8
export LC_ALL
: "${BUILD:=$PWD/build}"
sg=$BUILD/streamgauge
tests=$(cd "$(dirname "$0")" && pwd)
# A script in front of python3 that chooses a version takes longer than most of what it is asked here.
case $(command -v python3) in
*/shims/*) [ ! -x /usr/bin/python3 ] || PATH=/usr/bin:$PATH ;;
esac
work=$(mktemp -d)
cd "$work" || exit 1
unset STREAMGAUGE_DB
in_ci=${CI:-}
tap_count=0
tap_failed=0
started=

# start COMMAND...: runs it in the background, its pid in $!; ended with the test.
start() {
    "$@" &
    started="$started $!"
}

finish() {
    for pid in $started; do kill "$pid" 2>/dev/null; done
    cd / && rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ok STATUS NAME: passes when STATUS is 0.
ok() {
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_count - $2"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $2"
    fi
}

# is GOT WANT NAME
is() {
    [ "$1" = "$2" ]
    ok $? "$3"
    [ "$1" = "$2" ] || {
        printf '%s\n' "  got: $1" " want: $2" | sed 's/^/# /'
        return 1
    }
}

# like TEXT REGEX NAME (extended regular expression)
like() {
    printf '%s\n' "$1" | grep -Eq -- "$2"
    ok $? "$3"
    printf '%s\n' "$1" | grep -Eq -- "$2" || printf '%s\n' "$1" "does not match: $2" | sed 's/^/# /'
}

# run COMMAND...: its output in $out, its errors in $err, its exit status in $status.
run() {
    "$@" >"$work/.out" 2>"$work/.err" </dev/null
    status=$?
    out=$(cat "$work/.out")
    err=$(cat "$work/.err")
}

# skip WHY NAME: outside CI a missing part is skipped in words; in CI it is a failure.
skip() {
    if [ -n "$in_ci" ]; then
        ok 1 "$2: $1"
    else
        unsaid "$1" "$2"
    fi
}

# unsaid WHY NAME: what a machine as busy as this cannot tell, which is no failure anywhere.
unsaid() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $2 # SKIP $1"
}

# Waits until the shell command holds, at most $2 seconds (60): a limit that only what never comes reaches.
wait_for() {
    give_up=$(($(date +%s) + ${2:-60}))
    until eval "$1"; do
        [ "$(date +%s)" -lt "$give_up" ] || return 1
        sleep 0.05
    done
}

done_testing() {
    echo "1..$tap_count"
    [ "$tap_count" -gt 0 ] && [ "$tap_failed" -eq 0 ]
    exit
}

# python_with MODULE: a python3 that has it; Debian's packages are not seen by another one that
# comes first on the PATH. Nothing when there is none.
python_with() {
    for candidate in python3 /usr/bin/python3; do
        "$candidate" -c "import $1" 2>/dev/null && echo "$candidate" && return
    done
}

# extension_runtime: what a shell that loads a sanitized extension has to load before anything else
# (LD_PRELOAD); nothing for an ordinary one.
extension_runtime() {
    ldd "$BUILD/streamgauge.so" | awk '$1 ~ /^libasan/ { print $3 }'
}
