# size.awk - limits of function, file and parameter list; prints the median and 90th percentile of function lengths.
# usage: awk -v exceptions='src/x.c:reason ...' -f size.awk FILES. Functions are what clang-format leaves: begun at column 0, ended by `}` there.
function refuse(where, what) {
    if (FILENAME in excused || last in excused) return
    printf "%s: %s\n", where, what
    bad = 1
}
function end_file() {
    if (last == "") return
    limit = last ~ /^include\// ? 350 : last ~ /\.h$/ && last !~ /^src\/backend\// ? 250 : 800 # a kernel compiled once per instruction set is a header
    if (lines > limit) refuse(last, lines " lines, at most " limit)
}
function count_parameters(text, depth, n, i, c) {
    sub(/^[^(]*\(/, "", text)
    if (text ~ /^(void)?\)/) return 0
    depth = 0; n = 1
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "(") depth++
        if (c == ")" && depth-- == 0) break
        if (c == "," && depth == 0) n++
    }
    return n
}
BEGIN {
    n = split(exceptions, list, " ")
    for (i = 1; i <= n; i++) { sub(/:.*/, "", list[i]); excused[list[i]] = 1 }
}
FNR == 1 { end_file(); last = FILENAME; lines = 0; head = ""; inside = 0 }
{ lines = FNR }
/^[a-zA-Z_]/ && !/^#/ && !inside { head = ""; first = FNR }
!inside && /^[a-zA-Z_ ]/ { head = head " " $0 }
!inside && /\{$/ && head ~ /\)( *__attribute__.*)? *\{$/ && head !~ /=/ && head !~ /^ *(typedef|struct|enum|union|extern) [^(]*\{/ {
    inside = 1; start = first; depth = 0
    p = count_parameters(head)
    if (p > 7 && FILENAME !~ /^src\/backend\//) refuse(FILENAME ":" FNR, p " parameters, at most 7")
    next
}
inside && /^\}/ {
    inside = 0; head = ""
    size = FNR - start + 1
    count[size]++; total++
    limit = FILENAME ~ /^src\/backend\// ? 120 : 80
    if (size > limit) refuse(FILENAME ":" start, "function of " size " lines, at most " limit)
    next
}
inside {
    opened = gsub(/\{/, "{"); closed = gsub(/\}/, "}")
    depth += opened - closed
    if (depth > 4 && opened > closed) refuse(FILENAME ":" FNR, "nested more than 4 deep")
}
!inside && /[;}]$/ { head = "" }
END {
    end_file()
    for (size = 1; size < 1000; size++) {
        seen += count[size]
        if (!median && seen * 2 >= total) median = size
        if (!p90 && seen * 10 >= total * 9) p90 = size
    }
    printf "%d functions of more than one line: median %d, 90th percentile %d lines\n", total, median, p90
    exit bad
}
