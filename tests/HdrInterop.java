// What HdrHistogram's own reader, in Java, reads of ours, and writes for us to read. As hdr_interop.js.
import java.io.File;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Scanner;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

public class HdrInterop {
    static String numbers(Histogram h) {
        return h.getTotalCount() + " " + h.getValueAtPercentile(50) + " " + h.getValueAtPercentile(99)
            + " " + h.getMaxValue();
    }

    static String hex(ByteBuffer b, int length) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++)
            out.append(String.format("%02x", b.get(i)));
        return out.toString();
    }

    static void make(long lowest, long highest, int digits) {
        Histogram h = new Histogram(lowest, highest, digits);
        for (long i = 0, x = 1; i < 5000; i++) {
            x = (x * 48271) % 2147483647L;
            h.recordValue(lowest + x % Math.min(highest, 50000000L));
        }
        ByteBuffer b = ByteBuffer.allocate(h.getNeededByteBufferCapacity());
        int length = h.encodeIntoCompressedByteBuffer(b);
        System.out.println(hex(b, length) + " " + numbers(h));
    }

    public static void main(String[] words) throws Exception {
        if (words[0].equals("log")) {
            HistogramLogReader reader = new HistogramLogReader(new File(words[1]));
            for (EncodableHistogram h; (h = reader.nextIntervalHistogram()) != null;)
                System.out.println(h.getStartTimeStamp() + " " + (h.getTag() == null ? "-" : h.getTag())
                    + " " + numbers((Histogram) h));
        } else if (words[0].equals("blob")) {
            for (Scanner in = new Scanner(System.in); in.hasNextLine();)
                System.out.println(numbers(Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(in.nextLine())), 0)));
        } else {
            make(1, 3600000000000L, 3);
            make(1, 60000000000L, 2);
            make(1, 1000000L, 1);
        }
    }
}
