#!/bin/sh
# run with a server that it starts, and on a terminal.
. "$(dirname "$0")/run_lib.sh"
cat >quick.json <<'END'
{"name": "quick", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": 20,
 "url": "ws://127.0.0.1:{port}/echo", "ramp": 0, "warmup": "100ms", "duration": "1s",
 "timeout": "500ms", "connect_timeout": "1s"}
END

calm quick.json --start-target "sleep 1000 & exec '$sg' target --port {port}" --quiet
carried_out "$status" "a command's server is measured"
is "$(last "json_extract(extra, '\$.target')")" started "and said to be started"
like "$(metric target.rss.start)" '^[0-9]' "its memory is observed"
like "$(sql 'select definition from scenario')" '\{port\}' "the definition keeps the placeholder"
calm quick.json --quiet --duration 200ms
carried_out "$status" "without a command {port} is the built-in target's"
run "$sg" run quick.json --warmup 0 --duration 250ms
like "$err" '^quick: 2 clients for 0.25 s to the built-in target' "which is said, and how long it takes"

calm quick.json --quiet --start-target "setsid -f '$sg' target --port {port}"
like "$status $(metric target.rss.start) $(metric target.fds.max)" '^0 [1-9][0-9.]* [1-9]' \
    "a server that goes to the background, in a session of its own, is observed"
calm quick.json --quiet --duration 200ms \
    --start-target "timeout 4.5 python3 -m http.server {port}; exec '$sg' target --port {port}"
is "$status" 0 "one that knows no such path in its first seconds is waited for"
run "$sg" run quick.json --repeat 3 --start-target 'echo "no module named chat" >&2; exit 7'
is "$status" 3 "a command that fails: exit 3"
like "$err" 'quick 1/3: .*no module named chat' "a command that fails: its last words are told"
is "$(last "status || repeat")" failed1 "a command that fails: is a failed run, once"
run "$sg" run quick.json --quiet --duration 20s --start-target "timeout 4 '$sg' target --port {port}"
is "$status" 3 "a server that ends: exit 3"
like "$(last reason)" 'ended' "a server that ends: the reason"
like "$(metric target.rss.peak)" '^[0-9]' "a server that ends: what was seen is kept"

begin quick.json --duration 20s \
    --start-target "trap '' TERM; sleep 1000 & setsid sleep 1000 & '$sg' target --port {port}"
ok "$(($(ours | wc -l) < 6))" "supervisor, worker, guardian, shell, sleepers and server are there"
kill -9 "$sup"
end
left_behind "kill -9 leaves nothing of a server that does not want to end"

# On a terminal: the line fits, is gone at the end, and Ctrl-C reaches only the supervisor.
cat >terminal.py <<'END'
import fcntl, os, pty, re, select, signal, struct, sys, termios, time, unicodedata

pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[1], [sys.argv[1], "run", "quick.json", "--duration", "20s", "--repeat", "2",
                           "--color=never"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
seen, begin, stopped = b"", time.time(), False
while True:
    # Well under way: several lines, with a p95; at the latest some time before it would end by itself.
    if not stopped and (seen.count(b"p95 ") > 6 and time.time() - begin > 3 or time.time() - begin > 15):
        os.write(fd, b"\x03")
        stopped = True
    if not select.select([fd], [], [], 0.1)[0]:
        continue
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    seen += part
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
lines = re.findall("\r([^\r\n]*)\x1b\\[K", seen.decode())
drawn = [line for line in lines if line]
print(status)
print(len(drawn) > 5 and max(map(len, drawn)) < 80)
print(drawn[-1])
print(lines[-1] == "")
print("recorded" in seen.decode().split("\x1b[K")[-1])
END
python3 terminal.py "$sg" >terminal.txt
is "$(sed -n 1p terminal.txt)" 130 "Ctrl-C on a terminal: exit 130"
is "$(sed -n 2p terminal.txt)" True "the line is drawn, below 80 columns"
like "$(sed -n 3p terminal.txt)" \
    '^quick 1/2 .*0:[01][0-9], 0:[0-9]{2} left +2 open +[0-9.]+ msg/s +p95 [0-9.]+ .?s +0 errors$' \
    "elapsed, left, open, rate, p95, errors"
is "$(sed -n 4p terminal.txt)" True "it is cleared at the end"
is "$(sed -n 5p terminal.txt)" True "and the run is recorded"
is "$(last status)" interrupted "as interrupted"
done_testing
