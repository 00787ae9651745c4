# Every public header compiles alone, as C17 and as C++17, without a warning; socle.h includes all of them.
command -v "$CC" >/dev/null || { echo "needs a compiler"; exit 77; }
include=$TESTS/../include
cxx=
for c in g++ clang++; do command -v $c >/dev/null && cxx=$c && break; done
for header in "$include"/socle/*.h; do
    name=socle/${header##*/}
    printf '#include "%s"\n#include "%s"\n' "$name" "$name" >alone.c
    "$CC" -std=c17 -Wall -Wextra -Wstrict-prototypes -pedantic -Werror -fsyntax-only -I"$include" alone.c
    [ -z "$cxx" ] || $cxx -x c++ -std=c++17 -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$include" alone.c
    [ "$name" = socle/socle.h ] || grep -q "#include \"$name\"" "$include/socle/socle.h" || { echo "socle.h lacks $name" >&2; exit 1; }
done
