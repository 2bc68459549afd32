#!/usr/bin/env bash
# Runs Courier in a mount and a process namespace of its own, until its first process is killed,
# and all others with it: `unshare --mount --pid --fork --kill-child bash courier.sh UNPACKED FOLDER`.
# Its paths are compiled in, so that its files are laid over those of the machine, for nobody else
# to see. FOLDER has `server.pem` (key and certificate), `password` and `home`, the home of the user
# USER_NAME with the numeric USER_ID, and gets `log`. Further variables are Courier's own.
set -euo pipefail
unpacked=$1 folder=$2
exec >"$folder/log" 2>&1 </dev/null

mount --make-rprivate /
mount -t proc proc /proc
mkdir -p "$folder/over"
mount -t tmpfs tmpfs "$folder/over"
for place in usr etc; do
    mkdir "$folder/over/$place" "$folder/over/$place.work"
    mount -t overlay overlay "/$place" \
        -o "lowerdir=$unpacked/$place:/$place,upperdir=$folder/over/$place,workdir=$folder/over/$place.work"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/courier/authdaemon /etc/courier/shared
chmod 755 /run/courier /run/courier/authdaemon
export LD_LIBRARY_PATH=/usr/lib/courier-authlib

# Its TLS program knows its user by name.
if ! grep -q ^courier: /etc/passwd; then
    echo 'courier:x:990:990::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
fi

cd /etc/courier
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/; s/^daemons=.*/daemons=2/' authdaemonrc
install -m 600 -o courier "$folder/server.pem" imapd.pem
[ -d "$folder/home/Maildir" ] || maildirmake.courier "$folder/home/Maildir"
quota=
if [ -n "${ROOM:-}" ]; then
    maildirmake.courier -q "$ROOM" "$folder/home/Maildir"
    quota="|quota=$ROOM"
fi
chown -R "$USER_ID:$USER_ID" "$folder/home"
hidden=$(userdbpw -md5 <"$folder/password")
(
    umask 077
    printf '%s\tuid=%s|gid=%s|home=%s|shell=/bin/false|systempw=%s|mail=%s%s\n' "$USER_NAME" \
        "$USER_ID" "$USER_ID" "$folder/home" "$hidden" "$folder/home/Maildir" "$quota" >userdb
    makeuserdb
)

/usr/lib/courier/courier-authlib/authdaemond &
set -a +u
offered=${IMAP_CAPABILITY:-} limit=${MAXPERIP:-50}
. ./imapd
. ./imapd-ssl
IMAP_CAPABILITY=${offered:-$IMAP_CAPABILITY}
IMAP_CAPABILITY_TLS="$IMAP_CAPABILITY AUTH=PLAIN"
IMAP_STARTTLS=YES TLS_CACHEFILE= TLS_DHPARAMS= IMAP_EMPTYTRASH=
# In seconds: how often IDLE looks for news.
IMAP_IDLE_TIMEOUT=1
set +a -u
listen=(couriertcpd -address=127.0.0.1 -maxprocs=60 -maxperip="$limit" -nodnslookup -noidentlookup)
serve=(/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir)
until [ -S /run/courier/authdaemon/socket ]; do sleep 0.02; done
"${listen[@]}" "$PLAIN_PORT" "${serve[@]}" &
IMAP_TLS=1 "${listen[@]}" "$TLS_PORT" /usr/bin/couriertls -server -tcpd -user=courier "${serve[@]}" &
wait
