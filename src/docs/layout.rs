//! Where boxes go: in bands, in each of them by layers from what is referred to on the left to what refers on the right.
//!
//! The layers are those of Sugiyama, Tagawa and Toda (1981): cycles are left out, a box stands one layer behind the last one
//! that it refers to, and boxes of a layer are ordered by the mean place of their neighbours. A layer that is too tall goes on
//! beside itself. Sizes are whole numbers of pixels, so that every machine draws the same.

use std::collections::BTreeSet;

/// A box to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Which band it belongs to, from 0.
    pub(super) band: usize,
}

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The upper left corner of each box.
    pub(super) boxes: Vec<Point>,
    /// The upper left corner, the width and the height of each band.
    pub(super) bands: Vec<(Point, i32, i32)>,
    pub(super) width: i32,
    pub(super) height: i32,
}

const GAP: i32 = 28;
const BETWEEN_LAYERS: i32 = 96;
const MARGIN: i32 = 24;
/// Room for a band's name.
const HEADING: i32 = 36;

/// Places boxes; an edge goes from what refers to what it refers to.
pub(super) fn layout(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let mut layout = Layout {
        boxes: vec![Point::default(); sizes.len()],
        ..Layout::default()
    };
    let count = sizes.iter().map(|size| size.band + 1).max().unwrap_or(0);
    let bands: Vec<Vec<Vec<usize>>> = (0..count)
        .map(|band| {
            let members = (0..sizes.len()).filter(|at| sizes[*at].band == band);
            columns(&members.collect::<Vec<_>>(), sizes, edges)
        })
        .collect();
    let width = |columns: &Vec<Vec<usize>>| {
        let widths: i32 = columns.iter().map(|column| widest(column, sizes)).sum();
        let between = i32::try_from(columns.len()).unwrap_or(1) - 1;
        widths + between * BETWEEN_LAYERS + 2 * MARGIN
    };
    layout.width = bands.iter().map(width).max().unwrap_or(0);
    // Narrow bands stand beside one another, as far as the widest one reaches.
    let (mut left, mut top, mut bottom) = (0, 0, 0);
    for columns in &bands {
        let band_width = width(columns);
        if left > 0 && left + band_width > layout.width {
            (left, top) = (0, bottom + GAP);
        }
        let height = |column: &Vec<usize>| {
            let heights: i32 = column.iter().map(|at| sizes[*at].height + GAP).sum();
            heights - GAP
        };
        let tallest = columns.iter().map(height).max().unwrap_or(0);
        let mut x = left + MARGIN;
        for column in columns {
            // A short layer stands in the middle of its band.
            let mut y = top + HEADING + (tallest - height(column)) / 2;
            for at in column {
                layout.boxes[*at] = Point { x, y };
                y += sizes[*at].height + GAP;
            }
            x += widest(column, sizes) + BETWEEN_LAYERS;
        }
        let height = HEADING + tallest + MARGIN;
        let corner = Point { x: left, y: top };
        layout.bands.push((corner, band_width, height));
        left += band_width + GAP;
        bottom = bottom.max(top + height);
    }
    layout.height = bottom;
    layout
}

fn widest(column: &[usize], sizes: &[Size]) -> i32 {
    let widths = column.iter().map(|at| sizes[*at].width);
    widths.max().unwrap_or(0)
}

/// The boxes of a band, column by column from the left.
fn columns(members: &[usize], sizes: &[Size], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let inside: BTreeSet<(usize, usize)> = edges
        .iter()
        .filter(|(from, to)| from != to && members.contains(from) && members.contains(to))
        .copied()
        .collect();
    let layers = layers(members, &inside);
    let count = layers.iter().map(|(_, layer)| layer + 1).max().unwrap_or(0);
    let mut ordered: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, layer) in layers {
        ordered[layer].push(at);
    }
    order(&mut ordered, &inside);
    let area: i64 = members
        .iter()
        .map(|at| i64::from(sizes[*at].width + BETWEEN_LAYERS) * i64::from(sizes[*at].height + GAP))
        .sum();
    let limit = area.isqrt().max(480);
    ordered
        .into_iter()
        .flat_map(|layer| broken(&layer, sizes, limit))
        .collect()
}

/// Each box with its layer. What is connected to nothing is a layer of its own at the end.
fn layers(members: &[usize], edges: &BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut layer_of: Vec<(usize, usize)> = Vec::new();
    let mut alone = Vec::new();
    let mut left: BTreeSet<usize> = BTreeSet::new();
    for at in members {
        if edges.iter().any(|(from, to)| from == at || to == at) {
            left.insert(*at);
        } else {
            alone.push(*at);
        }
    }
    let mut layer = 0;
    while !left.is_empty() {
        let waits = |at: &usize| {
            let mut targets = edges.iter().filter(|(from, _)| from == at);
            targets.any(|(_, to)| left.contains(to))
        };
        let mut ready: BTreeSet<usize> = left.iter().copied().filter(|at| !waits(at)).collect();
        if ready.is_empty() {
            // A circle: whoever waits for the fewest goes first.
            let waiting = |at: &usize| {
                let targets = edges.iter().filter(|(from, _)| from == at);
                targets.filter(|(_, to)| left.contains(to)).count()
            };
            ready.extend(left.iter().copied().min_by_key(|at| (waiting(at), *at)));
        }
        left.retain(|at| !ready.contains(at));
        layer_of.extend(ready.into_iter().map(|at| (at, layer)));
        layer += 1;
    }
    layer_of.extend(alone.into_iter().map(|at| (at, layer)));
    layer_of
}

