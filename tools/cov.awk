# cov.awk - `gcov -n` output summed by folder of src/.
/^File '.*src\// {
    file = $0
    sub(/^File '/, "", file); sub(/'$/, "", file); sub(/^.*src\//, "", file)
    folder = file
    sub(/\/[^\/]*$/, "", folder)
    next
}
/^File / { file = "" }
/^Lines executed:/ && file != "" {
    split($0, part, /[:% ]+/) # Lines executed P of N
    if (!(file in lines)) { lines[file] = part[5]; n[folder] += part[5] }
    ran = part[3] * part[5] / 100
    if (ran > hit[file]) { h[folder] += ran - hit[file]; hit[file] = ran } # compiled twice: the better count
    file = ""
}
END {
    for (f in n) {
        printf "%-24s %6d lines %5.1f %%\n", f, n[f], 100 * h[f] / n[f] | "sort"
        all += n[f]; done += h[f]
    }
    close("sort")
    if (!all) { print "no coverage data"; exit 1 }
    printf "%-24s %6d lines %5.1f %%\n", "all", all, 100 * done / all
}
