# The program says the version of the header.
v=$(awk '/define SC_VERSION_(MAJOR|MINOR|PATCH)/ { printf "%s%s", s, $3; s = "." }' "$TESTS/../include/socle/version.h")
case $("$SOCLE" --version) in "socle $v (kernels: "*")") ;; *) exit 1 ;; esac
