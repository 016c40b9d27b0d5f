//! Instants and waits in words: absolute with the zone's name, relative rounded **up** (a wait is
//! never announced shorter than it is), and the machine form for `<time datetime>`. Past instants
//! are cut to the minute, ends are rounded up to it: whoever comes back when they were told to must
//! not be refused again. "Now" is always handed in. Knows nothing of locks or pages.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::catalogue::Lang;
use super::markup::Markup;
use crate::model::{Millis, Span};

/// A reader's time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of an IANA name such as `Europe/Vienna`; UTC for a name that nobody knows.
    #[must_use]
    pub fn named(iana: &str) -> Self {
        Self(TimeZone::get(iana).unwrap_or(TimeZone::UTC))
    }

    /// The name under which the database has a zone; `None` for one that nobody knows.
    #[must_use]
    pub fn known(iana: &str) -> Option<String> {
        TimeZone::get(iana).ok()?.iana_name().map(str::to_owned)
    }

    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The day that a date field names (`2026-11-21`), from its first instant to that of the next
    /// day; `None` for what is no day.
    #[must_use]
    pub fn day(&self, text: &str) -> Option<(Millis, Millis)> {
        let day: Date = text.parse().ok()?;
        let starts = |day: Date| {
            let start = day.to_zoned(self.0.clone()).ok()?;
            Some(Millis(start.timestamp().as_millisecond()))
        };
        Some((starts(day)?, starts(day.tomorrow().ok()?)?))
    }

    /// How far its clocks are ahead of UTC at an instant.
    #[must_use]
    pub fn ahead(&self, at: Millis) -> Span {
        Span::from_seconds(i64::from(self.at(at).offset().seconds()))
    }

    /// The day of the week (0 is Monday) and the hour that its clocks show at an instant.
    #[must_use]
    pub fn hour_of_week(&self, at: Millis) -> (u8, u8) {
        let there = self.at(at);
        let day = u8::try_from(there.weekday().to_monday_zero_offset()).unwrap_or_default();
        (day, u8::try_from(there.hour()).unwrap_or_default())
    }

    /// Whether two instants are of one day there.
    #[must_use]
    pub fn is_one_day(&self, one: Millis, other: Millis) -> bool {
        self.at(one).date() == self.at(other).date()
    }

    fn at(&self, instant: Millis) -> Zoned {
        // Beyond the calendar's years (a saturated "end of time") the last instant stands in.
        let stamp = Timestamp::from_millisecond(instant.0).unwrap_or(Timestamp::MAX);
        stamp.to_zoned(self.0.clone())
    }
}

/// One instant in all its forms, in one reader's language and zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339 with offset: `2026-11-21T14:18:00+01:00`.
    pub machine: String,
    /// `14:18 CET`.
    pub clock: String,
    /// `21 Nov 2026`.
    pub date: String,
    /// `14:18 CET` today, `21 Nov 2026, 14:18 CET` on any other day.
    pub absolute: String,
    /// `21 Nov 2026, 14:18 CET`: for what is read later, such as a mail.
    pub dated: String,
    /// `in 12 minutes`; none for the past and for more than a day ahead.
    pub relative: Option<String>,
    /// `12:43 UTC`, with its date where that differs from the zone's own; none where `dated` says
    /// that already.
    pub utc: Option<String>,
}

impl Moment {
    /// Words for `at` as read at `now`, cut to the minute: for starts, and for the last moment of
    /// what can be used until then.
    #[must_use]
    pub fn new(lang: &Lang, zone: &Zone, at: Millis, now: Millis) -> Self {
        Self::worded(lang, zone, at, at, now)
    }

    /// Words for the end `at` of a wait, rounded up to the minute: at the instant that they name
    /// the wait is over. `machine` stays exact.
    #[must_use]
    pub fn ending(lang: &Lang, zone: &Zone, at: Millis, now: Millis) -> Self {
        let minute = Millis(up(at.0, Span::MINUTE.0).saturating_mul(Span::MINUTE.0));
        Self::worded(lang, zone, at, minute, now)
    }

