# shellcheck shell=sh
# Makes the root file system of the image: Node, what it is linked to, and what a process without a distribution
# around it needs. For the Dockerfile:   collect-root.sh TARGET WRAPPER
set -eu
root=$1
wrapper=$2
node=/usr/local/bin/node

mkdir -p "$root/app" "$root/etc/ssl/certs" "$root/usr/local/bin" "$root/tmp" "$root/var/lib/dpkg/status.d"
chmod 1777 "$root/tmp"
cp "$node" "$root$node"
install -m 755 "$wrapper" "$root/usr/local/bin/backup-archiver"

# "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)".
ldd "$node" | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p' >/tmp/libraries
[ -s /tmp/libraries ]
while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done </tmp/libraries

for package in libc6 libgcc-s1 libstdc++6; do
  dpkg-query --status "$package" >"$root/var/lib/dpkg/status.d/$package"
done
cp -L /etc/os-release "$root/etc/os-release"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'archiver:x:65532:65532:backup-archiver:/app:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'archiver:x:65532:' >"$root/etc/group"
chroot "$root" "$node" --version
