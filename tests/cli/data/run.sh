# From a recipe written by --init's keys to a corpus: files are named by their sources, and the second time nothing is done again.
mkdir pages
printf 'A plain text about the garden behind the house, where tomatoes and beans grow all summer.\n' >pages/garden.txt
printf '{"id":"%s","body":"A text of a table about rain that fell in the mountains and in the valley."}\n' a b >rows.jsonl
"$SOCLE" data run --init all.yaml --quiet
grep -q 'mix:' all.yaml
cat >r.yaml <<END
sources:
  pages: pages
  rows: {paths: rows.jsonl, text_field: body, licence: CC0-1.0}
filter: {rules: [length], settings: [length.min_chars=30]}
dedup: {methods: [exact]}
tag: {taggers: [length]}
output: corpus
END
"$SOCLE" data run r.yaml >first
tr -s " " <first | cut -d " " -f 1-4 | head -n 5
"$SOCLE" data run r.yaml | grep -c 'done before'
ls corpus corpus/documents corpus/attributes/length
