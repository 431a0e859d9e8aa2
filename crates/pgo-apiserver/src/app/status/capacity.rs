//! Adding up the sizes of volumes.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

const BINARY: [(&str, u128); 5] = [
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("", 1),
];
const DECIMAL: [(&str, u128); 6] = [
    ("P", 1_000_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1000),
    ("Pi", 1 << 50),
];

/// The sum, with the largest suffix that leaves a whole number; `error` when a size cannot be read.
pub(super) fn sum<'a>(sizes: impl Iterator<Item = &'a Quantity>) -> String {
    let bytes: Option<u128> = sizes.map(|size| bytes(&size.0)).sum();
    let Some(bytes) = bytes else {
        return "error".to_owned();
    };
    let whole = |(_, unit): &&(&str, u128)| bytes >= *unit && bytes.is_multiple_of(*unit);
    // A size that is round in thousands is shown so; `Ki` and bytes are a last resort.
    let units = BINARY[..3].iter().chain(&DECIMAL[..4]).chain(&BINARY[3..]);
    match units.clone().find(whole) {
        Some((suffix, unit)) => format!("{}{suffix}", bytes / unit),
        None => "0".to_owned(),
    }
}

/// Volume sizes are whole numbers of bytes with an optional suffix.
fn bytes(text: &str) -> Option<u128> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (_, unit) = BINARY
        .iter()
        .chain(&DECIMAL)
        .find(|(known, _)| *known == suffix)?;
    number.parse::<u128>().ok()?.checked_mul(*unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sizes: &[&str]) -> String {
        let sizes: Vec<_> = sizes.iter().map(|size| Quantity((*size).to_owned())).collect();
        sum(sizes.iter())
    }

    #[test]
    fn sizes_are_added_up_and_shown_as_round_as_they_are() {
        assert_eq!(of(&["1Gi", "1Gi"]), "2Gi");
        assert_eq!(of(&["1Gi", "512Mi"]), "1536Mi");
        assert_eq!(of(&["1G", "1G"]), "2G");
        assert_eq!(of(&["300M", "1G"]), "1300M");
        assert_eq!(of(&["1G", "1Gi"]), "2073741824");
        assert_eq!(of(&[]), "0");
        assert_eq!(of(&["1Gi", "many"]), "error");
    }
}
