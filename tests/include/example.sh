# The example in a public header's first comment (its lines indented by four spaces) compiles: as a file where it has a main, else as a body.
command -v "$CC" >/dev/null || { echo "needs a compiler"; exit 77; }
include=$TESTS/../include
n=0
for header in "$include"/socle/*.h; do
    awk '/\*\// { exit } sub(/^ \*     /, "")' "$header" >body
    [ -s body ] || continue
    n=$((n + 1))
    {
        echo '#include "socle/socle.h"'
        printf '#include <%s.h>\n' stdio stdlib string
        echo "#include \"socle/${header##*/}\""
        if grep -q 'main(' body; then
            cat body
        else
            echo 'int example(void); int example(void) {'
            cat body
            echo 'return 0; }'
        fi
    } >example.c
    "$CC" -std=c17 -Wall -Wno-unused -Werror -fsyntax-only -I"$include" example.c || { echo "the example of ${header##*/} does not compile" >&2; exit 1; }
done
[ $n -ge 3 ]
