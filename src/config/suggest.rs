//! "Did you mean": the nearest of the names that would have been right.

/// Similarity (Jaro-Winkler, 0 to 1) from which two names are taken for the same one, mistyped or
/// cut short. `hots` and `host` have 0.92, `username` and `user` 0.90, `path` and `port` 0.70.
const ALIKE: f64 = 0.80;

/// The likeness of names that differ by one slip (Damerau-Levenshtein), such as `tsl` and `tls`,
/// which Jaro-Winkler finds unlike because they are short.
const ONE_SLIP: f64 = 0.90;

/// Shorter names are one slip away from too many others.
const SHORTEST: usize = 3;

/// The candidate that `name` was most likely meant to be; upper case and hyphens don't count.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .map(|candidate| (likeness(&name, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

fn likeness(a: &str, b: &str) -> f64 {
    let one_slip = a.len() >= SHORTEST && strsim::damerau_levenshtein(a, b) <= 1;
    strsim::jaro_winkler(a, b).max(if one_slip { ONE_SLIP } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        let known = [
            "host",
            "port",
            "tls",
            "ca_file",
            "user",
            "password_file",
            "password_command",
            "idle",
            "min_personal",
            "min_bury",
            "personal",
            "poll_interval",
            "birthdays",
        ];
        assert_eq!(nearest(name, known), expected, "{name}");
    }

    #[test]
    fn slips_are_understood() {
        check("hots", Some("host"));
        check("Host", Some("host"));
        check("prot", Some("port"));
        check("tsl", Some("tls"));
        check("username", Some("user"));
        check("poll-intervall", Some("poll_interval"));
        check("min_personel", Some("min_personal"));
        check("personel", Some("personal"));
        check("birthday", Some("birthdays"));
        check("ca", Some("ca_file"));
        check("pasword_comand", Some("password_command"));
    }

    #[test]
    fn no_guess_is_better_than_a_wild_one() {
        check("path", None);
        check("colour", None);
        check("", None);
    }
}
