#!/bin/sh
# The rule of the rooms, so that the drawing in README can be trusted.
. "$(dirname "$0")/lib.sh"
cd "$tests/.." || exit 1

# 1. schema/ includes only schema/; an ordinary file only its own room and schema/.
for room in schema runner store analyze report; do
    others=$(printf '%s\n' runner store analyze report | grep -vx "$room" | paste -sd'|')
    found=$(find "$room" -name '*.[ch]' ! -name 'cmd_*' -exec \
        grep -HnE "#include \"($others)/" {} +)
    is "$found" "" "$room/ opens no other room (its doors apart)"
done

# 2. A door opens another room only through its front door ROOM/ROOM.h (and report's doc.h, which
# is the type its front door speaks of).
found=
for room in runner store analyze report; do
    found=$found$(find "$room" -name 'cmd_*.c' -exec grep -HE '#include "[a-z]+/' {} + |
        grep -vE "\"(schema|$room)/|\"(runner/runner|store/store|analyze/analyze|report/report).h\"")
done
is "$found" "" "doors open other rooms through the front door only"

# 3. analyze/ is pure.
found=$(find analyze -name '*.[ch]' ! -name 'cmd_*' -exec \
    grep -HnE '#include <(stdio|sqlite3|unistd|fcntl|time|sys/.*)\.?h?>' {} +)
is "$found" "" "analyze/ includes nothing that does input or output"
objects=$(find "$BUILD/analyze" -name '*.o' ! -name 'cmd_*' 2>/dev/null)
# shellcheck disable=SC2086
found=$([ -z "$objects" ] || nm -u $objects |
    grep -wE 'f?open(at)?|f?read|f?write|f?printf|puts|time|clock_gettime|getenv|rand|random|getrandom|sqlite3_.*')
is "$found" "" "analyze/ imports nothing that does input or output"

# 4. Only main.c prints errors; only doors write results.
found=$(find runner store analyze report schema -name '*.c' -exec \
    grep -HnE '"streamgauge: ' {} + | grep -v '^schema/text.c')
is "$found" "" "only main.c prints errors"
found=$(find schema analyze store report runner -name '*.c' ! -name 'cmd_*' \
    ! -name 'print.c' -exec grep -HnE '\b(printf|puts|putchar)\(|\bstdout\b' {} +)
is "$found" "" "only doors write results (and report_print for them)"
done_testing
