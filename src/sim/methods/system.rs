//! `system.*`: what the system is.

use serde_json::{Value, json};

use super::super::clock::{date, now_ms};
use super::super::fault::Fault;
use super::super::method::{Access, Call, Method, Reply};
use super::super::release::Release;
use super::{accepted_by_schema, plain};

pub(super) const METHODS: &[Method] = &[
    open_to_all("system.version", version),
    open_to_all("system.version_short", version_short),
    plain("system.host_id", &["READONLY_ADMIN"], host_id),
    plain("system.global.id", &["READONLY_ADMIN"], global_id),
    plain("system.info", &["READONLY_ADMIN"], info),
    plain("system.security.config", &["SYSTEM_SECURITY_READ"], security),
];

/// What 25.04 asks other roles for: its state is only for full administrators.
pub(super) fn guarded(release: Release) -> &'static [Method] {
    const OF_25_04: &[Method] = &[
        plain("system.product_type", &["READONLY_ADMIN"], product_type),
        plain("system.ready", &[], ready),
        plain("system.state", &[], state),
    ];
    const SINCE_25_10: &[Method] = &[
        plain("system.product_type", &["SYSTEM_PRODUCT_READ"], product_type),
        plain("system.ready", &["SYSTEM_GENERAL_READ"], ready),
        plain("system.state", &["SYSTEM_GENERAL_READ"], state),
    ];
    if release < Release::V25_10 { OF_25_04 } else { SINCE_25_10 }
}

const fn open_to_all(name: &'static str, run: fn(&mut Call<'_>) -> Result<Reply, Fault>) -> Method {
    Method { name, access: Access::LoggedIn, job: None, audit: None, run }
}

fn answer(call: &Call<'_>, result: impl Into<Value>) -> Result<Reply, Fault> {
    let [] = accepted_by_schema(call, [])?;
    Ok(result.into().into())
}

fn version(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, format!("TrueNAS-{}", call.system.release()))
}

fn version_short(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, call.system.release())
}

fn product_type(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, "COMMUNITY_EDITION")
}

fn host_id(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, call.system.host_id.as_str())
}

fn global_id(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, call.system.global_id.as_str())
}

fn ready(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, true)
}

fn state(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer(call, "READY")
}

/// Source: `plugins/system/info.py`.
fn info(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let now = now_ms();
    let up_ms = (now - call.system.boot_ms).max(1);
    let seconds = up_ms / 1000;
    let uptime = format!(
        "{}:{:02}:{:02}.{:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        up_ms % 1000 * 1000
    );
    #[allow(clippy::cast_precision_loss)]
    let uptime_seconds = up_ms as f64 / 1000.0 + 0.000_5;
    let info = json!({
        "version": call.system.release(),
        "buildtime": date(1_760_000_000_000),
        "hostname": call.system.hostname,
        "physmem": 16_u64 << 30,
        "model": "Simulated CPU",
        "cores": 4,
        "physical_cores": 2,
        "loadavg": [0.25, 0.5, 0.125],
        "uptime": uptime,
        "uptime_seconds": uptime_seconds,
        "system_serial": null,
        "system_product": null,
        "system_product_version": null,
        "license": null,
        "boottime": date(call.system.boot_ms),
        "datetime": date(now),
        "timezone": "UTC",
        "system_manufacturer": null,
        "ecc_memory": false,
    });
    answer(call, info)
}

fn security(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let config = json!({
        "id": 1,
        "enable_fips": false,
        "enable_gpos_stig": false,
        "min_password_age": null,
        "max_password_age": null,
        "password_complexity_ruleset": {"$set": []},
        "min_password_length": null,
        "password_history_length": null,
    });
    answer(call, config)
}
