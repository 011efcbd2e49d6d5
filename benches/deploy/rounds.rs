//! Times of several sides, round by round.

use std::time::Duration;

/// The sides in the order of their first time; the first one is what the others are compared with.
#[derive(Default)]
pub(crate) struct Rounds(Vec<(String, Vec<Duration>)>);

impl Rounds {
    /// Adds the time of a side in this round.
    pub(crate) fn add(&mut self, side: &str, took: Duration) {
        match self.0.iter_mut().find(|(known, _)| known == side) {
            Some((_, times)) => times.push(took),
            None => self.0.push((side.to_owned(), vec![took])),
        }
    }

    /// Prints the median time of each side, and the median of its ratios to the first side of the same round.
    pub(crate) fn print(&self, title: &str) {
        let (_, first) = &self.0[0];
        println!("\n{title}, medians of {} rounds", first.len());
        for (side, times) in &self.0 {
            let pairs = times.iter().zip(first);
            let ratios = pairs.map(|(took, first)| took.as_secs_f64() / first.as_secs_f64());
            let took = times.iter().map(Duration::as_secs_f64);
            println!(
                "  {side:<48} {:>8.1} ms   {:.2}×",
                median(took.collect()) * 1000.0,
                median(ratios.collect())
            );
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
