# bash completion for selfheal
_selfheal() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-} options=
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "simulate replay test compare tune diff merge trace eval report live record audit --help --version" -- "$word")
        return
    fi
    case $command in
    simulate) options="--seed --replications --until --max-replications --threads --duration --policy --faults --inject --knowledge --save-knowledge --out --json --no-report --help" ;;
    replay) options="--labels --suspects --topology --grace --closed-loop --inject --policy --faults --seed --replications --threads --duration --knowledge --save-knowledge --out --json --no-report --help" ;;
    test) options="--filter --jobs --shard --fail-fast --sensitivity --policy --seed --replications --tap --junit --markdown --json --out --images --help" ;;
    compare) options="--limits --html --markdown --json --images --help" ;;
    tune) options="--jobs --shard --out --json --images --help" ;;
    diff) options="--trace --topology --scenario --seed --replications --html --json --help" ;;
    merge) options="--jobs --tap --junit --markdown --json --out --images --help" ;;
    trace) options="pack info head validate --rows --json --help" ;;
    eval) options="--policy --grace --scores --robustness --out --help" ;;
    report) options="--plots --json --images --history --help" ;;
    live) options="--config --store --check --add-token --help" ;;
    record) options="--config --start --end --last --step --help" ;;
    audit) options="verify --help" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -f -- "$word")
}
complete -o filenames -F _selfheal selfheal
