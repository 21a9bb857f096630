#!/usr/bin/env bash
# The evaluation: its page, its refusals, and NAB's own scorer on the same scores.
. "$(dirname "$0")/harness.sh"

# A small folder of each kind.
mkdir -p series/data incidents empty
{
    echo timestamp,value
    for i in $(seq 0 599); do
        value=$((i % 7))
        [ "$i" -eq 400 ] && value=90
        printf '2026-01-%02dT%02d:%02d:00Z,%d\n' $((1 + i / 288)) $((i % 288 / 12)) $((i % 12 * 5)) $value
    done
} >series/data/one.csv
echo '{"one.csv": [["2026-01-02T09:00:00Z", "2026-01-02T10:30:00Z"]]}' >series/windows.json
{
    echo timestamp,pod/shop/web-1:cpu_utilization_ratio
    for i in $(seq 0 59); do
        value=0.2
        [ "$i" -ge 30 ] && [ "$i" -lt 36 ] && value=0.99
        printf '2026-01-01T00:%02d:00Z,%s\n' "$i" $value
    done
} >incidents/metrics.csv
printf 'start,end,resource,fault_type\n2026-01-01T00:29:30Z,2026-01-01T00:35:30Z,pod/shop/web-1,cpu_contention\n' >incidents/labels.csv

expect 0 "$selfheal" eval series incidents --out page --scores
has page/evaluation.md "1 of 1 | 1 | 0"
has page/evaluation.md "| **the policy's setting** | 1 of 1 | 1 of 1 | 1.00 |"
for file in plots/roc.gp plots/curves.csv plots/scores/one.csv; do
    [ -s "page/$file" ] || fail "no $file"
done
expect 0 "$selfheal" eval series incidents --out moved --robustness
has moved/evaluation.md "| alarm probability | 0.005 |"
has moved/evaluation.md "| 1.3 | a folder | 1 |"
has moved/evaluation.md "| baseline_hold | 1 of 1, 0 (0) |"
same "$(grep "policy's setting" moved/evaluation.md)" "$(grep "policy's setting" page/evaluation.md)" "figures beside --robustness"
expect 2 "$selfheal" eval empty --out nothing
has err "expected a folder with windows.json"
[ -e nothing/evaluation.md ] && fail "a page without a dataset"
expect 2 "$selfheal" eval series/data

# On the shared recordings the shared scorer says the same, and the figures hold.
if [ -d "$shared/traces/nab" ]; then
    expect 0 "$selfheal" eval "$shared/traces/nab" "$shared"/traces/nezha-* --out shared --scores
    ours=$(sed -n "s/^| \*\*the policy's setting\*\* | \([0-9.]*\) |.*/\1/p" shared/evaluation.md | head -n 1)
    awk "BEGIN{exit !($ours >= 65)}" || fail "NAB standard profile only $ours"
    grep -q "setting\*\* | 1[78] of 18 |" shared/evaluation.md || fail "fewer than 17 of 18 faults in time"
    for python in /usr/bin/python3 python3; do
        if "$python" -c 'import numpy' 2>/dev/null; then
            theirs=$("$python" "$shared/tools/nab_score.py" "$shared/traces/nab/windows.json" shared/plots/scores |
                sed -n 's/^standard *\([0-9.]*\) .*/\1/p')
            same "$theirs" "$ours" "NAB's score by the shared scorer"
            break
        fi
    done
fi
finish
