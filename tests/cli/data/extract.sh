# Pages, rows of HTML and web archives become their main texts, with what the pages say of themselves.
export SOCLE_HOME="$PWD/home" SOURCE_DATE_EPOCH=0
p='A paragraph that says something, at some length, so that it is taken for a paragraph and not for a label.'
cat >a.html <<END
<html lang=en><head><title>A title</title><meta name=robots content=noai>
<link rel=license href=https://creativecommons.org/licenses/by/4.0/></head>
<body><nav>Home</nav><p>$p</p><div class=comments><p>First! And a second sentence, too, which is longer than the first.</p></div></body></html>
END
printf '{"id":"r","text":"<p>%s</p><footer>x</footer>","metadata":{"title":"mine"}}\n{"id":"s","text":"a < b"}\n' "$p" >b.jsonl
"$SOCLE" data extract a.html b.jsonl --out - | grep -o '"text":"[^"]*"\|"metadata":.*' | sed 's/,"file".*//;s/,"sha256.*//'
"$SOCLE" data extract a.html --comments --out - | grep -c 'First! And'
"$SOCLE" data extract a.html --out out.jsonl --quiet
"$SOCLE" lineage verify out.jsonl >/dev/null
