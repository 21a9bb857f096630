#!/usr/bin/env bash
# What a run leaves: the tables, the summary's keys, pages that need nothing else.
. "$(dirname "$0")/harness.sh"
expect 0 "$selfheal" simulate "$source_dir/scenarios/quickstart.yaml" --replications 3 --out run
for file in run.db baseline.db summary.json report.html report.md plots; do
    [ -e "run/$file" ] || fail "no $file"
done

columns() { sqlite3 run/run.db "select group_concat(name, ' ') from pragma_table_info('$1')"; }
same "$(columns self_healing_issues)" "id type severity resource description detected_at metrics remediated created_at" columns
same "$(columns self_healing_remediations)" "id issue_id action_type description status started_at completed_at success error_message rollback_performed created_at" columns
same "$(columns health_scores)" "id overall_score compute_score network_score storage_score database_score security_score issues_detected auto_remediated timestamp created_at" columns
for table in faults actions audit run; do
    [ -n "$(columns $table)" ] || fail "no table $table"
done
same "$(sqlite3 run/run.db 'select count(*) from self_healing_issues where not json_valid(metrics)')" 0 "metrics that are no JSON"
same "$(sqlite3 run/run.db 'pragma foreign_key_check')" "" "foreign keys"

python3 - <<'P' || fail "summary.json is not as promised"
import json
s = json.load(open("run/summary.json"))
figure = {"n", "mean", "sd", "p50", "p95", "p99", "max", "ci95"}
figures = ["mttd_seconds", "mtta_seconds", "mttr_seconds", "recovery_from_detection_seconds", "remediation_seconds"]
rates = ["success_rate", "first_attempt_success_rate", "fallback_success_rate", "rollback_success_rate", "false_positive_rate", "false_negative_rate"]
head = "scenario seed replications duration_seconds digest faults issues unrecovered false_positives_per_resource_day availability manual_interventions alerts by_type baseline".split()
for key in head: assert key in s, key
for part in [s, s["baseline"], *s["by_type"].values()]:
    for key in figures:
        assert part[key] is None or set(part[key]) == figure or part[key]["n"] == 0, (key, part[key])
    for key in rates:
        assert part[key] is None or set(part[key]) >= {"value", "n", "ci95"}, (key, part[key])
    assert part["unrecovered"] is None or part["unrecovered"] >= 0
assert len(s["digest"]) == 64 and s["faults"] == 3 and s["replications"] == 3
P
same "$("$selfheal" report run --json | sha256sum)" "$(sha256sum <run/summary.json)" "summary made again"
"$selfheal" simulate "$source_dir/scenarios/quickstart.yaml" --replications 3 --out json --json >stdout.json
cmp -s stdout.json run/summary.json || fail "--json prints another object than summary.json"

# One self-contained file: nothing is fetched, pictures are inside.
has run/report.html "<svg"
if grep -qE '(src|href)="(https?:)?//|@import|<script[^>]*src|url\(' run/report.html; then
    fail "report.html wants something from outside"
fi
expect 0 "$selfheal" audit verify run/run.db
sqlite3 run/run.db "update audit set id = id where id = 1" 2>/dev/null && fail "the audit table can be changed"

# Images in other forms, and many runs on one page.
expect 2 "$selfheal" report run --images gif
has err "is not png, pdf or png,pdf"
if command -v gnuplot >/dev/null; then
    expect 0 "$selfheal" report run --images png,pdf
    for plot in run/plots/*.svg; do
        [ -s "${plot%.svg}.png" ] && [ -s "${plot%.svg}.pdf" ] || fail "$plot has no PNG and PDF beside it"
    done
fi
mkdir runs
for seed in 1 2 3; do
    expect 0 "$selfheal" simulate "$source_dir/scenarios/quickstart.yaml" --seed $seed --no-report --out runs/night-$seed
done
expect 0 "$selfheal" report runs/night-2
mkdir runs/other && echo '{"study": "x"}' >runs/other/summary.json
expect 0 "$selfheal" report --history runs
has out "runs/history.html"
has runs/history.html "3 runs"
has runs/history.html 'href="night-2/report.html"'
has runs/history.html "1 further folders"
[ "$(grep -c ',0,[123],' runs/plots/history_mttr.csv)" -eq 3 ] || fail "the trend of MTTR has not three runs"
same "$(sed -n 's/^1,0,2,2,2,\([^,]*\),.*/\1/p' runs/plots/history_mttr.csv)" \
    "$(python3 -c 'import json; print("%.9g" % json.load(open("runs/night-2/summary.json"))["mttr_seconds"]["mean"])')" "MTTR in the trend"
cp runs/history.html first.html
expect 0 "$selfheal" report --history runs
cmp first.html runs/history.html || fail "the same runs give another history"
expect 2 "$selfheal" report --history bin-that-is-not-there
mkdir nothing && expect 2 "$selfheal" report --history nothing
has err "has no folder with a summary.json"

# Without gnuplot: a clear line, the tables, no picture.
mkdir bin
for tool in bash sh; do ln -s "$(command -v $tool)" bin/; done
PATH=$work/bin expect 0 "$selfheal" report run
has run/report.html "gnuplot"
grep -q "<table" run/report.html || fail "no tables without gnuplot"
finish
