//! `zfs list`, `zfs get` and `zfs create`, as OpenZFS' command line has them.

mod arguments;

use super::super::clock::now_ms;
use super::super::system::System;
use super::super::system::datasets::{self, Dataset, Kind};
use super::super::system::property::{self, Source};
use super::{Output, Stream};
use arguments::Arguments;

/// Properties that are bytes: written for people unless `-p` is given.
const BYTES: &str = "available logicalused quota recordsize referenced refquota refreservation \
    reservation used usedbychildren usedbydataset usedbyrefreservation usedbysnapshots \
    volblocksize volsize written";
/// Of these, 0 is written as `none`.
const LIMITS: &str = "quota refquota refreservation reservation";

/// Properties that no dataset of a simulated system has a value for, and the API does not show.
const UNSET: &str = "receive_resume_token";

fn is_known(property: &str) -> bool {
    property == "name"
        || property.contains(':')
        || property == UNSET
        || property::named(property).is_some()
}

pub fn run(system: &mut System, uid: u32, arguments: &[String]) -> Output {
    let Some((verb, rest)) = arguments.split_first() else {
        return Output::error(2, "missing command\nusage: zfs command args ...\n");
    };
    let parsed = match verb.as_str() {
        "list" => Arguments::parse(rest, "Hpr", "dostS"),
        "get" => Arguments::parse(rest, "Hpr", "dots"),
        "create" => Arguments::parse(rest, "pu", "o"),
        _ => {
            let text = format!("unrecognized command '{verb}'\nusage: zfs command args ...\n");
            return Output::error(2, text);
        }
    };
    match (verb.as_str(), parsed) {
        (_, Err(text)) => Output::error(2, format!("{text}\nusage:\n\t{verb} ...\n")),
        ("list", Ok(arguments)) => list(system, &arguments),
        ("get", Ok(arguments)) => get(system, arguments),
        (_, Ok(arguments)) => create(system, uid, &arguments),
    }
}

/// ZFS's own name of a property.
fn full_name(property: &str) -> &str {
    match property {
        "avail" => "available",
        "refer" => "referenced",
        "compress" => "compression",
        "recsize" => "recordsize",
        other => other,
    }
}

/// A property's value as it is written, and where it comes from; `None` if there is no such one.
fn value(system: &System, dataset: &str, name: &str, exact: bool) -> Option<(String, String)> {
    if name == "name" {
        return Some((dataset.to_owned(), "-".to_owned()));
    }
    if name.contains(':') {
        let own = system.datasets.get(dataset)?.user.contains_key(name);
        let value = system.datasets.user_properties(dataset).remove(name);
        let source = match &value {
            Some(_) if own => "local",
            Some(_) => "inherited",
            None => "-",
        };
        return Some((value.unwrap_or_else(|| "-".to_owned()), source.to_owned()));
    }
    if name == UNSET {
        return Some(("-".to_owned(), "-".to_owned()));
    }
    let known = property::named(name)?;
    let dataset_kind = system.datasets.get(dataset)?.kind;
    let other_kind = match known.of {
        property::Of::Both => false,
        property::Of::Filesystem => dataset_kind == Kind::Volume,
        property::Of::Volume => dataset_kind == Kind::Filesystem,
    };
    if other_kind {
        return Some(("-".to_owned(), "-".to_owned()));
    }
    let (raw, source) = system.datasets.effective(dataset, name)?;
    let source = match source {
        Source::None => "-".to_owned(),
        Source::Default => "default".to_owned(),
        Source::Local => "local".to_owned(),
        Source::Received => "received".to_owned(),
        Source::Inherited(from) => format!("inherited from {from}"),
    };
    let text = match raw.parse::<u64>() {
        Ok(0) if !exact && is_among(name, LIMITS) => "none".to_owned(),
        Ok(bytes) if !exact && is_among(name, BYTES) => for_people(bytes),
        _ if name == "compressratio" && !exact => format!("{raw}x"),
        _ => raw,
    };
    Some((text, source))
}

/// `96K`, `1.50G` (`zfs_nicenum`).
fn for_people(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "K", "M", "G", "T", "P", "E"];
    let mut unit = 0;
    while unit + 1 < UNITS.len() && bytes >> (10 * (unit + 1)) > 0 {
        unit += 1;
    }
    let whole = bytes >> (10 * unit);
    if unit == 0 || bytes.is_multiple_of(1 << (10 * unit)) {
        return format!("{whole}{}", UNITS[unit]);
    }
    let exact = bytes as f64 / (1_u64 << (10 * unit)) as f64;
    let written = |places: usize| format!("{exact:.places$}{}", UNITS[unit]);
    [2, 1].map(written).into_iter().find(|text| text.len() <= 5).unwrap_or_else(|| written(0))
}

fn invalid(name: &str) -> Output {
    Output::error(2, format!("bad property list: invalid property '{name}'\nusage:\n\t...\n"))
}

