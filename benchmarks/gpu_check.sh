#!/usr/bin/env bash
# Checks of --device cuda, at most 8 minutes: equality with the CPU, speed, memory.
#
#     make setup CONSTRAINTS=    # once; .venv must hold a CUDA build of torch
#     benchmarks/gpu_check.sh
#
# From the environment:
#     DEVICE    cuda, or cuda:N. With cpu all of it goes through without a GPU, on less work.
#     TESTBED   whose model is run; what it needs is fetched in the first part, where it is not yet.
#     OUT       folder of what is measured: gpu-check.json, gpu-check.md; what an earlier check left
#               there goes.
#     PYTHON    with the package installed.
#     TIMES     multiplies every limit: on a machine that is busy with other things.
#
# A part that fails or runs past its limit is named at the end, and the others are run all the same.
set -euo pipefail
cd "$(dirname "$0")/.."
TESTBED=${TESTBED:-smollm2-135m}
OUT=${OUT:-build/gpu-check}
PYTHON=${PYTHON:-.venv/bin/python}
DEVICE=${DEVICE:-cuda}
TIMES=${TIMES:-1}

if ! command -v "$PYTHON" > /dev/null; then
  echo "gpu_check: there is no $PYTHON: run 'make setup CONSTRAINTS=' first" >&2
  exit 2
fi
if [ "$DEVICE" != cpu ] && ! "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  build=$("$PYTHON" -c 'import torch; print(torch.__version__, "for CUDA", torch.version.cuda)')
  echo "gpu_check: torch sees no GPU (torch $build): install a CUDA build of torch, or set" \
    "DEVICE=cpu to try the script without one" >&2
  exit 2
fi

# Seconds of each part, 475 in all.
LIMIT_CPU=130 LIMIT_GPU=100 LIMIT_EQUALITY=25 LIMIT_THROUGHPUT=90 LIMIT_MEMORY=110 LIMIT_REPORT=20
WORK=() PROMPTS=()
if [ "$DEVICE" = cpu ]; then
  WORK=(--paths 12 --points 21)
  PROMPTS=(--bases 48)
fi
failed=() child=
trap '[ -z "$child" ] || kill "$child" 2> /dev/null; exit 130' INT TERM

# part NAME SECONDS COMMAND...: what is run, then whether it went well and how long it took.
part() {
  local name=$1 limit=$(($2 * TIMES)) from=$SECONDS code=0
  shift 2
  printf '\n== %s, at most %s s: %s\n' "$name" "$limit" "$*"
  # A trap is heard while a part is waited for, and not while it is in front.
  timeout --kill-after=5 "$limit" "$@" &
  child=$!
  wait "$child" || code=$?
  child=
  case $code in
    0) echo "== $name: done in $((SECONDS - from)) s" ;;
    124 | 137) failed+=("$name (past its $limit s)") ;;
    *) failed+=("$name (exit code $code)") ;;
  esac
}

check=("$PYTHON" -m benchmarks.gpu_check)
mkdir -p "$OUT"
rm -rf "$OUT/cpu" "$OUT/device" "$OUT"/gpu-*.json "$OUT/gpu-check.md"
if command -v nvidia-smi > /dev/null; then
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv || true
fi

part "cells on the CPU" $LIMIT_CPU "${check[@]}" cells "$OUT/cpu" \
  --testbed "$TESTBED" --device cpu
part "cells on $DEVICE" $LIMIT_GPU "${check[@]}" cells "$OUT/device" \
  --testbed "$TESTBED" --device "$DEVICE"
part equality $LIMIT_EQUALITY "${check[@]}" equality \
  "$OUT/cpu/$TESTBED/smoke/seed-0" "$OUT/device/$TESTBED/smoke/seed-0" --out "$OUT"
part throughput $LIMIT_THROUGHPUT "${check[@]}" throughput \
  --testbed "$TESTBED" --device "$DEVICE" --out "$OUT" ${WORK[@]+"${WORK[@]}"}
part memory $LIMIT_MEMORY "${check[@]}" memory \
  --testbed "$TESTBED" --device "$DEVICE" --out "$OUT" ${PROMPTS[@]+"${PROMPTS[@]}"}
part report $LIMIT_REPORT "${check[@]}" report --out "$OUT"

printf '\ngpu_check: %s s; %s and %s\n' "$SECONDS" "$OUT/gpu-check.json" "$OUT/gpu-check.md"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'gpu_check: FAILED: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "gpu_check: all parts done, all checks ok"
