# Files of several kinds become a corpus, and the lineage tells of it.
export SOCLE_HOME="$PWD/home"
mkdir in
printf '.TH X 1\n.SH NAME\nx \\- %s\n' 'a manual page that is long enough to be kept in a corpus' >in/x.1
printf '<html><body><h1>Title</h1><p>%s</p></body></html>' 'a page that is long enough to be kept in a corpus, by far' >in/y.html
printf 'tiny' >in/z.txt
cp in/y.html in/again.html
"$SOCLE" data ingest in --min-characters 40 --drop-duplicates --out out.jsonl
[ "$(wc -l <out.jsonl)" = 2 ]
grep -q '"text":"NAME\\n  x - a manual page' out.jsonl
"$SOCLE" lineage verify out.jsonl >/dev/null
