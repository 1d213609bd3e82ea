# fish completion of backup-archiver, made from its table of verbs.
# Put it into ~/.config/fish/completions.

# The verb of the command line: the first word that is no option, and no value of one.
function __backup_archiver_verb
    set -l is_value 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case --config --log-level --log-format --database --shard --since --newest --output --into --jobs --report
                set is_value 1
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function __backup_archiver_has_verb
    test (__backup_archiver_verb; or echo none) = $argv[1]
end

complete -c backup-archiver -f
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a daemon -d 'archive by schedule until a signal comes (the default)'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a run -d 'archive every chosen database once, then exit'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a list -d 'list the archives in the bucket, newest first'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a check -d 'before the first night: try tokens, databases, rights, store, clock and proxy; makes no backup'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a status -d 'how each database stands; exits 1 when one needs a person'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a verify -d 'hold archives against their manifests; with --deep read each byte back'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a download -d 'bring an archive back: a key, a backup id, NAME (its newest), NAME@2026-03-01 or NAME@2026-03-01T03:00:00Z'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a restore-test -d 'restore the newest archive, or the one that is named, by the engine\'s own tools, and count its tables and rows'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a prune -d 'apply the retention policy; print each archive and why it stays or goes'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a help -d 'print this help, or that of one verb'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a version -d 'print the version'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -s V -l version -d 'print the version'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb daemon' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb daemon' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb daemon' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb daemon' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb daemon' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l database -x -d 'only this database (may be repeated)'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l shard -x -d 'only shard I of N, counted from 0 (default: JOB_COMPLETION_INDEX/ARCHIVER_SHARDS)'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -l since -x -d 'a database that has an archive made since then is done (default: ARCHIVER_SINCE)'
complete -c backup-archiver -n '__backup_archiver_has_verb run' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -l database -x -d 'only this database (may be repeated)'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -l json -d 'as JSON'
complete -c backup-archiver -n '__backup_archiver_has_verb list' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -l database -x -d 'only this database (may be repeated)'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -l json -d 'as JSON'
complete -c backup-archiver -n '__backup_archiver_has_verb check' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb status' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb status' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb status' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb status' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb status' -l json -d 'as JSON'
complete -c backup-archiver -n '__backup_archiver_has_verb status' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l database -x -d 'only this database (may be repeated)'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l deep -d 'read every byte back: checksum, gzip, tar, and the dump in it'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l newest -x -d 'only the N newest of each database'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l due -d 'with --deep: the share that the current slot of verify.cron has to read, the longest unread first'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -l json -d 'as JSON'
complete -c backup-archiver -n '__backup_archiver_has_verb verify' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb download' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb download' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb download' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb download' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb download' -l output -rF -d 'a file, a folder, or - for standard output (default: a file here)'
complete -c backup-archiver -n '__backup_archiver_has_verb download' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l database -x -d 'only this database (may be repeated)'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l into -x -d 'into this empty database instead of one that is made and dropped; with --keep'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l keep -d 'with --into: the database stays'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l jobs -x -d 'pg_restore with N parallel jobs, from a temporary file of the dump (TMPDIR)'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -l report -rF -d 'write a report: FILE.md (Markdown), FILE.json, or both for any other name'
complete -c backup-archiver -n '__backup_archiver_has_verb restore-test' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l config -rF -d 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l log-level -x -a 'trace debug info warn error fatal silent' -d 'trace, debug, info, warn, error, fatal or silent'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l log-format -x -a 'auto json pretty' -d 'json or pretty'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l print-config -d 'print the effective configuration, secrets masked, and do nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l database -x -d 'only this database (may be repeated)'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l dry-run -d 'change nothing'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l yes -d 'carry out also a plan that deletes more than half of a database\'s archives, or while the newest is suspicious'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -l json -d 'as JSON'
complete -c backup-archiver -n '__backup_archiver_has_verb prune' -s h -l help -d 'print this help; VERB --help for one verb'
complete -c backup-archiver -n '__backup_archiver_has_verb help' -a 'daemon run list check status verify download restore-test prune help version'
