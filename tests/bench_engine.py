"""bench_engine.py FOLDER: see tests/bench_engine."""
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

CLIENTS, SECONDS, ROUNDS = 100, 2, 3
folder = os.path.abspath(sys.argv[1])
program = os.path.join(folder, "streamgauge")
missed = []


def told(name, value, unit, must=None, good=True):
    print(f"{name:<59}{value:>12} {unit:<4}" + (f" (must: {must})" if must else "").rstrip())
    if not good:
        missed.append(name)


def waited(process):
    """Waits for a process; its output, and the CPU seconds of it and of all that it waited for."""
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"bench_engine: {process.args} ended with {status}")
    return out.decode(), used.ru_utime + used.ru_stime


def scenario(**fields):
    with open("bench.json", "w") as f:
        json.dump({"name": "bench", "protocol": "ws", "exchange": "echo", "clients": CLIENTS,
                   "ramp": 0, "warmup": 0, "duration": SECONDS, "message": {"size": 128},
                   **fields}, f)


def streamgauge(url, **fields):
    """The metrics of a run, and the CPU seconds of supervisor and worker."""
    scenario(**fields)
    out, cpu = waited(subprocess.Popen(
        [program, "run", "bench.json", "--target", url, "--repeat", "1", "--json", "--quiet",
         "--db", "bench.db"], stdout=subprocess.PIPE))
    return json.loads(out)["runs"][0]["metrics"], cpu


def raw(port):
    out, cpu = waited(subprocess.Popen(
        [os.path.join(folder, "tests/bench_raw"), str(port), str(CLIENTS), str(SECONDS)],
        stdout=subprocess.PIPE))
    return int(out.split()[0]) / cpu


async def python_loop(url):
    import websockets
    payload, end, count = "x" * 128, time.monotonic() + SECONDS, 0

    async def client():
        nonlocal count
        async with websockets.connect(url, compression=None) as ws:
            while time.monotonic() < end:
                await ws.send(payload)
                await ws.recv()
                count += 1

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count


def python(url):
    out, cpu = waited(subprocess.Popen([sys.executable, __file__, "--client", url],
                                       stdout=subprocess.PIPE))
    return int(out) / cpu


TSUNG = """<?xml version="1.0"?>
<!DOCTYPE tsung SYSTEM "/usr/share/tsung/tsung-1.0.dtd">
<tsung loglevel="warning" version="1.0">
 <clients><client host="localhost" use_controller_vm="true" maxusers="1000"/></clients>
 <servers><server host="127.0.0.1" port="{port}" type="tcp"/></servers>
 <load duration="60" unit="second"><arrivalphase phase="1" duration="10" unit="second">
  <users maxnumber="{clients}" arrivalrate="50" unit="second"/></arrivalphase></load>
 <sessions><session name="echo" probability="100" type="ts_websocket">
  <request><websocket type="connect" path="/echo"/></request>
  <for from="1" to="{messages}" var="i">
   <request><websocket type="message" ack="parse">{payload}</websocket></request></for>
  <request><websocket type="close"/></request>
 </session></sessions>
</tsung>
"""


def tsung_cpu(port, messages):
    """CPU seconds of a load of tsung: each client sends so many, waiting for each reply."""
    with open("tsung.xml", "w") as f:
        f.write(TSUNG.format(port=port, clients=CLIENTS, messages=messages, payload="x" * 128))
    _, cpu = waited(subprocess.Popen(["tsung", "-f", "tsung.xml", "-l", os.getcwd(), "start"],
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     env={**os.environ, "HOME": os.getcwd()}))
    return cpu


def tsung(port):
    """Messages per CPU-second, what it takes to start and connect apart; None where it is not here."""
    if not shutil.which("tsung"):
        return None
    return CLIENTS * 999 / (tsung_cpu(port, 1000) - tsung_cpu(port, 1))


def closed_loop(url, port):
    rounds = []
    for _ in range(ROUNDS):
        metrics, cpu = streamgauge(url, rate="max")
        rounds.append((metrics["messages.matched"] / cpu, raw(port), python(url)))
    ours, limit, others = (statistics.median(r[i] for r in rounds) for i in range(3))
    share = statistics.median(r[0] / r[1] for r in rounds)
    load_tool = tsung(port)
    best = max(others, load_tool or 0)
    print(f"closed loop, {CLIENTS} clients, 128 bytes, one outstanding, messages per CPU-second:")
    told("  streamgauge run, supervisor and worker", f"{ours:,.0f}", "/s")
    told("  a raw epoll client, the limit", f"{limit:,.0f}", "/s")
    told("  a python3-websockets client", f"{others:,.0f}", "/s")
    if load_tool:
        told("  tsung, its start apart", f"{load_tool:,.0f}", "/s")
    else:
        print("  tsung is not here (apt-get install tsung)")
    told("  share of the limit", f"{share:.2f}", "", "0.65", share >= 0.65)
    told("  times the best peer", f"{ours / best:.1f}", "", "4.0", ours >= 4 * best)


