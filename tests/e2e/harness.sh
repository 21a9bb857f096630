# harness.sh - sourced by every end-to-end test: BINARY SOURCE_DIR as arguments, a
# scratch folder that goes away, and a few checks that say what they wanted.
set -uo pipefail
selfheal=$(realpath "$1")
source_dir=$(realpath "$2")
shared=${SELFHEAL_SHARED:-$source_dir/../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}

# expect CODE COMMAND... - runs it, its output in out and err, and checks the exit code.
expect() {
    local wanted=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    if [ "$got" -ne "$wanted" ]; then
        fail "exit $got instead of $wanted: $*"
        sed 's/^/    /' err | head -n 20 >&2
    fi
}

# has FILE TEXT - the file holds the text.
has() { grep -qF -- "$2" "$1" || fail "$1 lacks: $2 ($(head -c 300 "$1"))"; }
absent() { [ ! -e "$1" ] || fail "$1 was left behind"; }
same() { [ "$1" = "$2" ] || fail "${3:-values} differ: $1 | $2"; }
json() { python3 -c 'import json,sys; v=json.load(open(sys.argv[1])); [v:=v[int(k) if k.isdigit() else k] for k in sys.argv[2].split(".")]; print(json.dumps(v))' "$1" "$2"; }

finish() {
    [ "$failures" -eq 0 ] || { echo "$failures checks failed" >&2 && exit 1; }
    echo ok
}
