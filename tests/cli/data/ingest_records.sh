# Records from standard input to standard output, and rows of a table: fields by their names.
export SOCLE_HOME="$PWD/home" SOURCE_DATE_EPOCH=0
printf '{"body":"caf\\u0065\\u0301 one","key":"k1","stars":5}\nnot json\n' |
    "$SOCLE" data ingest - --text-field body --id-field key --source mail --licence CC0-1.0 --out - 2>warning
grep -q 'line 2' warning
printf 'who,what\nme,"a, b"\n' >t.csv
touch -d @86400 t.csv
unset SOURCE_DATE_EPOCH
"$SOCLE" data ingest t.csv --text-field what --out - --quiet
"$SOCLE" data ingest t.csv --text-field what --html pdf --out - 2>&1 | head -n 1
