//! Shapes of chance, in arithmetic that gives the same bits on every machine: only what IEEE 754 rounds exactly
//! (sums, products, quotients and square roots) and no mathematical library.

use super::random::Draw;

/// A number near 0 with standard deviation 1, between -3.47 and 3.47: the sum of four even ones.
pub fn normal(draw: &mut Draw) -> f64 {
    let bits = draw.bits();
    let sum: u64 = (0..4).map(|lane| (bits >> (16 * lane)) & 0xffff).sum();
    // Four even numbers below 65536 have mean 131070 and variance 4 (65536² - 1) / 12.
    (sum as f64 - 131_070.0) / 37_837.226_1
}

/// The exponential function, by halving the argument and the Taylor series.
#[must_use]
pub fn exp(argument: f64) -> f64 {
    let reduced = argument.clamp(-40.0, 40.0) / 64.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for step in 1..12 {
        term *= reduced / f64::from(step);
        sum += term;
    }
    // Squared six times: to the 64th power.
    for _ in 0..6 {
        sum *= sum;
    }
    sum
}

/// `base` to the power of `eighths`/8, by square roots.
#[must_use]
pub fn power_of_eighths(base: f64, eighths: u32) -> f64 {
    let mut root = base.sqrt().sqrt().sqrt();
    let mut result = 1.0;
    let mut rest = eighths;
    while rest > 0 {
        if rest & 1 == 1 {
            result *= root;
        }
        root *= root;
        rest >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_agree_with_the_library() {
        for argument in [-3.0, -0.5, 0.0, 0.1, 1.0, 2.5, 7.0] {
            let library = f64::exp(argument);
            assert!((exp(argument) / library - 1.0).abs() < 1e-12, "{argument}");
        }
        assert!((power_of_eighths(10.0, 8) - 10.0).abs() < 1e-9);
        assert!((power_of_eighths(16.0, 4) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn normal_numbers_have_their_mean_and_spread() {
        let numbers: Vec<f64> = (0..20_000)
            .map(|row| normal(&mut Draw::new(1, super::super::random::mix(row))))
            .collect();
        let mean = numbers.iter().sum::<f64>() / 20_000.0;
        let variance =
            numbers.iter().map(|number| number * number).sum::<f64>() / 20_000.0 - mean * mean;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
    }
}
