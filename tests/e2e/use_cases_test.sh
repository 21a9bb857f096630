#!/usr/bin/env bash
# The use cases, each as a scenario, and what has to come of it.
. "$(dirname "$0")/harness.sh"
query() { sqlite3 "$1/run.db" "$2"; }
run() { expect 0 "$selfheal" simulate "$source_dir/scenarios/use-cases/$1.yaml" --no-report --out "$1"; }

# An OOM crash loop on ecommerce-app-pod-3: more memory and restarts do not last, the
# third step of the ladder heals it, and half an hour later its replica goes again.
run oom-crash-loop
same "$(query oom-crash-loop "select count(*) from self_healing_issues where type = 'pod_crash'")" 1 "pod_crash issues"
same "$(query oom-crash-loop "select resource from self_healing_issues where type = 'pod_crash'")" \
    pod/shop/ecommerce-app-pod-3 "the resource"
same "$(query oom-crash-loop "select group_concat(name, ' ') from (select distinct s.name from attempts a
    join strategies s on s.id = a.strategy_id where s.issue_type = 'pod_crash' order by a.started_at_ns)")" \
    "raise_memory_after_oom restart_with_backoff add_a_replica" "the steps of the ladder"
same "$(query oom-crash-loop "select count(*) from attempts a join strategies s on s.id = a.strategy_id
    where s.name = 'restart_with_backoff'")" 3 "restarts"
same "$(query oom-crash-loop "select ended_by from faults")" remediation "who ended it"
same "$(query oom-crash-loop "select cause from faults")" too_few_replicas "its cause"
same "$(query oom-crash-loop "select group_concat(kind || rollback, ' ') from actions where kind like 'scale%' order by id")" \
    "scale_out0 scale_in1" "the replica comes and goes"
same "$(query oom-crash-loop "select (b.started_at_ns - a.started_at_ns) / 60000000000 between 30 and 34
    from actions a, actions b where a.kind = 'scale_out' and b.kind = 'scale_in'")" 1 "after half an hour"

# postgres-main at 8.5 s: the index is added, and not before its window opens at 01:00.
run slow-database
same "$(query slow-database "select resource || ' ' || type from self_healing_issues")" \
    "database/shop/postgres-main database_slow" "the issue"
same "$(query slow-database "select round(value, 1) between 8.4 and 8.6 from issue_facts")" 1 "8.5 seconds"
same "$(query slow-database "select gate from remediation_facts")" window "what held it"
same "$(query slow-database "select kind || ' ' || started_at from actions where kind <> 'page_operator'")" \
    "add_index 2026-01-06T01:00:00Z" "the only action"
same "$(query slow-database "select status from self_healing_remediations")" success "its end"
same "$(query slow-database "select ended_by from faults")" remediation "who ended it"

# api.example.com at seven days: renewed, validated, deployed.
run expiring-certificate
same "$(query expiring-certificate "select resource || ' ' || type from self_healing_issues")" \
    "certificate/shop/api.example.com certificate_expiry" "the issue"
same "$(query expiring-certificate "select value from issue_facts")" 7.0 "days left"
same "$(query expiring-certificate "select group_concat(kind, ' ') from actions order by id")" \
    "renew_certificate validate_certificate deploy_certificate" "what was done"
same "$(query expiring-certificate "select status from self_healing_remediations")" success "its end"
same "$(query expiring-certificate "select count(*) from operator_acts where kind = 'page'")" 0 "people called"

# A node with forty pods goes down: one issue, forty followers, nobody restarts a pod.
run node-down
same "$(query node-down "select count(*) || ' ' || min(resource) from self_healing_issues")" "1 node/default/a" "issues"
same "$(query node-down "select count(*) from audit where action = 'follower_attached'")" 40 "followers"
same "$(query node-down "select count(*) from actions a join resources r on r.id = a.target_id
    where r.name like 'pod/%'")" 0 "actions on pods"
same "$(query node-down "select ended_by from faults")" remediation "who ended it"

# A recording and a simulated cluster in one world, a fault on each, both healed; the
# cluster's users come at the recorded rate.
run recorded-beside-cluster
for resource in database/demo/orders pod/shop/web-1; do
    same "$(query recorded-beside-cluster "select ended_by from faults f join resources r on r.id = f.resource_id
        where r.name = '$resource' and ended_by <> 'label'")" remediation "who ended the fault of $resource"
done
recorded=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "pod/demo/web:request_rate_per_second") at = i }
    NR > 1 && $at != "" { sum += $at; n++ } END { printf "%d", sum / n }' "$source_dir/scenarios/traces/demo.csv")
same "$(query recorded-beside-cluster "select abs(value / (56 * 60) - $recorded) < 0.1 * $recorded from totals
    where name = 'requests_offered'")" 1 "requests at the recorded rate of $recorded a second"

# Requests one by one: of M/M/1 exp(-3) = 4.98 % of answers are slow, of M/M/3
# e^-5 (1 + C (1 - e^0.5) / -0.1) = 2.83 % with Erlang's C = 0.4923; together 3.36 %. All that
# came is served, failed or waiting, to the request.
run single-requests
same "$(query single-requests "select abs(s.value / o.value - 0.03364) < 0.05 * 0.03364 from totals s, totals o
    where s.name = 'requests_slow' and o.name = 'requests_offered'")" 1 "slow answers as theory has them"
same "$(query single-requests "select o.value = s.value + f.value + w.value from totals o, totals s, totals f, totals w
    where o.name = 'requests_offered' and s.name = 'requests_served' and f.name = 'requests_failed'
    and w.name = 'requests_waiting'")" 1 "no request lost"
finish
