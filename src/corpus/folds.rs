//! Splits samples for cross-validation: groups stay whole, and each fold has about the same share
//! of every label in every language and of every origin.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Origin, Sample};
use crate::classify::Label;

/// What each fold has the same share of.
type Stratum<'a> = (Label, Option<&'a str>, Origin);

/// A group that is to be put into a fold: its samples, and their number by stratum.
#[derive(Debug, Default)]
struct Group {
    samples: Vec<usize>,
    strata: BTreeMap<usize, usize>,
}

/// The fold of each sample, in `0..k` (`k` of 0 counts as 1). What `group_of` gives the same name
/// stays together.
///
/// Greedy: the largest group first, each into the fold where it adds least to
/// `sum over strata of (n_fs / n_s)^2 + (n_f / n)^2`, with `n_fs` samples of stratum `s` in fold
/// `f`. Groups of one size come in an order that `seed` decides; the same samples and seed give the
/// same folds in whatever order the samples stand. With fewer groups than folds some stay empty.
pub fn folds<S: Borrow<Sample>>(
    samples: &[S],
    group_of: impl Fn(&Sample) -> &str,
    k: usize,
    seed: u64,
) -> Vec<usize> {
    let samples: Vec<&Sample> = samples.iter().map(Borrow::borrow).collect();
    let mut totals: BTreeMap<Stratum<'_>, usize> = BTreeMap::new();
    for sample in &samples {
        *totals.entry(stratum(sample)).or_default() += 1;
    }
    let numbers: BTreeMap<Stratum<'_>, usize> = totals.keys().copied().zip(0..).collect();
    let totals: Vec<usize> = totals.into_values().collect();

    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate() {
        let group = groups.entry(group_of(sample)).or_default();
        group.samples.push(at);
        if let Some(number) = numbers.get(&stratum(sample)) {
            *group.strata.entry(*number).or_default() += 1;
        }
    }
    let mut order: Vec<(&str, Group)> = groups.into_iter().collect();
    order.sort_by_key(|(name, group)| {
        (std::cmp::Reverse(group.samples.len()), xxh3_64_with_seed(name.as_bytes(), seed))
    });

    let mut filled = vec![Fold { size: 0, strata: vec![0; totals.len()] }; k.max(1)];
    let mut folds = vec![0; samples.len()];
    for (_, group) in order {
        let cost = |fold: &Fold| fold.cost(&group, &totals, samples.len());
        let best = filled
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| cost(a).total_cmp(&cost(b)).then(a.size.cmp(&b.size)))
            .map_or(0, |(at, _)| at);
        if let Some(fold) = filled.get_mut(best) {
            fold.add(&group);
        }
        for at in group.samples {
            if let Some(it) = folds.get_mut(at) {
                *it = best;
            }
        }
    }
    folds
}

fn stratum(sample: &Sample) -> Stratum<'_> {
    (sample.label, sample.lang.as_deref(), sample.origin)
}

#[derive(Debug, Clone)]
struct Fold {
    size: usize,
    strata: Vec<usize>,
}

impl Fold {
    /// What the group would add.
    fn cost(&self, group: &Group, totals: &[usize], all: usize) -> f64 {
        let added = |had: usize, more: usize, total: usize| {
            let share = |n: usize| n as f64 / total.max(1) as f64;
            share(had + more).powi(2) - share(had).powi(2)
        };
        let at = |values: &[usize], stratum: usize| values.get(stratum).copied().unwrap_or(0);
        let strata: f64 = group
            .strata
            .iter()
            .map(|(stratum, more)| added(at(&self.strata, *stratum), *more, at(totals, *stratum)))
            .sum();
        strata + added(self.size, group.samples.len(), all)
    }

    fn add(&mut self, group: &Group) {
        self.size += group.samples.len();
        for (stratum, more) in &group.strata {
            if let Some(count) = self.strata.get_mut(*stratum) {
                *count += more;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::test_sample;

    /// 400 samples: label by turns, every eighth in English, groups of 1 to 5.
    fn samples() -> Vec<Sample> {
        let mut group = 0;
        (0..400)
            .map(|n: usize| {
                let mut sample = test_sample(&n.to_string(), Label::ALL[n % 4]);
                group += usize::from(n.is_multiple_of(1 + group % 5));
                sample.group = format!("g{group}");
                sample.lang = Some(if n % 8 < 7 { "de" } else { "en" }.to_owned());
                sample
            })
            .collect()
    }

    #[test]
    fn groups_stay_whole_and_strata_are_spread() {
        let samples = samples();
        let folds = folds(&samples, |it| &it.group, 5, 7);
        let mut of_group = BTreeMap::new();
        for (sample, fold) in samples.iter().zip(&folds) {
            assert_eq!(of_group.entry(&sample.group).or_insert(fold), &fold);
        }
        for label in Label::ALL {
            for lang in ["de", "en"] {
                let sizes = [0, 1, 2, 3, 4].map(|fold| {
                    let in_it = samples.iter().zip(&folds).filter(|(sample, it)| {
                        **it == fold
                            && sample.label == label
                            && sample.lang.as_deref() == Some(lang)
                    });
                    in_it.count()
                });
                let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
                assert!(most - least <= 2, "{label} {lang}: {sizes:?}");
            }
        }
    }

    #[test]
    fn order_and_seed() {
        let samples = samples();
        let first = folds(&samples, |it| &it.group, 4, 1);
        assert_eq!(first, folds(&samples, |it| &it.group, 4, 1));
        assert_ne!(first, folds(&samples, |it| &it.group, 4, 2));
        let reversed: Vec<&Sample> = samples.iter().rev().collect();
        let mut again = folds(&reversed, |it| &it.group, 4, 1);
        again.reverse();
        assert_eq!(first, again);
    }

    #[test]
    fn few_samples() {
        assert!(folds::<Sample>(&[], |it| &it.group, 5, 0).is_empty());
        let one = [test_sample("a", Label::Pitch), test_sample("b", Label::Pitch)];
        assert_eq!(folds(&one, |it| &it.group, 0, 0), [0, 0]);
        let mut two = folds(&one, |it| &it.group, 5, 0);
        two.sort_unstable();
        assert_eq!(two, [0, 1]);
    }
}
