//! The occasion of a mail: which one its sentences name, most of all its wishes and its subject.

use super::{Label, Occasion, Role};
use crate::feature::role::RoleShares;
use crate::feature::{Document, Place};
use crate::mail::Mail;
use crate::text::calendar;
use crate::text::cue::{self, Family};

/// The cue families that name an occasion.
const FAMILIES: [(&str, Occasion); 6] = [
    ("occasion-christmas", Occasion::Christmas),
    ("occasion-newyear", Occasion::NewYear),
    ("occasion-birthday", Occasion::Birthday),
    ("occasion-easter", Occasion::Easter),
    ("occasion-thanksgiving", Occasion::Thanksgiving),
    ("occasion-other", Occasion::OtherHoliday),
];

/// A name in the subject counts as much as two sentences.
const SUBJECT: f64 = 2.0;
/// A wish counts this much more than a mention.
const WISH: f64 = 4.0;
/// Below this share of the mail's sentences a mention is passing, and the occasion none.
const PASSING: f64 = 0.12;
/// A sentence is a wish if it is one more likely than not.
const LIKELY: f64 = 0.5;
/// The season of the date counts as little as this.
const SEASON: f64 = 0.2;

/// The occasion of a mail of this label. In a mail that is no greeting it is `none` where nothing is
/// wished for and an occasion is named only in passing.
pub(super) fn occasion(
    mail: &Mail,
    document: &Document,
    roles: &[RoleShares],
    label: Label,
) -> Occasion {
    let mut scores = [0.0_f64; Occasion::ALL.len()];
    let families: Vec<(Family, Occasion)> = FAMILIES
        .iter()
        .filter_map(|(name, occasion)| Some((cue::family(name)?, *occasion)))
        .collect();
    let (mut sentences, mut wished) = (0.0_f64, false);
    for (sentence, shares) in document.sentences.iter().zip(roles) {
        let of = |role: Role| shares.get(role.index()).copied().unwrap_or(0.0);
        let wish = of(Role::Wish) + of(Role::IndividualWish);
        let place = if sentence.place == Place::Subject { SUBJECT } else { 1.0 };
        sentences += 1.0;
        for (family, occasion) in &families {
            if sentence.cues.contains(*family)
                && let Some(score) = scores.get_mut(occasion.index())
            {
                *score += place * (1.0 + (WISH - 1.0) * wish);
                wished |= wish > LIKELY || sentence.place == Place::Subject;
            }
        }
    }
    let strongest = scores.iter().copied().fold(0.0, f64::max);
    let season = mail.date.map_or(Occasion::None, calendar::season);
    if strongest == 0.0 && label != Label::Other {
        // A wish that names no day: a birthday, unless the calendar knows better.
        return if season == Occasion::None { Occasion::Birthday } else { season };
    }
    if strongest == 0.0 || label == Label::Other && !wished && strongest / sentences < PASSING {
        return Occasion::None;
    }
    if season != Occasion::None {
        for (occasion, score) in Occasion::ALL.into_iter().zip(&mut scores) {
            if *score > 0.0 && occasion == season {
                *score += SEASON;
            }
        }
    }
    name(&scores, season)
}

/// Chooses by the scores, with the guide's rulings for what is said of two days at once.
fn name(scores: &[f64; Occasion::ALL.len()], season: Occasion) -> Occasion {
    let of = |occasion: Occasion| scores.get(occasion.index()).copied().unwrap_or(0.0);
    let mut best = Occasion::Christmas;
    for occasion in Occasion::ALL {
        if of(occasion) > of(best) {
            best = occasion;
        }
    }
    let both = of(Occasion::Christmas) > 0.0 && of(Occasion::NewYear) > 0.0;
    match best {
        // "Frohe Weihnachten und ein gutes neues Jahr" is a Christmas wish, however often the
        // coming year is named.
        Occasion::NewYear if both && of(Occasion::Christmas) * 4.0 >= of(best) => {
            Occasion::Christmas
        }
        // Undated holidays in December are Christmas.
        Occasion::OtherHoliday if of(Occasion::Christmas) > 0.0 => Occasion::Christmas,
        Occasion::OtherHoliday if season == Occasion::Christmas => Occasion::Christmas,
        _ => best,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::LocalDate;

    #[track_caller]
    fn check(text: &str, month: u8, label: Label, expected: Occasion) {
        let date = Some(LocalDate { year: 2025, month, day: 14, hour: 9 });
        let mail = Mail { text: text.into(), date, ..Mail::default() };
        let document = Document::read(&mail, &[]);
        let mut wish = [0.0; Role::ALL.len()];
        wish[Role::Wish.index()] = 1.0;
        let roles = vec![wish; document.sentences.len()];
        assert_eq!(occasion(&mail, &document, &roles, label), expected, "{text}");
    }

    #[test]
    fn the_text_decides() {
        check("Frohe Weihnachten!", 5, Label::Personal, Occasion::Christmas);
        check("Alles Gute zum Geburtstag!", 12, Label::Personal, Occasion::Birthday);
        check("Frohes Fest und ein gutes neues Jahr", 12, Label::Boilerplate, Occasion::Christmas);
        check("Ein gesundes neues Jahr!", 1, Label::Boilerplate, Occasion::NewYear);
        check("Frohe Ostern", 12, Label::Boilerplate, Occasion::Easter);
        check("Schöne Feiertage", 12, Label::Boilerplate, Occasion::Christmas);
        check("Happy holidays", 12, Label::Boilerplate, Occasion::Christmas);
        check("Die Rechnung ist fertig.", 12, Label::Other, Occasion::None);
    }
}
