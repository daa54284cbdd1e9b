//! What every system has from its installation: a part of it, which the API's users meet.

use super::{Files, Node};

const DIRECTORIES: [(&str, u32); 33] = [
    ("/", 0o755),
    ("/boot", 0o755),
    ("/conf", 0o755),
    ("/data", 0o755),
    ("/dev", 0o755),
    ("/etc", 0o755),
    ("/etc/ssh", 0o755),
    ("/home", 0o755),
    ("/mnt", 0o755),
    ("/opt", 0o755),
    ("/proc", 0o555),
    ("/root", 0o700),
    ("/run", 0o755),
    ("/srv", 0o755),
    ("/sys", 0o555),
    ("/tmp", 0o1777),
    ("/usr", 0o755),
    ("/usr/bin", 0o755),
    ("/usr/lib", 0o755),
    ("/usr/lib64", 0o755),
    ("/usr/local", 0o755),
    ("/usr/local/bin", 0o755),
    ("/usr/local/sbin", 0o755),
    ("/usr/sbin", 0o755),
    ("/usr/share", 0o755),
    ("/var", 0o755),
    ("/var/cache", 0o755),
    ("/var/db", 0o755),
    ("/var/empty", 0o755),
    ("/var/lib", 0o755),
    ("/var/log", 0o755),
    ("/var/spool", 0o755),
    ("/var/tmp", 0o1777),
];

/// Debian's merged `/usr`, and its old places of what is in memory.
const LINKS: [(&str, &str); 6] = [
    ("/bin", "usr/bin"),
    ("/lib", "usr/lib"),
    ("/lib64", "usr/lib64"),
    ("/sbin", "usr/sbin"),
    ("/var/lock", "/run/lock"),
    ("/var/run", "/run"),
];

const FILES: [(&str, u32); 9] = [
    ("/etc/group", 0o644),
    ("/etc/hostname", 0o644),
    ("/etc/hosts", 0o644),
    ("/etc/passwd", 0o644),
    ("/etc/resolv.conf", 0o644),
    ("/etc/shells", 0o644),
    ("/etc/ssh/ssh_config", 0o644),
    ("/etc/ssh/sshd_config", 0o644),
    ("/etc/sudoers", 0o440),
];

/// Programs of everybody: what people name for sudo, and shells.
const IN_BIN: &str = "apt awk base64 basename bash bunzip2 bzip2 cat chgrp chmod chown cli cli_console \
    cmp cp cpio crontab curl cut dash date dd df diff dircolors dirname dmesg docker du echo egrep env \
    expr false fgrep file find flock free getent getfacl git gpasswd grep groups gunzip gzip head hostname \
    id install ionice iostat ip journalctl jq kill killall last less ln locale login ls lsattr lsblk lscpu \
    lsof lz4 lz4c mawk mbuffer md5sum midclt mkdir mkfifo mknod mktemp more mount mountpoint mpstat mv \
    nano nc ncdu nice nohup nproc numfmt openssl passwd paste perl pgrep ping pkill printenv printf ps pv \
    pwd python3 rbash rclone readlink realpath renice rm rmdir rsync scp screen script sed seq setfacl sftp \
    sg sh sha256sum shred sleep sort split ssh ssh-add ssh-agent ssh-copy-id ssh-keygen ssh-keyscan stat \
    strace stty su sudo sudoedit sync systemctl tac tail tar tee test time timeout tmux top touch tr true \
    truncate tty umount uname uniq unxz unzip uptime users vi vim vmstat w watch wc wget whereis which who \
    whoami xargs xz yes zcat zip zsh zstd";
/// Programs of the administrator.
const IN_SBIN: &str = "adduser arp arping blkid blockdev chroot cron deluser dhclient e2fsck ethtool exportfs \
    fdisk findfs fsck getcap groupadd groupdel groupmod halt hdparm hwclock ifconfig init ip ipmitool \
    iptables iptables-save ldconfig losetup mdadm mkfs mkswap modprobe mount.nfs mount.zfs nft nologin \
    parted poweroff reboot rmmod route rsyslogd runlevel setcap sgdisk showmount shutdown smartctl sshd \
    swapoff swapon sysctl tcpdump useradd userdel usermod visudo wipefs zdb zed zfs zhack zpool zstream";

/// Puts it all there.
pub(super) fn add(files: &mut Files) {
    for (path, mode) in DIRECTORIES {
        files.put(path, Node::directory(mode));
    }
    for (path, target) in LINKS {
        files.put(path, Node::link(target));
    }
    for (path, mode) in FILES {
        files.put(path, Node::file("", mode));
    }
    for (folder, names) in [("/usr/bin", IN_BIN), ("/usr/sbin", IN_SBIN)] {
        for name in names.split_whitespace() {
            files.put(&format!("{folder}/{name}"), Node::file("", 0o755));
        }
    }
}