def pipelined(url, _):
    rounds = []
    for _ in range(ROUNDS):
        one, one_cpu = streamgauge(url, rate="max")
        many, many_cpu = streamgauge(url, rate="max", message={"size": 128, "batch": 16})
        rounds.append((one["throughput.received"], many["throughput.received"],
                       one["messages.matched"] / one_cpu, many["messages.matched"] / many_cpu))
    times = statistics.median(r[1] / r[0] for r in rounds)
    cheaper = statistics.median(r[3] / r[2] for r in rounds)
    print(f"pipelined, {CLIENTS} clients, 128 bytes, 16 outstanding, both ends on this machine:")
    told("  messages per second", f"{statistics.median(r[1] for r in rounds):,.0f}", "/s")
    told("  times the rate with one outstanding", f"{times:.1f}", "", "4.0", times >= 4)
    told("  times its messages per CPU-second", f"{cheaper:.1f}", "")


def open_loop(url, _):
    metrics, cpu = streamgauge(url, rate=10, warmup="500ms", duration="4s")
    late, sent = metrics["generator.late.p99"], metrics["messages.sent"]
    print(f"open loop, 1,000 messages a second over {CLIENTS} clients:")
    told("  delivered", f"{metrics['throughput.received']:.1f}", "/s", "998 to 1002",
         998 <= metrics["throughput.received"] <= 1002)
    told("  lateness p99", f"{late:.3f}", "ms", "2.000", late <= 2)
    told("  CPU of supervisor and worker per message", f"{cpu / sent * 1e6:.1f}", "us")


def many(url, _):
    metrics, _ = streamgauge(url, rate=1, clients=8000, ramp="3s", warmup="2s", duration="6s")
    late, sent = metrics["generator.late.p99"], metrics["messages.sent"]
    cpu = metrics["generator.cpu.mean"] / 100 * 6 / sent * 1e6
    print("open loop, 8,000 messages a second over 8,000 clients, one worker:")
    told("  delivered", f"{metrics['throughput.received']:,.0f}", "/s")
    told("  lateness p99", f"{late:.3f}", "ms", "5.000", late <= 5)
    told("  CPU of the worker per million messages", f"{cpu:.1f}", "s", "20.0", cpu <= 20)


def worker_rss(supervisor):
    """Bytes of the worker of a supervisor; 0 while there is none."""
    try:
        with open(f"/proc/{supervisor}/task/{supervisor}/children") as f:
            pids = f.read().split()
        for pid in pids:
            with open(f"/proc/{pid}/cmdline") as f, open(f"/proc/{pid}/statm") as m:
                if "\0worker\0" in f.read():
                    return int(m.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError):
        pass
    return 0


def idle(url, _):
    clients = 8000
    scenario(rate=0.001, clients=clients, ramp="3s", duration="2s")
    run = subprocess.Popen([program, "run", "bench.json", "--target", url, "--repeat", "1",
                            "--quiet", "--db", "bench.db"], stdout=subprocess.PIPE)
    rss = []
    while not rss or run.poll() is None:
        rss.append(worker_rss(run.pid))
        time.sleep(0.02)
    ready = next(b for b in rss if b > 4 << 20) # a process that has only begun has less
    each = (max(rss) - ready) / clients / 1024
    print(f"{clients:,} connections, idle:")
    told("  memory of the worker per connection", f"{each:.1f}", "KiB", "8.0", each <= 8)


def setup(url, _):
    rates = []
    for _ in range(ROUNDS):
        metrics, _ = streamgauge(url, rate=0.1, clients=5000, warmup="3s", duration="1s")
        rates.append(metrics["connect.rate"])
    print("5,000 connections at once, both ends on this machine:")
    told("  connections made per second", f"{statistics.median(rates):,.0f}", "/s", "10,000",
         statistics.median(rates) >= 10000)


def stall(url, _):
    """The target stops for the first 200 ms of each second: of messages that are due evenly, 5 % wait
    longer than 150 ms and 1 % longer than 190 ms."""
    metrics, _ = streamgauge(url, rate=10, warmup="1s", duration="6s")
    print("a stall of 200 ms in each second:")
    for name, truth in ("latency.p95", 150), ("latency.p99", 190):
        off = metrics[name] / truth - 1
        told(f"  {name}, of {truth} ms", f"{metrics[name]:.1f}", "ms", "within 3 %",
             abs(off) <= 0.03)
    told("  service.p95, which does not see it", f"{metrics['service.p95']:.1f}", "ms")


def against(parts, *options):
    """Parts of the bench, each against one target of the program's."""
    target = subprocess.Popen([program, "target", "--port", "0", *options], stdout=subprocess.PIPE)
    try:
        port = int(target.stdout.readline().split()[1])
        for part in parts:
            part(f"ws://127.0.0.1:{port}/echo", port)
    finally:
        target.send_signal(signal.SIGTERM)
        target.wait()


def main():
    with tempfile.TemporaryDirectory(dir=folder) as work:
        os.chdir(work)
        against([closed_loop, pipelined, open_loop, many, setup, idle])
        against([stall], "--stall=200ms/1s")
    for name in missed:
        print(f"missed: {name.strip()}")
    return bool(missed)


if __name__ == "__main__":
    if sys.argv[1] == "--client":
        print(asyncio.run(python_loop(sys.argv[2])))
        sys.exit()
    sys.exit(main())
