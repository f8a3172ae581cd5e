# Rows PAGE("E0301", "text") of all pages, one C string per line of text: compiler/pages.c includes them.
FNR == 1 {
    if (NR > 1)
        print ")"
    code = FILENAME
    sub(/.*\//, "", code)
    sub(/\.txt$/, "", code)
    printf "PAGE(\"%s\",\n", code
}
{
    gsub(/\\/, "&134")
    gsub(/"/, "\\042")
    gsub(/[?]/, "\\077")
    printf "    \"%s\\n\"\n", $0
}
END {
    if (NR)
        print ")"
}
