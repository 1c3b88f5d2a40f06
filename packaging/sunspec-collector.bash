# bash completion for sunspec-collector. Generated from src/cli/commands: deno task generate.
_sunspec_collector() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in -*) ;; *) command=${COMP_WORDS[at]}; break ;; esac
  done
  case $command in
    "")
      mapfile -t COMPREPLY < <(compgen -W "demo run status check reload read simulate dump doctor scan queue schema version help -h --help -V --version" -- "$word") ;;
    help)
      mapfile -t COMPREPLY < <(compgen -W "demo run status check reload read simulate dump doctor scan queue schema version" -- "$word") ;;
    demo)
      case $before in
        --brokers)  return ;;
        --duration)  return ;;
        --data-dir) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --inverters)  return ;;
        --max-bytes)  return ;;
        --uplink) mapfile -t COMPREPLY < <(compgen -W "files none" -- "$word"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "--brokers --duration --data-dir --inverters --max-bytes --uplink --json -h --help" -- "$word") ;;
    run)
      case $before in
        --config) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "--config -h --help" -- "$word") ;;
    status)
      case $before in
        --url)  return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "--url --json -h --help" -- "$word") ;;
    check)
      case $before in
        --config) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "--config --json -h --help" -- "$word") ;;
    reload)
      case $before in
        --config) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "--config --json -h --help" -- "$word") ;;
    read)
      case $before in
        --unit)  return ;;
        --base)  return ;;
        --model)  return ;;
        --interval)  return ;;
        --timeout)  return ;;
        --models-dir) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
      esac
      case $word in -*) ;; *) mapfile -t COMPREPLY < <(compgen -A hostname -- "$word"); return ;; esac
      mapfile -t COMPREPLY < <(compgen -W "--unit --base --model --all --watch --interval --timeout --models-dir --json -h --help" -- "$word") ;;
    simulate)
      case $before in
        --port)  return ;;
        --bind)  return ;;
        --fault)  return ;;
        --day)  return ;;
        --start)  return ;;
        --duration)  return ;;
      esac
      case $word in -*) ;; *) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;; esac
      mapfile -t COMPREPLY < <(compgen -W "--port --bind --gateway --fault --day --start --duration --json --toml -h --help" -- "$word") ;;
    dump)
      case $before in
        -o|--output) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --unit)  return ;;
        --base)  return ;;
        --timeout)  return ;;
      esac
      case $word in -*) ;; *) mapfile -t COMPREPLY < <(compgen -A hostname -- "$word"); return ;; esac
      mapfile -t COMPREPLY < <(compgen -W "-o --output --unit --base --timeout --keep-serials --force -h --help" -- "$word") ;;
    doctor)
      case $before in
        --config) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --unit)  return ;;
        --base)  return ;;
        --timeout)  return ;;
        --agent)  return ;;
      esac
      case $word in -*) ;; *) mapfile -t COMPREPLY < <(compgen -A hostname -- "$word"); return ;; esac
      mapfile -t COMPREPLY < <(compgen -W "--config --unit --base --timeout --intrusive --force --agent --json -h --help" -- "$word") ;;
    scan)
      case $before in
        --ports)  return ;;
        --write) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --agent)  return ;;
        --timeout)  return ;;
        --connect-timeout)  return ;;
        --rate)  return ;;
      esac
      case $word in -*) ;; *) mapfile -t COMPREPLY < <(compgen -A hostname -- "$word"); return ;; esac
      mapfile -t COMPREPLY < <(compgen -W "--ports --all-units --yes-large --json --toml --write --agent --timeout --connect-timeout --rate -h --help" -- "$word") ;;
    queue)
      case $before in
        --config) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --path) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --count)  return ;;
        -o|--output) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --older-than)  return ;;
        --from) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
      esac
      case $word in -*) ;; *) mapfile -t COMPREPLY < <(compgen -W "stats peek export verify purge salvage" -- "$word"); return ;; esac
      mapfile -t COMPREPLY < <(compgen -W "--config --path --count -o --output --older-than --from --json -h --help" -- "$word") ;;
    schema)
      case $before in
        --models-dir) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W "--models-dir -h --help" -- "$word") ;;
    version)
      mapfile -t COMPREPLY < <(compgen -W "--json -h --help" -- "$word") ;;
  esac
}
complete -F _sunspec_collector sunspec-collector
