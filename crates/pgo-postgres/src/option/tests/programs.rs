//! What version 4.2 took, option by option, and what is refused. Where options are given together, "@" stands for a blank.

use super::*;
use crate::option::pg_dump::DumpOptions;

#[test]
fn every_option_of_4_2_for_a_backup_passes() {
    taken::<Backup>(
        "--archive-copy --no-archive-copy --backup-standby --no-backup-standby --checksum-page --no-checksum-page \
         --force --resume --no-resume --start-fast --no-start-fast --stop-auto --no-stop-auto --compress --no-compress \
         --no-delta --log-subprocess --archive-timeout=60 --compress-level=9 --compress-level-network=0 \
         --db-timeout=1800 --process-max=4 --protocol-timeout=1830 --repo1-retention-full=1 \
         --repo1-retention-diff=1 --repo1-retention-archive=9999999 --exclude=junk/ --exclude=pg_log \
         --manifest-save-threshold=1GB --type=full --type=diff --type=incr --buffer-size=16MB \
         --log-level-console=info --log-level-file=trace --log-level-stderr=off --repo1-retention-archive-type=diff",
    );
    assert_eq!(argv::<Backup>("--force --type=full"), "--type=full");
    refused::<Backup>(&[
        ("--compress-level=-1", "invalid argument"),
        ("--compress-level=07", "invalid argument"),
        ("--compress-level=+7", "invalid argument"),
        ("--compress-level=0x3", "invalid argument"),
        ("--log-level-console=loud", "invalid argument"),
        ("--log-level-stderr=loud", "invalid argument"),
        ("--repo1-retention-full=0", "invalid argument"),
        ("--repo1-retention-diff=10000000", "invalid argument"),
        ("--repo1-retention-archive-type=all", "invalid argument"),
        ("--type=", "invalid argument"),
        ("--buffer-size=MB", "invalid argument"),
        ("--buffer-size=1XB", "invalid argument"),
        ("--start-fast=yes", "invalid argument"),
        ("--no-force", "unknown flag"),
        ("--set=latest", "unknown flag"),
        ("--recovery-option=restore_command=x", "unknown flag"),
        ("--reset-repo1-host", "unknown flag"),
        ("--annotation=x", "invalid argument"),
        ("--annotation==x", "invalid argument"),
        ("--repo1-block", "--repo1-block needs --repo1-bundle"),
        // A backup must not lack a part of the database, nor reach beyond it.
        ("--exclude=", "invalid argument"),
        ("--exclude=../x", "invalid argument"),
        ("--exclude=a/../../x", "invalid argument"),
        ("--exclude=/etc", "invalid argument"),
        ("--exclude=./base", "invalid argument"),
        ("--exclude=base", "invalid argument"),
        ("--exclude=base/1/", "invalid argument"),
        ("--exclude=global/pg_control", "invalid argument"),
        ("--exclude=pg_xact/", "invalid argument"),
    ]);
}

#[test]
fn every_option_of_4_2_for_a_restore_passes() {
    taken::<Restore>(
        "--force --no-target-exclusive --compress --no-compress --no-delta --log-subprocess --target-timeline=3 \
         --compress-level=3 --compress-level-network=3 --db-timeout=60 --process-max=2 --protocol-timeout=1830 \
         --db-include=userdb --recovery-option=recovery_target_inclusive=off --set=latest \
         --set=20190114-000000F_20190115-000000I --target=42 --target-action=pause --target-action=promote \
         --target-action=shutdown --type=default --type=immediate --type=name --type=xid --type=time --type=preserve \
         --type=none --buffer-size=16MB --log-level-console=info --log-level-file=off --log-level-stderr=warn",
    );
    assert_eq!(
        argv::<Restore>(
            "--type=xid --target-exclusive --compress --compress-level=3 --db-timeout=60 --no-delta"
        ),
        "--type=xid --target-exclusive --no-delta"
    );
    assert_eq!(
        argv::<Restore>("--type=xid --target-exclusive --no-target-exclusive --db-include=a --db-include=b"),
        "--type=xid --db-include=a --db-include=b"
    );
    refused::<Restore>(&[
        ("--type=standby", "invalid argument"),
        ("--type=lsn", "invalid argument"),
        ("--target-action=reboot", "invalid argument"),
        (
            "--target-exclusive",
            "--target-exclusive needs --type=time or xid",
        ),
        (
            "--target-exclusive --type=name",
            "--target-exclusive needs --type=time or xid",
        ),
        ("--target-timeline=latest", "invalid argument"),
        ("--target='2019-01-14'", "invalid argument"),
        ("--set=../x", "invalid argument"),
        ("--db-include=", "invalid argument"),
        ("--delta", "unknown flag: --delta"),
        ("--repo1-retention-full=2", "unknown flag: --repo1-retention-full"),
        ("--archive-mode=off", "unknown flag"),
        ("--tablespace-map=a=/x", "Flag --tablespace-map is not supported"),
        // These run commands, or fetch a database from somewhere else.
        ("--recovery-option=restore_command=x", "invalid argument"),
        ("--recovery-option=archive_cleanup_command=x", "invalid argument"),
        ("--recovery-option=recovery_end_command=x", "invalid argument"),
        ("--recovery-option=primary_conninfo=host=x", "invalid argument"),
        ("--recovery-option=recovery_target_action=x", "invalid argument"),
        ("--recovery-option=recovery_target_action", "invalid argument"),
    ]);
}

