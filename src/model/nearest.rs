//! The name that somebody probably meant.

/// How many names a sentence lists.
const MOST_LISTED: usize = 20;

/// The nearest of the known names, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let name = plain(name);
    let length = name.chars().count();
    known
        .into_iter()
        .filter_map(|known| {
            let other = known.chars().count();
            let furthest = (length.min(other) / 3).max(1);
            // The distance is at least the difference in length, and costs their product.
            if length.abs_diff(other) > furthest {
                return None;
            }
            let distance = strsim::osa_distance(&name, &plain(known));
            (distance <= furthest).then_some((distance, known))
        })
        .min()
        .map(|(_, known)| known)
}

/// The nearest of the known paths: as deep, and each part near enough to be meant.
pub fn nearest_path<'a>(path: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |known: &&str| {
        let (parts, others) = (path.split('/'), known.split('/'));
        parts.clone().count() == others.clone().count()
            && parts.zip(others).all(|(part, other)| nearest(part, [other]).is_some())
    };
    known.into_iter().filter(near).min_by_key(|known| (strsim::osa_distance(path, known), *known))
}

/// Names as a sentence has them: `` `a`, `b` and `c` ``; of very many, the first and a count.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str, IntoIter: ExactSizeIterator>) -> String {
    let mut names = names.into_iter();
    let mut listed: Vec<String> =
        names.by_ref().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    let more = names.len();
    if more > 0 {
        listed.push(format!("{more} more"));
    }
    match listed.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => listed.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let known = ["running", "start_automatically", "port"];
        assert_eq!(nearest("runing", known), Some("running"));
        assert_eq!(nearest("start-automaticaly", known), Some("start_automatically"));
        assert_eq!(nearest("prot", known), Some("port"));
        assert_eq!(nearest("datasets", known), None);
    }

    #[test]
    fn a_path_is_near_if_every_part_of_it_is() {
        let known = ["backup/home", "backup/boston", "backup/boston/vm", "pool/boston"];
        assert_eq!(nearest_path("backup/bostn", known), Some("backup/boston"));
        assert_eq!(nearest_path("bakup/bostn", known), Some("backup/boston"));
        assert_eq!(nearest_path("backup/vms", known), None);
        assert_eq!(nearest_path("backup", known), None);
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(listed([]), "");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        let many = listed(["a"; 4_000]);
        assert!(many.ends_with("`a`, `a` and 3980 more"), "{many}");
    }
}
