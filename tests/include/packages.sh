# docs/dependencies.md argues every package of tools/packages, and no other.
root=$TESTS/..
awk '!/^#/ && NF { print $2 }' "$root/tools/packages" | sort -u >listed
grep -oE '^\| `[a-z0-9.+-]+`' "$root/docs/dependencies.md" | tr -d '|` ' | sort -u | diff listed -
