//! Whether a new model is worse than the one that is in use.

use super::evaluation::Evaluation;
use crate::classify::statistics::CardFigures;

/// Two runs on about the same mails differ by less than this without a reason: by chance a model is
/// not called worse.
pub const TOLERANCE: f64 = 0.005;

/// The figures by which models are compared: over the mails whose label is certain, over all where
/// none is. A rate over nothing is 0.
pub fn figures(evaluation: &Evaluation) -> CardFigures {
    let certain = &evaluation.certain;
    let figures = if certain.messages() > 0 { certain } else { &evaluation.all };
    CardFigures {
        macro_f1: figures.macro_f1().unwrap_or(0.0),
        burial_rate: figures.burial_rate().unwrap_or(0.0),
    }
}

/// Whether the new figures are worse than the old ones by more than [`TOLERANCE`], in either of
/// them. Figures that are no numbers are worse than any.
pub fn is_worse(new: CardFigures, old: CardFigures) -> bool {
    let fine =
        new.macro_f1 >= old.macro_f1 - TOLERANCE && new.burial_rate <= old.burial_rate + TOLERANCE;
    !fine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::evaluation::tests::outcomes;

    #[track_caller]
    fn check(new: [f64; 2], expected: bool) {
        let figures = |[macro_f1, burial_rate]: [f64; 2]| CardFigures { macro_f1, burial_rate };
        assert_eq!(is_worse(figures(new), figures([0.9, 0.01])), expected, "{new:?}");
    }

    #[test]
    fn worse_is_more_than_chance_in_either_figure() {
        check([0.9, 0.01], false);
        check([0.896, 0.014], false);
        check([0.894, 0.0], true);
        check([0.99, 0.016], true);
        check([f64::NAN, 0.0], true);
    }

    #[test]
    fn certain_mails_count() {
        let found = figures(&Evaluation::of(&outcomes()));
        assert_eq!(format!("{:.3} {:.3}", found.macro_f1, found.burial_rate), "0.711 0.500");
        let mut uncertain = outcomes();
        uncertain.iter_mut().for_each(|it| it.certain = false);
        let found = figures(&Evaluation::of(&uncertain));
        assert_eq!(format!("{:.3} {:.3}", found.macro_f1, found.burial_rate), "0.600 0.500");
        let none = figures(&Evaluation::default());
        assert_eq!((none.macro_f1, none.burial_rate), (0.0, 0.0));
    }
}
