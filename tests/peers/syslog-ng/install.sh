#!/bin/sh
# Unpacks syslog-ng from Debian's packages into a folder beside this file: the system does not take it beside rsyslog. The
# tests of peta-outlet use it if it is there.
set -eu
cd "$(dirname "$0")"

if [ -x root/usr/sbin/syslog-ng ] && [ -f root/.installed ]; then
    printf 'syslog-ng: unpacked already\n'
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    printf 'syslog-ng: only Debian and its like have the packages: nothing is unpacked\n'
    exit 0
fi
rm -rf root packages
mkdir -p root packages
# Those that no system has anyway.
(cd packages && apt-get download -q syslog-ng-core libivykis0 libnet1 libpcre3 libwrap0 >/dev/null 2>&1)
for package in packages/*.deb; do
    dpkg-deb -x "$package" root
done
rm -rf packages
# All libraries in one folder, whatever the machine's name for it is.
mkdir root/shared
find root -path root/shared -prune -o -name 'lib*.so*' -print | while read -r library; do
    case $library in
        */syslog-ng/3*) ;;
        *) cp -P "$library" root/shared/ ;;
    esac
done
touch root/.installed
printf 'syslog-ng: done\n'
