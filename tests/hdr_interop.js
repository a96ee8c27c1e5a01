/* What HdrHistogram's JavaScript reads of ours, and writes for us to read.
 *
 *   hdr_interop.js MODULES log FILE     lines "start count p50 p99 max" of a log's histograms
 *   hdr_interop.js MODULES blob         the same, less the start, of lines of base64 on stdin
 *   hdr_interop.js MODULES make         lines "hex count p50 p99 max" of histograms made here
 */
const [modules, what, file] = process.argv.slice(2);
const hdr = require(modules + '/hdr-histogram-js');
const fs = require('fs');

const numbers = h => [h.totalCount, h.getValueAtPercentile(50), h.getValueAtPercentile(99), h.maxValue].join(' ');

if (what === 'log') {
    const reader = new hdr.HistogramLogReader(fs.readFileSync(file, 'utf8'));
    for (let h = reader.nextIntervalHistogram(); h; h = reader.nextIntervalHistogram())
        console.log(h.startTimeStampMsec, (h.tag && h.tag !== 'NO TAG' ? h.tag : '-'), numbers(h));
} else if (what === 'blob') {
    for (const line of fs.readFileSync(0, 'utf8').trim().split('\n'))
        console.log(numbers(hdr.decodeFromCompressedBase64(line)));
} else {
    const shapes = [
        {lowest: 1, highest: 3600e9, digits: 3},
        {lowest: 1, highest: 60e9, digits: 2},
        {lowest: 1, highest: 1e6, digits: 1},
    ];
    for (const s of shapes) {
        const h = hdr.build({lowestDiscernibleValue: s.lowest, highestTrackableValue: s.highest,
            numberOfSignificantValueDigits: s.digits, bitBucketSize: 'packed', autoResize: true});
        for (let i = 0, x = 1; i < 5000; i++) {
            x = (x * 48271) % 2147483647;
            h.recordValue(1 + (x % Math.min(s.highest, 5e7)));
        }
        const base64 = hdr.encodeIntoCompressedBase64(h);
        // Its own maximum is exact, a blob's is that of a bucket.
        console.log(Buffer.from(base64, 'base64').toString('hex'), numbers(hdr.decodeFromCompressedBase64(base64)));
    }
}
