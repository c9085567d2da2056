# What peers.sh measures and judges with. It is sourced.
# shellcheck shell=bash

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Times of bash and of GNU time with a point, whatever the locale.
export LC_ALL=C

# Runs a command with its output thrown away. Sets `wall` and `cpu`, both in microseconds.
wall=0 cpu=0
measure() {
    local code=0 start user system TIMEFORMAT='%U %S'
    start=${EPOCHREALTIME/./}
    { time "$@" >/dev/null 2>"$scratch/err" || code=$?; } 2>"$scratch/times"
    wall=$((${EPOCHREALTIME/./} - start))
    check "$code" "$@"
    read -r user system <"$scratch/times"
    cpu=$(((10#${user/./} + 10#${system/./}) * 1000))
}

# Ends all where a command failed: nothing that it took counts.
check() {
    local code=$1
    shift
    if ((code > 0)); then
        cat "$scratch/err" >&2
        echo "$* failed with exit code $code" >&2
        exit 1
    fi
}

# Measures functions in turn, so many rounds. What they took stands in `walls` and `cpus` by their names.
declare -A walls=() cpus=()
interleave() {
    local rounds=$1 round name
    shift
    for name; do
        walls[$name]='' cpus[$name]=''
    done
    for ((round = 0; round < rounds; round++)); do
        for name; do
            measure "$name"
            walls[$name]+=" $wall" cpus[$name]+=" $cpu"
        done
    done
}

# Runs a command and sets `peak`, its peak resident size in KiB; 0 where that cannot be told.
peak=0
peak_of() {
    local code=0
    peak=0
    if command time -f %M true 2>/dev/null; then
        command time -f %M -o "$scratch/peak" "$@" >/dev/null 2>"$scratch/err" || code=$?
        peak=$(tail -n 1 "$scratch/peak")
    elif [[ -r /proc/self/status ]]; then
        watch_peak "$@" || code=$?
    fi
    check "$code" "$@"
}

# The same without GNU time: looks every few milliseconds how far the kernel has counted.
watch_peak() {
    local pid seen
    "$@" >/dev/null 2>"$scratch/err" &
    pid=$!
    while seen=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$pid/status" 2>/dev/null) && [[ -n $seen ]]; do
        # shellcheck disable=SC2034 # whoever asked for it reads it
        peak=$seen
        sleep 0.005
    done
    wait "$pid"
}

# The quotients of two lists, pair by pair, in hundredths.
quotients() {
    local -a of over
    local i
    read -ra of <<<"$1"
    read -ra over <<<"$2"
    for i in "${!of[@]}"; do
        # In a short run CPU time can be below what is counted.
        ((over[i] > 0)) || over[i]=1000
        echo $(((of[i] * 100 + over[i] / 2) / over[i]))
    done
}

# The median of a list.
median() {
    local -a sorted
    mapfile -t sorted < <(tr -s ' ' '\n' <<<"$1" | sed '/^$/d' | sort -n)
    echo "${sorted[${#sorted[@]} / 2]}"
}

# Hundredths as people write them: 1234 is 12.34.
decimal() { printf '%d.%02d' $(($1 / 100)) $(($1 % 100)); }

# And back: 1.9 is 190.
hundredths() {
    local whole=${1%.*} part=
    [[ $1 != *.* ]] || part=${1#*.}
    part=${part}00
    echo $((10#$whole * 100 + 10#${part:0:2}))
}

# Prints a row: what it is, the goal ("<= 1.15", ">= 5", or "-" for information), the figures of all rounds in hundredths,
# and a note. The figure is their median.
row() {
    local what=$1 goal=$2 note=${4:-} verdict='' figure
    local -a figures
    mapfile -t figures < <(sort -n <<<"$3")
    figure=${figures[${#figures[@]} / 2]}
    case $goal in
        '<= '*) verdict=$( ((figure <= $(hundredths "${goal#<= }"))) && echo met || echo 'NOT met') ;;
        '>= '*) verdict=$( ((figure >= $(hundredths "${goal#>= }"))) && echo met || echo 'NOT met') ;;
    esac
    printf '%-58s %9s %9s %9s  %-8s %-8s %s\n' "$what" "$(decimal "$figure")" "$(decimal "${figures[0]}")" \
        "$(decimal "${figures[-1]}")" "$goal" "$verdict" "$note"
}

# The head of the rows.
head_line() { printf '%-58s %9s %9s %9s  %-8s %-8s %s\n' what median min max goal verdict 'median times'; }

# The median times of functions, for a note.
times_of() {
    local kind=$1 name list
    shift
    for name; do
        list=${walls[$name]}
        [[ $kind == wall ]] || list=${cpus[$name]}
        printf '%s %d ms  ' "${name//_/ }" $(($(median "$list") / 1000))
    done
}
