#!/usr/bin/env bash
# Sends frames on a veth pair as fast as one sender can, and has `sagap follow` and `tcpdump -w /dev/null`, with its default
# buffer, capture them beside each other: what each dropped, and how much CPU time it took for a frame. Linux; needs no root,
# but unshare (util-linux), ip (iproute2) and tcpdump.
#
# usage: benches/live.sh [SIZE] [MIX] [LOOPS]      SIZE as 200M, MIX vpn or small
set -euo pipefail

size=${1:-200M}
mix=${2:-vpn}
loops=${3:-10}

if [[ -z ${SAGAP_INSIDE:-} ]]; then
    cd "$(dirname "$0")/.."
    target=${CARGO_TARGET_DIR:-target}
    capture=$target/live-$mix-$size.pcap
    cargo build --release --locked --bin sagap --example generate --example replay
    if [[ ! -s $capture ]]; then
        "$target/release/examples/generate" --size "$size" --seed 1 --mix "$mix" -o "$capture.part"
        mv "$capture.part" "$capture"
    fi
    # A network of its own. As root in a namespace of users tcpdump could not become its own user.
    namespace=(unshare -Un --map-current-user --keep-caps)
    if ((EUID == 0)); then
        namespace=(unshare -n)
    fi
    SAGAP_INSIDE=$capture exec "${namespace[@]}" "benches/$(basename "$0")" "$size" "$mix" "$loops"
fi

capture=$SAGAP_INSIDE
target=${CARGO_TARGET_DIR:-target}
out=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$out"' EXIT

# Nothing else is said on the wire.
for scope in all default; do
    echo 1 >/proc/sys/net/ipv6/conf/$scope/disable_ipv6 2>/dev/null || true
done
ip link set lo up
ip link add a0 type veth peer name b0
ip link set a0 up mtu 9000
ip link set b0 up mtu 9000
sleep 1

# CPU time of a process so far, in milliseconds.
cpu_ms() {
    local stat ticks
    stat=$(sed 's/.*) //' "/proc/$1/stat")
    ticks=$(awk '{ print $12 + $13 }' <<<"$stat")
    echo $((ticks * 1000 / $(getconf CLK_TCK)))
}

"$target/release/sagap" follow -i b0 --format csv --metrics 0 >"$out/sagap.csv" 2>"$out/sagap.err" &
sagap=$!
tcpdump=
if command -v tcpdump >/dev/null; then
    tcpdump -n -i b0 -w /dev/null 2>"$out/tcpdump.err" &
    tcpdump=$!
else
    echo 'tcpdump: not installed'
fi
sleep 2

"$target/release/examples/replay" "$capture" a0 --speed max --loops "$loops" | tee "$out/sent"
sleep 1
sent=$(awk '{ print $2 }' "$out/sent")

address=$(sed -n 's/^metrics: http:..//p' "$out/sagap.err")
exec 3<>"/dev/tcp/${address%%:*}/$(sed 's/.*:\([0-9]*\).*/\1/' <<<"$address")"
printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
tr -d '\r' <&3 >"$out/metrics"
metric() { awk -v name="$1{" 'index($1, name) == 1 { print $2 }' "$out/metrics"; }
frames=$(metric sagap_frames_total)
drops=$(metric sagap_kernel_drops_total)
took=$(cpu_ms "$sagap")
printf 'sagap follow: %s frames let in by its filter, %s dropped, %d ns of CPU a frame sent\n' \
    "$frames" "${drops:-0}" $((took * 1000000 / sent))

if [[ -n $tcpdump ]]; then
    took=$(cpu_ms "$tcpdump")
    kill -INT "$tcpdump"
    wait "$tcpdump" || true
    captured=$(awk '/packets captured/ { print $1 }' "$out/tcpdump.err")
    dropped=$(awk '/dropped by kernel/ { print $1 }' "$out/tcpdump.err")
    printf 'tcpdump -w /dev/null: %s frames, %s dropped, %d ns of CPU a frame sent\n' \
        "$captured" "$dropped" $((took * 1000000 / sent))
fi
kill -INT "$sagap"
wait "$sagap" || true
