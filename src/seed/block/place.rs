//! Lists in which each thing stands once.

/// Where something stands in a list, to whose end it is added when it is new.
pub(super) fn place_of<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter()
        .position(|known| *known == item)
        .unwrap_or_else(|| {
            list.push(item);
            list.len() - 1
        })
}
