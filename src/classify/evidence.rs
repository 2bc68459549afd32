//! Why a mail was judged so. The explanation is the computation: the score of a label is linear in
//! what the experts say, so it falls apart into what each sentence, each sign of the layout and
//! each role adds. The parts and the combiner's bias add up to the scores.

use std::collections::BTreeMap;

use super::experts::{self, Experts, Opinion};
use super::role_reader::ROLES;
use super::statistics::{LABELS, Statistics};
use super::{Combiner, Evidence, Label, Role};
use crate::feature::{Document, Encoded};
use crate::text::cue;

type Scores = [f64; LABELS];

/// Below this many nat nothing is worth saying.
const WORTH_SAYING: f64 = 0.01;

/// The evidence of a mail, strongest first.
pub(super) fn evidence(
    experts: &Experts,
    statistics: &Statistics,
    combiner: &Combiner,
    document: &Document,
    encoded: &Encoded,
    opinion: &Opinion,
) -> Vec<Evidence> {
    let mut sentences = vec![[0.0; LABELS]; document.sentences.len()];
    words(experts, combiner, encoded, &mut sentences);
    roles(experts, combiner, opinion, &mut sentences);
    let mut all: Vec<Evidence> = document
        .sentences
        .iter()
        .zip(&opinion.roles)
        .zip(&sentences)
        .map(|((sentence, shares), scores)| {
            piece(meaning(likeliest(shares)).to_owned(), Some(sentence.text.clone()), scores)
        })
        .collect();
    let layout = experts.layout.scale(encoded.layout.iter().map(|it| (*it, 1.0)));
    let mut signs: BTreeMap<String, Scores> = BTreeMap::new();
    for term in &encoded.layout {
        let said = experts.layout.weight(*term).map(|it| it * layout);
        let sign = sign(statistics.layout_terms.term(*term));
        add(signs.entry(sign).or_insert([0.0; LABELS]), &combiner.part(experts::LAYOUT, &said));
    }
    let gate = opinion.inputs.get(experts::GATE..).unwrap_or(&[]);
    let names = ["an occasion is named", "a wish is made", "an occasion or a wish"];
    for (at, (name, input)) in names.into_iter().zip(gate).enumerate() {
        let part = combiner.part(experts::GATE + at, &[*input]);
        add(signs.entry(name.to_owned()).or_insert([0.0; LABELS]), &part);
    }
    all.extend(signs.into_iter().map(|(sign, scores)| piece(sign, None, &scores)));
    all.retain(|it| it.weight >= WORTH_SAYING);
    all.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    all
}

/// Shares what the words say among the sentences they stand in.
fn words(experts: &Experts, combiner: &Combiner, encoded: &Encoded, out: &mut [Scores]) {
    let scale = experts.words.scale(encoded.words.iter().map(|it| (*it, 1.0)));
    let mut places: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, terms) in encoded.sentences.iter().enumerate() {
        for term in terms.iter().filter(|it| encoded.words.binary_search(it).is_ok()) {
            places.entry(*term).or_default().push(at);
        }
    }
    for (term, sentences) in places {
        let share = scale / sentences.len() as f64;
        let said = experts.words.weight(term).map(|it| it * share);
        let part = combiner.part(experts::WORDS, &said);
        for at in sentences {
            if let Some(scores) = out.get_mut(at) {
                add(scores, &part);
            }
        }
    }
}

/// Shares what the roles say among the sentences that play them.
fn roles(experts: &Experts, combiner: &Combiner, opinion: &Opinion, out: &mut [Scores]) {
    let scale = experts.role_mix.scale(opinion.role_terms.iter().copied());
    let mut mix = [0.0; LABELS];
    for (term, weight) in &opinion.role_terms {
        add(&mut mix, &experts.role_mix.weight(*term).map(|it| it * weight * scale));
    }
    let mix = combiner.part(experts::ROLE_MIX, &mix);
    let sentences = opinion.roles.len().max(1) as f64;
    for scores in out.iter_mut() {
        add(scores, &mix.map(|it| it / sentences));
    }
    for role in 0..ROLES {
        let from = experts::ROLE_SHARES + experts::PER_ROLE * role;
        let inputs = opinion.inputs.get(from..from + experts::PER_ROLE).unwrap_or(&[]);
        let part = combiner.part(from, inputs);
        let all: f64 = opinion.roles.iter().filter_map(|it| it.get(role)).sum();
        if all <= 0.0 {
            continue;
        }
        for (scores, shares) in out.iter_mut().zip(&opinion.roles) {
            let share = shares.get(role).copied().unwrap_or(0.0) / all;
            add(scores, &part.map(|it| it * share));
        }
    }
}

