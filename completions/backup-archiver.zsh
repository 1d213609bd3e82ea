#compdef backup-archiver
# zsh completion of backup-archiver, made from its table of verbs.
# Put it into a folder of your fpath, as _backup-archiver.

_backup-archiver() {
  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  local -a verbs
  verbs=(
    'daemon:archive by schedule until a signal comes (the default)'
    'run:archive every chosen database once, then exit'
    'list:list the archives in the bucket, newest first'
    'check:before the first night: try tokens, databases, rights, store, clock and proxy; makes no backup'
    'status:how each database stands; exits 1 when one needs a person'
    'verify:hold archives against their manifests; with --deep read each byte back'
    'download:bring an archive back: a key, a backup id, NAME (its newest), NAME@2026-03-01 or NAME@2026-03-01T03:00:00Z'
    'restore-test:restore the newest archive, or the one that is named, by the engine'\''s own tools, and count its tables and rows'
    'prune:apply the retention policy; print each archive and why it stays or goes'
    'help:print this help, or that of one verb'
    'version:print the version'
  )
  _arguments -C \
    '(-V --version)'{-V,--version}'[print the version]' \
    '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
    '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
    '--log-format=[json or pretty]:format:(auto json pretty)' \
    '--print-config[print the effective configuration, secrets masked, and do nothing]' \
    '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' \
    '1: :->verb' \
    '*:: :->rest' && ret=0
  case $state in
    verb) _describe -t verbs verb verbs && ret=0 ;;
    rest)
      case $words[1] in
        daemon)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' && ret=0
          ;;
        run)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '*--database=[only this database (may be repeated)]:name: ' \
            '--shard=[only shard I of N, counted from 0 (default: JOB_COMPLETION_INDEX/ARCHIVER_SHARDS)]:I/N: ' \
            '--since=[a database that has an archive made since then is done (default: ARCHIVER_SINCE)]:time: ' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' && ret=0
          ;;
        list)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '*--database=[only this database (may be repeated)]:name: ' \
            '--json[as JSON]' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' && ret=0
          ;;
        check)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '*--database=[only this database (may be repeated)]:name: ' \
            '--json[as JSON]' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' && ret=0
          ;;
        status)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '--json[as JSON]' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' && ret=0
          ;;
        verify)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '*--database=[only this database (may be repeated)]:name: ' \
            '--deep[read every byte back: checksum, gzip, tar, and the dump in it]' \
            '--newest=[only the N newest of each database]:n: ' \
            '--due[with --deep: the share that the current slot of verify.cron has to read, the longest unread first]' \
            '--json[as JSON]' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' \
            '*:archive: ' && ret=0
          ;;
        download)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '--output=[a file, a folder, or - for standard output (default: a file here)]:file:_files' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' \
            '*:archive: ' && ret=0
          ;;
        restore-test)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '*--database=[only this database (may be repeated)]:name: ' \
            '--into=[into this empty database instead of one that is made and dropped; with --keep]:url: ' \
            '--keep[with --into: the database stays]' \
            '--jobs=[pg_restore with N parallel jobs, from a temporary file of the dump (TMPDIR)]:n: ' \
            '--report=[write a report: FILE.md (Markdown), FILE.json, or both for any other name]:file:_files' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' \
            '*:archive: ' && ret=0
          ;;
        prune)
          _arguments \
            '--config=[the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)]:file:_files' \
            '--log-level=[trace, debug, info, warn, error, fatal or silent]:level:(trace debug info warn error fatal silent)' \
            '--log-format=[json or pretty]:format:(auto json pretty)' \
            '--print-config[print the effective configuration, secrets masked, and do nothing]' \
            '*--database=[only this database (may be repeated)]:name: ' \
            '--dry-run[change nothing]' \
            '--yes[carry out also a plan that deletes more than half of a database'\''s archives, or while the newest is suspicious]' \
            '--json[as JSON]' \
            '(-h --help)'{-h,--help}'[print this help; VERB --help for one verb]' && ret=0
          ;;
        help) _describe -t verbs verb verbs && ret=0 ;;
        version) _message 'no more' ;;
      esac
      ;;
  esac
  return ret
}

_backup-archiver "$@"
