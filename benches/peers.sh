#!/usr/bin/env bash
# Compares sagap with cat, gzip, tshark, tcpdump and capinfos, and with itself on other captures, on this machine.
# Each round runs all commands of a row in turn, and a row's figure is the median of the ratios of its rounds: machines
# drift, a ratio within one round hardly does. Captures are crafted once, from a fixed seed, and kept in target/peers/: remove
# them after a change of the generator.
#
# usage: benches/peers.sh [--quick] [--percent N] [--rounds N] [ROW...]
#   --quick      a tenth of the sizes and three rounds: whether it works, not how fast it is
#   --percent N  so much of the sizes (100)
#   --rounds N   how many rounds (5)
#   ROW          cat pcapng small gzip export tshark tcpdump capinfos memory sas length; all unless named
#
# SAGAP=FILE measures that binary instead of the one that is built here.
set -euo pipefail

every=(cat pcapng small gzip export tshark tcpdump capinfos memory sas length)
percent=100
rounds=5
seed=1
chosen=()
while (($# > 0)); do
    case $1 in
        --quick) percent=10 rounds=3 ;;
        --percent) percent=${2:?--percent needs a number} && shift ;;
        --rounds) rounds=${2:?--rounds needs a number} && shift ;;
        -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit ;;
        *)
            if [[ " ${every[*]} " != *" $1 "* ]]; then
                echo "no row is called $1; there are: ${every[*]}" >&2
                exit 2
            fi
            chosen+=("$1")
            ;;
    esac
    shift