fn add(sum: &mut Scores, part: &Scores) {
    sum.iter_mut().zip(part).for_each(|(sum, it)| *sum += it);
}

/// Evidence speaks for the label that it lifts most above the average of all.
fn piece(meaning: String, quote: Option<String>, scores: &Scores) -> Evidence {
    let mean = scores.iter().sum::<f64>() / LABELS as f64;
    let mut best = (Label::Personal, f64::NEG_INFINITY);
    for (label, score) in Label::ALL.into_iter().zip(scores) {
        if *score - mean > best.1 {
            best = (label, *score - mean);
        }
    }
    Evidence { meaning, quote, label: best.0, weight: best.1 }
}

fn likeliest(shares: &[f64; ROLES]) -> Role {
    let mut best = (Role::Salutation, f64::NEG_INFINITY);
    for (role, share) in Role::ALL.into_iter().zip(shares) {
        if *share > best.1 {
            best = (role, *share);
        }
    }
    best.0
}

/// A role in words for people.
pub fn meaning(role: Role) -> &'static str {
    match role {
        Role::Salutation => "greets or signs",
        Role::Wish => "a wish that would fit anybody",
        Role::IndividualWish => "a wish that fits only this reader",
        Role::Individual => "speaks of the reader or of what the two share",
        Role::News => "tells the sender's own news",
        Role::Thanks => "thanks that would fit anybody",
        Role::IndividualThanks => "thanks for something named",
        Role::Call => "proposes a call or a meeting",
        Role::Offer => "offers something for sale",
        Role::Ask => "asks for a favour, a job, a donation",
        Role::CallToAction => "calls to click, order or book",
        Role::Logistics => "organises dates, hours, deliveries",
        Role::Matter => "is about another matter",
        Role::Legal => "footer or automatic notice",
        Role::Reflection => "poem, proverb or reflection",
    }
}

/// A term of the layout in words for people.
fn sign(term: &str) -> String {
    let (kind, rest) = term.split_once(' ').unwrap_or((term, ""));
    let meaning =
        || cue::family(rest).map_or_else(|| rest.to_owned(), |it| it.meaning().to_owned());
    match kind {
        "%cue" => format!("the mail {}", meaning()),
        "%subject" => format!("the subject {}", meaning()),
        "%in-wish" => format!("the wish itself {}", meaning()),
        "%before-wish" if rest == "no" => "no wish".to_owned(),
        "%before-wish" => format!("before the wish it {}", meaning()),
        "%after-wish" => format!("after the wish it {}", meaning()),
        "%gate" => match rest {
            "both" => "occasion and wish".to_owned(),
            "none" => "neither occasion nor wish".to_owned(),
            other => format!("only the {other}"),
        },
        "%wish-at" => format!("the wish stands at the {rest}"),
        "%words" => "length of the mail".to_owned(),
        "%wish-share" => "share of the wish in the mail".to_owned(),
        "%last" => "length of the last sentence".to_owned(),
        "%addressees" => format!("{rest} addressees"),
        "%links" => format!("{rest} links"),
        "%images" => format!("{rest} images"),
        "%attached" => format!("an attached file ({rest})"),
        "%list" => "sent through a mailing list".to_owned(),
        "%unsubscribe" | "%bulk" => "bulk mail".to_owned(),
        "%named" => "addresses the reader by name".to_owned(),
        other => other.trim_start_matches('%').to_owned(),
    }
}
