#!/usr/bin/env bash
# Compares `sagap analyze FILE` with `cat FILE >/dev/null`, five times in turn, on a generated capture.
# Only the ratio within one run counts: machines drift.
#
# usage: benches/ratio.sh [SIZE] [MIX]      SIZE as 1500M, MIX vpn or small
set -euo pipefail
cd "$(dirname "$0")/.."

size=${1:-1500M}
mix=${2:-vpn}
rounds=5
target=${CARGO_TARGET_DIR:-target}
capture=$target/ratio-$mix-$size.pcap

cargo build --release --locked --bin sagap --example generate
if [[ ! -s $capture ]]; then
    "$target/release/examples/generate" --size "$size" --seed 1 --mix "$mix" -o "$capture.part"
    mv "$capture.part" "$capture"
fi

# Runs a command with its output thrown away and sets `took` to its wall time in microseconds.
# Exit code 1 is no failure: it says that there are findings.
took=0
measure() {
    local start=${EPOCHREALTIME/[.,]/} code=0
    "$@" >/dev/null 2>&1 || code=$?
    took=$((${EPOCHREALTIME/[.,]/} - start))
    if ((code > 1)); then
        echo "$* failed with exit code $code" >&2
        exit 1
    fi
}

median() {
    sort -n | sed -n "$(((rounds + 1) / 2))p"
}

# The first reading fills the page cache.
measure cat "$capture"
cats=() analyses=() ratios=()
for ((round = 1; round <= rounds; round++)); do
    measure cat "$capture"
    cats+=("$took")
    measure "$target/release/sagap" analyze "$capture"
    analyses+=("$took")
    ratios+=($((analyses[-1] * 100 / cats[-1])))
    printf 'round %d: cat %d ms, sagap %d ms\n' "$round" $((cats[-1] / 1000)) $((analyses[-1] / 1000))
done

ratio=$(printf '%s\n' "${ratios[@]}" | median)
printf 'median ratio: %d.%02d times cat\n' $((ratio / 100)) $((ratio % 100))

if [[ -x /usr/bin/time ]] && /usr/bin/time -f %M true >/dev/null 2>&1; then
    # The exit code is that of the findings, and GNU time writes to stderr, last.
    peak=$( (/usr/bin/time -f %M "$target/release/sagap" analyze "$capture" 2>&1 >/dev/null || true) | tail -n 1)
    printf 'peak resident size: %d.%d MiB\n' $((peak / 1024)) $((peak % 1024 * 10 / 1024))
else
    echo 'peak resident size: not measured (GNU time is not installed)'
fi
