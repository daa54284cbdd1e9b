//! Decisions of the simulated sudo.

use trueup_sim::Fleet;
use trueup_sim::shell::sudo::{self, Decision};
use trueup_sim::system::System;

use super::{ACCOUNT, Commands, Group, SudoCase, SudoDecision};

/// A simulated system with the account and groups of the real machine.
pub struct SimulatedSudo {
    system: System,
}

impl SimulatedSudo {
    pub fn new() -> Self {
        let [empty, shared, solo, own] = Group::ALL.map(Group::name);
        let text = format!(
            "systems:
  box:
    release: '25.10.6'
    groups: {{ {empty}: {{}}, {shared}: {{}}, {solo}: {{}} }}
    users: {{ {own}: {{ uid: 3101, groups: [{shared}, {solo}] }} }}
"
        );
        let fleet = Fleet::parse(&text).expect("a fleet");
        let system = System::new(&fleet.systems["box"]).expect("a system");
        let id = |group: Group| system.accounts.group(&group.name()).expect("a group").id;
        assert!(Group::ALL.map(id).is_sorted(), "TrueNAS writes groups by their numbers");
        Self { system }
    }

    /// What sudo does with the command.
    pub fn decide(&self, case: &SudoCase) -> SudoDecision {
        let mut system = self.system.clone();
        let account = system.accounts.user_mut(ACCOUNT).expect("the account");
        let Commands { with_password, without_password } = case.own.clone();
        (account.sudo_commands, account.sudo_commands_nopasswd) = (with_password, without_password);
        for (group, commands) in &case.groups {
            let name = group.name();
            let mut groups = system.accounts.groups.values_mut();
            let group = groups.find(|group| group.name == name).expect("the group");
            group.sudo_commands.clone_from(&commands.with_password);
            group.sudo_commands_nopasswd.clone_from(&commands.without_password);
        }
        let (name, arguments) = case.argv.split_first().expect("a command");
        match sudo::decide(&system, ACCOUNT, name, arguments) {
            Decision::Runs => SudoDecision::Runs,
            Decision::PasswordRequired => SudoDecision::PasswordRequired,
            Decision::NotFound => SudoDecision::NotFound,
        }
    }
}
