//! Kubernetes quantities in the form in which the API server gives them back.
//!
//! The server rewrites `0.5Gi` as `512Mi`. What we write must already look like that, or every comparison of a wish
//! with what exists would find a difference.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// Suffixes of powers of 1024, smallest first.
const BINARY: &[&str] = &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// Suffixes of powers of 1000, smallest first, from 10^-3.
const DECIMAL: &[&str] = &["m", "", "k", "M", "G", "T", "P", "E"];

/// Rewrites a quantity canonically; nothing if it is no quantity, is negative or is finer than a thousandth.
pub fn canonical(text: &str) -> Option<Quantity> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || fraction.contains('.') {
        return None;
    }
    let mantissa: u128 = digits.parse().ok()?;
    let divisor = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let binary = BINARY
        .iter()
        .skip(1)
        .position(|known| *known == suffix)
        .map(|index| index + 1);
    let (amount, base, suffixes) = if let Some(power) = binary {
        let bytes = exact(
            mantissa.checked_mul(1024_u128.checked_pow(u32::try_from(power).ok()?)?)?,
            divisor,
        )?;
        (bytes, 1024, BINARY)
    } else {
        let power = DECIMAL.iter().position(|known| *known == suffix)?;
        let thousandths = exact(
            mantissa.checked_mul(1000_u128.checked_pow(u32::try_from(power).ok()?)?)?,
            divisor,
        )?;
        (thousandths, 1000, DECIMAL)
    };
    Some(Quantity(shortest(amount, base, suffixes)))
}

fn exact(dividend: u128, divisor: u128) -> Option<u128> {
    (dividend.is_multiple_of(divisor)).then(|| dividend / divisor)
}

/// Takes the largest suffix that leaves a whole number.
fn shortest(mut amount: u128, base: u128, suffixes: &[&str]) -> String {
    if amount == 0 {
        return "0".into();
    }
    let mut index = 0;
    while amount.is_multiple_of(base) && index + 1 < suffixes.len() {
        amount /= base;
        index += 1;
    }
    format!("{amount}{}", suffixes[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_take_the_form_the_server_gives_back() {
        let cases = [
            ("1Gi", "1Gi"),
            ("1024Mi", "1Gi"),
            ("0.5Gi", "512Mi"),
            ("1.5Gi", "1536Mi"),
            ("1G", "1G"),
            ("1000M", "1G"),
            ("0.1", "100m"),
            ("2.0", "2"),
            ("4", "4"),
            ("1000", "1k"),
            ("500m", "500m"),
            ("0", "0"),
            ("1024", "1024"),
            ("1536Ki", "1536Ki"),
        ];
        for (given, wanted) in cases {
            assert_eq!(canonical(given), Some(Quantity(wanted.into())), "{given}");
        }
        for nonsense in [
            "",
            "x",
            "1.2.3",
            "-1",
            "1 Gi",
            "1gi",
            "0.0001",
            "1e3",
            ".",
            "99999999999999999999999999999999999999999Ei",
        ] {
            assert_eq!(canonical(nonsense), None, "{nonsense}");
        }
    }
}
