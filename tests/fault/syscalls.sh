#!/bin/sh
# Makes every system call of one `dync build` fail, then interrupts and kills it at every one. Usage: syscalls.sh DYNC
#
# After a failure the exit code tells the truth: 0, and all outputs are the complete new ones; not 0,
# and all are the complete old ones, with a message and without temporary files; so it is after
# SIGTERM, where the code is 0 or 130. After a kill each
# output is complete, old or new, and the next run gives the new ones and clears what is left.
set -u
dync=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
examples=$(cd "$(dirname "$0")/../../examples" && pwd)
before=$examples/01-one-neuron/one_neuron.dyn
after=$examples/02-feedforward/feedforward.dyn
outputs="net.dynimg net.map.json net.report.json"
passed=0
failed=0
early=0
orderly=0

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1

if ! strace -o probe -e inject=getpid:error=EIO true 2>/dev/null; then
    echo "skipped: strace cannot trace here"
    exit 0
fi

build() { "$dync" build -q "$1/net.dyn" -o out; }

# What `dync build` makes of a source, in the folder of its name.
reference() { # FOLDER SOURCE
    mkdir "$1" && cp "$2" "$1/net.dyn" || exit 1
    if ! build "$1" >log 2>&1; then
        echo "FAILED: $2 does not build"
        cat log
        exit 1
    fi
    for file in $outputs; do cp "out/$file" "$1/" || exit 1; done
}

start_from_old() {
    rm -rf out
    mkdir out
    for file in $outputs; do cp "old/$file" out/; done
}

all_are() { # FOLDER: the outputs are those of this folder, and nothing else is there
    for file in $outputs; do cmp -s "out/$file" "$1/$file" || return 1; done
    [ "$(ls -A out | wc -l)" = "$(echo "$outputs" | wc -w)" ]
}

each_is_complete() {
    for file in $outputs; do
        cmp -s "out/$file" "old/$file" || cmp -s "out/$file" "new/$file" || return 1
    done
}

report() { # NAME REASON, empty if good
    if [ -z "$2" ]; then
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
    echo "FAILED $1: $2"
    sed -n '/INJECTED\|killed by/p' trace | head -n 1 | cut -c1-150 | sed 's/^/    /'
    ls -A out | sed 's/^/    out: /'
}

inject() { # SYSCALL WHAT: runs one build; its exit code in $code, its messages in log
    start_from_old
    strace -f -o trace -e trace="$1" -e inject="$1:$2" "$dync" build -q new/net.dyn -o out >log 2>&1
    code=$?
}

fail_at() { # SYSCALL ERROR N
    inject "$1" "error=$2:when=$3"
    grep -q INJECTED trace || return 1
    reason=
    if [ $code = 0 ]; then
        all_are new || reason="exit 0, but the outputs are not the new ones"
    elif [ $code -gt 128 ]; then
        reason="crash, exit $code"
    elif ! all_are old; then
        reason="exit $code, but the outputs are not the old ones"
    elif [ ! -s log ] && [ "$1" != write ]; then
        reason="exit $code without a message"
    fi
    report "$1 number $3 with $2" "$reason"
}

interrupt_at() { # SYSCALL N
    inject "$1" "signal=TERM:when=$2"
    grep -q -e '--- SIGTERM' -e 'killed by SIGTERM' trace || return 1
    reason=
    if [ $code = 0 ]; then
        all_are new || reason="exit 0, but the outputs are not the new ones"
    elif [ $code = 143 ] && ! all_are old; then # before the program had begun
        reason="killed by the signal, and the outputs are not the old ones"
    elif [ $code = 143 ]; then
        early=$((early + 1))
    elif [ $code != 130 ]; then
        reason="exit $code"
    elif ! all_are old; then
        reason="exit 130, but the outputs are not the old ones"
    else
        orderly=$((orderly + 1))
    fi
    report "SIGTERM at $1 number $2" "$reason"
}

kill_at() { # SYSCALL N
    inject "$1" "signal=KILL:when=$2"
    grep -q 'killed by SIGKILL' trace || return 1
    reason=
    if ! each_is_complete; then
        reason="an output is neither the old nor the new one"
    elif [ "$(ls -A out | grep -c '^\.')" -gt 6 ]; then
        reason="too many temporary files"
    elif ! build new >log 2>&1; then
        reason="the next run fails"
    elif ! all_are new; then
        reason="the next run leaves more or other than the outputs"
    fi
    report "kill at $1 number $2" "$reason"
}

reference old "$before"
reference new "$after"

# Which calls there are, and how often each; the first execve is that of strace itself.
start_from_old
strace -f -o trace "$dync" build -q new/net.dyn -o out >log 2>&1
calls=$(sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' trace | grep -v '^exit' | sort -u)

for call in $calls; do
    case $call in
    openat | write | fsync | rename | renameat | renameat2 | close | link | linkat | mkdir | read | fstat | newfstatat)
        for error in ENOSPC EIO EINTR; do
            n=1
            while fail_at "$call" $error $n; do n=$((n + 1)); done
        done
        ;;
    esac
    [ "$call" = execve ] && continue
    case $call in
    openat | write | fsync | rename | close | link | mkdir | unlink | flock | read | rt_sigprocmask)
        n=1
        while interrupt_at "$call" $n; do n=$((n + 1)); done
        ;;
    esac
    n=1
    while kill_at "$call" $n; do n=$((n + 1)); done
done

echo "interrupted: $orderly times in order, $early times before the program began"
echo "$passed passed, $failed failed"
[ $orderly -gt 0 ] && [ $failed = 0 ] && [ $passed -gt 0 ]
