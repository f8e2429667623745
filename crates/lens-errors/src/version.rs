//! Which of two versions is newer, by their names.

use std::cmp::Ordering;

/// Numbers of a version: major, minor, patch and what some vendors put behind.
const NUMBERS_MAX: usize = 4;
/// `git` never shortens a hash to less.
const HASH_DIGITS_MIN: usize = 4;

/// A version that can be compared: `1.4.0`, `v2`, `1.5.0-rc.1+build.7`, `v1.4.0-12-g3f2a9c1`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version<'a> {
    numbers: [u64; NUMBERS_MAX],
    /// Empty for a release.
    pre_release: Vec<&'a str>,
    /// Commits since then, as `git describe` counts them.
    commits: u64,
}

impl<'a> Version<'a> {
    /// Reads Semantic Versioning 2.0.0, and what differs from it only in a leading `v`, in how many
    /// numbers there are, or in what `git describe` puts behind it. Anything else, such as a commit,
    /// is `None`.
    fn parse(text: &'a str) -> Option<Self> {
        let (text, commits) = split_commits(text.trim());
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let without_build = text.split_once('+').map_or(text, |(version, _)| version);
        let (core, pre_release) = match without_build.split_once('-') {
            Some((core, pre_release)) => (core, pre_release.split('.').collect()),
            None => (without_build, Vec::new()),
        };
        let mut numbers = [0; NUMBERS_MAX];
        let mut parts = core.split('.');
        for number in &mut numbers {
            let Some(part) = parts.next() else { break };
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *number = part.parse().ok()?;
        }
        let is_whole = parts.next().is_none() && pre_release.iter().all(|part| !part.is_empty());
        is_whole.then_some(Self { numbers, pre_release, commits })
    }

    fn order(&self, other: &Self) -> Ordering {
        let release = |version: &Self| version.pre_release.is_empty();
        let pre_release = || match (release(self), release(other)) {
            // A release follows its pre-releases.
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => pre_release_order(&self.pre_release, &other.pre_release),
        };
        let numbers = self.numbers.cmp(&other.numbers);
        numbers.then_with(pre_release).then_with(|| self.commits.cmp(&other.commits))
    }
}

/// Takes off what `git describe` puts behind the last tag: `-12-g3f2a9c1` is twelve commits later,
/// where Semantic Versioning would take it for a pre-release of the tag.
fn split_commits(text: &str) -> (&str, u64) {
    let is_hash = |hash: &str| {
        hash.strip_prefix('g').is_some_and(|hash| {
            hash.len() >= HASH_DIGITS_MIN && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let clean = text.strip_suffix("-dirty").unwrap_or(text);
    let parts = clean.rsplit_once('-').filter(|(_, hash)| is_hash(hash));
    let parts = parts.and_then(|(rest, _)| rest.rsplit_once('-'));
    parts.and_then(|(tag, count)| Some((tag, number(count)?))).unwrap_or((text, 0))
}

/// Numbers before words, numbers by value, and more parts after fewer.
fn pre_release_order(one: &[&str], other: &[&str]) -> Ordering {
    for (one, other) in one.iter().zip(other) {
        let order = match (number(one), number(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => one.cmp(other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

fn number(part: &str) -> Option<u64> {
    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

/// How two versions follow one another; `None` when their names do not tell.
pub fn compare(one: &str, other: &str) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    Some(Version::parse(one)?.order(&Version::parse(other)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_one_another_as_their_standard_says() {
        // From semver.org, and what is usual beside it.
        let ascending = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0-rc.1-3-g3f2a9c1",
            "v1.0.0",
            "v1.0.0-2-g0a1b2c3",
            "v1.0.0-12-gdeadbee-dirty",
            "1.0.1-alpha",
            "1.2",
            "1.2.0.1",
            "1.10.0",
            "2",
            "20261121.1",
        ];
        for (place, one) in ascending.iter().enumerate() {
            for (other_place, other) in ascending.iter().enumerate() {
                assert_eq!(compare(one, other), Some(place.cmp(&other_place)), "{one} {other}");
            }
        }
        assert_eq!(compare("1.0.0+5", "v1.0.0+7"), Some(Ordering::Equal));
    }

    #[test]
    fn names_that_are_no_versions_tell_nothing() {
        for name in ["3f2a9c1", "main", "", "1.", "1.2.3.4.5", "1.2.3-", "release-2", "1,2"] {
            assert_eq!(compare(name, "1.0.0"), None, "{name}");
        }
        assert_eq!(compare("3f2a9c1", "3f2a9c1"), Some(Ordering::Equal));
        assert_eq!(compare("99999999999999999999", "1"), None);
    }
}
