# forbid.awk - calls that the library may not make: memory and endings belong to base/, words to cli/.
function strip(s) {
    gsub(/"([^"\\]|\\.)*"/, "\"\"", s)
    gsub(/\/\*[^*]*\*\//, "", s)
    sub(/\/\*.*/, "", s)
    return s
}
FNR == 1 { comment = 0 }
{
    line = $0
    if (comment) { if (line !~ /\*\//) next; sub(/^.*\*\//, "", line); comment = 0 }
    if (line ~ /\/\*/ && line !~ /\/\*.*\*\//) comment = 1
    line = " " strip(line)
}
line ~ /[^A-Za-z0-9_](gets|strcpy|strcat|sprintf|vsprintf|strtok)\(/ { say("unbounded or unchecked") }
FILENAME !~ /^src\/(base|cli)\// && line ~ /[^A-Za-z0-9_>.](malloc|calloc|realloc|strdup|strndup|aligned_alloc|posix_memalign)\(/ { say("memory is base/alloc.h's") }
FILENAME !~ /^src\/(base|cli)\// && line ~ /[^A-Za-z0-9_>.](exit|_exit|abort|printf|puts|putchar|perror)\(/ { say("the library neither ends the process nor prints") }
FILENAME !~ /^src\/cli\// && line ~ /[^A-Za-z0-9_](stdout)[^A-Za-z0-9_]/ { say("the library does not print") }
function say(why) { printf "%s:%d: %s:%s\n", FILENAME, FNR, why, line; bad = 1 }
END { exit bad }