done
if ((${#chosen[@]} == 0)); then
    chosen=("${every[@]}")
fi

sagap=${SAGAP:+$(realpath "$SAGAP")}
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
inputs=$target/peers
# shellcheck source=benches/measure.sh
source benches/measure.sh

cargo build --release --locked --example generate
if [[ -z $sagap ]]; then
    cargo build --release --locked --bin sagap
    sagap=$target/release/sagap
fi
mkdir -p "$inputs"

# Crafts a capture of so many megabytes and sets `file` and `frames`. Reading it fills the page cache.
file='' frames=0
craft() {
    local mix=$1 size=$(($2 * percent / 100))M tunnels=${3:-100} format=${4:-pcap}
    file=$inputs/$mix-$size-$tunnels-tunnels-seed-$seed.$format
    if [[ ! -s $file ]]; then
        "$target/release/examples/generate" --mix "$mix" --size "$size" --tunnels "$tunnels" --seed "$seed" \
            --format "$format" -o "$file.part" 2>"$file.frames"
        mv "$file.part" "$file"
    fi
    read -r frames _ <"$file.frames"
    cat "$file" >/dev/null
}

# Whether there is such a program. Says so where there is none.
has() {
    command -v "$1" >/dev/null && return
    echo "$1 is not installed: its rows are skipped"
    return 1
}

# What is measured, on `file`.
one_thread=()
analyze=("$sagap" analyze --fail-on never)
cat_alone() { cat "$file"; }
one() { "${analyze[@]}" "${one_thread[@]}" "$file"; }
all_cores() { "${analyze[@]}" "$file"; }
timeline_one() { "$sagap" export "${one_thread[@]}" "$file"; }
timeline_all() { "$sagap" export "$file"; }
messages_one() { "$sagap" export --table messages "${one_thread[@]}" "$file"; }
messages_all() { "$sagap" export --table messages "$file"; }

# Prints a row on the wall time of one function over that of another.
wall_row() {
    row "$1" "$2" "$(quotients "${walls[$3]}" "${walls[$4]}")" "$(times_of wall "$3" "$4")"
}

row_cat() {
    craft vpn 1500
    interleave "$rounds" cat_alone one all_cores
    wall_row 'cat: analyze, one thread, over cat' '<= 1.9' one cat_alone
    wall_row 'cat: analyze, all cores, over cat' '<= 1.15' all_cores cat_alone
}

pcapng_one() { file=$pcapng one; }
pcapng_all() { file=$pcapng all_cores; }

row_pcapng() {
    local pcapng
    craft vpn 1500 100 pcapng
    pcapng=$file
    craft vpn 1500
    interleave "$rounds" one pcapng_one all_cores pcapng_all
    wall_row 'pcapng: over pcap, one thread' '<= 1.15' pcapng_one one
    wall_row 'pcapng: over pcap, all cores' '<= 1.15' pcapng_all all_cores
}

row_small() {
    # 13 million frames of 60 bytes, 64 with the checksum that no capture has, and their 16 bytes of header each.
    craft small 993
    interleave "$rounds" cat_alone one
    wall_row "small: $frames shortest frames, one thread, over cat" '<= 4.0' one cat_alone
}

gzip_alone() { gzip -dc "$file"; }

row_gzip() {
    has gzip || return 0
    craft vpn 200
    if [[ ! -s $file.gz ]]; then
        gzip -c "$file" >"$file.gz.part"
        mv "$file.gz.part" "$file.gz"
    fi
    file=$file.gz
    interleave "$rounds" gzip_alone one all_cores
    wall_row 'gzip: analyze, one thread, over gzip -dc' '<= 0.6' one gzip_alone
    wall_row 'gzip: analyze, all cores, over gzip -dc' '<= 0.6' all_cores gzip_alone
}

row_export() {
    craft vpn 1500
    interleave "$rounds" one timeline_one messages_one all_cores timeline_all messages_all
    wall_row 'export: timeline, one thread, over analyze' '<= 1.05' timeline_one one
    wall_row 'export: timeline, all cores, over analyze' '<= 1.05' timeline_all all_cores
    wall_row 'export: messages without ESP, one thread, over analyze' '<= 1.2' messages_one one
    wall_row 'export: messages without ESP, all cores, over analyze' '<= 1.2' messages_all all_cores
}

# The columns of `export --table messages`, as far as tshark has them.
fields=(
    frame.number frame.time_epoch vlan.id eth.src eth.dst ip.src ip.dst
    hsrp.version hsrp.opcode hsrp.group hsrp.state hsrp.priority hsrp.hellotime hsrp.holdtime hsrp.virt_ip hsrp.auth_data
    isakmp.version isakmp.ispi isakmp.rspi isakmp.exchangetype isakmp.messageid isakmp.flag_r isakmp.typepayload
    isakmp.notify.msgtype esp.spi esp.sequence
)
tshark_alone() {
    local field options=()
    for field in "${fields[@]}"; do
        options+=(-e "$field")
    done
    tshark -n -r "$file" -Y 'hsrp or isakmp or esp' -T fields "${options[@]}"
}

row_tshark() {
    local once
    has tshark || return 0
    craft vpn 1500
    # It takes so long that it is measured once, and each round of sagap is compared with that.
    interleave 1 tshark_alone
    interleave "$rounds" one messages_one
    printf -v once "${cpus[tshark_alone]} %.0s" $(seq "$rounds")
    row 'tshark: CPU time over that of analyze' '>= 250' "$(quotients "$once" "${cpus[one]}")" \
        "$(times_of cpu tshark_alone one)"
    row 'tshark: CPU time over that of export messages' - "$(quotients "$once" "${cpus[messages_one]}")" \
        "$(times_of cpu messages_one)"
}

# What analyze reads, but for wrappings.
filter='arp or icmp or icmp6 or proto 50 or proto 51 or proto 112 or tcp port 4500
    or udp port 500 or udp port 848 or udp port 1985 or udp port 2029 or udp port 3222 or udp port 4500'
tcpdump_alone() { tcpdump -n -r "$file" -w /dev/null "$filter"; }

row_tcpdump() {
    has tcpdump || return 0
    craft vpn 1500
    interleave "$rounds" tcpdump_alone one all_cores
    wall_row 'tcpdump: wall time over that of analyze, all cores' '>= 5' tcpdump_alone all_cores
    wall_row 'tcpdump: wall time over that of analyze, one thread' - tcpdump_alone one
}

capinfos_alone() { capinfos -c "$file"; }

row_capinfos() {
    has capinfos || return 0
    craft vpn 1500
    interleave "$rounds" capinfos_alone one all_cores
    wall_row 'capinfos: wall time over that of analyze, all cores' - capinfos_alone all_cores
    wall_row 'capinfos: wall time over that of analyze, one thread' - capinfos_alone one
}

# Prints a row on the peak resident size of a command, in megabytes.
peak_row() {
    local what=$1 goal=$2 note=$3
    shift 3
    peak_of "$@"
    if ((peak == 0)); then
        echo "$what: not measured, there is neither GNU time nor /proc"
        return
    fi
    row "$what" "$goal" $((peak * 1024 / 10000)) "$note"
}

memory_of() {
    # 16 MB, and 8 KB for each of 200 SAs.
    local goal='<= 17.6' note='16 MB and 8 KB an SA'
    craft "$1" "$2"
    peak_row "memory: MB at most, $1, one thread" "$goal" "$note" "${analyze[@]}" "${one_thread[@]}" "$file"
    peak_row "memory: MB at most, $1, all cores" "$goal" "$note" "${analyze[@]}" "$file"
}

row_memory() {
    memory_of vpn 1500
    memory_of small 993
}

# Prints what a frame of `file` costs, given the function that was measured.
frame_rows() {
    local what=$1 name=$2
    row "$what, ns of CPU a frame" - "$(quotients "$(nanos "${cpus[$name]}")" "$(repeated "$frames")")" "$frames frames"
    peak_row "$what, MB at most" - '' "${analyze[@]}" "${one_thread[@]}" "$file"
}

# Microseconds as nanoseconds.
nanos() {
    local list=()
    read -ra list <<<"$1"
    echo "${list[*]/%/000}"
}

# A number once for each round.
repeated() { printf "$1 %.0s" $(seq "$rounds"); }

sas_10() { file=${files[0]} one; }
sas_1000() { file=${files[1]} one; }
sas_100000() { file=${files[2]} one; }

# How often more SAs cost how often more: more than a hundredfold for a hundredfold is more than linear.
row_sas() {
    local -a files=() counts=()
    local tunnels place names=(sas_10 sas_1000 sas_100000) peaks=()
    for tunnels in 5 500 50000; do
        craft small 300 "$tunnels"
        files+=("$file") counts+=("$frames")
    done
    # 100,000 SAs take long.
    interleave $((rounds < 3 ? rounds : 3)) "${names[@]}"
    for place in 0 1 2; do
        file=${files[place]} frames=${counts[place]}
        frame_rows "sas: ${names[place]#sas_} SAs" "${names[place]}"
        peaks+=("$peak")
    done
    for place in 1 2; do
        row "sas: ${names[place]#sas_} over a hundredth, CPU time" '<= 100' \
            "$(quotients "${cpus[${names[place]}]}" "${cpus[${names[place - 1]}]}")"
        ((peaks[place] == 0)) || row "sas: ${names[place]#sas_} over a hundredth, memory" '<= 100' \
            "$(quotients "${peaks[place]}" "${peaks[place - 1]}")"
    done
}

short() { file=${files[0]} one; }
long() { file=${files[1]} one; }

row_length() {
    local -a files=() counts=()
    local size
    for size in 150 1500; do
        craft small "$size"
        files+=("$file") counts+=("$frames")
    done
    interleave "$rounds" short long
    file=${files[0]} frames=${counts[0]}
    frame_rows "length: $frames shortest frames" short
    file=${files[1]} frames=${counts[1]}
    frame_rows "length: $frames shortest frames" long
    # A frame costs the same, but for noise.
    row 'length: a frame of the long over one of the short' '<= 1.1' "$(frame_quotients)"
}

frame_quotients() {
    local of over
    of=$(quotients "$(nanos "${cpus[long]}")" "$(repeated "${counts[1]}")")
    over=$(quotients "$(nanos "${cpus[short]}")" "$(repeated "${counts[0]}")")
    quotients "${of//$'\n'/ }" "${over//$'\n'/ }"
}

if [[ $("$sagap" analyze --help) == *--threads* ]]; then
    one_thread=(--threads 1)
else
    echo "$sagap knows no --threads: one thread and all cores are the same command"
fi
if ((percent != 100)); then
    echo "$percent % of the sizes: shows that it works, not how fast it is"
fi
head_line
for name in "${chosen[@]}"; do
    "row_$name"
done
