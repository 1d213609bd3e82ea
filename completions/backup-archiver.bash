# bash completion of backup-archiver, made from its table of verbs.
# Load it, or put it into a folder of bash-completion: /usr/share/bash-completion/completions/backup-archiver

# The bash of macOS has no mapfile.
# shellcheck disable=SC2207
_backup_archiver() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb='' words='' index
  local IFS=$' \t\n'
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  # The verb is the first word that is no option, and no value of one.
  for ((index = 1; index < COMP_CWORD; index++)); do
    case ${COMP_WORDS[index]} in
      --config | --log-level | --log-format | --database | --shard | --since | --newest | --output | --into | --jobs | --report)
        index=$((index + 1))
        [[ ${COMP_WORDS[index]} != '=' ]] || index=$((index + 1))
        ;;
      -*) ;;
      *)
        verb=${COMP_WORDS[index]}
        break
        ;;
    esac
  done
  case $prev in
    --config | --output | --report)
      compopt -o filenames 2>/dev/null
      IFS=$'\n'
      COMPREPLY=($(compgen -f -- "$cur"))
      return
      ;;
    --log-level)
      COMPREPLY=($(compgen -W 'trace debug info warn error fatal silent' -- "$cur"))
      return
      ;;
    --log-format)
      COMPREPLY=($(compgen -W 'auto json pretty' -- "$cur"))
      return
      ;;
    --database | --shard | --since | --newest | --into | --jobs)
      return
      ;;
  esac
  case $verb in
    '')
      words='daemon run list check status verify download restore-test prune help version'
      [[ $cur != -* ]] || words='-V --version --config --log-level --log-format --print-config -h --help'
      ;;
    daemon) words='--config --log-level --log-format --print-config -h --help' ;;
    run) words='--config --log-level --log-format --print-config --database --shard --since -h --help' ;;
    list) words='--config --log-level --log-format --print-config --database --json -h --help' ;;
    check) words='--config --log-level --log-format --print-config --database --json -h --help' ;;
    status) words='--config --log-level --log-format --print-config --json -h --help' ;;
    verify) words='--config --log-level --log-format --print-config --database --deep --newest --due --json -h --help' ;;
    download) words='--config --log-level --log-format --print-config --output -h --help' ;;
    restore-test) words='--config --log-level --log-format --print-config --database --into --keep --jobs --report -h --help' ;;
    prune) words='--config --log-level --log-format --print-config --database --dry-run --yes --json -h --help' ;;
    help) words='daemon run list check status verify download restore-test prune help version' ;;
    version) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -F _backup_archiver backup-archiver