/// Orders the boxes of each layer by the mean place of their neighbours in the layer before, then behind, some times over.
fn order(layers: &mut [Vec<usize>], edges: &BTreeSet<(usize, usize)>) {
    for round in 0..8 {
        let count = layers.len();
        for step in 1..count {
            let (layer, before) = if round % 2 == 0 {
                (step, step - 1)
            } else {
                (count - 1 - step, count - step)
            };
            let fixed = layers[before].clone();
            let mean = |at: usize| {
                let linked =
                    |other: &usize| edges.contains(&(at, *other)) || edges.contains(&(*other, at));
                let places = fixed.iter().enumerate();
                let places: Vec<usize> = places
                    .filter(|(_, other)| linked(other))
                    .map(|(place, _)| place)
                    .collect();
                // In thousandths, so that no machine rounds otherwise.
                (!places.is_empty()).then(|| places.iter().sum::<usize>() * 1000 / places.len())
            };
            let own = layers[layer].iter().enumerate();
            let mut keyed: Vec<(usize, usize, usize)> = own
                .map(|(place, at)| (mean(*at).unwrap_or(place * 1000), place, *at))
                .collect();
            keyed.sort_unstable();
            layers[layer] = keyed.into_iter().map(|(_, _, at)| at).collect();
        }
    }
}

/// A layer in columns no taller than the limit, as even as they come.
fn broken(layer: &[usize], sizes: &[Size], limit: i64) -> Vec<Vec<usize>> {
    let height = |at: &usize| i64::from(sizes[*at].height + GAP);
    let total: i64 = layer.iter().map(height).sum();
    let parts = ((total + limit - 1) / limit).max(1);
    let aim = total / parts;
    let mut columns: Vec<Vec<usize>> = vec![Vec::new()];
    let mut filled = 0;
    for at in layer {
        let is_full = filled > 0 && filled + height(at) / 2 > aim;
        if is_full {
            columns.push(Vec::new());
            filled = 0;
        }
        if let Some(last) = columns.last_mut() {
            last.push(*at);
        }
        filled += height(at);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(band: usize) -> Size {
        Size {
            width: 100,
            height: 60,
            band,
        }
    }

    fn overlap(layout: &Layout, sizes: &[Size]) -> bool {
        let meets = |one: usize, other: usize| {
            let (a, b) = (layout.boxes[one], layout.boxes[other]);
            a.x < b.x + sizes[other].width
                && b.x < a.x + sizes[one].width
                && a.y < b.y + sizes[other].height
                && b.y < a.y + sizes[one].height
        };
        (0..sizes.len()).any(|one| (0..one).any(|other| meets(one, other)))
    }

    #[test]
    fn what_refers_stands_to_the_right_and_bands_below_one_another() {
        let sizes = [size(0), size(0), size(0), size(1)];
        let layout = layout(&sizes, &[(1, 0), (2, 1), (3, 0)]);
        let x: Vec<i32> = layout.boxes.iter().map(|point| point.x).collect();
        assert!(x[0] < x[1] && x[1] < x[2], "{x:?}");
        assert_eq!(x[3], x[0]);
        let (corner, _, height) = layout.bands[0];
        assert!(layout.boxes[3].y > corner.y + height);
        assert!(!overlap(&layout, &sizes));
    }

    #[test]
    fn narrow_bands_stand_beside_one_another() {
        let sizes = [size(0), size(1), size(2), size(2), size(2)];
        let layout = layout(&sizes, &[(3, 2), (4, 3)]);
        assert_eq!(layout.boxes[0].y, layout.boxes[1].y);
        assert!(layout.boxes[0].x < layout.boxes[1].x);
        assert!(layout.boxes[2].y > layout.boxes[1].y);
        assert!(!overlap(&layout, &sizes));
    }

    #[test]
    fn circles_and_tall_layers_end_and_nothing_overlaps() {
        let sizes: Vec<Size> = (0..120).map(|at| size(at % 3)).collect();
        let edges: Vec<(usize, usize)> = (0..120)
            .flat_map(|at| [(at, (at * 7 + 3) % 120), (at, (at * 5 + 6) % 120)])
            .collect();
        let placed = layout(&sizes, &edges);
        assert!(!overlap(&placed, &sizes));
        assert_eq!(placed, layout(&sizes, &edges));
        // At worst a band is one chain: forty boxes of it, one behind the other.
        let chain = 40 * (100 + BETWEEN_LAYERS) + 2 * MARGIN;
        assert!(placed.width <= chain && placed.height < 6000, "{placed:?}");
    }

    #[test]
    fn nothing_has_no_size() {
        assert_eq!(layout(&[], &[]), Layout::default());
    }
}