#[test]
fn every_option_of_4_2_for_a_dump_passes() {
    taken::<Dump>(
        "--data-only -a --blobs -b --no-blobs -B --clean -c --create -C --no-owner -O --schema-only -s --verbose -v \
         --no-privileges -x --no-acl --column-inserts --attribute-inserts --disable-dollar-quoting --disable-triggers \
         --inserts --load-via-partition-root --no-comments --no-publications --no-security-labels --no-subscriptions \
         --no-sync --no-tablespaces --no-unlogged-table-data --quote-all-identifiers --serializable-deferrable \
         --use-set-session-authorization --encoding=UTF8 -E@LATIN1 --format=p -Fplain --format=c --format=custom -F@t \
         --format=tar --exclude-schema=tmp* -N@x --exclude-table=log_? -T@x --exclude-table-data=public.big \
         --lock-wait-timeout=5000 --snapshot=00000003-0000001B-1 --strict-names --role=reader --schema=a -n@a --table=t \
         -t@t --section=pre-data --section=data --section=post-data --jobs=4 -j@2 --compress=0 -Z9 \
         --clean@--if-exists --disable-triggers@--superuser=x -S@x@--disable-triggers",
    );
    assert_eq!(
        argv::<Dump>("-j4 --strict-names=true -Fc"),
        "--strict-names --format=c"
    );
    refused::<Dump>(&[
        ("--format=d", "invalid argument"),
        ("--compress=10", "invalid argument"),
        (
            "--compress=5 --format=tar",
            "--compress does not go with --format=t or tar",
        ),
        ("-Z0 -F t", "--compress does not go with --format=t or tar"),
        ("--superuser=x", "--superuser needs --disable-triggers"),
        (
            "--superuser=x --disable-triggers=false",
            "--superuser needs --disable-triggers",
        ),
        ("--if-exists", "--if-exists needs --clean"),
        ("--if-exists --clean --clean=false", "--if-exists needs --clean"),
        ("--section=pre-data,index", r#"invalid argument "index""#),
        ("--strict-names=public", "invalid argument"),
        ("--oids", "--oids is not possible"),
        ("-o", "--oids is not possible"),
        ("--exclude-row-security", "--exclude-row-security is not possible"),
        ("--jobs=0", "invalid argument"),
        ("--jobs=64", "invalid argument"),
        ("--lock-wait-timeout=5000000000", "invalid argument"),
        ("--lock-wait-timeout=5s'", "invalid argument"),
        ("--table=a;b", "invalid argument"),
        ("--table=$(x)", "invalid argument"),
        ("--role=a\"b", "invalid argument"),
        ("--file=/x", "unknown flag: --file"),
        ("-f /x", "unknown shorthand flag: 'f' in -f"),
        ("--filter=/etc/passwd", "unknown flag: --filter"),
        ("--extension=x", "unknown flag"),
        ("--globals-only", "unknown flag"),
    ]);
}

#[test]
fn every_option_of_4_2_for_a_dump_of_everything_passes() {
    taken::<DumpAll>(
        "--data-only -a --clean -c --globals-only -g --no-owner -O --roles-only -r --schema-only -s --tablespaces-only \
         -t --verbose -v --no-privileges -x --no-acl --column-inserts --attribute-inserts --disable-dollar-quoting \
         --disable-triggers --inserts --load-via-partition-root --no-comments --no-publications --no-role-passwords \
         --no-security-labels --no-subscriptions --no-sync --no-tablespaces --no-unlogged-table-data \
         --quote-all-identifiers --use-set-session-authorization --dump-all --encoding=UTF8 -E@UTF8 \
         --lock-wait-timeout=5s --role=x --if-exists@-c --superuser=x@--disable-triggers",
    );
    refused::<DumpAll>(&[
        ("--oids", "--oids is not possible"),
        ("--superuser x", "--superuser needs --disable-triggers"),
        ("--if-exists", "--if-exists needs --clean"),
        ("--format=c", "unknown flag: --format"),
        ("--database=x", "unknown flag: --database"),
    ]);
    for (line, all) in [
        ("--dump-all -v", true),
        ("-v --dump-all=true", true),
        ("-v", false),
        ("", false),
    ] {
        let options = DumpOptions::parse(line).unwrap();
        assert_eq!(matches!(options, DumpOptions::All(_)), all, "{line}");
    }
    assert!(DumpOptions::parse("--dump-all -Fc").is_err());
    assert!(DumpOptions::parse("--dump-all-databases").is_err());
    assert_eq!(argv::<DumpAll>("--dump-all --verbose"), "--verbose");
}

#[test]
fn every_option_of_4_2_for_the_restore_of_a_dump_passes() {
    taken::<RestoreDump>(
        "--data-only -a --clean -c --create -C --exit-on-error -e --no-owner -O --schema-only -s --verbose -v \
         --no-privileges -x --no-acl --single-transaction -1 --disable-triggers --enable-row-security --no-comments \
         --no-data-for-failed-tables --no-publications --no-security-labels --no-subscriptions --no-tablespaces \
         --use-set-session-authorization --format=p --format=plain -Fc --format=custom -F@t --format=tar --schema=x \
         -n@x --exclude-schema=x -N@x --table=x -t@x --strict-names --role=x --index=a,b -I@a --function=f(integer) \
         -P@f() --trigger=x -T@x --section=pre-data --section=data --section=post-data --jobs=4 -j2 --clean@--if-exists \
         -S@x@--disable-triggers",
    );
    assert_eq!(
        argv::<RestoreDump>("--function f(integer, character varying[]) -Fc -v1 -j2"),
        "--function=f(integer, character varying[]) --verbose --single-transaction --jobs=2"
    );
    refused::<RestoreDump>(&[
        ("--format=d", "invalid argument"),
        ("--superuser=x", "--superuser needs --disable-triggers"),
        ("--if-exists", "--if-exists needs --clean"),
        ("--section=none", "invalid argument"),
        ("--filename=/etc/passwd", "--filename is not possible"),
        ("-f x", "--filename is not possible"),
        ("--list", "--list is not possible"),
        ("-L", "--useList is not possible"),
        ("--use-list=/etc/passwd", "unknown flag: --use-list"),
        ("--function=f", "invalid argument"),
        ("--function=f(); drop table x", "invalid argument"),
        ("--function=f(')", "invalid argument"),
        ("--compress=5", "unknown flag"),
        ("--filter=/x", "unknown flag"),
    ]);
}

#[test]
fn every_option_of_4_2_for_pg_basebackup_passes_but_for_paths() {
    taken::<Basebackup>(
        "--format=p -Fplain -F@t --format=tar --max-rate=32 -r@32k -r1024M --checkpoint=fast -c@spread --write-recovery \
         -R --no-slot --gzip -z --no-clean -n --progress -P --no-sync --verbose -v --no-verify-checksums \
         --status-interval=10 -s0 --format=tar@--compress=9 -Ft@-Z0",
    );
    refused::<Basebackup>(&[
        ("--format=c", "invalid argument"),
        ("--compress=5", "--compress needs --format=t or tar"),
        (
            "--compress=5 --format=plain",
            "--compress needs --format=t or tar",
        ),
        ("--compress=10 --format=tar", "invalid argument"),
        ("--checkpoint=slow", "invalid argument"),
        ("--max-rate=31", "invalid argument"),
        ("--max-rate=1025M", "invalid argument"),
        ("--max-rate=18446744073709551615M", "invalid argument"),
        ("--max-rate=64G", "invalid argument"),
        ("--waldir=/pgdata/../etc", "--waldir is not possible"),
        ("-T /a=/b", "--tablespace-mapping is not possible"),
    ]);
}
