//! `systems.NAME.admins.NAME`.

use crate::manifest::source::Located;
use crate::manifest::table::mapping;
use crate::manifest::value::{
    Commands, FullName, GroupName, HomePath, Mode, PublicKey, Shell, SshAccess,
};

mapping! {
    /// An account that logs in over SSH. One that is not there is created with its own group, a
    /// disabled password and no SMB access.
    pub struct Admin as "an admin" {
        /// The full name.
        pub full_name: FullName,
        /// The login shell.
        pub shell: Shell,
        /// That the account can log in over SSH: it has a login shell (left out and unusable:
        /// /usr/bin/bash) and a usable home, and is not locked.
        pub ssh_access: SshAccess,
        /// Whether the account may log in over SSH with its password. trueup sets no passwords.
        pub password_login: bool,
        /// Whether the account is locked.
        pub locked: bool,
        /// The groups that it belongs to, besides its own.
        pub groups: Groups,
        /// The home directory.
        pub home: Home,
        /// What it may run with sudo.
        pub sudo: Sudo,
        /// The public keys that log in to it.
        pub authorized_keys: AuthorizedKeys,
    }
}

mapping! {
    /// Groups that an account belongs to, besides its own.
    pub struct Groups as "groups" or "names" {
        /// The groups' names.
        pub names: Vec<Located<GroupName>>,
        /// Whether it belongs to no others: these are taken away.
        pub exclusive: bool,
    }
}

mapping! {
    /// An account's home directory. It is created if it is missing, and never moved.
    pub struct Home as "home" or "path" {
        /// The directory, `/mnt/POOL/…`.
        pub path: HomePath,
        /// Its mode, exactly; left out: whatever sshd accepts, else 700.
        pub mode: Mode,
    }
}

mapping! {
    /// What an account may run with sudo. Added to what it may run already.
    pub struct Sudo as "sudo" or "no_password" {
        /// Without being asked for a password.
        pub no_password: Commands,
        /// After giving its password.
        pub password: Commands,
        /// Whether it may run nothing else: other commands are taken away.
        pub exclusive: bool,
    }
}

mapping! {
    /// The public keys that log in to an account. Added to those that do already.
    pub struct AuthorizedKeys as "authorized_keys" or "keys" {
        /// The keys, each as the line of a `.pub` file.
        pub keys: Vec<Located<PublicKey>>,
        /// Whether no other key logs in: other lines are taken away.
        pub exclusive: bool,
    }
}
