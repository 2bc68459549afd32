#!/usr/bin/env bash
# Runs Cyrus in a mount and a process namespace of its own, until its first process is killed, and
# all others with it: `unshare --mount --pid --fork --kill-child bash cyrus.sh UNPACKED FOLDER`.
# FOLDER has `server.pem` (certificate and key) and `password`, that of USER_NAME, and keeps the
# mail. WITHOUT names capabilities that are not offered, ROOM is a quota in KiB, LIMIT a number of
# connections, SEPARATOR `.` or `/`, PREFIX `INBOX.` or nothing. Its log goes nowhere but to syslog.
set -euo pipefail
unpacked=$1 folder=$2
exec >"$folder/log" 2>&1 </dev/null

mount --make-rprivate /
mount -t proc proc /proc
# The server gives up its rights, and couldn't read a folder within one of root's.
mkdir -p "$folder/cyrus"
mount --bind "$unpacked" "$folder/cyrus"
programs=$folder/cyrus/usr/lib/cyrus/bin
export LD_LIBRARY_PATH=$folder/cyrus/usr/lib/x86_64-linux-gnu:$folder/cyrus/usr/lib/cyrus

mkdir -p "$folder"/{spool,conf/{db,lock,log,msg,proc,ptclient,quota,socket,user}}
"$folder/cyrus/usr/sbin/saslpasswd2" -f "$folder/sasldb2" -p -c -u localhost "$USER_NAME" \
    <"$folder/password"
cat >"$folder/imapd.conf" <<END
configdirectory: $folder/conf
defaultpartition: default
partition-default: $folder/spool
cyrus_user: mail
cyrus_group: mail
servername: localhost
unixhierarchysep: $([ "$SEPARATOR" = / ] && echo yes || echo no)
altnamespace: $([ -z "$PREFIX" ] && echo yes || echo no)
autocreate_post: yes
autocreate_quota: ${ROOM:-0}
maxlogins_per_host: ${LIMIT:-0}
${WITHOUT:+suppress_capabilities: $WITHOUT}
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $folder/sasldb2
tls_server_cert: $folder/server.pem
tls_server_key: $folder/server.pem
tls_session_timeout: 0
imapidlepoll: 1
END
serve="$programs/imapd -C $folder/imapd.conf -U 30"
cat >"$folder/cyrus.conf" <<END
START {
    recover cmd="$programs/ctl_cyrusdb -C $folder/imapd.conf -r"
}
SERVICES {
    imap cmd="$serve" listen="127.0.0.1:$PLAIN_PORT" prefork=0 maxchild=100
    imaps cmd="$serve -s" listen="127.0.0.1:$TLS_PORT" prefork=0 maxchild=100
}
END
chown -R mail:mail "$folder"/{spool,conf,sasldb2}
chown mail "$folder/server.pem"
"$programs/master" -D -C "$folder/imapd.conf" -M "$folder/cyrus.conf" -p "$folder/pid" &
wait
