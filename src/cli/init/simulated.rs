//! `trueup init --sim`: a simulated pair and a manifest for it, to try trueup without a TrueNAS.

use std::path::Path;

use crate::cli::{Exit, Failure, file, output, shell};

use super::Init;

/// Where the systems are described, beside the manifest.
const FLEET: &str = "fleet.yaml";

const FLEET_HEAD: &str = "\
# A simulated pair: fresh systems with a pool each.
";

const MANIFEST_HEAD: &str = "\
# The recommended way: boston replicates to chicago over SSH, and the key logs in only where it is
# needed. Addresses, accounts, keys and certificates come from the environment: from sim.env, which
# `trueup sim fleet.yaml --env sim.env` writes, with `set -a; . ./sim.env; set +a`.
";

impl Init {
    /// Writes both files and says what to type.
    pub(super) fn simulated(&self) -> Result<Exit, Failure> {
        if self.out == Path::new("-") {
            return Err(Failure::new(Exit::Usage, "`--sim` writes two files, not to stdout")
                .remedy("Name the manifest with `--out FILE`, or leave `--out` out."));
        }
        let fleet = self.out.with_file_name(FLEET);
        let env = self.out.with_file_name("sim.env");
        self.refuse_to_overwrite(&fleet).map_err(|failure| {
            failure.remedy(
                "The simulated systems are written there, beside the manifest. `--out \
                 FOLDER/FILE` writes both into another folder, and `--force` replaces both.",
            )
        })?;
        let fleet_text = headed(FLEET_HEAD, include_str!("../../../examples/fleet.yaml"));
        let text = headed(MANIFEST_HEAD, include_str!("../../../examples/quickstart.yaml"));
        super::valid(&self.out, &text)?;
        file::replace_all(&[(fleet.clone(), fleet_text), (self.out.clone(), text)])?;
        let (trueup, shell_env) = (shell::this_program(), shell::sourced(&env));
        let (manifest, fleet, env) =
            (shell::path(&self.out), shell::path(&fleet), shell::path(&env));
        let with = if self.out == Path::new("trueup.yaml") {
            String::new()
        } else {
            format!(" -f {manifest}")
        };
        output::result(format_args!(
            "Wrote {fleet} and {manifest}. Start the simulated systems, and leave them running:\n\n  \
             {trueup} sim {fleet} --env {env}\n\n\
             In another terminal, load their addresses and keys, and see what trueup would do:\n\n  \
             set -a; . {shell_env}; set +a\n  \
             {trueup} plan{with}\n"
        ));
        Ok(Exit::Success)
    }
}

/// An example with another head: its own speaks of where it lies.
fn headed(head: &str, example: &str) -> String {
    let body = example.lines().skip_while(|line| line.starts_with('#'));
    let body: String = body.flat_map(|line| [line, "\n"]).collect();
    format!("{head}{body}")
}
