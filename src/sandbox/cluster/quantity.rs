//! Kubernetes quantities such as `250m`, `2` and `1Gi`.

/// The quantity in thousandths of its unit, rounded up; nothing if it is none.
pub fn thousandths(text: &str) -> Option<i128> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor: i128 = match unit {
        "m" => 1,
        "" => 1_000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "T" => 1_000_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        _ => return None,
    };
    if number.len() > 18 {
        return None;
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let product = digits.checked_mul(factor)?;
    Some(product.div_euclid(scale) + i128::from(product.rem_euclid(scale) != 0))
}

/// A quantity as JSON has it: text or a number.
pub fn of(value: &serde_json::Value) -> Option<i128> {
    match value {
        serde_json::Value::String(text) => thousandths(text),
        serde_json::Value::Number(number) => thousandths(&number.to_string()),
        _ => None,
    }
}

/// Thousandths as a quantity: memory in the largest binary unit that leaves no rest, all else in units or `m`.
pub fn shown(amount: i128, resource: &str) -> String {
    if amount % 1_000 != 0 {
        return format!("{amount}m");
    }
    let whole = amount / 1_000;
    let is_bytes = resource.contains("memory") || resource.contains("storage");
    for (unit, size) in [("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if is_bytes && whole != 0 && whole % size == 0 {
            return format!("{}{unit}", whole / size);
        }
    }
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_as_people_write_them() {
        for (amount, resource, expected) in [
            (1_500, "requests.cpu", "1500m"),
            (2_000, "pods", "2"),
            (1_610_612_736_000, "requests.memory", "1536Mi"),
            (0, "limits.memory", "0"),
        ] {
            assert_eq!(shown(amount, resource), expected);
        }
    }

    #[test]
    fn the_forms_people_write() {
        for (text, expected) in [
            ("250m", Some(250)),
            ("2", Some(2_000)),
            ("0.5", Some(500)),
            ("1.5Gi", Some(1_610_612_736_000)),
            ("0.0001", Some(1)),
            ("512Gi", Some(549_755_813_888_000)),
            ("", None),
            ("many", None),
            ("1Qi", None),
            ("9999999999999999999", None),
        ] {
            assert_eq!(thousandths(text), expected, "{text}");
        }
    }
}
