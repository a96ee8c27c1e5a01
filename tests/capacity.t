#!/bin/sh
# capacity --input: the scalability law fitted to a file.
. "$(dirname "$0")/lib.sh"

# capacity LINES: fits them (printf's escapes).
capacity() {
    printf "$1" >points.csv
    run "$sg" capacity --input points.csv
}

spec='1,64.9\n18,995.9\n36,1652.4\n72,1853.2\n108,1828.9\n144,1775\n216,1702.2\n'
capacity "\"load\",\"throughput\"\n$spec"
is "$status" 0 "a fit"
like "$out" '^\{"gamma":89\.99523[0-9]*,"alpha":0\.02772847[0-9]*,"beta":0\.000104365[0-9]*,"peak_load":96\.5195[0-9]*,"peak_throughput":1883\.89[0-9]*,"limit":3245\.58[0-9]*,"bounded":false,"r2":0\.98956[0-9]*\}$' \
    "has the fields of the contract, and R's numbers"
want=$out
capacity "$spec"
is "$out" "$want" "a heading is not needed"
capacity "\357\273\277load,throughput\r\n$(printf '%s' "$spec" | sed 's/\\n/\\r\\n/g')\r\n\n"
is "$out" "$want" "nor are Unix line ends, and a byte order mark is none of the heading"
capacity "throughput,load\n$(printf '%s' "$spec" | sed -E 's/([0-9.]+),([0-9.]+)/\2, \1/g')"
is "$out" "$want" "the heading says which column is which"
is "$(printf "$spec" | "$sg" capacity --input -)" "$want" "- is stdin"
capacity '1,20\n4,78\n8,130\n12,170\n16,190\n20,200\n24,210\n28,230\n32,260\n48,280\n64,310\n'
like "$out" '"beta":0,"peak_load":null,"peak_throughput":null,"limit":378\.19[0-9]*,"bounded":true' \
    "a bound that is active is told, and what cannot be said is null"
capacity '1,100\n2,199\n4,394\n8,770\n'
like "$out" '"peak_load":null' "no peak is told beyond twice the largest load"
capacity '1,5\n2,5\n3,5\n'
like "$out" '"r2":null' "a constant throughput has no r squared"
is "$status" 0 "and is an answer"

# refused LINES REGEX NAME
refused() {
    capacity "$1"
    is "$status" 2 "$3: exit 2"
    like "$out" "^\\{\"error\":\"$2" "$3: says why"
}
refused '' 'three parameters need at least 3 different loads, and there are 0' "an empty file"
refused 'load,throughput\n' 'three parameters need' "a heading alone"
refused '1,10\n2,19\n' 'three parameters need .* are 2' "two points"
refused '4,10\n4,11\n4,12\n' 'three parameters need .* is 1' "one load, three times"
refused '0,0\n1,10\n2,19\n' 'line 1: load: 0 is not above 0' "a load of nothing"
refused '1,10\n-2,19\n3,20\n' 'line 2: load: -2 is not above 0' "a negative load"
refused '1,10\n2,-19\n3,20\n' 'line 2: throughput: -19 is not at least 0' "a negative throughput"
refused '1,10\n2,nan\n3,20\n' 'line 2: throughput: ' "NaN"
refused '1,10\n2,19\ninf,20\n' 'line 3: load: ' "infinity"
refused '1,10\n2,19\n3,1e999\n' 'line 3: throughput: ' "a number beyond all"
refused '1,0\n2,0\n3,0\n' 'every throughput is 0' "nothing but zeros"
refused '1,10\n2\n3,20\n' 'line 2: expected two numbers' "a line of one number"
refused '1,10\n2,19,1\n3,20\n' 'line 2: expected two numbers' "a line of three"
refused '1;10\n2;19\n3;20\n' 'line 1: expected two numbers' "another separator"
refused '1,10\nload,throughput\n3,20\n' 'line 2: load: ' "a heading in the middle"
refused '1,10\n2,1\0009\n3,20\n' 'line 2: this is no line of text' "a byte of zero"
capacity '1,1e300\n2,1.9e300\n4,3.5e300\n'
is "$status" 0 "huge numbers are an answer"
run "$sg" capacity --input nowhere
is "$status $out" '2 {"error":"nowhere: No such file or directory"}' "a file that is not there"
# The curve as a picture.
printf 'load,throughput\n1,64.9\n18,995.9\n36,1652\n72,1853\n108,1829\n144,1775\n216,1702\n' >curve.csv
run "$sg" capacity --input curve.csv --chart a/curve
is "$status:$(ls a)" "0:curve-dark.svg
curve-light.svg" "--chart draws the curve, for light and dark pages"
like "$(cat a/curve-light.svg)" '>peak 1,8[0-9]* at 96[.]5<' "with its peak"
run env PATH=/nonexistent "$sg" capacity --input curve.csv --chart b
like "$status $err" '^3 .*gnuplot is not installed' "without gnuplot it says so"
like "$out" '"gamma":' "and answers all the same"

done_testing