    /// `said` is the instant that people are told for `at`.
    fn worded(lang: &Lang, zone: &Zone, at: Millis, said: Millis, now: Millis) -> Self {
        let there = zone.at(said);
        let today = zone.at(now).date() == there.date();
        let clock = clock_of(lang, &there);
        let dated = dated_of(lang, &there);
        let in_utc = Zone::utc().at(said);
        let utc = if in_utc.date() == there.date() {
            clock_of(lang, &in_utc)
        } else {
            dated_of(lang, &in_utc)
        };
        Self {
            machine: zone.at(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            absolute: if today { clock.clone() } else { dated.clone() },
            date: date_of(lang, &there),
            relative: relative(lang, at, now),
            // Zones of that name at another offset would print other digits.
            utc: (utc != clock).then_some(utc),
            clock,
            dated,
        }
    }

    /// `<time datetime="…">14:18 CET</time>` around the absolute form.
    #[must_use]
    pub fn element(&self) -> Markup {
        self.wrap(&self.absolute)
    }

    /// The same around the form that always carries its date.
    #[must_use]
    pub fn dated_element(&self) -> Markup {
        self.wrap(&self.dated)
    }

    /// The same to the second, for logs of one day.
    #[must_use]
    pub fn to_the_second(zone: &Zone, at: Millis) -> Markup {
        let there = zone.at(at);
        timed(&there, &second_of(&there))
    }

    /// The same with its date, for logs of several days; where it is too long for its place it
    /// breaks between the two.
    #[must_use]
    pub fn dated_to_the_second(lang: &Lang, zone: &Zone, at: Millis) -> Markup {
        let there = zone.at(at);
        let whole = |words: String| words.replace(' ', "\u{a0}");
        let date = whole(date_of(lang, &there));
        let clock = whole(second_of(&there));
        let words = lang.with("time-dated", &[("date", date.into()), ("clock", clock.into())]);
        timed(&there, &words)
    }

    fn wrap(&self, words: &str) -> Markup {
        Markup::trusted(format!(
            "<time datetime=\"{}\">{}</time>",
            Markup::escape(&self.machine),
            Markup::escape(words)
        ))
    }
}

fn timed(at: &Zoned, words: &str) -> Markup {
    let machine = at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    Markup::trusted(format!(
        "<time datetime=\"{}\">{}</time>",
        Markup::escape(&machine),
        Markup::escape(words)
    ))
}

/// `14:18:07 CET`.
fn second_of(at: &Zoned) -> String {
    format!("{} {}", at.strftime("%H:%M:%S"), zone_name(at))
}

fn clock_of(lang: &Lang, at: &Zoned) -> String {
    let zone = zone_name(at);
    lang.with(
        "time-clock",
        &[
            ("hour", format!("{:02}", at.hour()).into()),
            ("minute", format!("{:02}", at.minute()).into()),
            ("zone", zone.into()),
        ],
    )
}

fn date_of(lang: &Lang, at: &Zoned) -> String {
    let month = lang.with("time-month", &[("month", i64::from(at.month()).into())]);
    lang.with(
        "time-date",
        &[
            ("day", at.day().to_string().into()),
            ("month", month.into()),
            ("year", at.year().to_string().into()),
        ],
    )
}

fn dated_of(lang: &Lang, at: &Zoned) -> String {
    lang.with(
        "time-dated",
        &[("date", date_of(lang, at).into()), ("clock", clock_of(lang, at).into())],
    )
}

/// The zone's own abbreviation where it has one (`CET`), else its offset (`UTC-03`): the tz data
/// gives bare numbers for zones without a name, and "14:18 -03" reads like a range.
fn zone_name(at: &Zoned) -> String {
    let name = at.strftime("%Z").to_string();
    if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name }
}

/// `in 12 minutes`, `in less than a minute`; none when `at` has passed or is over 24 h ahead,
/// where the date says it better.
#[must_use]
pub fn relative(lang: &Lang, at: Millis, now: Millis) -> Option<String> {
    let left = at.since(now);
    if left == Span::ZERO || left > Span::DAY {
        return None;
    }
    Some(lang.with("time-in", &[("wait", wait(lang, left).into())]))
}

/// A length in words, rounded up to the minute: `30 minutes`, `1 hour 30 minutes`,
/// `less than a minute`; from two days on `2 days 5 hours`, rounded up to the hour.
#[must_use]
pub fn wait(lang: &Lang, span: Span) -> String {
    if span.0 < Span::MINUTE.0 {
        return lang.line("time-under-a-minute");
    }
    let minutes = up(span.0, Span::MINUTE.0);
    if span.0 < Span::DAY.times(2).0 {
        let hours = lang.with("time-hours", &[("count", minutes.div_euclid(60).into())]);
        let rest = lang.with("time-minutes", &[("count", minutes.rem_euclid(60).into())]);
        return joined(lang, minutes.div_euclid(60), minutes.rem_euclid(60), hours, rest);
    }
    let hours = up(span.0, Span::HOUR.0);
    let days = lang.with("time-days", &[("count", hours.div_euclid(24).into())]);
    let rest = lang.with("time-hours", &[("count", hours.rem_euclid(24).into())]);
    joined(lang, hours.div_euclid(24), hours.rem_euclid(24), days, rest)
}

