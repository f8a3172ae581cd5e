#!/bin/sh
# The main job on a real network: the winner-take-all, from text to spikes. Usage: demo.sh BUILD
set -eu
build=$1
example=examples/04-wta2
out=$build/demo
say() { printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }

say "\$ dync build $example/wta2.dyn -o $out"
"$build/dync" build "$example/wta2.dyn" -o "$out"
say "\$ dync verify $example/wta2.dyn $out/wta2.dynimg"
"$build/dync" verify "$example/wta2.dyn" "$out/wta2.dynimg"
say "\$ dync test $example/wta2.dyn"
"$build/dync" test "$example/wta2.dyn"
say "\$ dync sim $out/wta2.dynimg --stimulus $example/stimulus.csv --duration 500ms --spikes $out/spikes.csv"
"$build/dync" sim "$out/wta2.dynimg" --stimulus "$example/stimulus.csv" --duration 500ms --spikes "$out/spikes.csv"
say "Made in $out:"
ls -l "$out" | awk 'NR > 1 { printf "  %-20s %8d bytes\n", $9, $5 }'
