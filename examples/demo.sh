#!/bin/sh
# From the documentation on this machine to a language model that writes more of it: corpus, tokenizer, training,
# held-out score, three completions. Under eight minutes on two cores.
#
#   make demo                      the documentation of this Debian machine
#   DEMO_TEXT=DIR make demo        text of your own
#   DEMO_MINUTES=1 make demo       train for another time than three minutes
set -eu
cd "$(dirname "$0")/.."
socle=build/socle
work=build/demo
mkdir -p "$work"

say() { printf '\n== %s\n' "$*"; }

# Where dpkg was told to leave documentation out, the packages' archives still hold it.
documentation_is_left_out() {
    grep -qsE '^[[:space:]]*path-exclude.*/usr/share/(doc|man)' /etc/dpkg/dpkg.cfg /etc/dpkg/dpkg.cfg.d/*
}

unpack_documentation() {
    packages=$(awk '$1 == "demo" { print $2 }' tools/packages)
    mkdir -p "$work/debs" "$work/root"
    # shellcheck disable=SC2086
    (cd "$work/debs" && apt-get download -qq $packages)
    for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
}

if [ -n "${DEMO_TEXT:-}" ]; then
    [ -e "$DEMO_TEXT" ] || { echo "demo: DEMO_TEXT=$DEMO_TEXT is not there" >&2; exit 1; }
    set -- "$DEMO_TEXT"
else
    set -- /usr/share/man/man? /usr/share/doc /usr/share/common-licenses /usr/share/debian-reference
    if documentation_is_left_out; then
        say "dpkg leaves documentation out on this machine: using the packages' archives"
        [ -d "$work/root/usr" ] || unpack_documentation
        set -- "$@" "$work"/root/usr/share/man/man? "$work/root/usr/share/doc" "$work/root/usr/share/debian-reference"
    fi
fi
for path do
    shift
    [ -e "$path" ] && set -- "$@" "$path"
done

# A YAML text in single quotes.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

say "1/4  corpus: $*"
{
    echo "# written by examples/demo.sh"
    echo "sources:"
    echo "  documentation:"
    for path do echo "    - $(quoted "$path")"; done
    echo "filter: {rules: [length]}"
    echo "dedup: {methods: [exact, minhash]}"
    echo "output: $work/corpus"
} >"$work/corpus.yaml"
"$socle" data run "$work/corpus.yaml"

# bf16 products where the processor has instructions for them
set -- --set train.minutes="${DEMO_MINUTES:-3}"
if "$socle" --version | grep -qE 'bf16|amx'; then set -- "$@" --set train.dtype=bf16; fi

say "2/4  training a model of about ten million parameters for ${DEMO_MINUTES:-3} minutes"
"$socle" train examples/demo.yaml "$@"

say "3/4  what it says"
if [ -n "${DEMO_TEXT:-}" ]; then
    set -- "The " "In " "It is "
else
    set -- "NAME
       ls - " "DESCRIPTION
       The " "This package is "
fi
for prompt do
    printf '%s\n' "--------"
    "$socle" generate runs/demo --prompt "$prompt" --max-tokens 60 --temperature 0.7 --top-p 0.9 --seed 1 --quiet
    echo
done

say "4/4  done"
cat <<TXT
the corpus     $work/corpus/report.html
the report     runs/demo/report.html
its account    build/socle lineage show runs/demo
talk to it     build/socle chat runs/demo
TXT
