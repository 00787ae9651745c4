# An empty registry is no failure; --rebuild says on stderr what it found, unless --quiet.
mkdir d
[ "$("$SOCLE" list --json)" = "[]" ]
echo x >d/a.txt
"$SOCLE" list --rebuild d --quiet >out
"$SOCLE" list --rebuild d 2>&1 >out | grep -q 'd: 0 lineages, 0 new entries'
