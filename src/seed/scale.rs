//! How many pods there are, and what a part of one has.

/// What helps when the part of a pod has too little room.
pub const IN_PART: &str =
    "this is the part of a pod that the scale leaves over: take a whole scale";

/// How many times the counts of the file, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Default))]
pub struct Scale(pub u64);

impl Scale {
    /// The pods that are made, the last one perhaps in part.
    #[must_use]
    pub fn pods(self) -> u32 {
        self.0.div_ceil(1000).max(1) as u32
    }

    /// A pod's share of a count, of which a part of a pod has at least so many.
    #[must_use]
    pub fn share(self, count: u64, pod: u32, least: u64) -> u64 {
        let rest = self.0 - (u64::from(pod) * 1000).min(self.0);
        if rest >= 1000 {
            return count;
        }
        let least = least.max(u64::from(pod == 0)).min(count);
        ((count * rest + 500) / 1000).max(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_whole_but_for_the_last() {
        let share = |scale, count| {
            let scale = Scale(scale);
            (0..scale.pods())
                .map(|pod| scale.share(count, pod, 0))
                .collect::<Vec<_>>()
        };
        assert_eq!(share(1000, 150), [150]);
        assert_eq!(share(2500, 150), [150, 150, 75]);
        assert_eq!(share(10, 150), [2]);
        assert_eq!(share(10, 5), [1]);
        assert_eq!(share(1000, 0), [0]);
        assert_eq!(Scale(100).share(60, 0, 9), 9);
        assert_eq!(Scale(500).share(60, 0, 9), 30);
        assert_eq!(Scale(100).share(5, 0, 9), 5);
    }
}
