#!/usr/bin/env bash
# Unpacks Cyrus and Courier from Debian's packages (of Debian 12) into a folder, since neither can
# be installed beside Dovecot: FOLDER/cyrus and FOLDER/courier hold what would be in /. Nothing is
# installed and nothing outside of the folder changes. The tests look into it: GRUSSD_TEST_SERVERS,
# or target/servers where that isn't set. Does nothing where both are there already.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${GRUSSD_TEST_SERVERS:-target/servers}

cyrus=(cyrus-common cyrus-imapd libical3 libxapian30 libmariadb3 libpcre3 libsasl2-modules sasl2-bin)
courier=(courier-authdaemon courier-authlib courier-authlib-userdb courier-base courier-imap gamin
    libcourier-unicode4 libgamin0 libgdbm6 libidn12 libltdl7 libpcre3)

# Without package lists, or with old ones, a package can't be found.
download() {
    apt-get download "$@" || { apt-get update && apt-get download "$@"; }
}

unpack() {
    local name=$1 there
    shift
    there=$folder/$name
    [ -e "$there/.whole" ] && return
    rm -rf "$there" "$there.part"
    mkdir -p "$there.part/packages"
    (cd "$there.part/packages" && download "$@") >&2
    for package in "$there.part"/packages/*.deb; do
        dpkg-deb --extract "$package" "$there.part"
    done
    # Where /lib is a link to /usr/lib, packages still name the former.
    if [ -d "$there.part/lib" ]; then
        cp -a "$there.part/lib/." "$there.part/usr/lib/"
        rm -rf "$there.part/lib"
    fi
    rm -rf "$there.part/packages"
    touch "$there.part/.whole"
    mv "$there.part" "$there"
}

unpack cyrus "${cyrus[@]}"
unpack courier "${courier[@]}"
