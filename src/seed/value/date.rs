//! Days and instants as Postgres counts them: days, or microseconds, since 2000-01-01; the proleptic Gregorian
//! calendar; everything in UTC, so that no clock change can make or lose an hour.

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60_000_000;

/// Days from 1970-01-01 to 2000-01-01.
pub const UNIX_DAYS: i32 = 10_957;

/// The day of a calendar date. Algorithm: Howard Hinnant, "chrono-compatible low-level date algorithms".
#[must_use]
pub const fn from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (month as i32 + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 - UNIX_DAYS
}

/// The calendar date of a day: year, month, day.
#[must_use]
pub const fn to_civil(days: i32) -> (i32, u32, u32) {
    let days = days + 719_468 + UNIX_DAYS;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// 0 for Monday to 6 for Sunday.
#[must_use]
pub const fn weekday(days: i32) -> u32 {
    // 2000-01-01 was a Saturday.
    (days + 5).rem_euclid(7) as u32
}

/// The Monday of a day's week.
#[must_use]
pub const fn monday(days: i32) -> i32 {
    days - weekday(days) as i32
}

/// Moves by whole months; a day that the month does not have becomes its last.
#[must_use]
pub const fn add_months(days: i32, months: i32) -> i32 {
    let (year, month, day) = to_civil(days);
    let count = year * 12 + month as i32 - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u32 + 1);
    let last = days_of_month(year, month);
    from_civil(year, month, if day > last { last } else { day })
}

const fn days_of_month(year: i32, month: u32) -> u32 {
    let next = if month == 12 {
        from_civil(year + 1, 1, 1)
    } else {
        from_civil(year, month + 1, 1)
    };
    (next - from_civil(year, month, 1)) as u32
}

/// Reads `2026-03-31`.
#[must_use]
pub fn parse(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next()?.parse::<u32>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let year = i32::try_from(year)
        .ok()
        .filter(|year| (1..=9999).contains(year))?;
    let is_date = (1..=12).contains(&month) && day >= 1 && day <= days_of_month(year, month);
    is_date.then(|| from_civil(year, month, day))
}

/// Reads an hour of the day, `09:30`, as microseconds.
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some((hour * 60 + minute) * MINUTE)
}

/// Writes `2026-03-31`.
pub fn write(out: &mut String, days: i32) {
    use std::fmt::Write as _;
    let (year, month, day) = to_civil(days);
    // Writing to a String cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

/// Writes `2026-03-31 09:30:00+00`, as Postgres does in UTC.
pub fn write_timestamp(out: &mut String, micros: i64) {
    use std::fmt::Write as _;
    write(out, micros.div_euclid(DAY) as i32);
    let rest = micros.rem_euclid(DAY);
    let seconds = rest / 1_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, " {hour:02}:{minute:02}:{second:02}");
    let fraction = rest % 1_000_000;
    if fraction != 0 {
        let digits = format!("{fraction:06}");
        let _ = write!(out, ".{}", digits.trim_end_matches('0'));
    }
    out.push_str("+00");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_over_centuries() {
        assert_eq!(from_civil(2000, 1, 1), 0);
        assert_eq!(parse("2000-02-29"), Some(59));
        for days in (-200_000..200_000).step_by(17) {
            let (year, month, day) = to_civil(days);
            assert_eq!(from_civil(year, month, day), days);
        }
    }

    #[test]
    fn months_end_where_they_end() {
        let text = |days| {
            let mut out = String::new();
            write(&mut out, days);
            out
        };
        let leap = parse("2028-02-29").unwrap();
        assert_eq!(text(add_months(leap, -12)), "2027-02-28");
        assert_eq!(text(add_months(leap, 12)), "2029-02-28");
        assert_eq!(
            text(add_months(parse("2026-08-31").unwrap(), -18)),
            "2025-02-28"
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        let day = parse("2026-11-20").unwrap();
        assert_eq!(weekday(day), 4);
        assert_eq!(monday(day), day - 4);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["2027-02-29", "2026-13-01", "2026-00-10", "x", "2026-1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_time("24:00"), None);
    }

    #[test]
    fn an_instant_reads_as_postgres_writes_it() {
        let mut out = String::new();
        write_timestamp(&mut out, 9 * 3_600_000_000 + 500_000);
        assert_eq!(out, "2000-01-01 09:00:00.5+00");
    }
}
