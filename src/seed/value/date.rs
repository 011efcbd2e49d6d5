//! Days and instants as Postgres counts them: days, or microseconds, since 2000-01-01; the proleptic Gregorian
//! calendar; everything in UTC, so that no clock change can make or lose an hour.

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60_000_000;

/// Days from 1970-01-01 to 2000-01-01.
pub const UNIX_DAYS: i32 = 10_957;

/// Stands for `infinity`, its negative for `-infinity`: further than any date that a file can write, and near enough to be
/// counted with as a day and as an instant.
pub const INFINITY: i32 = 104_000_000;

/// A day as Postgres stores it, moved by so many days; what is infinite stays.
#[must_use]
pub const fn stored(days: i32, shift: i32) -> i32 {
    match days {
        days if days > INFINITY / 2 => i32::MAX,
        days if days < -INFINITY / 2 => i32::MIN,
        days => days + shift,
    }
}

/// An instant as Postgres stores it, moved by so many days; what is infinite stays.
#[must_use]
pub const fn stored_instant(micros: i64, shift: i32) -> i64 {
    const FAR: i64 = (INFINITY / 2) as i64 * DAY;
    match micros {
        micros if micros > FAR => i64::MAX,
        micros if micros < -FAR => i64::MIN,
        micros => micros + shift as i64 * DAY,
    }
}

/// Reads `infinity` and `-infinity`.
#[must_use]
pub fn parse_infinity(text: &str) -> Option<i32> {
    match text {
        "infinity" => Some(INFINITY),
        "-infinity" => Some(-INFINITY),
        _ => None,
    }
}

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

/// Reads a day, or a day with a time and perhaps a zone: `2026-03-31`, `2026-03-31 09:30`, `2026-03-31T09:30:00.5+02:00`.
/// Without a zone it is in UTC.
#[must_use]
pub fn parse_instant(text: &str) -> Option<i64> {
    let day = i64::from(parse(text.get(..10)?)?) * DAY;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(day);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    let (time, zone) = (time.trim_end(), zone.trim());
    let (minute, seconds) = match time.match_indices(':').nth(1) {
        Some((at, _)) => (&time[..at], Some(&time[at + 1..])),
        None => (time, None),
    };
    let mut micros = parse_time(minute)?;
    if let Some(seconds) = seconds {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() != 2 || fraction.is_empty() || fraction.len() > 6 || !digits(fraction) {
            return None;
        }
        let second = whole
            .parse::<i64>()
            .ok()
            .filter(|second| (0..60).contains(second))?;
        micros += second * 1_000_000 + format!("{fraction:0<6}").parse::<i64>().ok()?;
    }
    let offset = match zone.strip_prefix(['+', '-']) {
        None if matches!(zone, "" | "Z" | "z") => 0,
        None => return None,
        Some(hours) => {
            let digits: String = hours.chars().filter(|digit| *digit != ':').collect();
            let (hour, minute) = digits.split_at_checked(2)?;
            let minute = if minute.is_empty() { "00" } else { minute };
            let offset = parse_time(&format!("{hour}:{minute}"))?;
            if zone.starts_with('-') {
                -offset
            } else {
                offset
            }
        }
    };
    Some(day + micros - offset)
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
    if stored(days, 0) != days {
        out.push_str(if days > 0 { "infinity" } else { "-infinity" });
        return;
    }
    let (year, month, day) = to_civil(days);
    // Writing to a String cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

/// Writes `2026-03-31 09:30:00+00`, as Postgres does in UTC.
pub fn write_timestamp(out: &mut String, micros: i64) {
    use std::fmt::Write as _;
    write(out, micros.div_euclid(DAY) as i32);
    if stored_instant(micros, 0) != micros {
        return;
    }
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
    fn an_instant_is_read_with_its_time_and_zone() {
        let at = |text: &str| {
            let mut out = String::new();
            write_timestamp(
                &mut out,
                parse_instant(text).unwrap_or_else(|| panic!("{text}")),
            );
            out
        };
        for (text, written) in [
            ("2026-03-31", "2026-03-31 00:00:00+00"),
            ("2026-03-31 09:30", "2026-03-31 09:30:00+00"),
            ("2026-03-31T09:30:15.25Z", "2026-03-31 09:30:15.25+00"),
            ("2026-03-31 00:30:00+02", "2026-03-30 22:30:00+00"),
            ("2026-03-31 23:30:00-0530", "2026-04-01 05:00:00+00"),
            ("2026-03-31 09:30:00 +02:00", "2026-03-31 07:30:00+00"),
        ] {
            assert_eq!(at(text), written, "{text}");
        }
        for text in [
            "2026-03-31 ",
            "2026-03-31 9",
            "2026-03-31 09:30:61",
            "2026-03-31 09:30 CET",
            "2026-03-31x",
        ] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_infinite_stays_so() {
        assert_eq!(stored(INFINITY + 9, 7), i32::MAX);
        assert_eq!(stored_instant(-i64::from(INFINITY) * DAY, 7), i64::MIN);
        assert_eq!(stored(1, 7), 8);
        let mut out = String::new();
        write_timestamp(&mut out, i64::from(-INFINITY) * DAY);
        assert_eq!(out, "-infinity");
    }

    #[test]
    fn an_instant_reads_as_postgres_writes_it() {
        let mut out = String::new();
        write_timestamp(&mut out, 9 * 3_600_000_000 + 500_000);
        assert_eq!(out, "2000-01-01 09:00:00.5+00");
    }
}
