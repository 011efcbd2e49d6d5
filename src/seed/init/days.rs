//! The days for which a first file is judged, none of which is today: what it comes to must not depend on the day on which
//! it is written, and must be loadable on every other.

use crate::seed::value::date;

/// Present days that stand for all others. The rows of a file depend, but for whole weeks, on three things: the day of the
/// week, and whether the twelve months before and those after have a 29 February. Each combination is here once, Monday
/// first; never do both have one. Ends of months and years and changes of clocks are among them, and they lie far
/// enough apart that a check which names a day does not hold for all of them by chance.
const DAYS: [[&str; 7]; 3] = [
    // A 29 February before.
    [
        "2044-02-29",
        "2024-12-31",
        "2025-01-01",
        "2024-02-29",
        "2025-02-28",
        "2024-08-31",
        "2024-03-31",
    ],
    // One after.
    [
        "2027-05-31",
        "2036-01-01",
        "2024-02-28",
        "2043-12-31",
        "2027-12-31",
        "2039-12-31",
        "2027-10-31",
    ],
    // None.
    [
        "2026-11-30",
        "2030-12-31",
        "2042-01-01",
        "2026-01-01",
        "2038-12-31",
        "2026-10-31",
        "2034-12-31",
    ],
];

/// The days, as a seed file writes them.
pub fn days() -> impl Iterator<Item = &'static str> {
    DAYS.into_iter().flatten()
}

/// The first day of a week, a month, a quarter and a year.
pub(super) const FIRST: i32 = date::from_civil(2024, 1, 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_day_is_one_of_them_but_for_whole_weeks() {
        let kind = |day: i32| {
            let (before, after) = (date::add_months(day, -12), date::add_months(day, 12));
            (day - before, after - day, date::weekday(day))
        };
        let known: Vec<(i32, i32, u32)> =
            days().map(|day| kind(date::parse(day).unwrap())).collect();
        let mut different = known.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), known.len());
        for day in date::from_civil(2020, 1, 1)..date::from_civil(2060, 1, 1) {
            assert!(known.contains(&kind(day)), "{day} days after 2000-01-01");
        }
        assert_eq!(date::weekday(FIRST), 0);
    }
}
