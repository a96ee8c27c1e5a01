window.BENCHMARK_DATA = {
 "lastUpdate": 1795449900000,
 "repoUrl": "https://example.org/x",
 "entries": {
  "Benchmark": [
   {
    "commit": {
     "author": {
      "name": "A. Engineer",
      "username": "ae"
     },
     "id": "0000000000000000000000000000000000000001",
     "message": "Answer sooner",
     "timestamp": "2026-11-21T10:00:00Z",
     "url": "x"
    },
    "date": 1795536300000,
    "tool": "customSmallerIsBetter",
    "benches": [
     {
      "name": "chat: latency.p95",
      "value": 31,
      "unit": "ms"
     },
     {
      "name": "chat: latency.p50",
      "value": 11,
      "unit": "ms"
     },
     {
      "name": "BenchmarkFib10",
      "value": 376.6,
      "unit": "ns/op",
      "extra": "3157896 times"
     },
     {
      "name": "size",
      "value": 12,
      "unit": "KiB"
     }
    ]
   },
   {
    "commit": {
     "author": {
      "name": "A. Engineer",
      "username": "ae"
     },
     "id": "0000000000000000000000000000000000000002",
     "message": "Answer sooner",
     "timestamp": "2026-11-22T10:00:00Z",
     "url": "x"
    },
    "date": 1795622700000,
    "tool": "customSmallerIsBetter",
    "benches": [
     {
      "name": "chat: latency.p95",
      "value": 32,
      "unit": "ms"
     },
     {
      "name": "chat: latency.p50",
      "value": 12,
      "unit": "ms"
     },
     {
      "name": "BenchmarkFib10",
      "value": 377.6,
      "unit": "ns/op",
      "extra": "3157896 times"
     },
     {
      "name": "size",
      "value": 12,
      "unit": "KiB"
     }
    ]
   },
   {
    "commit": {
     "author": {
      "name": "A. Engineer",
      "username": "ae"
     },
     "id": "0000000000000000000000000000000000000003",
     "message": "Answer sooner",
     "timestamp": "2026-11-23T10:00:00Z",
     "url": "x"
    },
    "date": 1795709100000,
    "tool": "customSmallerIsBetter",
    "benches": [
     {
      "name": "chat: latency.p95",
      "value": 33,
      "unit": "ms"
     },
     {
      "name": "chat: latency.p50",
      "value": 13,
      "unit": "ms"
     },
     {
      "name": "BenchmarkFib10",
      "value": 378.6,
      "unit": "ns/op",
      "extra": "3157896 times"
     },
     {
      "name": "size",
      "value": 12,
      "unit": "KiB"
     }
    ]
   }
  ]
 }
}
