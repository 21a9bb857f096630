#!/usr/bin/env bash
# `selfheal test` and `merge`: verdicts, formats, shards as one machine, stories that can be rerun.
. "$(dirname "$0")/harness.sh"
ln -s "$source_dir/scenarios" scenarios
mkdir bin && ln -s "$selfheal" bin/selfheal
export PATH=$work/bin:$PATH

# The bundled suite passes, in every format.
expect 0 selfheal test scenarios/suites/basic --out one --junit one.xml --markdown one.md --jobs 1
grep -q '"pod-crash"' one/plots/mttr.csv || fail "the plot of the suite lacks a scenario"
if command -v gnuplot >/dev/null; then has one/report.html "with 95 % intervals"; fi
has out "basic: 11 scenarios, 11 passed"
python3 - one.xml <<'P' || fail "JUnit is not well-formed"
import sys, xml.etree.ElementTree as E
root = E.parse(sys.argv[1]).getroot()
cases = root.findall("./testsuite/testcase")
assert root.tag == "testsuites" and len(cases) == int(root.get("tests")) >= 39 and root.get("failures") == "0"
P
has one.md "## Scenarios"
has one/report.html "<h2 id=\"scenarios-title\">"
expect 0 selfheal test scenarios/suites/basic --filter 'disk*' --filter quiet-day --tap --out tap
has out "TAP version 14"
has out "1..7"

# Jobs decide nothing; shards put together are the same bytes, whatever their order.
expect 0 selfheal test scenarios/suites/basic --out two --junit two.xml --jobs 2
cmp one/suite.db two/suite.db || fail "two jobs give another suite.db"
for k in 1 2 3; do selfheal test scenarios/suites/basic --shard $k/3 --out "shard-$k" --jobs 1 >/dev/null & done
wait
expect 0 selfheal merge shard-3 shard-1 shard-2/suite.db --out merged --junit merged.xml --markdown merged.md
for file in suite.db summary.json report.html report.md; do cmp "one/$file" "merged/$file" || fail "merged $file differs"; done
cmp one.xml merged.xml || fail "merged JUnit differs"
cmp one.md merged.md || fail "merged Markdown differs"
expect 2 selfheal merge shard-1 shard-2 --out nothing
has err "scenarios are in no shard"
expect 2 selfheal merge shard-1 shard-1 --out nothing
absent nothing

# A killed shard is run again and fits.
selfheal test scenarios/suites/basic --shard 2/3 --out shard-2 --replications 3000 >/dev/null 2>&1 & victim=$!
sleep 0.2; kill -KILL $victim; wait $victim 2>/dev/null
expect 0 selfheal test scenarios/suites/basic --shard 2/3 --out shard-2
expect 0 selfheal merge shard-1 shard-2 shard-3 --out again
cmp one/suite.db again/suite.db || fail "a requeued shard gives another result"

# A miss: exit 1, a story, and a command that brings it back.
mkdir mine
sed '/^expect:/,$d' scenarios/suites/basic/disk-full.yaml >mine/a.yaml
cat >>mine/a.yaml <<'Y'
expect:
  - "issue(type=disk_full) within 1s"
  - "success_rate > 99% with 95%"
  - "mttr_seconds.p95 < 10m"
Y
sed 's/^name: .*/name: other/' mine/a.yaml >mine/b.yaml
expect 1 selfheal test mine --out missed --junit missed.xml
has out "holds in 0 of 10 replications"
has out "fault disk-fill on volume/shop/orders (hidden cause: logs)"
has out "can't tell with 10 replications"
has missed.xml 'failures="4"'
sed -n 's/^    rerun     //p' out | head -n 1 >rerun
same "$(cat rerun)" "selfheal test mine --filter disk-full" "the rerun command"
expect 1 bash -c "$(cat rerun)"
has out "holds in 0 of 10 replications"
expect 1 selfheal test mine --fail-fast --jobs 2 --out fast
has out "1 missed, 0 can't tell, 1 not run"
expect 1 selfheal test mine --json --out fast
same "$(json out scenarios.0.expectations.0.outcome)" '"missed"' "JSON outcome"

# Bad input: every fault, exit 2, nothing written.
cp mine/b.yaml mine/c.yaml
expect 2 selfheal test mine --out bad
has err "has this name, too"
rm mine/c.yaml
printf '  - "mttr_seconds.p95 ~ 5m"\n  - "never sing()"\n' >>mine/a.yaml
expect 2 selfheal test mine --out bad
has err 'mine/a.yaml:20: expect[3]: at "~ 5m": expected one of'
has err "mine/a.yaml:21: expect[4]"
expect 2 selfheal test mine --shard 3/2 --out bad
expect 2 selfheal test nowhere --out bad
expect 2 selfheal test scenarios/suites/basic --filter nothing --out bad
mkdir taken && touch taken/file
expect 2 selfheal test scenarios/suites/basic --out taken
absent bad
finish
