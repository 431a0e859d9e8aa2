# _pgo, which is above, does not know --flag=value, offers flags to who has begun none, and leaves the rest to files.
_pgo_offer() {
    local word="$2" before="$3" candidate
    if [[ "${COMP_WORDS[COMP_CWORD]}" == "=" ]]; then
        word=""
        before="${COMP_WORDS[COMP_CWORD-1]}"
    elif [[ "${before}" == "=" ]]; then
        before="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    _pgo "$1" "${word}" "${before}"
    if [[ "${word}" != -* ]]; then
        local offered=("${COMPREPLY[@]}")
        COMPREPLY=()
        for candidate in "${offered[@]}"; do
            [[ -z "${candidate}" || "${candidate}" == -* ]] || COMPREPLY+=("${candidate}")
        done
    fi
}

complete -F _pgo_offer pgo