fn list(system: &System, arguments: &Arguments) -> Output {
    let columns: Vec<&str> = arguments
        .value('o')
        .unwrap_or("name,used,avail,refer,mountpoint")
        .split(',')
        .map(full_name)
        .collect();
    for column in &columns {
        if !is_known(column) {
            return invalid(column);
        }
    }
    let (datasets, missing) = arguments.datasets(system);
    let exact = arguments.has('p');
    let cell = |dataset: &String, column: &&str| {
        value(system, dataset, column, exact).map_or_else(|| "-".to_owned(), |(text, _)| text)
    };
    let rows: Vec<Vec<String>> = datasets
        .iter()
        .map(|dataset| columns.iter().map(|column| cell(dataset, column)).collect())
        .collect();
    if rows.is_empty() && missing.is_empty() && !arguments.has('H') {
        return Output {
            written: vec![(Stream::Err, "no datasets available\n".into())],
            status: 0,
        };
    }
    let head: Vec<String> = columns.iter().map(|column| heading(column)).collect();
    let right: Vec<bool> = columns.iter().map(|column| is_among(column, BYTES)).collect();
    answer(table(rows, head, &right, arguments.has('H')), missing)
}

fn is_among(name: &str, names: &str) -> bool {
    names.split_whitespace().any(|it| it == name)
}

fn heading(column: &str) -> String {
    match column {
        "available" => "AVAIL".to_owned(),
        "referenced" => "REFER".to_owned(),
        other => other.to_uppercase(),
    }
}

fn get(system: &System, mut arguments: Arguments) -> Output {
    if arguments.names.is_empty() {
        return Output::error(2, "missing property=value argument\nusage:\n\tget ...\n");
    }
    let properties = arguments.names.remove(0);
    let known: Vec<&str> = property::PROPERTIES.iter().map(|property| property.name).collect();
    let properties: Vec<&str> = match properties.as_str() {
        "all" => known,
        named => named.split(',').map(full_name).collect(),
    };
    for name in &properties {
        if !is_known(name) {
            return invalid(name);
        }
    }
    let fields: Vec<&str> =
        arguments.value('o').unwrap_or("name,property,value,source").split(',').collect();
    let (datasets, missing) = arguments.datasets(system);
    let mut rows = Vec::new();
    for dataset in &datasets {
        for property in &properties {
            let Some((text, source)) = value(system, dataset, property, arguments.has('p')) else {
                continue;
            };
            let row = fields.iter().map(|field| match *field {
                "name" => dataset.clone(),
                "property" => (*property).to_owned(),
                "value" => text.clone(),
                "source" => source.clone(),
                _ => "-".to_owned(),
            });
            rows.push(row.collect());
        }
    }
    let head = fields.iter().map(|field| field.to_uppercase()).collect();
    answer(table(rows, head, &[], arguments.has('H')), missing)
}

fn answer(text: String, missing: String) -> Output {
    let status = u32::from(!missing.is_empty());
    let written = [(Stream::Err, missing), (Stream::Out, text)];
    Output { written: written.into_iter().filter(|(_, text)| !text.is_empty()).collect(), status }
}

/// Columns two blanks apart below a heading, or with tabs and without one; `right` says which ones
/// are flush right.
fn table(rows: Vec<Vec<String>>, head: Vec<String>, right: &[bool], scripted: bool) -> String {
    let line = |cells: String| format!("{}\n", cells.trim_end());
    if scripted {
        return rows.iter().map(|row| format!("{}\n", row.join("\t"))).collect();
    }
    let rows: Vec<Vec<String>> =
        if rows.is_empty() { rows } else { std::iter::once(head).chain(rows).collect() };
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let padded = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = width(column);
            match right.get(column) {
                Some(true) => format!("{cell:>width$}  "),
                _ => format!("{cell:<width$}  "),
            }
        });
        line(cells.collect())
    };
    rows.iter().map(padded).collect()
}

fn create(system: &mut System, uid: u32, arguments: &Arguments) -> Output {
    let [name] = arguments.names.as_slice() else {
        return Output::error(2, "missing filesystem argument\nusage:\n\tcreate ...\n");
    };
    let refuse = |why: &str| Output::error(1, format!("cannot create '{name}': {why}\n"));
    if !datasets::is_valid_name(name) {
        return refuse("invalid dataset name");
    }
    let pool = datasets::pool_of(name);
    if system.datasets.get(pool).is_none() {
        return refuse(&format!("no such pool '{pool}'"));
    }
    if system.datasets.get(name).is_some() {
        return if arguments.has('p') {
            Output::status(0)
        } else {
            refuse("dataset already exists")
        };
    }
    let mut missing: Vec<&str> =
        datasets::ancestors(name).take_while(|it| system.datasets.get(it).is_none()).collect();
    if !missing.is_empty() && !arguments.has('p') {
        return refuse("parent does not exist");
    }
    if uid != 0 {
        return refuse("permission denied");
    }
    missing.reverse();
    missing.push(name);
    let created = now_ms() / 1000;
    for made in missing {
        let mut dataset = Dataset::new(Kind::Filesystem, created);
        if made == name {
            for set in arguments.values('o') {
                let Some((property, value)) = set.split_once('=') else { continue };
                let kind =
                    if property.contains(':') { &mut dataset.user } else { &mut dataset.local };
                kind.insert(full_name(property).to_owned(), value.to_owned());
            }
        }
        system.datasets.insert(made, dataset);
        if let Some(at) = system.datasets.mounted_at(made) {
            system.files.ensure_directory(&at, 0o755);
        }
    }
    Output::status(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_zfs_writes_them() {
        for (bytes, text) in [
            (0, "0B"),
            (512, "512B"),
            (98_304, "96K"),
            (1 << 30, "1G"),
            (1_610_612_736, "1.50G"),
            (107_374_084_096, "100G"),
        ] {
            assert_eq!(for_people(bytes), text);
        }
    }
}