/// How long something took: `40 seconds`, rounded up to the second; from two minutes on as a [`wait`].
#[must_use]
pub fn took(lang: &Lang, span: Span) -> String {
    if span.0 >= Span::MINUTE.times(2).0 {
        return wait(lang, span);
    }
    lang.with("time-seconds", &[("count", up(span.0, Span::SECOND.0).into())])
}

/// `amount` in whole `unit`s, rounded up; saturates near the end of time.
fn up(amount: i64, unit: i64) -> i64 {
    amount.saturating_add(unit.saturating_sub(1)).div_euclid(unit)
}

fn joined(lang: &Lang, large: i64, small: i64, large_words: String, small_words: String) -> String {
    if small == 0 {
        return large_words;
    }
    if large == 0 {
        return small_words;
    }
    lang.with("time-pair", &[("large", large_words.into()), ("small", small_words.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Catalogue;

    /// 21 November 2026, 13:06:00 UTC = 14:06 CET.
    const NOW: Millis = Millis(1_795_266_360_000);

    fn moment(zone: &str, after: Span) -> Moment {
        Moment::new(Catalogue::get("en"), &Zone::named(zone), NOW.after(after), NOW)
    }

    #[test]
    fn today_is_a_clock_time_with_its_zone() {
        let until = moment("Europe/Vienna", Span::MINUTE.times(12));
        assert_eq!(until.absolute, "14:18 CET");
        assert_eq!(until.relative.as_deref(), Some("in 12 minutes"));
        assert_eq!(until.machine, "2026-11-21T14:18:00+01:00");
        assert_eq!(until.utc.as_deref(), Some("13:18 UTC"));
        assert_eq!(
            until.element().as_str(),
            "<time datetime=\"2026-11-21T14:18:00+01:00\">14:18 CET</time>"
        );
    }

    #[test]
    fn another_day_carries_its_date() {
        let until = moment("Europe/Vienna", Span::DAY);
        assert_eq!(until.absolute, "22 Nov 2026, 14:06 CET");
        assert_eq!(until.relative.as_deref(), Some("in 24 hours"));
        assert_eq!(moment("Europe/Vienna", Span(Span::DAY.0 + 1)).relative, None);
    }

    #[test]
    fn to_the_second_a_day_can_be_told_from_the_next() {
        let (lang, zone) = (Catalogue::get("en"), Zone::named("Europe/Vienna"));
        let dated = |at| Moment::dated_to_the_second(lang, &zone, at).as_str().to_owned();
        let words = "2026-11-21T14:06:00+01:00\">21\u{a0}Nov\u{a0}2026, 14:06:00\u{a0}CET</time>";
        assert_eq!(dated(NOW), format!("<time datetime=\"{words}"));
        assert!(dated(NOW.after(Span::DAY)).contains("22\u{a0}Nov"), "{}", dated(NOW));
        assert!(Moment::to_the_second(&zone, NOW).as_str().ends_with(">14:06:00 CET</time>"));
        // An hour before midnight there, and an hour after it.
        let (late, early) = (NOW.after(Span::HOUR.times(9)), NOW.after(Span::HOUR.times(11)));
        assert!(!zone.is_one_day(late, early) && Zone::utc().is_one_day(NOW, late));
    }

    #[test]
    fn another_day_in_utc_says_so() {
        let night = moment("Asia/Tokyo", Span::ZERO);
        assert_eq!(night.dated, "21 Nov 2026, 22:06 JST");
        let late = moment("Pacific/Auckland", Span::ZERO);
        assert_eq!(late.absolute, "22 Nov 2026, 02:06 NZDT".replace("22 Nov 2026, ", ""));
        assert_eq!(late.utc.as_deref(), Some("21 Nov 2026, 13:06 UTC"));
    }

    #[test]
    fn what_is_in_utc_already_is_not_said_twice() {
        for zone in ["UTC", "Etc/UTC", "Mars/Olympus"] {
            assert_eq!(moment(zone, Span::ZERO).utc, None, "{zone}");
        }
        assert_eq!(moment("Europe/London", Span::ZERO).utc.as_deref(), Some("13:06 UTC"), "GMT");
    }

    #[test]
    fn at_the_end_that_is_told_it_is_over() {
        let lang = Catalogue::get("en");
        let zone = Zone::named("Europe/Vienna");
        let ending = |ms: i64| Moment::ending(lang, &zone, NOW.after(Span(ms)), NOW);
        assert_eq!(ending(60_000).absolute, "14:07 CET");
        let between = ending(60_001);
        assert_eq!(
            (between.absolute.as_str(), between.dated.as_str()),
            ("14:08 CET", "21 Nov 2026, 14:08 CET",)
        );
        assert_eq!(between.utc.as_deref(), Some("13:08 UTC"));
        assert_eq!(between.machine, "2026-11-21T14:07:00+01:00", "to the second, never rounded up");
        assert_eq!(between.relative.as_deref(), Some("in 2 minutes"));
        assert_eq!(ending(119_999).absolute, "14:08 CET");
        let midnight = Span::HOUR.times(9).0 + 53 * 60_000 + 30_000;
        assert_eq!(ending(midnight).absolute, "22 Nov 2026, 00:00 CET");
        let last = Moment::ending(lang, &zone, Millis(i64::MAX), NOW);
        assert!(last.absolute.contains("9999"), "{}", last.absolute);
        assert_eq!(Moment::new(lang, &zone, NOW.after(Span(119_999)), NOW).absolute, "14:07 CET");
    }

    #[test]
    fn a_day_is_as_long_as_the_clocks_make_it() {
        let hours = |text: &str| {
            let (start, end) = Zone::named("Europe/Vienna").day(text).unwrap();
            (start, end.since(start).0 / Span::HOUR.0)
        };
        assert_eq!(hours("2026-11-21"), (Millis(1_795_215_600_000), 24));
        assert_eq!(hours("2026-10-25").1, 25);
        assert_eq!(hours("2026-03-29").1, 23);
        for odd in ["", "2026-13-01", "yesterday", "-9999-01-01x", "9999-12-31"] {
            assert_eq!(Zone::utc().day(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_hour_of_the_week_is_that_of_the_clocks_there() {
        let of = |zone: &str, after: Span| Zone::named(zone).hour_of_week(NOW.after(after));
        // A Saturday.
        assert_eq!(of("Europe/Vienna", Span::ZERO), (5, 14));
        assert_eq!(of("Pacific/Auckland", Span::ZERO), (6, 2));
        assert_eq!(of("Asia/Kolkata", Span::ZERO), (5, 18));
        assert_eq!(of("Europe/Vienna", Span::HOUR.times(34)), (0, 0));
        // Summer time ended on 25 October: the same hour of UTC was another one there.
        assert_eq!(of("Europe/Vienna", Span(-28 * Span::DAY.0)), (5, 15));
    }

    #[test]
    fn unknown_zones_are_utc_and_nameless_ones_show_their_offset() {
        assert_eq!(moment("Mars/Olympus", Span::ZERO).clock, "13:06 UTC");
        assert_eq!(moment("America/Sao_Paulo", Span::ZERO).clock, "10:06 UTC-03");
    }

    #[test]
    fn what_took_seconds_is_told_in_seconds() {
        let said = |ms: i64| took(Catalogue::get("en"), Span(ms));
        assert_eq!(said(400), "1 second");
        assert_eq!(said(40_000), "40 seconds");
        assert_eq!(said(119_000), "119 seconds");
        assert_eq!(said(120_000), "2 minutes");
        assert_eq!(said(5_400_000), "1 hour 30 minutes");
    }

    #[test]
    fn a_wait_is_never_announced_shorter_than_it_is() {
        let said = |ms: i64| wait(Catalogue::get("en"), Span(ms));
        assert_eq!(said(0), "less than a minute");
        assert_eq!(said(59_999), "less than a minute");
        assert_eq!(said(60_000), "1 minute");
        assert_eq!(said(60_001), "2 minutes");
        assert_eq!(said(1_799_001), "30 minutes");
        assert_eq!(said(3_600_000), "1 hour");
        assert_eq!(said(5_400_000), "1 hour 30 minutes");
        assert_eq!(said(86_400_000), "24 hours");
        assert_eq!(said(172_800_000), "2 days");
        assert_eq!(said(172_800_001), "2 days 1 hour");
        assert!(said(i64::MAX).ends_with("days 8 hours") || said(i64::MAX).contains("days"));
    }

    #[test]
    fn both_sides_of_a_clock_change_are_told_apart() {
        // 25 October 2026: 02:30 happens twice in Vienna.
        let zone = Zone::named("Europe/Vienna");
        let lang = Catalogue::get("en");
        let first = Millis(1_792_888_200_000);
        let words = |at: Millis| Moment::new(lang, &zone, at, first).clock;
        assert_eq!(words(first), "02:30 CEST");
        assert_eq!(words(first.after(Span::HOUR)), "02:30 CET");
    }
}
