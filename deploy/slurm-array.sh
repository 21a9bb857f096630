#!/usr/bin/env bash
# slurm-array.sh SUITE OUT [test|tune] - a suite, or with tune a study, as a Slurm job array, a
# shard per task.
#
#   job=$(sbatch --parsable --array=1-8 deploy/slurm-array.sh SUITE OUT)
#   sbatch --dependency=afterok:$job --wrap 'selfheal merge OUT/shard-* --out OUT/merged'
#
# A task that is killed with its node is queued again and replaces its shard.
#SBATCH --job-name=selfheal
#SBATCH --array=1-2
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
suite=${1:?usage: slurm-array.sh SUITE OUT [test|tune]} out=${2:?} command=${3:-test}
shard=$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT
# A miss (exit code 1) is a result; anything above it fails the task.
selfheal "$command" "$suite" --shard "$shard" --out "$out/shard-$SLURM_ARRAY_TASK_ID" \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" || [ $? -eq 1 ]
